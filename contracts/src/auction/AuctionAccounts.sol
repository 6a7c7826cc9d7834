// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IIntervalAuction} from "../interfaces/IIntervalAuction.sol";
import {IntervalMoney} from "../libraries/IntervalMoney.sol";

/// @title The money in the interval auction: homes' balances, the utility's, and what the grid owes.
/// @dev A part of `IntervalAuction`. Money leaves by `withdraw` alone, to the caller.
// A settlement takes no more than deposit and trade give, so neither number below is negative.
// forge-lint: disable-next-item(unsafe-typecast)
abstract contract AuctionAccounts is AccessControl, IIntervalAuction {
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    /* TYPES */

    /// @dev One slot: the utility's money here, and what it owes to all homes together.
    struct Grid {
        uint128 balance;
        uint128 owed;
    }

    /* CONSTANTS AND IMMUTABLES */

    /// @inheritdoc IIntervalAuction
    bytes32 public constant UTILITY_ROLE = keccak256("UTILITY_ROLE");

    /// @inheritdoc IIntervalAuction
    IERC20 public immutable TOKEN;

    /* STORAGE */

    /// @inheritdoc IIntervalAuction
    mapping(address account => uint256 value) public balanceOf;

    /// @inheritdoc IIntervalAuction
    mapping(address account => uint256 value) public owedTo;

    Grid internal _grid;

    /* CONSTRUCTOR */

    /// @param token The money.
    /// @param holder First holder of both roles.
    constructor(IERC20 token, address holder) {
        require(address(token).code.length != 0, AuctionTokenWithoutCode(address(token)));

        TOKEN = token;
        _grantRole(DEFAULT_ADMIN_ROLE, holder);
        _grantRole(UTILITY_ROLE, holder);
    }

    /* ORDER */

    /// @inheritdoc IIntervalAuction
    function withdraw(uint256 value) external {
        _debit(msg.sender, value);
        emit Withdrawn(msg.sender, value);

        TOKEN.safeTransfer(msg.sender, value);
    }

    /* SETTLE */

    /// @inheritdoc IIntervalAuction
    function collectOwed() external {
        uint256 owed = owedTo[msg.sender];
        Grid memory grid = _grid;
        require(owed != 0, AuctionNothingOwed(msg.sender));
        require(grid.balance != 0, AuctionUtilityShort(0, owed));
        uint128 value = owed < grid.balance ? owed.toUint128() : grid.balance;

        owedTo[msg.sender] = owed - value;
        _grid = Grid({balance: grid.balance - value, owed: grid.owed - value});
        balanceOf[msg.sender] += value;
        emit OwedCollected(msg.sender, value);
    }

    /* UTILITY */

    /// @inheritdoc IIntervalAuction
    function fund(uint256 value) external onlyRole(UTILITY_ROLE) {
        _debit(msg.sender, value);
        _grid.balance += value.toUint128();
        emit UtilityFunded(msg.sender, value);
    }

    /// @inheritdoc IIntervalAuction
    function withdrawUtility(uint256 value) external onlyRole(UTILITY_ROLE) {
        Grid memory grid = _grid;
        uint256 available = grid.balance > grid.owed ? grid.balance - grid.owed : 0;
        require(value <= available, AuctionUtilityShort(available, value));

        _grid.balance = grid.balance - value.toUint128();
        balanceOf[msg.sender] += value;
        emit UtilityWithdrawn(msg.sender, value);
    }

    /* VIEWS */

    /// @inheritdoc IIntervalAuction
    function utility() external view returns (uint256 balance, uint256 owed) {
        return (_grid.balance, _grid.owed);
    }

    /* INTERNAL */

    function _deposit(address account, uint256 value) internal {
        balanceOf[account] += value;
        emit Deposited(account, value);
    }

    function _debit(address account, uint256 value) internal {
        uint256 balance = balanceOf[account];
        require(balance >= value, AuctionBalanceShort(account, balance, value));
        unchecked {
            balanceOf[account] = balance - value;
        }
    }

    /* PURE */

    /// @dev Move the grid's part: what a home pays comes in first; what it receives is limited by the utility's balance,
    /// and the rest is owed.
    function _throughGrid(IntervalMoney.Settlement memory end, Grid memory grid)
        internal
        pure
        returns (uint256 credited, uint256 owed)
    {
        int256 own = int256(end.deposit) + end.trade;
        if (end.grid <= 0) {
            grid.balance += uint256(-end.grid).toUint128();
            return (uint256(own + end.grid), 0);
        }
        uint128 due = uint256(end.grid).toUint128();
        uint128 paid = due < grid.balance ? due : grid.balance;
        grid.balance -= paid;
        grid.owed += due - paid;
        return (uint256(own) + paid, due - paid);
    }
}
