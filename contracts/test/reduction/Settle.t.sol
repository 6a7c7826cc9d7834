// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IReductionAuction} from "../../src/interfaces/IReductionAuction.sol";
import {ReductionBase} from "../base/ReductionBase.sol";

contract ReductionAuctionSettleTest is ReductionBase {
    /* CLEARING */

    function test_NothingIsClearedWhileOffersAreOpenOrTwice() public {
        uint32 number = _request(1_000);
        vm.expectRevert(abi.encodeWithSelector(IReductionAuction.ReductionOffersOpen.selector, number, CLOSES));
        reduction.clear(number);
        vm.warp(CLOSES - 1);
        vm.expectRevert(abi.encodeWithSelector(IReductionAuction.ReductionOffersOpen.selector, number, CLOSES));
        reduction.clear(number);
        _clear(number);
        vm.expectRevert(abi.encodeWithSelector(IReductionAuction.ReductionAlreadyCleared.selector, number));
        reduction.clear(number);
        vm.expectRevert(abi.encodeWithSelector(IReductionAuction.ReductionUnknown.selector, 9));
        reduction.clear(9);
    }

    function test_TheCheapestAreAcceptedAndTheMarginShares() public {
        uint32 number = _request(1_000);
        _offer(number, one, _blocks(9, 400, 30, 900));
        _offer(number, two, _blocks(9, 100, 19, 500));
        _offer(number, three, 19, 300);
        uint256 fraction = uint256(500) * 2 ** 32 / 800;
        uint256 released = 640_000 - _worth(1_000, 19);

        vm.warp(CLOSES);
        vm.expectEmit(address(reduction));
        emit IReductionAuction.Cleared(number, 1_000, 19, fraction, released);
        reduction.clear(number);

        IReductionAuction.Request memory found = reduction.requestOf(number);
        vm.assertTrue(found.cleared, "cleared");
        vm.assertEq(found.marginalTick, 19, "tick");
        vm.assertEq(found.openUnits, 1_000, "open");
        vm.assertEq(found.held, _worth(1_000, 19), "held is what it can cost");
        vm.assertEq(reduction.balanceOf(UTILITY), FUNDS - _worth(1_000, 19), "the rest is free at once");
        _assertConserved();
    }

    /// @dev No home could have known its award: an outage over the closing harms nobody.
    function test_WhatIsClearedAfterTheWindowsBeginAwardsNothing() public {
        uint32 number = _request(1_000);
        _offer(number, one, 9, 400);
        vm.warp(uint256(FIRST) * INTERVAL);

        reduction.clear(number);
        _settle(number, one);

        vm.assertEq(reduction.balanceOf(UTILITY), FUNDS, "the deposit is back");
        vm.assertEq(reduction.meterBalanceOf(one), FUNDS, "the bond is back");
        vm.assertEq(_carry(one), int256(0), "nothing is carried");
        _assertConserved();
    }

    function test_UntilTheWindowsBeginItAwards() public {
        uint32 number = _request(1_000);
        _offer(number, one, 9, 400);
        vm.warp(uint256(FIRST) * INTERVAL - 1);
        reduction.clear(number);

        vm.assertEq(reduction.requestOf(number).openUnits, 400, "accepted");
    }

    /* PAID BY THE METER */

    function test_AKeptPromiseIsPaidAtTheUniformPriceAndTheBondIsBack() public {
        uint32 number = _request(1_000);
        _offer(number, one, 9, 400);
        _offer(number, two, 19, 600);
        _clear(number);
        _use(one, 600_000);

        vm.expectEmit(address(reduction));
        emit IReductionAuction.Settled(number, one, 400, 1_000_000, 600_000, false, 400_000, 80_000, 0, 0);
        _settle(number, one);

        vm.assertEq(reduction.meterBalanceOf(one), FUNDS + 80_000, "0.4 kWh at tick 19");
        vm.assertEq(reduction.requestOf(number).openUnits, 600, "the other is open");
        vm.assertEq(reduction.requestOf(number).held, _worth(600, 19), "and its money is held");
        _assertConserved();
    }

    function test_PaidAsBidEachBlockHasItsOwnPriceTheCheapestFirst() public {
        uint32 number = _request(_ask(1_000, IReductionAuction.Pricing.PayAsBid));
        _offer(number, one, _blocks(9, 400, 19, 600));
        _clear(number);
        _use(one, 500_000);
        _settle(number, one);

        vm.assertEq(reduction.meterBalanceOf(one), FUNDS + 40_000 + 20_000 - _bond(1_000) / 2, "0.4 at 0.1, 0.1 at 0.2");
        reduction.reclaim(number);
        vm.assertEq(reduction.balanceOf(UTILITY), FUNDS - 60_000 + _bond(1_000) / 2, "the rest, and half of the bond");
        _assertConserved();
    }

    function test_HalfAPromiseIsPaidHalfAndHalfOfTheBondIsForfeited() public {
        uint32 number = _won(800);
        _use(one, 600_000);
        _settle(number, one);

        vm.assertEq(reduction.meterBalanceOf(one), FUNDS + _worth(400, 9) - _bond(400), "half of it");
        vm.assertEq(_carry(one), int256(0), "nothing is carried");
        _assertConserved();
    }

    function test_WhoUsesMoreThanItsBaselineOwesIt() public {
        uint32 number = _won(800);
        _use(one, 1_300_000);
        _settle(number, one);

        vm.assertEq(reduction.meterBalanceOf(one), FUNDS - _bond(800), "the bond is gone");
        vm.assertEq(_carry(one), int256(-300_000), "and 0.3 kWh is owed");
    }

    function test_WhatIsOwedIsTakenFromTheNextEvent() public {
        uint32 number = _won(500);
        _use(one, 1_300_000);
        _settle(number, one);
        number = _next(1, 500);
        _useLater(1, 500_000);
        _settle(number, one);

        vm.assertEq(_carry(one), int256(0), "all is paid back");
        // Its second bond was what it owed at the most price, 0.192; of that two fifths are back.
        uint256 expected = FUNDS - _bond(500) + _worth(200, 9) - 192_000 * 3 / 5;
        vm.assertEq(reduction.meterBalanceOf(one), expected, "0.5 less 0.3");
        _assertConserved();
    }

    function test_AnEventCountsWithinItsAwardBothWays() public {
        uint32 number = _won(200);
        _use(one, 100_000);
        _settle(number, one);
        vm.assertEq(_carry(one), int256(0), "what is saved beyond the award is not carried");
        number = _next(1, 200);
        _useLater(1, 1_100_000);
        _settle(number, one);
        vm.assertEq(_carry(one), int256(-100_000), "nor does 0.1 too much count more");
    }

    function test_WhatIsCarriedEndsAMonthAfterTheNewestEvent() public {
        uint32 number = _won(500);
        _use(one, 1_300_000);
        _settle(number, one);
        uint32 today = TODAY / INTERVAL + 35 * STEP;
        _live(today);
        IReductionAuction.Ask memory ask = _ask(500, IReductionAuction.Pricing.Uniform);
        (ask.first, ask.closesAt) = (FIRST + 35 * STEP, CLOSES + 35 days);
        number = _request(ask);
        _offer(number, one, 9, 500);

        (, uint64 bond) = reduction.offerOf(number, one);
        vm.assertEq(bond, _bond(500), "nothing is owed any more");
        vm.warp(ask.closesAt);
        reduction.clear(number);
        _useLater(35, 500_000);
        _settle(number, one);
        vm.assertEq(_carry(one), int256(0), "and nothing is taken");
    }

    /* BASELINE */

    function test_AnEventsDayIsNoDayOfALaterBaseline() public {
        uint32 number = _won(900);
        _use(one, 100_000);
        _settle(number, one);
        number = _next(1, 500);

        (uint256 expected, uint256 days_) = reduction.baselineOf(number, one);
        vm.assertEq(expected, 1_000_000, "the day that it saved on does not lower it");
        vm.assertEq(days_, 5, "the Monday before takes its place");
    }

    function test_ExportIsNoReduction() public {
        vm.prank(ONE);
        registry.setReporter(one, ONE);
        uint32 number = _won(900);
        vm.warp(uint256(FIRST + LENGTH) * INTERVAL);
        _draw(one, FIRST, QUARTER);
        (, uint112 imported, uint112 exported) = registry.lastReading(one);
        vm.prank(ONE);
        registry.report(one, FIRST + LENGTH, imported + 100_000, exported + 5_000_000);
        _settle(number, one);

        vm.assertEq(reduction.meterBalanceOf(one), FUNDS + _worth(900, 9), "no more than its whole use");
        vm.assertEq(_carry(one), int256(0), "nothing is carried for what was fed in");
    }

    /// @dev Each day counts for itself: a day of much sun does not lower the others.
    function test_ADayOfExportCountsNothingAndNotLess() public {
        uint64 sunny = _home(_account("sunny"));
        address owner = registry.ownerOf(sunny);
        // Days back: 6, 5, 4 and 3 have the window's ends, and nothing else.
        uint112[4] memory imported = [uint112(1_000_000), 0, 1_000_000, 1_000_000];
        uint112[4] memory exported = [uint112(0), 3_000_000, 0, 400_000];
        uint112 in_ = 0;
        uint112 out = 0;
        vm.warp(TODAY + 9 days);
        for (uint256 i = 0; i < 4; ++i) {
            uint32 begin = FIRST + uint32(i + 1) * STEP;
            vm.prank(owner);
            registry.report(sunny, begin, in_, out);
            (in_, out) = (in_ + imported[i], out + exported[i]);
            vm.prank(owner);
            registry.report(sunny, begin + LENGTH, in_, out);
        }
        IReductionAuction.Ask memory ask = _ask(500, IReductionAuction.Pricing.Uniform);
        // Tuesday to Friday, seen from the Wednesday after.
        (ask.first, ask.closesAt) = (FIRST + 9 * STEP, uint40(TODAY + 9 days + 1));
        uint32 number = _request(ask);

        (uint256 expected, uint256 days_) = reduction.baselineOf(number, sunny);
        vm.assertEq(days_, 4, "four days");
        vm.assertEq(expected, (1_000_000 + 0 + 1_000_000 + 600_000) / 4, "each not below nothing");
    }

    /* SILENCE */

    function test_AGapIsTakenAtTheWorstAtOnce() public {
        uint32 number = _won(500);
        vm.warp(uint256(FIRST + LENGTH) * INTERVAL);
        _draw(one, FIRST - 1, QUARTER);
        (, uint112 imported,) = registry.lastReading(one);
        vm.prank(ONE);
        registry.report(one, FIRST + LENGTH, imported + 1, 0);
        _settle(number, one);

        _assertWorst(number);
    }

    function test_SilenceIsTakenAtTheWorstOnlyAfterItsNote() public {
        uint32 number = _won(500);
        uint256 from = uint256(FIRST + LENGTH) * INTERVAL + DEADLINE;
        vm.warp(from - 1);
        vm.expectRevert(abi.encodeWithSelector(IReductionAuction.ReductionSilenceTooEarly.selector, number, from));
        reduction.noteSilence(number);
        vm.warp(from);
        _settle(number, one);
        vm.assertTrue(_hasOffer(number, one), "not before the note");
        vm.expectEmit(address(reduction));
        emit IReductionAuction.SilenceNoted(number, from + 2 * INTERVAL);
        reduction.noteSilence(number);
        vm.expectRevert(abi.encodeWithSelector(IReductionAuction.ReductionSilenceNoted.selector, number));
        reduction.noteSilence(number);
        vm.warp(from + 2 * INTERVAL - 1);
        _settle(number, one);
        vm.assertTrue(_hasOffer(number, one), "nor before the note was heard");
        vm.warp(from + 2 * INTERVAL);
        _settle(number, one);

        _assertWorst(number);
    }

    function test_WhoReportsAfterTheNoteIsPaidByItsReadings() public {
        uint32 number = _won(500);
        vm.warp(uint256(FIRST + LENGTH) * INTERVAL + DEADLINE);
        reduction.noteSilence(number);
        vm.warp(block.timestamp + 3 * INTERVAL);
        _use(one, 500_000);
        _settle(number, one);

        vm.assertEq(reduction.meterBalanceOf(one), FUNDS + _worth(500, 9), "paid");
    }

    /// @dev The ring of 1,024 has nine days of a baseline, and a day and a half to settle in.
    function test_WhoTellsSoMuchMoreThatItsDaysMayBeOverwrittenIsTooLate() public {
        uint32 number = _won(500);
        _use(one, 500_000);
        uint32 latest = FIRST - 9 * STEP + RING - 1;
        vm.warp(uint256(latest + 1) * INTERVAL);
        _draw(one, latest, QUARTER);
        uint256 snapshot = vm.snapshotState();
        _settle(number, one);
        vm.assertEq(reduction.meterBalanceOf(one), FUNDS + _worth(500, 9), "still in time");
        vm.revertToState(snapshot);
        _draw(one, latest + 1, QUARTER);
        _settle(number, one);

        _assertWorst(number);
    }

    function test_NothingIsSettledBeforeItIsClearedOrTold() public {
        uint32 number = _request(500);
        _offer(number, one, 9, 500);
        uint64[] memory meters = new uint64[](1);
        meters[0] = one;
        vm.expectRevert(abi.encodeWithSelector(IReductionAuction.ReductionNotCleared.selector, number));
        reduction.settle(number, meters);
        _clear(number);
        vm.expectEmit(address(reduction));
        emit IReductionAuction.SettlementSkipped(number, one);
        reduction.settle(number, meters);
    }

    function test_NothingIsSettledTwice() public {
        uint32 number = _won(500);
        _use(one, 500_000);
        _settle(number, one);
        bytes32 before = _picture();
        _settle(number, one);
        vm.assertEq(_picture(), before, "nothing changed");
    }

    function test_ABatchSettlesWhomItCanAndSkipsTheOthers() public {
        uint32 number = _request(900);
        _offer(number, one, 9, 300);
        _offer(number, two, 9, 300);
        _clear(number);
        _use(one, 500_000);
        uint64[] memory meters = new uint64[](4);
        (meters[0], meters[1], meters[2], meters[3]) = (two, 99, three, one);
        reduction.settle(number, meters);

        vm.assertTrue(_hasOffer(number, two), "two has not told");
        vm.assertFalse(_hasOffer(number, one), "one is settled");
        _assertConserved();
    }

    function test_AMeterIsSettledInTheOrderOfItsWindows() public {
        uint32 number = _won(300);
        uint32 next = _next(0, 200);
        _draw(one, FIRST + 2 * LENGTH, QUARTER);
        _settle(next, one);
        vm.assertTrue(_hasOffer(next, one), "the earlier one first");
        _settle(number, one);
        _settle(next, one);
        vm.assertFalse(_hasOffer(next, one), "then the later one");
    }

    /* OPTING OUT */

    function test_WhoOptsOutAfterTheClosingIsTakenAtTheWorst() public {
        uint32 number = _won(500);
        vm.expectRevert(abi.encodeWithSelector(IReductionAuction.ReductionNotMeterOwner.selector, one, STRANGER));
        vm.prank(STRANGER);
        reduction.optOut(number, one);
        vm.expectEmit(address(reduction));
        emit IReductionAuction.OptedOut(number, one);
        vm.prank(ONE);
        reduction.optOut(number, one);

        _assertWorst(number);
        _use(one, 0);
        _settle(number, one);
        _assertWorst(number);
    }

    function test_NobodyOptsOutOfAWindowThatIsOver() public {
        uint32 number = _won(500);
        uint256 ends = uint256(FIRST + LENGTH) * INTERVAL;
        vm.warp(ends);
        vm.expectRevert(abi.encodeWithSelector(IReductionAuction.ReductionWindowOver.selector, number, ends));
        vm.prank(ONE);
        reduction.optOut(number, one);
    }

    /* RECLAIMING */

    function test_WhatIsReservedStaysUntilTheEnd() public {
        uint32 number = _won(500);
        vm.expectRevert(abi.encodeWithSelector(IReductionAuction.ReductionNothingToReclaim.selector, number));
        reduction.reclaim(number);
        uint256 from = uint256(FIRST + LENGTH) * INTERVAL + DEADLINE;
        vm.warp(from);
        reduction.noteSilence(number);
        vm.warp(from + 2 * INTERVAL + DEADLINE - 1);
        vm.expectRevert(abi.encodeWithSelector(IReductionAuction.ReductionNothingToReclaim.selector, number));
        reduction.reclaim(number);
        vm.warp(from + 2 * INTERVAL + DEADLINE);
        vm.expectEmit(address(reduction));
        emit IReductionAuction.Reclaimed(number, UTILITY, _worth(500, 9));
        vm.prank(STRANGER);
        reduction.reclaim(number);

        vm.assertEq(reduction.balanceOf(UTILITY), FUNDS, "all is back");
        _use(one, 0);
        _settle(number, one);
        vm.assertEq(reduction.meterBalanceOf(one), FUNDS - _bond(500), "nothing is left to be paid");
        reduction.reclaim(number);
        vm.assertEq(reduction.balanceOf(UTILITY), FUNDS + _bond(500), "the bond is the utility's");
        _assertConserved();
    }

    function test_NothingIsReclaimedBeforeTheClearing() public {
        uint32 number = _request(500);
        vm.expectRevert(abi.encodeWithSelector(IReductionAuction.ReductionNotCleared.selector, number));
        reduction.reclaim(number);
    }

    /* INTERNAL */

    /// @dev Home one's next award of the utility, so many days later, or the window after it.
    function _next(uint32 days_, uint24 energy) private returns (uint32 number) {
        IReductionAuction.Ask memory ask = _ask(energy, IReductionAuction.Pricing.Uniform);
        if (days_ == 0) {
            (ask.first, ask.closesAt) = (FIRST + LENGTH, uint40(block.timestamp + 1));
        } else {
            (ask.first, ask.closesAt) = (FIRST + days_ * STEP, CLOSES + days_ * 1 days);
        }
        number = _request(ask);
        _offer(number, one, 9, energy);
        vm.warp(ask.closesAt);
        reduction.clear(number);
        if (days_ == 0) vm.warp(uint256(FIRST + 2 * LENGTH) * INTERVAL);
    }

    function _useLater(uint32 days_, uint112 milliWh) private {
        uint32 first = FIRST + days_ * STEP;
        vm.warp(uint256(first + LENGTH) * INTERVAL);
        _draw(one, first, QUARTER);
        (, uint112 imported,) = registry.lastReading(one);
        vm.prank(ONE);
        registry.report(one, first + LENGTH, imported + milliWh, 0);
    }

    function _assertWorst(uint32 number) private {
        vm.assertFalse(_hasOffer(number, one), "settled");
        vm.assertEq(reduction.meterBalanceOf(one), FUNDS - _bond(500), "the bond is gone");
        vm.assertEq(_carry(one), int256(-500_000), "the award is owed");
        uint256 snapshot = vm.snapshotState();
        reduction.reclaim(number);
        vm.assertEq(reduction.balanceOf(UTILITY), FUNDS + _bond(500), "it is the utility's");
        _assertConserved();
        vm.revertToState(snapshot);
    }
}
