// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IIntervalAuction} from "../../src/interfaces/IIntervalAuction.sol";
import {AuctionSlots} from "../../src/libraries/AuctionSlots.sol";
import {BidBook} from "../../src/libraries/BidBook.sol";
import {TickMath} from "../../src/libraries/TickMath.sol";
import {Symbolic} from "../base/Symbolic.sol";

/// @dev Lemmas of the interval auction, for every admissible setting. None has a symbolic divisor, with which the prover
/// does not end: a fraction enters as a free number with the inequality that its floor gives. What follows from them for
/// a whole settlement stands in docs/contracts.md, and is fuzzed over drawn settings beside.
// Numbers of the test itself.
// forge-lint: disable-next-item(unsafe-typecast)
contract AuctionSymbolic is Symbolic {
    using AuctionSlots for uint256;
    using BidBook for BidBook.Lane;
    using TickMath for TickMath.Step;
    using TickMath for uint256;

    BidBook.Lane private _lane;

    /* CELLS: WHOLE WORDS */

    /// @dev Adding to a cell changes that cell alone, by that much, and the tag never.
    function check_ACellTakesItsEnergyAndNoOtherDoes(uint256 word, uint8 cell, uint8 other, uint32 energy) public pure {
        vm.assume(cell < 8 && other < 8 && cell != other);
        vm.assume(word.cellOf(cell) + energy <= TickMath.MOST_UNITS);

        uint256 more = word.plus(cell, energy);

        vm.assertEq(more.cellOf(cell), word.cellOf(cell) + energy, "its cell");
        vm.assertEq(more.cellOf(other), word.cellOf(other), "every other cell");
        vm.assertEq(more >> TickMath.TAG_SHIFT, word >> TickMath.TAG_SHIFT, "the tag");
        vm.assertEq(more.minus(cell, energy), word, "and it comes out again");
    }

    function check_AFullCellRefuses(uint256 word, uint8 cell, uint32 energy) public view {
        vm.assume(cell < 8 && word.cellOf(cell) + energy > TickMath.MOST_UNITS);

        (bool taken,) = address(this).staticcall(abi.encodeCall(this.plus, (word, cell, energy)));

        vm.assertFalse(taken, "more than its bits");
    }

    function plus(uint256 word, uint256 cell, uint256 energy) external pure returns (uint256) {
        return word.plus(cell, energy);
    }

    function check_AWordOfAnotherTagReadsAsEmpty(uint256 word, uint32 tag, uint8 cell) public pure {
        vm.assume(cell < 8 && word >> TickMath.TAG_SHIFT != tag);

        vm.assertEq(word.owned(tag).cellOf(cell), 0, "empty");
        vm.assertEq(word.owned(tag) >> TickMath.TAG_SHIFT, tag, "and its own");
    }

    /// @dev Sums of cells = sums of live orders after any add and remove: what one order puts in it takes out, to the bit,
    /// whatever stood there, so by induction every sum is that of the orders that stand; the bits that say which words
    /// are touched stay. One cell: the prover takes no symbolic place in storage, and the cells' own lemmas range over all.
    function check_WhatABuyerPutsInItTakesOut(uint32 tag, uint32 energy, uint256 word, uint256 touched) public {
        (uint256 solarTick, uint256 chpTick) = (9, 20);
        uint256 index = BidBook.wordOf(solarTick, chpTick);
        uint256 mine = (uint256(tag) << TickMath.TAG_SHIFT) | (word & (2 ** TickMath.TAG_SHIFT - 1));
        vm.assume(mine.cellOf(solarTick % 8) + energy <= TickMath.MOST_UNITS);
        uint256 bits = (uint256(tag) << 224) | (touched & (2 ** 224 - 1));
        // One order is one step of a 24-bit count: 16 million orders of one interval do not exist.
        vm.assume((touched >> 200) & (2 ** 24 - 1) < 2 ** 24 - 1 && (touched >> 176) & (2 ** 24 - 1) < 2 ** 24 - 1);
        _lane.words[index] = mine;
        _lane.touched[index / 171] = bits;

        _lane.add(tag, solarTick, chpTick, energy);
        vm.assertEq(
            _lane.words[index].cellOf(solarTick % 8), mine.cellOf(solarTick % 8) + energy, "the sum has the order"
        );
        _lane.remove(solarTick, chpTick, energy);

        vm.assertEq(_lane.words[index], mine, "the word is as it was");
        vm.assertEq(_lane.touched[index / 171] >> 171, bits >> 171, "and so are the counts");
        vm.assertEq(_lane.touched[index / 171] & bits, bits, "no bit is lost");
    }

    /* FILLS */

    /// @dev One fill at the margin is at most its order, and the exact share, rounded up, at least the fill and at most the
    /// order. 16-bit energies and any fraction.
    function check_AFillIsAtMostItsOrder(uint16 energy, uint40 fraction, uint8 tick, uint8 marginal) public pure {
        vm.assume(fraction <= TickMath.WHOLE && tick < 64 && marginal <= 64);
        TickMath.Step memory step;
        (step.marginalTick, step.buyerFraction) = (marginal, fraction);

        uint256 fill = step.bought(tick, energy);

        vm.assertLe(fill, energy, "the order");
        vm.assertLe(fill << 32, uint256(energy) * step.boughtFractionUp(tick), "the share covers the fill");
        vm.assertLe(step.boughtFractionUp(tick), TickMath.WHOLE, "and is at most all");
    }

    /// @dev Two orders of one cell are filled with no more than the cell's own part: floors of parts add up to at most the
    /// floor of the sum. By induction all orders of a cell are. 16-bit energies.
    function check_PartsOfACellAreAtMostTheCellsPart(uint16 one, uint16 other, uint40 fraction) public pure {
        vm.assume(fraction <= TickMath.WHOLE);

        uint256 parts = TickMath.partDown(one, fraction) + TickMath.partDown(other, fraction);

        vm.assertLe(parts, TickMath.partDown(uint256(one) + other, fraction), "no cell is overfilled");
    }

    /// @dev The marginal tick's sellers sell at most what is left of the volume: the fraction is a free number with the
    /// inequality that its floor gives, fraction * cell <= left * 2^32. So fills <= volume. 16-bit sums.
    function check_TheMarginalTickSellsAtMostWhatIsLeft(uint16 cell, uint16 left, uint40 fraction) public pure {
        vm.assume(left <= cell && fraction <= TickMath.WHOLE);
        vm.assume(uint256(fraction) * cell <= uint256(left) << 32);

        vm.assertLe(TickMath.partDown(cell, fraction), left, "the volume");
    }

    /// @dev And the marginal buyers' shares, with the fraction's one more, are at least what is left: payments cover the
    /// sellers. (fraction + 1) * cell > left * 2^32 is what the floor gives.
    function check_TheMarginalTicksSharesCoverWhatIsLeft(uint16 cell, uint16 left, uint40 fraction, uint8 tick)
        public
        pure
    {
        vm.assume(left <= cell && cell != 0 && tick != 0 && tick < 64);
        vm.assume(uint256(fraction) * cell <= uint256(left) << 32);
        vm.assume((uint256(fraction) + 1) * cell > uint256(left) << 32);
        TickMath.Step memory step;
        (step.marginalTick, step.buyerFraction) = (tick, fraction);

        vm.assertGe(step.boughtFractionUp(tick) * cell, uint256(left) << 32, "shares cover the volume");
    }

    /// @dev Nobody trades past its limit: a seller below its tick's price sells nothing, nor a buyer above it buys.
    function check_NobodyTradesPastItsLimit(uint32 energy, uint8 tick, uint8 price, uint8 marginal, uint40 fraction)
        public
        pure
    {
        vm.assume(tick < 64 && price < 64 && marginal <= 64 && price <= marginal && fraction <= TickMath.WHOLE);
        TickMath.Step memory step;
        (step.priceTick, step.marginalTick) = (price, marginal);
        (step.sellerFraction, step.buyerFraction) = (fraction, fraction);

        if (step.sold(tick, energy) != 0) vm.assertLe(tick, price, "a seller is paid its limit at least");
        if (step.bought(tick, energy) != 0) vm.assertGe(tick, price, "a buyer pays its limit at most");
    }

    /* THE MARGIN'S LEMMA */

    /// @dev A buyer's two shares are at most (W^2 + W) parts of W^2 of its order: whatever is left for the second kind.
    function check_BothSharesAreAtMostAllAndOneMore(uint40 one, uint40 two, uint8 tick, uint8 tick2, uint8 m, uint8 m2)
        public
        pure
    {
        vm.assume(one <= TickMath.WHOLE && two <= TickMath.WHOLE && tick < 64 && tick2 < 64 && m <= 64 && m2 <= 64);
        TickMath.Step memory first;
        TickMath.Step memory second;
        (first.marginalTick, first.buyerFraction) = (m, one);
        (second.marginalTick, second.buyerFraction) = (m2, two);

        uint256 up = first.boughtFractionUp(tick);
        uint256 left = first.leftFraction(tick);

        // The second share is left * boughtFractionUp <= left * W, so this sum, times W, bounds both.
        vm.assertLe(second.boughtFractionUp(tick2), TickMath.WHOLE, "at most all of what is left");
        vm.assertLe(up + left, TickMath.WHOLE + 1, "and both together");
    }

    /// @dev The cost is at most the deposit for every margin from one per cent on, whatever the price. With
    /// x = energy * unit * retail the cost is ceil(x (W + 1) / (W 10^6)) at most, the deposit ceil(d / 10^8) with
    /// d = x (100 + margin) >= 101 x; d is free here, and a ceiling never falls, so the fractions are compared.
    function check_TheCostIsAtMostTheDeposit(uint128 worth, uint160 deposit) public pure {
        vm.assume(deposit >= 101 * uint256(worth));

        vm.assertLe(
            uint256(worth) * (TickMath.WHOLE + 1) * 100, uint256(deposit) * TickMath.WHOLE, "a deposit covers the worst"
        );
    }

    /* WORDS */

    /// @dev An order is read as it was written, and closing it changes its energy alone.
    function check_AnOrdersWordIsTheOrder(
        address account,
        uint32 interval,
        uint32 energy,
        uint8 side,
        uint8 tick,
        uint8 chpTick
    ) public pure {
        vm.assume(side < 3);
        IIntervalAuction.Order memory order =
            IIntervalAuction.Order(account, interval, energy, IIntervalAuction.Side(side), tick, chpTick);
        uint256 word = AuctionSlots.pack(order);
        IIntervalAuction.Order memory read = word.orderOf();
        IIntervalAuction.Order memory closed = word.closed().orderOf();

        vm.assertTrue(read.account == account && read.interval == interval && read.energyUnits == energy, "who, when");
        vm.assertTrue(uint8(read.side) == side && read.tick == tick && read.chpTick == chpTick, "and what");
        vm.assertTrue(closed.energyUnits == 0 && closed.account == account && closed.interval == interval, "closed");
        vm.assertTrue(uint8(closed.side) == side && closed.tick == tick && closed.chpTick == chpTick, "and no more");
    }

    /// @dev A note of silence changes nothing of a result but itself.
    function check_ANoteOfSilenceChangesNoResult(uint232 result, uint256 after_) public pure {
        vm.assume(after_ != 0);
        uint256 noted = uint256(result).noted(after_);

        vm.assertEq(noted & (2 ** 232 - 1), result, "the result");
        vm.assertGe(noted.notedAfterOf(), 1, "noted");
        vm.assertTrue(after_ > type(uint24).max || noted.notedAfterOf() == after_, "when");
    }
}
