// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IReductionAuction} from "../interfaces/IReductionAuction.sol";
import {ReductionSlots} from "../libraries/ReductionSlots.sol";
import {ReductionBaseline} from "./ReductionBaseline.sol";

/// @title The money in the reduction auction: meters' balances, which their owners withdraw, and utilities'.
/// @dev A part of `ReductionAuction`. Money leaves to the caller alone.
abstract contract ReductionAccounts is ReductionBaseline {
    using ReductionSlots for ReductionSlots.Account;
    using ReductionSlots for uint256;
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    /* CONSTANTS AND IMMUTABLES */

    /// @inheritdoc IReductionAuction
    IERC20 public immutable TOKEN;

    /* STORAGE */

    /// @inheritdoc IReductionAuction
    mapping(address account => uint256 value) public balanceOf;

    /// @dev Words of `ReductionSlots`.
    mapping(uint64 meter => uint256 account) internal _accounts;

    /* CONSTRUCTOR */

    /// @param token The money.
    constructor(IERC20 token) {
        require(address(token).code.length != 0, ReductionTokenWithoutCode(address(token)));

        TOKEN = token;
    }

    /* OFFERING */

    /// @inheritdoc IReductionAuction
    function withdraw(uint64 meter, uint256 value) external {
        _requireOwner(meter);
        ReductionSlots.Account memory account = _accounts[meter].accountOf();
        require(account.balance >= value, ReductionBalanceShort(account.balance, value));

        account.balance -= value.toUint128();
        _accounts[meter] = account.pack();
        emit MeterWithdrawn(meter, msg.sender, value);

        TOKEN.safeTransfer(msg.sender, value);
    }

    /// @inheritdoc IReductionAuction
    function withdrawOwn(uint256 value) external {
        _debit(msg.sender, value);
        emit Withdrawn(msg.sender, value);

        TOKEN.safeTransfer(msg.sender, value);
    }

    /* VIEWS */

    /// @inheritdoc IReductionAuction
    function meterBalanceOf(uint64 meter) external view returns (uint256) {
        return _accounts[meter].accountOf().balance;
    }

    /* INTERNAL */

    /// @dev A gift, which anybody may make.
    function _fundMeter(uint64 meter, address from, uint256 value) internal {
        require(value != 0, ReductionNothingDeposited(from));
        // Reverts for a meter that does not exist: nobody could withdraw it.
        // slither-disable-next-line unused-return
        REGISTRY.meterOf(meter);
        ReductionSlots.Account memory account = _accounts[meter].accountOf();
        // Far below what 128 bits hold, so that no settlement ever finds them full.
        account.balance = (account.balance + value).toUint120();
        _accounts[meter] = account.pack();
        emit MeterFunded(meter, from, value);
    }

    function _deposit(address account, uint256 value) internal {
        require(value != 0, ReductionNothingDeposited(account));
        balanceOf[account] += value;
        emit Deposited(account, value);
    }

    function _debit(address account, uint256 value) internal {
        uint256 balance = balanceOf[account];
        require(balance >= value, ReductionBalanceShort(balance, value));
        unchecked {
            balanceOf[account] = balance - value;
        }
    }

    /// @dev Refuse who does not own the meter, and tell its most power in W.
    function _requireOwner(uint64 meter) internal view returns (uint32 maxPowerW) {
        address owner;
        // Kind and market decide nothing here.
        // slither-disable-next-line unused-return
        (owner, maxPowerW,,) = REGISTRY.meterOf(meter);
        require(owner == msg.sender, ReductionNotMeterOwner(meter, msg.sender));
    }
}
