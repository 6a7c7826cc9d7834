// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IIntervalAuction} from "../../src/interfaces/IIntervalAuction.sol";
import {IMeterRegistry} from "../../src/interfaces/IMeterRegistry.sol";
import {AuctionBase} from "../base/AuctionBase.sol";

/// @title The ancestors' defects that concern the contract, LEM's and energy-chain's, each shown gone.
contract IntervalAuctionDefectsTest is AuctionBase {
    /// @dev LEM 2: after an auction the market still held everything, without a way out.
    function test_LEM2_AfterSettlementAllMoneyCanLeave() public {
        _market(500);
        _settleBoth(500_000, 500_000);

        _leave(SELLER);
        _leave(BUYER);
        _withdrawUtility(FUNDS);
        _leave(UTILITY);
        _leave(CHP_SELLER);
        _leave(OTHER);

        vm.assertEq(token.balanceOf(address(auction)), 0, "nothing is locked in");
        vm.assertEq(token.balanceOf(SELLER) + token.balanceOf(BUYER), 2 * FUNDS, "and none is lost");
    }

    /// @dev LEM 3: in the next round an old lock counted as cover.
    function test_LEM3_EveryIntervalTakesItsOwnDeposit() public {
        _buy(buyer, 40, 0, 500);
        uint256 one = FUNDS - auction.balanceOf(BUYER);

        _place(_order(FIRST + 1, IIntervalAuction.Side.Buyer, 40, 0, 500, buyer));

        vm.assertEq(FUNDS - auction.balanceOf(BUYER), 2 * one, "two deposits");
    }

    /// @dev LEM 4: orders of nothing were free, and made the auction dear for all.
    function test_LEM4_AnOrderOfNothingIsRefused() public {
        vm.expectRevert(abi.encodeWithSelector(IIntervalAuction.AuctionEnergyBelowLeast.selector, 0, LEAST));
        vm.prank(BUYER);
        auction.place(_order(FIRST, IIntervalAuction.Side.Buyer, 40, 0, 0, buyer));
    }

    /// @dev LEM 5: anybody could trigger the auction at any block, and right after its own order.
    function test_LEM5_NobodyClearsRightAfterItsOwnOrder() public {
        _buy(buyer, 40, 0, 500);

        vm.expectRevert(abi.encodeWithSelector(IIntervalAuction.AuctionGateOpen.selector, FIRST, _gate(FIRST)));
        vm.prank(BUYER);
        auction.clear(FIRST);
        vm.warp(_gate(FIRST));
        vm.expectRevert(abi.encodeWithSelector(IIntervalAuction.AuctionGateClosed.selector, FIRST, _gate(FIRST)));
        vm.prank(BUYER);
        auction.place(_order(FIRST, IIntervalAuction.Side.Buyer, 40, 0, 600, buyer));
    }

    /// @dev LEM 7: 257 buyers who prefer solar counted as one, and CHP cleared first.
    function test_LEM7_257BuyersCountAs257() public {
        for (uint256 i = 0; i < 257; ++i) {
            _buy(_home(vm.addr(1 + i), IMeterRegistry.MeterKind.Consumer), 30, 20, LEAST);
        }
        _buy(buyer, 20, 30, LEAST);
        _buy(other, 20, 30, LEAST);

        _clear(FIRST);

        vm.assertFalse(_result(FIRST).chpFirst, "solar first");
    }

    /// @dev LEM 9: a new price for the same amount always failed.
    function test_LEM9_ANewPriceForTheSameAmountIsTaken() public {
        _sell(seller, 10, 500);
        _sell(seller, 11, 500);

        vm.assertEq(auction.orderAt(seller, FIRST).tick, 11, "the new price");
    }

    /// @dev LEM 10: without money of the grid the whole auction failed; one account that refused blocked all.
    function test_LEM10_APoorGridStopsNeitherClearingNorSettlement() public {
        _withdrawUtility(FUNDS);
        _market(500);

        _settleBoth(600_000, 400_000);

        vm.assertEq(auction.orderAt(seller, FIRST).energyUnits, 0, "the seller is settled");
        vm.assertEq(auction.orderAt(buyer, FIRST).energyUnits, 0, "the buyer is settled");
        vm.assertEq(auction.owedTo(SELLER), _worthDown(100, FEED_IN), "and the grid's part is noted");
    }

    /// @dev LEM 11: another energy type was taken, and never matched.
    function test_LEM11_AKindThatNobodyTradesCannotBeNamed() public {
        bytes memory call = abi.encodeWithSelector(IIntervalAuction.place.selector, FIRST, 3, 1, 0, LEAST, seller);

        vm.prank(SELLER);
        (bool taken,) = address(auction).call(call);

        vm.assertFalse(taken, "there are three sides");
    }

    /// @dev energy-chain 1: a stranger posted, matched and overwrote for others.
    function test_EC1_AStrangerTradesForNobody() public {
        vm.expectRevert(abi.encodeWithSelector(IIntervalAuction.AuctionNotMeterOwner.selector, seller, STRANGER));
        vm.prank(STRANGER);
        auction.place(_order(FIRST, IIntervalAuction.Side.SolarSeller, 1, 0, 500, seller));
    }

    /// @dev energy-chain 2: the 101st of a side failed.
    function test_EC2_TheHundredAndFirstIsTakenToo() public {
        for (uint256 i = 0; i < 101; ++i) {
            _buy(_home(vm.addr(1 + i), IMeterRegistry.MeterKind.Consumer), 30, 0, LEAST);
        }

        vm.assertEq(lens.wantedAt(FIRST, 30, 0), 101 * LEAST, "all of them");
    }

    /// @dev energy-chain 3: only the newest offer and the newest need were compared, and the early ones starved.
    function test_EC3_WhoCameFirstIsServedLikeWhoCameLast() public {
        _buy(buyer, 40, 0, 500);
        _sell(seller, 10, 500);
        _buy(other, 40, 0, 500);
        _clear(FIRST);

        (uint256 early,) = lens.fillsOf(buyer, FIRST);
        (uint256 late,) = lens.fillsOf(other, FIRST);

        vm.assertEq(early, 250, "the same share");
        vm.assertEq(late, 250, "for both");
    }

    /// @dev energy-chain 4: a surplus was lost after its first match, and a large need never split.
    function test_EC4_ANeedIsSplitAndASurplusGoesOn() public {
        uint64 second = _home(SELLER, IMeterRegistry.MeterKind.Solar);
        _sell(seller, 10, 300);
        _sell(second, 12, 1_200);
        _buy(buyer, 40, 0, 500);
        _buy(other, 30, 0, 400);
        _clear(FIRST);

        (uint256 first,) = lens.fillsOf(seller, FIRST);
        (uint256 rest,) = lens.fillsOf(second, FIRST);

        vm.assertEq(first + rest, 900, "both needs, from both offers");
    }

    /// @dev energy-chain 6: numbers below zero were allowed, and one match overwrote another.
    function test_EC6_EnergyBelowZeroCannotBeSaid() public {
        bytes memory call =
            abi.encodeWithSelector(IIntervalAuction.place.selector, FIRST, 0, 1, 0, type(uint256).max, buyer);

        vm.prank(BUYER);
        (bool taken,) = address(auction).call(call);

        vm.assertFalse(taken, "energy has no sign");
    }

    /// @dev energy-chain 8: posting twice took two places.
    function test_EC8_PostingTwiceIsOneOrder() public {
        _sell(seller, 10, 500);
        _sell(seller, 10, 500);

        vm.assertEq(lens.offeredAt(FIRST, IIntervalAuction.Side.SolarSeller, 10), 500, "one order, one place");
    }

    function _settleBoth(uint112 exported, uint112 imported) private {
        _meter(seller, FIRST, 0, exported);
        _meter(buyer, FIRST, imported, 0);
        uint64[] memory meters = new uint64[](2);
        (meters[0], meters[1]) = (seller, buyer);
        auction.settle(FIRST, meters);
    }

    function _leave(address account) private {
        uint256 value = auction.balanceOf(account);
        vm.prank(account);
        auction.withdraw(value);
    }
}
