// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IIntervalAuction} from "../../src/interfaces/IIntervalAuction.sol";
import {AuctionBase} from "../base/AuctionBase.sol";

// Numbers of the test itself.
// forge-lint: disable-next-item(unsafe-typecast)
contract IntervalAuctionClearAndSettleTest is AuctionBase {
    /* CLEAR */

    function test_AnOpenGateIsRefused() public {
        _buy(buyer, 20, 0, 500);
        vm.warp(_gate(FIRST) - 1);

        vm.expectRevert(abi.encodeWithSelector(IIntervalAuction.AuctionGateOpen.selector, FIRST, _gate(FIRST)));
        auction.clear(FIRST);
    }

    function test_ClearingTwiceIsRefused() public {
        _buy(buyer, 20, 0, 500);
        _clear(FIRST);
        bytes32 before = _picture();

        vm.expectRevert(abi.encodeWithSelector(IIntervalAuction.AuctionAlreadyCleared.selector, FIRST));
        auction.clear(FIRST);

        vm.assertEq(_picture(), before, "nothing changed");
    }

    function test_AnIntervalWithoutOrdersIsRefused() public {
        vm.warp(_gate(FIRST));

        vm.expectRevert(abi.encodeWithSelector(IIntervalAuction.AuctionNoOrders.selector, FIRST));
        auction.clear(FIRST);
    }

    function test_AnybodyClears() public {
        _sell(seller, 10, 500);
        _buy(buyer, 40, 0, 500);
        vm.warp(_gate(FIRST));

        vm.expectEmit(address(auction));
        emit IIntervalAuction.IntervalCleared(FIRST, false, 10, 0, 500, 0, 0, 0);
        vm.prank(STRANGER);
        auction.clear(FIRST);

        vm.assertTrue(_result(FIRST).cleared, "cleared");
        vm.assertEq(_result(FIRST).tariff, 1, "under its tariff");
    }

    function test_AnIntervalWhoseOrdersAreAllCancelledClearsToNothing() public {
        _sell(seller, 10, 500);
        _sell(seller, 10, 0);

        _clear(FIRST);

        vm.assertEq(_result(FIRST).solarMarginalTick, 64, "no trade");
    }

    /// @dev The words of the lane still hold the sums of two intervals before.
    function test_OldSumsOfTheLaneAreNotSeen() public {
        _sell(seller, 10, 500);
        _sellChp(chpSeller, 10, 500);
        _buy(buyer, 40, 20, 500);
        _clear(FIRST);
        _place(_order(FIRST + 2, IIntervalAuction.Side.Buyer, 41, 21, 300, other));

        vm.expectEmit(address(auction));
        emit IIntervalAuction.IntervalCleared(FIRST + 2, false, 0, 0, 0, 0, 0, 300);
        _clear(FIRST + 2);
    }

    /* SETTLE */

    function test_SettlingBeforeClearingIsRefused() public {
        _buy(buyer, 20, 0, 500);

        vm.expectRevert(abi.encodeWithSelector(IIntervalAuction.AuctionNotCleared.selector, FIRST));
        _settle(FIRST, buyer);
    }

    function test_AnOrderWithoutReadingsIsSkipped() public {
        _market();
        bytes32 before = _picture();

        vm.expectEmit(address(auction));
        emit IIntervalAuction.SettlementSkipped(FIRST, seller);
        _settle(FIRST, seller);

        vm.assertEq(_picture(), before, "nothing changed");
    }

    function test_AMeterWithoutAnOrderIsSkippedAndBlocksNobody() public {
        _market();
        _meter(seller, FIRST, 0, 500_000);
        uint64[] memory meters = new uint64[](4);
        (meters[0], meters[1], meters[2], meters[3]) = (other, 99, buyer, seller);

        vm.expectEmit(address(auction));
        emit IIntervalAuction.SettlementSkipped(FIRST, other);
        auction.settle(FIRST, meters);

        vm.assertEq(auction.orderAt(seller, FIRST).energyUnits, 0, "the seller is settled");
        vm.assertGe(auction.orderAt(buyer, FIRST).energyUnits, 1, "the buyer is not");
    }

    function test_ASettledOrderIsNeverSettledAgain() public {
        _market();
        _meter(seller, FIRST, 0, 500_000);
        _settle(FIRST, seller);
        bytes32 before = _picture();

        _settle(FIRST, seller);

        vm.assertEq(_picture(), before, "nothing changed");
    }

    function test_FillsAsMeteredMoveTheTradeAlone() public {
        _market();
        _meter(seller, FIRST, 0, 500_000);
        _meter(buyer, FIRST, 500_000, 0);
        uint256 price = FEED_IN + 10 * TICK;
        int256 trade = int256(_worthDown(500, price));

        vm.expectEmit(address(auction));
        emit IIntervalAuction.Settled(
            FIRST,
            seller,
            SELLER,
            500,
            0,
            500_000,
            false,
            trade,
            0,
            lens.depositUp(1, IIntervalAuction.Side.SolarSeller, 500) + uint256(trade),
            0
        );
        _settle(FIRST, seller);
        _settle(FIRST, buyer);

        vm.assertEq(auction.balanceOf(SELLER), FUNDS + uint256(trade), "seller");
        vm.assertEq(auction.balanceOf(BUYER), FUNDS - _worthUp(500, price), "buyer");
        _assertUtility(FUNDS, 0);
    }

    function test_ASellerThatDeliveredLessPaysTheGridRetail() public {
        _market();
        _meter(seller, FIRST, 0, 400_000);

        _settle(FIRST, seller);

        _assertUtility(FUNDS + _worthUp(100, RETAIL), 0);
    }

    function test_ABuyerThatDrewMorePaysTheGridRetail() public {
        _market();
        _meter(buyer, FIRST, 600_000, 0);

        _settle(FIRST, buyer);

        _assertUtility(FUNDS + _worthUp(100, RETAIL), 0);
    }

    function test_WhatIsLeftOverTheGridBuysAtFeedInAndWhatIsUndrawnForATickLess() public {
        _market();
        _meter(seller, FIRST, 0, 600_000);
        _meter(buyer, FIRST, 450_000, 0);

        _settle(FIRST, seller);
        _settle(FIRST, buyer);

        _assertUtility(FUNDS - _worthDown(100, FEED_IN) - _worthDown(50, FEED_IN - TICK), 0);
    }

    function test_AReadingThatIsSkippedForEverIsTakenAtTheWorstAtOnce() public {
        _market();
        vm.warp(uint256(FIRST + 2) * INTERVAL);
        vm.prank(SELLER);
        registry.report(seller, FIRST + 2, 0, 900_000);

        _settle(FIRST, seller);

        uint256 owes = _worthUp(500, RETAIL) - _worthDown(500, FEED_IN + 10 * TICK);
        vm.assertEq(auction.balanceOf(SELLER), FUNDS - owes, "as if it had delivered nothing");
    }

    function test_WhoPlacedTheOrderIsPaidAlsoAfterTheMeterIsSold() public {
        _market();
        vm.prank(SELLER);
        registry.transferFrom(SELLER, STRANGER, seller);
        _meter(seller, FIRST, 0, 500_000);

        _settle(FIRST, seller);

        vm.assertEq(auction.balanceOf(SELLER), FUNDS + _worthDown(500, FEED_IN + 10 * TICK), "seller");
        vm.assertEq(auction.balanceOf(STRANGER), 0, "the new owner");
    }

    /* UTILITY */

    function test_AShortUtilityHarmsNobody() public {
        _withdrawUtility(FUNDS - 7);
        _market();
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

    function test_TheUtilityCannotWithdrawWhatItOwes() public {
        _withdrawUtility(FUNDS);
        _market();
        _meter(seller, FIRST, 0, 600_000);
        _settle(FIRST, seller);
        uint256 owed = _worthDown(100, FEED_IN);
        _refuseWithdrawal(0, 1);
        _fund(owed + 5);

        _refuseWithdrawal(5, 6);
        _withdrawUtility(5);

        _assertUtility(owed, owed);
    }

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

    /* TARIFFS */

    function test_ATariffForAnIntervalThatTakesOrdersIsRefused() public {
        _refuseTariff(FIRST + 1, FIRST + 2);
    }

    function test_TooManyTariffsWaitingAreRefused() public {
        for (uint32 i = 0; i < auction.MOST_WAITING(); ++i) {
            _tariff(FIRST + 2 + i);
        }

        vm.expectRevert(abi.encodeWithSelector(IIntervalAuction.AuctionTariffsWaiting.selector, 8, FIRST + 2));
        _tariff(FIRST + 50);
        vm.warp(_gate(FIRST + 1));
        _tariff(FIRST + 50);
    }

    function test_AnIntervalSettlesUnderTheTariffItWasOrderedUnder() public {
        vm.expectEmit(address(auction));
        emit IIntervalAuction.TariffSet(2, FIRST + 2, 2 * FEED_IN, TICK);
        _tariff(FIRST + 2);
        _market();
        _meter(seller, FIRST, 0, 600_000);

        _settle(FIRST, seller);

        vm.assertEq(auction.tariffOf(FIRST + 1), 1, "before");
        vm.assertEq(auction.tariffOf(FIRST + 2), 2, "after");
        _assertUtility(FUNDS - _worthDown(100, FEED_IN), 0);
        _place(_order(FIRST + 2, IIntervalAuction.Side.SolarSeller, 10, 0, 100, seller));
        (, uint64 feedIn,) = auction.tariffs(2);
        vm.assertEq(feedIn, 2 * FEED_IN, "version two");
    }

    /* INTERNAL */

    /// @dev Five hundred watt-hours change hands at tick 10.
    function _market() private {
        _sell(seller, 10, 500);
        _buy(buyer, 40, 0, 500);
        _clear(FIRST);
    }

    function _collect() private {
        vm.prank(SELLER);
        auction.collectOwed();
    }

    function _tariff(uint32 first) private {
        vm.prank(UTILITY);
        auction.setTariff(first, 2 * FEED_IN, TICK);
    }

    function _refuseTariff(uint32 first, uint32 earliest) private {
        vm.expectRevert(abi.encodeWithSelector(IIntervalAuction.AuctionTariffTooEarly.selector, first, earliest));
        _tariff(first);
    }

    function _refuseWithdrawal(uint256 available, uint256 value) private {
        vm.expectRevert(abi.encodeWithSelector(IIntervalAuction.AuctionUtilityShort.selector, available, value));
        vm.prank(UTILITY);
        auction.announceWithdrawal(value);
    }

    function _assertUtility(uint256 expected, uint256 expectedOwed) private view {
        (uint256 balance, uint256 owed) = auction.utility();
        vm.assertEq(balance, expected, "the utility's balance");
        vm.assertEq(owed, expectedOwed, "what it owes");
    }
}
