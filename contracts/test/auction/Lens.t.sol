// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AuctionLens} from "../../src/AuctionLens.sol";
import {IAuctionLens} from "../../src/interfaces/IAuctionLens.sol";
import {IIntervalAuction} from "../../src/interfaces/IIntervalAuction.sol";
import {AuctionBase} from "../base/AuctionBase.sol";

/// @title What a lane's words tell, and what the lens makes of them.
contract IntervalAuctionLensTest is AuctionBase {
    /* REFUSALS */

    function test_AnAuctionWithoutCodeIsRefused() public {
        vm.expectRevert(abi.encodeWithSelector(IAuctionLens.LensAuctionWithoutCode.selector, STRANGER));
        new AuctionLens(IIntervalAuction(STRANGER));
    }

    function test_TicksAboveTheLadderAreRefused() public {
        lens.wantedAt(FIRST, 63, 63);
        lens.offeredAt(FIRST, IIntervalAuction.Side.ChpSeller, 63);
        vm.expectRevert(abi.encodeWithSelector(IAuctionLens.LensTickInvalid.selector, 64));
        lens.wantedAt(FIRST, 64, 0);
        vm.expectRevert(abi.encodeWithSelector(IAuctionLens.LensTickInvalid.selector, 65));
        lens.wantedAt(FIRST, 0, 65);
        vm.expectRevert(abi.encodeWithSelector(IAuctionLens.LensTickInvalid.selector, 64));
        lens.offeredAt(FIRST, IIntervalAuction.Side.SolarSeller, 64);
    }

    /* WORDS */

    /// @dev Of every kind one; the other lane's first word lies behind the last.
    function test_EveryWordOfALaneIsToldAndNoneAbove() public {
        _buy(buyer, 20, 9, 500);
        _buy(other, 1, 0, 100);
        _sell(seller, 20, 700);
        _sellChp(chpSeller, 63, 900);

        uint256 tag = uint256(FIRST) << 224;
        vm.assertEq(auction.wordAt(FIRST, 74), tag | (500 << 112), "row 9, third word, fifth cell");
        vm.assertEq(auction.wordAt(FIRST, 511), 0, "the last of the buyers'");
        uint256 prefers = 2 << 200;
        vm.assertEq(auction.wordAt(FIRST, 512), tag | prefers | (1 << 74) | 1, "both touched, both prefer solar");
        vm.assertEq(auction.wordAt(FIRST, 514), 0, "nothing touched up there");
        vm.assertEq(auction.wordAt(FIRST, 515 + 2), tag | (700 << 112), "solar");
        vm.assertEq(auction.wordAt(FIRST, 523 + 7), tag | (900 << 196), "CHP");
        vm.assertEq(auction.wordAt(FIRST + 1, 531), 0, "no word of the next lane");
        vm.assertEq(auction.wordAt(FIRST, type(uint256).max), 0, "nor of any place");
    }

    /* SUMS AND FILLS */

    function test_SumsAreOfTheirIntervalAndSideAlone() public {
        _buy(buyer, 20, 9, 500);
        _sell(seller, 20, 700);
        _sellChp(chpSeller, 21, 900);

        vm.assertEq(lens.wantedAt(FIRST, 20, 9), 500, "what is wanted");
        vm.assertEq(lens.wantedAt(FIRST, 9, 20), 0, "not the other way round");
        vm.assertEq(lens.offeredAt(FIRST, IIntervalAuction.Side.SolarSeller, 20), 700, "solar");
        vm.assertEq(lens.offeredAt(FIRST, IIntervalAuction.Side.ChpSeller, 20), 0, "not the other kind's tick");
        vm.assertEq(lens.offeredAt(FIRST, IIntervalAuction.Side.ChpSeller, 21), 900, "CHP");
        vm.assertEq(lens.offeredAt(FIRST, IIntervalAuction.Side.Buyer, 20), 0, "buyers offer nothing");
        vm.assertEq(lens.wantedAt(FIRST + 2, 20, 9), 0, "not another interval's of the lane");
        vm.assertEq(lens.offeredAt(FIRST + 2, IIntervalAuction.Side.SolarSeller, 20), 0, "nor its offers");
    }

    function test_NothingIsFilledBeforeItIsClearedNorAfterItIsSettled() public {
        _sell(seller, 10, 500);
        _buy(buyer, 40, 0, 500);
        (uint256 solar, uint256 chp) = lens.fillsOf(buyer, FIRST);
        vm.assertEq(solar + chp, 0, "not cleared");
        _clear(FIRST);
        (solar, chp) = lens.fillsOf(buyer, FIRST);
        vm.assertEq(solar, 500, "cleared");
        vm.assertEq(chp, 0, "of the other kind nothing");
        _meter(buyer, FIRST, 500_000, 0);
        _settle(FIRST, buyer);
        (solar, chp) = lens.fillsOf(buyer, FIRST);
        vm.assertEq(solar + chp, 0, "settled");
    }

    function test_DepositsAreWorkedOutByTheVersionsTariff() public {
        _tariff(FIRST + 2, 2 * FEED_IN);

        uint256 retail = 2 * FEED_IN + 63 * TICK;
        vm.assertEq(
            lens.depositUp(2, IIntervalAuction.Side.SolarSeller, 500), _worthUp(500, retail - 2 * FEED_IN), "a seller's"
        );
        vm.assertEq(lens.depositUp(2, IIntervalAuction.Side.Buyer, 500), _worthUp(500, retail) * 120 / 100, "a buyer's");
    }

    function test_AMetersMostIsWhatItsPowerCarriesInAnInterval() public view {
        vm.assertEq(lens.mostUnitsOf(buyer), uint256(type(uint32).max) / 4, "watts for a quarter of an hour");
    }
}
