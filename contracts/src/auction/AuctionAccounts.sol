// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IIntervalAuction} from "../interfaces/IIntervalAuction.sol";
import {IntervalMoney} from "../libraries/IntervalMoney.sol";

/// @title The money in the interval auction: homes' balances, the utility's, and what the grid owes.
/// @dev A part of `IntervalAuction`. Money leaves by `withdraw` alone, to the caller.
abstract contract AuctionAccounts is AccessControl, IIntervalAuction {
    using SafeCast for int256;
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    /* TYPES */

    /// @dev One slot: the utility's money here, and what it owes to all homes together.
    struct Grid {
        uint128 balance;
        uint128 owed;
    }

    /// @dev One slot: the utility's money that is announced to leave, and from when it may.
    struct Leaving {
        uint128 value;
        uint64 from;
    }

    /* CONSTANTS AND IMMUTABLES */

    /// @inheritdoc IIntervalAuction
    bytes32 public constant UTILITY_ROLE = keccak256("UTILITY_ROLE");

    /// @inheritdoc IIntervalAuction
    IERC20 public immutable TOKEN;

    /// @inheritdoc IIntervalAuction
    uint256 public immutable WITHDRAWAL_NOTICE;

    /// @dev How long money that was announced may be taken.
    uint256 private constant _WITHDRAWAL_OPEN = 1 days;

    /* STORAGE */

    /// @inheritdoc IIntervalAuction
    mapping(address account => uint256 value) public balanceOf;

    /// @inheritdoc IIntervalAuction
    mapping(address account => uint256 value) public owedTo;

    Grid internal _grid;

    Leaving private _leaving;

    /* CONSTRUCTOR */

    /// @param token The money.
    /// @param holder First holder of both roles.
    /// @param noticeSeconds From an announced withdrawal to the money.
    constructor(IERC20 token, address holder, uint256 noticeSeconds) {
        require(address(token).code.length != 0, AuctionTokenWithoutCode(address(token)));

        TOKEN = token;
        WITHDRAWAL_NOTICE = noticeSeconds;
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
        uint128 value = uint128(Math.min(owed, grid.balance));

        owedTo[msg.sender] = owed - value;
        _grid = Grid({balance: grid.balance - value, owed: grid.owed - value});
        balanceOf[msg.sender] += value;
        emit OwedCollected(msg.sender, value);
    }

    /* UTILITY */

    /// @inheritdoc IIntervalAuction
    function fund(uint256 value) external onlyRole(UTILITY_ROLE) {
        _debit(msg.sender, value);
        // Far below what 128 bits hold, so that no home's payment ever finds them full.
        _grid.balance = (_grid.balance + value).toUint120();
        emit UtilityFunded(msg.sender, value);
    }

    /// @inheritdoc IIntervalAuction
    function announceWithdrawal(uint256 value) external onlyRole(UTILITY_ROLE) {
        uint256 balance = uint256(_grid.balance) + _leaving.value;
        uint256 available = _above(balance, _grid.owed);
        require(value <= available, AuctionUtilityShort(available, value));
        uint64 from = (block.timestamp + WITHDRAWAL_NOTICE).toUint64();

        _grid.balance = (balance - value).toUint128();
        _leaving = Leaving({value: value.toUint128(), from: from});
        emit WithdrawalAnnounced(msg.sender, value, from);
    }

    /// @inheritdoc IIntervalAuction
    function executeWithdrawal() external onlyRole(UTILITY_ROLE) {
        (uint256 value, uint256 from) = (_leaving.value, _leaving.from);
        uint256 until = from + _WITHDRAWAL_OPEN;
        require(block.timestamp >= from && block.timestamp < until, AuctionWithdrawalNotDue(from, until));

        delete _leaving;
        balanceOf[msg.sender] += value;
        emit UtilityWithdrawn(msg.sender, value);
    }

    /* VIEWS */

    /// @inheritdoc IIntervalAuction
    function utility() external view returns (uint256 balance, uint256 owed) {
        return (_grid.balance, _grid.owed);
    }

    /// @inheritdoc IIntervalAuction
    function leaving() external view returns (uint256 value, uint256 from) {
        return (_leaving.value, _leaving.from);
    }

    /* INTERNAL */

    function _deposit(address account, uint256 value) internal {
        require(value != 0, AuctionNothingDeposited(account));
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

    /// @dev Move the grid's part: what a home pays comes in first. What it receives comes out of what the utility has
    /// above its debts, so that nobody jumps the queue; then out of what was announced to leave; the rest is owed.
    function _throughGrid(IntervalMoney.Settlement memory end, Grid memory grid)
        internal
        returns (uint256 credited, uint256 owed)
    {
        int256 own = end.deposit.toInt256() + end.trade;
        if (end.grid <= 0) {
            grid.balance += (-end.grid).toUint256().toUint128();
            return ((own + end.grid).toUint256(), 0);
        }
        uint128 due = end.grid.toUint256().toUint128();
        uint128 paid = uint128(Math.min(due, _above(grid.balance, grid.owed)));
        grid.balance -= paid;
        if (paid != due) {
            uint128 more = uint128(Math.min(due - paid, _leaving.value));
            if (more != 0) _leaving.value -= more;
            paid += more;
            owed = due - paid;
            grid.owed += due - paid;
        }
        return (own.toUint256() + paid, owed);
    }

    /* PURE */

    function _above(uint256 balance, uint256 owed) private pure returns (uint256) {
        return balance > owed ? balance - owed : 0;
    }
}
