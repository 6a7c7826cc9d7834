// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {ICommitmentPool} from "../interfaces/ICommitmentPool.sol";
import {IMeterRegistry} from "../interfaces/IMeterRegistry.sol";

/// @title The money in the commitment pool, by meter, and how well each keeps its word.
/// @dev A part of `CommitmentPool`. Money leaves by `withdraw` alone, to the meter's owner, who calls.
abstract contract PoolAccounts is ICommitmentPool {
    using SafeERC20 for IERC20;

    /* TYPES */

    /// @dev One slot. All balances together fit in one's bits, because what the pool holds does (`_requireRoom`). A meter
    /// of 4 GW, the greatest that the registry knows, fills an energy's 72 bits in a hundred thousand years.
    struct Profile {
        uint112 balance;
        uint72 committed;
        uint72 delivered;
    }

    /* CONSTANTS AND IMMUTABLES */

    /// @inheritdoc ICommitmentPool
    IERC20 public immutable TOKEN;

    /// @inheritdoc ICommitmentPool
    IMeterRegistry public immutable REGISTRY;

    /// @dev Ten-thousandths in a whole.
    uint256 private constant _WHOLE_BPS = 10_000;

    /* STORAGE */

    mapping(uint64 meter => Profile) private _profiles;

    /* CONSTRUCTOR */

    /// @param token The money.
    /// @param registry Where the meters are.
    constructor(IERC20 token, IMeterRegistry registry) {
        require(address(token).code.length != 0, PoolTokenWithoutCode(address(token)));

        TOKEN = token;
        REGISTRY = registry;
    }

    /* COMMIT */

    /// @inheritdoc ICommitmentPool
    function withdraw(uint64 meter, uint256 value) external {
        require(REGISTRY.ownerOf(meter) == msg.sender, PoolNotMeterOwner(meter, msg.sender));
        require(value != 0, PoolNothingMoved(meter));

        _debit(meter, value);
        emit Withdrawn(meter, msg.sender, value);

        TOKEN.safeTransfer(msg.sender, value);
    }

    /* VIEWS */

    /// @inheritdoc ICommitmentPool
    function profileOf(uint64 meter) external view returns (uint256 balance, uint256 committed, uint256 delivered) {
        Profile memory profile = _profiles[meter];
        return (profile.balance, profile.committed, profile.delivered);
    }

    /// @inheritdoc ICommitmentPool
    function performanceOf(uint64 meter) external view returns (uint256 bps) {
        Profile memory profile = _profiles[meter];
        if (profile.committed == 0) return _WHOLE_BPS;
        return _WHOLE_BPS * profile.delivered / profile.committed;
    }

    /* INTERNAL */

    /// @dev Refuse what would make the pool hold more than it can count; `value` is not there yet.
    function _requireRoom(uint256 value) internal view {
        uint256 held = TOKEN.balanceOf(address(this));
        require(held <= type(uint112).max && value <= type(uint112).max - held, PoolFull(held, type(uint112).max));
    }

    /// @dev Into the balance of a meter that exists.
    function _deposit(uint64 meter, address account, uint256 value) internal {
        require(value != 0, PoolNothingMoved(meter));
        // Reverts for a meter that does not exist: nobody could take the money out.
        // slither-disable-next-line unused-return
        REGISTRY.ownerOf(meter);
        // What the pool holds fits in so many bits, and this is a part of it.
        // forge-lint: disable-next-line(unsafe-typecast)
        _profiles[meter].balance += uint112(value);
        emit Deposited(meter, account, value);
    }

    function _debit(uint64 meter, uint256 value) internal {
        uint256 balance = _profiles[meter].balance;
        require(balance >= value, PoolBalanceShort(meter, balance, value));
        // Not above a balance, which has so many bits.
        // forge-lint: disable-next-line(unsafe-typecast)
        _profiles[meter].balance = uint112(balance - value);
    }

    /// @dev A commitment's end in an interval; where it lapsed, nothing was committed.
    function _credit(uint64 meter, uint256 value, uint48 committed, uint48 delivered) internal {
        Profile storage profile = _profiles[meter];
        // What the pool holds fits in so many bits, and this is a part of it.
        // forge-lint: disable-next-line(unsafe-typecast)
        profile.balance += uint112(value);
        profile.committed += committed;
        profile.delivered += delivered;
    }
}
