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
        _market(500);
        bytes32 before = _picture();

        vm.expectEmit(address(auction));
        emit IIntervalAuction.SettlementSkipped(FIRST, seller);
        _settle(FIRST, seller);

        vm.assertEq(_picture(), before, "nothing changed");
    }

    function test_AMeterWithoutAnOrderIsSkippedAndBlocksNobody() public {
        _market(500);
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
        _market(500);
        _meter(seller, FIRST, 0, 500_000);
        _settle(FIRST, seller);
        bytes32 before = _picture();

        _settle(FIRST, seller);

        vm.assertEq(_picture(), before, "nothing changed");
    }

    function test_FillsAsMeteredMoveTheTradeAlone() public {
        _market(500);
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
        _market(500);
        _meter(seller, FIRST, 0, 400_000);

        _settle(FIRST, seller);

        _assertUtility(FUNDS + _worthUp(100, RETAIL), 0);
    }

    function test_ABuyerThatDrewMorePaysTheGridRetail() public {
        _market(500);
        _meter(buyer, FIRST, 600_000, 0);

        _settle(FIRST, buyer);

        _assertUtility(FUNDS + _worthUp(100, RETAIL), 0);
    }

    function test_WhatIsLeftOverTheGridBuysAtFeedInAndWhatIsUndrawnForATickLess() public {
        _market(500);
        _meter(seller, FIRST, 0, 600_000);
        _meter(buyer, FIRST, 450_000, 0);

        _settle(FIRST, seller);
        _settle(FIRST, buyer);

        _assertUtility(FUNDS - _worthDown(100, FEED_IN) - _worthDown(50, FEED_IN - TICK), 0);
    }

    function test_AReadingThatIsSkippedForEverIsTakenAtTheWorstAtOnce() public {
        _market(500);
        vm.warp(uint256(FIRST + 2) * INTERVAL);
        vm.prank(SELLER);
        registry.report(seller, FIRST + 2, 0, 900_000);

        _settle(FIRST, seller);

        uint256 owes = _worthUp(500, RETAIL) - _worthDown(500, FEED_IN + 10 * TICK);
        vm.assertEq(auction.balanceOf(SELLER), FUNDS - owes, "as if it had delivered nothing");
    }

    function test_WhoPlacedTheOrderIsPaidAlsoAfterTheMeterIsSold() public {
        _market(500);
        vm.prank(SELLER);
        registry.transferFrom(SELLER, STRANGER, seller);
        _meter(seller, FIRST, 0, 500_000);

        _settle(FIRST, seller);

        vm.assertEq(auction.balanceOf(SELLER), FUNDS + _worthDown(500, FEED_IN + 10 * TICK), "seller");
        vm.assertEq(auction.balanceOf(STRANGER), 0, "the new owner");
    }
}
