// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IIntervalAuction} from "../../src/interfaces/IIntervalAuction.sol";
import {IMeterRegistry} from "../../src/interfaces/IMeterRegistry.sol";
import {AuctionBase} from "../base/AuctionBase.sol";

/// @title How much an order may ask for: what its meter carries; and what asking for too much costs.
// Numbers of the test itself.
// forge-lint: disable-next-item(unsafe-typecast)
contract IntervalAuctionOrderSizeTest is AuctionBase {
    IIntervalAuction.Side private constant _BUYER = IIntervalAuction.Side.Buyer;

    /// @dev A meter of a kilowatt bought 99.9 % of a street's sun for a base unit, and kept it from all others.
    function test_AnOrderIsAtMostWhatTheMetersPowerCarries() public {
        vm.prank(ADMIN);
        uint64 small = uint64(registry.install(BUYER, BUYER, IMeterRegistry.MeterKind.Consumer, 1_001));

        vm.expectRevert(abi.encodeWithSelector(IIntervalAuction.AuctionEnergyAboveMost.selector, 251, 250));
        vm.prank(BUYER);
        auction.place(_order(FIRST, _BUYER, 20, 0, 251, small));
        vm.prank(BUYER);
        auction.place(_order(FIRST, _BUYER, 20, 0, 250, small));

        vm.assertEq(lens.mostUnitsOf(small), 250, "which the lens tells");
    }

    function test_AMeterTooSmallForTheLeastOrderCannotTrade() public {
        vm.prank(ADMIN);
        uint64 tiny = uint64(registry.install(BUYER, BUYER, IMeterRegistry.MeterKind.Consumer, 39));

        vm.expectRevert(abi.encodeWithSelector(IIntervalAuction.AuctionEnergyAboveMost.selector, LEAST, LEAST - 1));
        vm.prank(BUYER);
        auction.place(_order(FIRST, _BUYER, 20, 0, LEAST, tiny));
    }

    function test_WhatABuyerLeavesUndrawnReturnsForATickBelowFeedIn() public {
        _market(500);
        _meter(buyer, FIRST, 0, 0);

        _settle(FIRST, buyer);

        uint256 lost = _worthUp(500, FEED_IN + 10 * TICK) - _worthDown(500, FEED_IN - TICK);
        vm.assertEq(auction.balanceOf(BUYER), FUNDS - lost, "holding energy back costs more than its spread");
    }
}
