// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IIntervalAuction} from "../../src/interfaces/IIntervalAuction.sol";
import {AuctionBase} from "../base/AuctionBase.sol";

/// @title When an order is ready to settle without a reading, and what silence costs.
// Numbers of the test itself.
// forge-lint: disable-next-item(unsafe-typecast)
contract IntervalAuctionSilenceTest is AuctionBase {
    IIntervalAuction.Side private constant _BUYER = IIntervalAuction.Side.Buyer;

    /* READY */

    /// @dev The interval's first boundary alone says nothing of what was drawn in it.
    function test_AnOrderIsNotReadyWhenOnlyTheFirstBoundaryIsTold() public {
        _market(500);
        vm.warp(uint256(FIRST) * INTERVAL);
        vm.prank(BUYER);
        registry.report(buyer, FIRST, 0, 0);
        vm.warp(_deadline() - 1);

        _settle(FIRST, buyer);

        vm.assertEq(auction.orderAt(buyer, FIRST).energyUnits, 500, "it may still tell the second");
        _meter(buyer, FIRST, 100_000, 0);
        _settle(FIRST, buyer);
        uint256 pays = _worthUp(500, FEED_IN + 10 * TICK) - _worthDown(400, FEED_IN - TICK);
        vm.assertEq(auction.balanceOf(BUYER), FUNDS - pays, "and then that counts");
    }

    /// @dev A home that was off for an hour could not order for a day.
    function test_AGapIsTheMetersOwnWordAndNeedsNoNote() public {
        _market(500);
        vm.warp(uint256(FIRST + 2) * INTERVAL);
        vm.prank(BUYER);
        registry.report(buyer, FIRST + 2, 400_000, 0);

        _place(_order(FIRST + 4, _BUYER, 20, 0, 500, buyer));

        vm.assertEq(auction.orderAt(buyer, FIRST + 4).energyUnits, 500, "the next order settles the last one");
    }

    function test_ASilentMeterTakesNoOrderInItsLaneUntilTheNoteHasRun() public {
        _market(500);
        vm.warp(_deadline());
        auction.noteSilence(FIRST);
        uint32 next = _sameLane();
        vm.expectRevert(abi.encodeWithSelector(IIntervalAuction.AuctionOrderUnsettled.selector, buyer, FIRST));
        vm.prank(BUYER);
        auction.place(_order(next, _BUYER, 20, 0, 500, buyer));

        vm.warp(block.timestamp + 2 * INTERVAL);
        _place(_order(_sameLane(), _BUYER, 20, 0, 500, buyer));
    }

    /* NOTE */

    /// @dev After a day without a block the honest utility's first step punished everybody.
    function test_SilenceIsNotedBeforeItCounts() public {
        _market(500);
        vm.warp(_deadline() + 3 days);
        _settle(FIRST, buyer);
        vm.assertEq(auction.orderAt(buyer, FIRST).energyUnits, 500, "no deadline punishes by itself");

        uint32 now_ = uint32(block.timestamp / INTERVAL);
        vm.expectEmit(address(auction));
        emit IIntervalAuction.SilenceNoted(FIRST, uint256(now_ + 2) * INTERVAL);
        vm.prank(STRANGER);
        auction.noteSilence(FIRST);
        vm.assertEq(_result(FIRST).notedAfter, now_ - FIRST, "the note");

        vm.warp(uint256(now_ + 2) * INTERVAL - 1);
        _settle(FIRST, buyer);
        vm.assertEq(auction.orderAt(buyer, FIRST).energyUnits, 500, "one second before it is still heard");
        vm.warp(uint256(now_ + 2) * INTERVAL);
        _settle(FIRST, buyer);
        vm.assertEq(auction.orderAt(buyer, FIRST).energyUnits, 0, "then it counts");
    }

    function test_AReadingAfterTheNoteCounts() public {
        _market(500);
        vm.warp(_deadline());
        auction.noteSilence(FIRST);
        _meter(buyer, FIRST, 500_000, 0);

        _settle(FIRST, buyer);

        vm.assertEq(auction.balanceOf(BUYER), FUNDS - _worthUp(500, FEED_IN + 10 * TICK), "as it drew");
    }

    function test_ANoteBeforeTheDeadlineOrASecondOneIsRefused() public {
        vm.expectRevert(abi.encodeWithSelector(IIntervalAuction.AuctionNotCleared.selector, FIRST));
        auction.noteSilence(FIRST);
        _market(500);
        vm.warp(_deadline() - 1);
        vm.expectRevert(abi.encodeWithSelector(IIntervalAuction.AuctionSilenceTooEarly.selector, FIRST, _deadline()));
        auction.noteSilence(FIRST);
        vm.warp(_deadline());
        auction.noteSilence(FIRST);
        vm.warp(_deadline() + 5 days);
        vm.expectRevert(abi.encodeWithSelector(IIntervalAuction.AuctionSilenceNoted.selector, FIRST));
        auction.noteSilence(FIRST);
    }

    /* PRICE */

    /// @dev A buyer that drew more than 1.2 times its order paid 0.17 instead of 0.42 by telling nothing.
    function test_SilenceTakesAllThatIsLeftOfABuyersDeposit() public {
        _market(500);
        uint256 deposit = FUNDS - auction.balanceOf(BUYER);
        _silent();

        _settle(FIRST, buyer);

        vm.assertEq(auction.balanceOf(BUYER), FUNDS - deposit, "nothing comes back");
    }

    function testFuzz_NobodyIsBetterOffSilent(uint64 imported, uint64 exported, uint32 energy, uint8 tick) public {
        energy = uint32(_bound(energy, LEAST, 1e8));
        _sell(seller, uint8(_bound(tick, 0, 63)), uint32(_bound(exported, LEAST, 1e8)));
        _buy(buyer, 63, 0, energy);
        _clear(FIRST);
        uint256 snapshot = vm.snapshotState();
        _meter(buyer, FIRST, imported % 1e12, 0);
        _meter(seller, FIRST, 0, exported % 1e12);
        _settle(FIRST, buyer);
        _settle(FIRST, seller);
        (uint256 told, uint256 toldSeller) = (auction.balanceOf(BUYER), auction.balanceOf(SELLER));
        vm.revertToState(snapshot);
        _silent();
        _settle(FIRST, buyer);
        _settle(FIRST, seller);

        vm.assertLe(auction.balanceOf(BUYER), told, "the buyer");
        vm.assertLe(auction.balanceOf(SELLER), toldSeller, "the seller");
    }

    /* INTERNAL */

    function _silent() private {
        vm.warp(_deadline());
        auction.noteSilence(FIRST);
        vm.warp(_deadline() + 2 * INTERVAL);
    }

    /// @dev An interval of the first one's lane that takes orders now.
    function _sameLane() private view returns (uint32 interval) {
        interval = uint32((block.timestamp + LEAD) / INTERVAL + 1);
        interval += (interval ^ FIRST) & 1;
    }

    function _deadline() private pure returns (uint256) {
        return uint256(FIRST + 1) * INTERVAL + DEADLINE;
    }
}
