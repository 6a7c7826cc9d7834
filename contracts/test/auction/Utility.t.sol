// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IIntervalAuction} from "../../src/interfaces/IIntervalAuction.sol";
import {IMeterRegistry} from "../../src/interfaces/IMeterRegistry.sol";
import {AuctionBase} from "../base/AuctionBase.sol";

/// @title The money of the grid: what the utility owes, what it may take out again, and when.
// Numbers of the test itself.
// forge-lint: disable-next-item(unsafe-typecast)
contract IntervalAuctionUtilityTest is AuctionBase {
    IIntervalAuction.Side private constant _SOLAR = IIntervalAuction.Side.SolarSeller;

    /* DEBTS */

    function test_AShortUtilityHarmsNobody() public {
        _withdrawUtility(FUNDS - 7);
        _market(500);
        _meter(seller, FIRST, 0, 600_000);
        _settle(FIRST, seller);

        uint256 due = _worthDown(100, FEED_IN);
        vm.assertEq(
            auction.balanceOf(SELLER),
            FUNDS + _worthDown(500, FEED_IN + 10 * TICK) + 7,
            "its own in full, and what is there"
        );
        vm.assertEq(auction.owedTo(SELLER), due - 7, "the rest is owed");
        _assertUtility(0, due - 7);

        vm.expectRevert(abi.encodeWithSelector(IIntervalAuction.AuctionUtilityShort.selector, 0, due - 7));
        vm.prank(SELLER);
        auction.collectOwed();
        _fund(5);
        _collect();
        _assertUtility(0, due - 12);
        _fund(due);
        _collect();

        vm.assertEq(auction.owedTo(SELLER), 0, "nothing is owed");
        _assertUtility(12, 0);
        vm.expectRevert(abi.encodeWithSelector(IIntervalAuction.AuctionNothingOwed.selector, SELLER));
        _collect();
    }

    function test_WhatIsFundedAndWhatIsCollectedIsToldAndCounted() public {
        _withdrawUtility(FUNDS);
        _market(500);
        _meter(seller, FIRST, 0, 600_000);
        _settle(FIRST, seller);

        _pay(UTILITY, 5, "");
        vm.expectEmit(address(auction));
        emit IIntervalAuction.UtilityFunded(UTILITY, 5);
        vm.prank(UTILITY);
        auction.fund(5);
        uint256 before = auction.balanceOf(SELLER);
        vm.expectEmit(address(auction));
        emit IIntervalAuction.OwedCollected(SELLER, 5);
        _collect();
        vm.assertEq(auction.balanceOf(SELLER), before + 5, "collected");
    }

    function test_TheUtilityCannotWithdrawWhatItOwes() public {
        _withdrawUtility(FUNDS);
        _market(500);
        _meter(seller, FIRST, 0, 600_000);
        _settle(FIRST, seller);
        uint256 owed = _worthDown(100, FEED_IN);
        _refuseAnnouncement(0, 1);
        _fund(owed + 5);

        _refuseAnnouncement(5, 6);
        _withdrawUtility(5);

        _assertUtility(owed, owed);
    }

    /// @dev New dues were paid out of what others were owed already.
    function test_ANewDueDoesNotJumpTheQueue() public {
        _withdrawUtility(FUNDS);
        _market(500);
        _meter(seller, FIRST, 0, 600_000);
        _settle(FIRST, seller);
        uint256 debt = _worthDown(100, FEED_IN);
        _fund(debt + 3);
        uint64 battery = _home(OTHER, IMeterRegistry.MeterKind.Battery);
        uint32 interval = uint32((block.timestamp + LEAD) / INTERVAL + 1);
        _place(_order(interval, _SOLAR, 10, 0, 500, battery));
        _clear(interval);
        _meter(battery, interval, 0, 50_000);
        _settle(interval, battery);

        uint256 due = _worthDown(50, FEED_IN);
        vm.assertEq(auction.owedTo(OTHER), due - 3, "what is above the debts pays the new one");
        _assertUtility(debt, debt + due - 3);
        vm.prank(SELLER);
        auction.collectOwed();
        vm.assertEq(auction.owedTo(SELLER), 0, "and the old one is covered");
    }

    /* WITHDRAWAL */

    function test_AStrangerIsNoUtility() public {
        bytes memory reason = abi.encodeWithSignature(
            "AccessControlUnauthorizedAccount(address,bytes32)", STRANGER, auction.UTILITY_ROLE()
        );
        vm.expectRevert(reason);
        vm.prank(STRANGER);
        auction.fund(1);
        vm.expectRevert(reason);
        vm.prank(STRANGER);
        auction.announceWithdrawal(1);
        vm.expectRevert(reason);
        vm.prank(STRANGER);
        auction.executeWithdrawal();
        vm.expectRevert(reason);
        vm.prank(STRANGER);
        auction.setTariff(FIRST + 9, 1, 1);
    }

    function test_WithoutAnAnnouncementNothingLeaves() public {
        vm.expectRevert(abi.encodeWithSelector(IIntervalAuction.AuctionWithdrawalNotDue.selector, 0, 1 days));
        vm.prank(UTILITY);
        auction.executeWithdrawal();
    }

    /// @dev A utility withdrew debtors' money before creditors were settled.
    function test_AWithdrawalWaitsUntilEverybodyCanBeSettled() public {
        vm.expectEmit(address(auction));
        emit IIntervalAuction.WithdrawalAnnounced(UTILITY, FUNDS, START + DEADLINE + 2 * INTERVAL);
        _announce(FUNDS);
        (uint256 value, uint256 from) = auction.leaving();
        vm.assertEq(value, FUNDS, "it is on its way");
        _assertUtility(0, 0);

        _refuseWithdrawal(from - 1, from);
        vm.warp(from);
        vm.expectEmit(address(auction));
        emit IIntervalAuction.UtilityWithdrawn(UTILITY, FUNDS);
        vm.prank(UTILITY);
        auction.executeWithdrawal();
        vm.assertEq(auction.balanceOf(UTILITY), FUNDS, "and arrives");
        (value,) = auction.leaving();
        vm.assertEq(value, 0, "once");
    }

    function test_AnAnnouncementEndsADayAfterItsTime() public {
        _announce(FUNDS);
        (, uint256 from) = auction.leaving();

        _refuseWithdrawal(from + 1 days, from);
        vm.warp(from + 1 days - 1);
        vm.prank(UTILITY);
        auction.executeWithdrawal();
    }

    function test_ANewAnnouncementReturnsTheOldOneAndBeginsAnew() public {
        _announce(FUNDS);
        (, uint256 first) = auction.leaving();
        vm.warp(first);
        _announce(7);

        (uint256 value, uint256 from) = auction.leaving();
        vm.assertEq(value, 7, "the new one alone");
        vm.assertEq(from, first + DEADLINE + 2 * INTERVAL, "its time begins anew");
        _assertUtility(FUNDS - 7, 0);
        _announce(0);
        _assertUtility(FUNDS, 0);
    }

    function test_WhatIsAnnouncedPaysWhatTheBalanceCannot() public {
        _announce(FUNDS - 3);
        _market(500);
        _meter(seller, FIRST, 0, 600_000);

        _settle(FIRST, seller);

        uint256 due = _worthDown(100, FEED_IN);
        (uint256 value,) = auction.leaving();
        vm.assertEq(value, FUNDS - due, "all but the three of the balance");
        vm.assertEq(auction.owedTo(SELLER), 0, "nothing is owed");
        _assertUtility(0, 0);
    }

    /// @dev To the last base unit.
    function test_WhatIsAnnouncedPaysItsLastUnitOnce() public {
        _withdrawUtility(FUNDS - 1);
        _announce(1);
        _market(500);
        _meter(seller, FIRST, 0, 600_000);

        _settle(FIRST, seller);

        uint256 due = _worthDown(100, FEED_IN);
        (uint256 value,) = auction.leaving();
        vm.assertEq(value, 0, "it has paid");
        vm.assertEq(auction.owedTo(SELLER), due - 1, "the rest is owed");
        _assertUtility(0, due - 1);
    }

    /* INTERNAL */

    function _collect() private {
        vm.prank(SELLER);
        auction.collectOwed();
    }

    function _announce(uint256 value) private {
        vm.prank(UTILITY);
        auction.announceWithdrawal(value);
    }

    function _refuseAnnouncement(uint256 available, uint256 value) private {
        vm.expectRevert(abi.encodeWithSelector(IIntervalAuction.AuctionUtilityShort.selector, available, value));
        vm.prank(UTILITY);
        auction.announceWithdrawal(value);
    }

    function _refuseWithdrawal(uint256 time, uint256 from) private {
        vm.warp(time);
        vm.expectRevert(abi.encodeWithSelector(IIntervalAuction.AuctionWithdrawalNotDue.selector, from, from + 1 days));
        vm.prank(UTILITY);
        auction.executeWithdrawal();
    }
}
