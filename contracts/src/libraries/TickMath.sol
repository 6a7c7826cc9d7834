// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Sums by price tick: eight cells to a word, the walk to the clearing price, and each order's part.
/// @dev A word is 8 cells of 28 bits, the lowest tick in the lowest bits, and a 32-bit tag on top that says whose use of
/// the word it is: a word with another tag reads as empty, so nothing is ever cleared away. Energy is in units.
/// Fractions are in parts of `WHOLE`. Pure, so that every auction shares it.
library TickMath {
    /// @notice How one side-by-side of supply and demand cleared.
    struct Step {
        /// Units that change hands.
        uint256 volume;
        /// Sellers below this tick sell all, those at it `sellerFraction`.
        uint256 priceTick;
        /// Buyers above this tick get all, those at it `buyerFraction`; `TICKS` when nobody trades.
        uint256 marginalTick;
        uint256 sellerFraction;
        uint256 buyerFraction;
    }

    /// @notice A cell cannot hold so many units more.
    error AuctionTickFull(uint256 cell, uint256 energyUnits);

    /// @dev Ticks of the ladder. Arrays of them are written `[64]`: the analyser takes no constant for a length.
    uint256 internal constant TICKS = 64;

    /// @dev Words of a row of `TICKS` cells; arrays of them are written `[8]`.
    uint256 internal constant WORDS = 8;

    /// @dev Cells in a word.
    uint256 internal constant CELLS = 8;

    uint256 internal constant CELL_BITS = 28;

    /// @dev Most units in a cell.
    uint256 internal constant MOST_UNITS = 2 ** CELL_BITS - 1;

    /// @dev The fraction that stands for all.
    uint256 internal constant WHOLE = 2 ** 32;

    /// @dev Cells 0, 2, 4 and 6 of a word, each with room for sums above it.
    uint256 internal constant EVEN = MOST_UNITS * (1 + 2 ** LANE_BITS + 2 ** (2 * LANE_BITS) + 2 ** (3 * LANE_BITS));

    /// @dev Bits that a sum of cells may grow to: 2^28 words could be added before it overflows.
    uint256 internal constant LANE_BITS = 2 * CELL_BITS;

    uint256 internal constant LANE_MASK = 2 ** LANE_BITS - 1;

    /// @dev Where the tag begins.
    uint256 internal constant TAG_SHIFT = CELLS * CELL_BITS;

    /* CELLS */

    /// @notice A word as `tag` sees it: empty unless it bears that tag.
    function owned(uint256 word, uint32 tag) internal pure returns (uint256) {
        return word >> TAG_SHIFT == tag ? word : uint256(tag) << TAG_SHIFT;
    }

    /// @notice The units in a cell of a word.
    function cellOf(uint256 word, uint256 cell) internal pure returns (uint256) {
        return (word >> (cell * CELL_BITS)) & MOST_UNITS;
    }

    /// @notice A word with so many units more in a cell.
    function plus(uint256 word, uint256 cell, uint256 energyUnits) internal pure returns (uint256) {
        require(cellOf(word, cell) + energyUnits <= MOST_UNITS, AuctionTickFull(cell, energyUnits));
        return word + (energyUnits << (cell * CELL_BITS));
    }

    /// @notice A word with so many units less in a cell, which has them.
    function minus(uint256 word, uint256 cell, uint256 energyUnits) internal pure returns (uint256) {
        return word - (energyUnits << (cell * CELL_BITS));
    }

    /// @notice The sum of all cells of `WORDS` words, whatever their tags.
    function total(uint256[8] memory words) internal pure returns (uint256) {
        uint256 lanes = 0;
        // Sixteen cells of 28 bits in lanes of 56.
        unchecked {
            for (uint256 i = 0; i < WORDS; ++i) {
                lanes += (words[i] & EVEN) + ((words[i] >> CELL_BITS) & EVEN);
            }
        }
        return lanesTotal(lanes);
    }

    /// @notice The sum of the four lanes of a word.
    function lanesTotal(uint256 lanes) internal pure returns (uint256) {
        // Four numbers of 56 bits.
        unchecked {
            return (lanes & LANE_MASK) + ((lanes >> LANE_BITS) & LANE_MASK) + ((lanes >> (2 * LANE_BITS)) & LANE_MASK)
                + (lanes >> (3 * LANE_BITS) & LANE_MASK);
        }
    }

    /* WALK */

    /// @notice Clear supply by tick against demand by tick; demand at tick 0 does not count.
    /// @dev One walk up the ticks, until what is offered so far covers what is wanted from there up. The price is the
    /// highest matched seller's tick. At most one of the two fractions is below `WHOLE`, and it is rounded down.
    function walk(uint256[8] memory supply, uint256[64] memory demand) internal pure returns (Step memory step) {
        // Sums of 64 cells of 28 bits and 64 sums of those: 40 bits; a product with `WHOLE` has 72.
        unchecked {
            uint256 wanted = 0;
            for (uint256 i = 1; i < TICKS; ++i) {
                wanted += demand[i];
            }
            uint256 offered = 0;
            uint256 tick = 0;
            for (; tick < TICKS; ++tick) {
                uint256 here = cellOf(supply[tick / CELLS], tick % CELLS);
                if (offered + here >= wanted) break;
                if (here != 0) (offered, step.priceTick) = (offered + here, tick);
                if (tick != 0) wanted -= demand[tick];
            }
            if (wanted >= offered) _sellersShare(step, supply, demand, tick, offered, wanted);
            else _buyersShare(step, demand, tick - 1, offered, wanted);
        }
    }

    /// @dev All that is wanted from `tick` up is bought: buyers have all, sellers at `tick` the rest of it.
    function _sellersShare(
        Step memory step,
        uint256[8] memory supply,
        uint256[64] memory demand,
        uint256 tick,
        uint256 offered,
        uint256 wanted
    ) private pure {
        (step.volume, step.marginalTick) = (wanted, TICKS);
        if (wanted == 0) {
            step.priceTick = 0;
            return;
        }
        (step.sellerFraction, step.buyerFraction) = (WHOLE, WHOLE);
        unchecked {
            // Somebody wants it, at `tick` or above, and not at tick 0.
            step.marginalTick = tick == 0 ? 1 : tick;
            while (demand[step.marginalTick] == 0) ++step.marginalTick;
            if (wanted == offered) return;
            step.priceTick = tick;
            step.sellerFraction = (wanted - offered) * WHOLE / cellOf(supply[tick / CELLS], tick % CELLS);
        }
    }

    /// @dev All that is offered up to `tick` is sold: sellers have all, buyers at `tick` what those above leave.
    function _buyersShare(
        Step memory step,
        uint256[64] memory demand,
        uint256 tick,
        uint256 offered,
        uint256 wantedAbove
    ) private pure {
        (step.volume, step.marginalTick, step.sellerFraction) = (offered, tick, WHOLE);
        unchecked {
            step.buyerFraction = (offered - wantedAbove) * WHOLE / demand[tick];
        }
    }

    /* PARTS */

    /// @notice A fraction of an energy, rounded down.
    function partDown(uint256 energyUnits, uint256 fraction) internal pure returns (uint256) {
        // At most 64 bits and 33 bits.
        unchecked {
            return energyUnits * fraction / WHOLE;
        }
    }

    /// @notice What a seller at a tick sells of its energy.
    function sold(Step memory step, uint256 tick, uint256 energyUnits) internal pure returns (uint256) {
        if (tick > step.priceTick) return 0;
        if (tick < step.priceTick) return energyUnits;
        return partDown(energyUnits, step.sellerFraction);
    }

    /// @notice What a buyer at a tick buys of its energy; at tick 0 nothing.
    function bought(Step memory step, uint256 tick, uint256 energyUnits) internal pure returns (uint256) {
        if (tick == 0 || tick < step.marginalTick) return 0;
        if (tick > step.marginalTick) return energyUnits;
        return partDown(energyUnits, step.buyerFraction);
    }

    /// @notice The fraction that buyers at a tick leave to the next kind.
    function leftFraction(Step memory step, uint256 tick) internal pure returns (uint256) {
        if (tick < step.marginalTick) return WHOLE;
        if (tick > step.marginalTick) return 0;
        return WHOLE - step.buyerFraction;
    }

    /// @notice The fraction that buyers at a tick buy, rounded up: with it their parts add up to the volume at least.
    function boughtFractionUp(Step memory step, uint256 tick) internal pure returns (uint256) {
        if (tick == 0 || tick < step.marginalTick) return 0;
        if (tick > step.marginalTick || step.buyerFraction == WHOLE) return WHOLE;
        return step.buyerFraction + 1;
    }
}
