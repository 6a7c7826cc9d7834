// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ReductionSlots} from "./ReductionSlots.sol";
import {TickMath} from "./TickMath.sol";

/// @title One request's offers as sums by tick, in eight words that bear its number.
/// @dev A word of another request reads as empty, so nothing is ever cleared away (`TickMath`).
library ReductionBook {
    using ReductionSlots for uint256;
    using TickMath for uint256;

    /// @notice Eight words of eight ticks.
    struct Book {
        uint256[8] words;
    }

    /// @notice Add an offer's blocks.
    function add(Book storage book, uint32 request, uint256 blocks) internal {
        for (; blocks != 0; blocks = blocks.restOf()) {
            (uint256 tick, uint256 energy) = blocks.firstOf();
            uint256 index = tick / TickMath.CELLS;
            book.words[index] = book.words[index].owned(request).plus(tick % TickMath.CELLS, energy);
        }
    }

    /// @notice Take away an offer's blocks, which are there.
    function remove(Book storage book, uint256 blocks) internal {
        for (; blocks != 0; blocks = blocks.restOf()) {
            (uint256 tick, uint256 energy) = blocks.firstOf();
            uint256 index = tick / TickMath.CELLS;
            book.words[index] = book.words[index].minus(tick % TickMath.CELLS, energy);
        }
    }

    /// @notice The energy offered at a tick, in units.
    function offeredAt(Book storage book, uint32 request, uint256 tick) internal view returns (uint256) {
        return book.words[tick / TickMath.CELLS].owned(request).cellOf(tick % TickMath.CELLS);
    }

    /// @notice Accept the cheapest blocks up to the target: all below the marginal tick and a fraction there, rounded
    /// down. Too few of them are all accepted, at the dearest one's tick.
    function clear(Book storage book, uint32 request, uint256 target)
        internal
        view
        returns (uint256 accepted, uint256 marginalTick, uint256 fraction)
    {
        // Sixty-four cells of 28 bits and a target of 32: no sum reaches 2^35, no product with `WHOLE` 2^68.
        unchecked {
            for (uint256 index = 0; index < TickMath.WORDS && accepted < target; ++index) {
                uint256 word = book.words[index].owned(request);
                for (uint256 cell = 0; cell < TickMath.CELLS && accepted < target; ++cell) {
                    uint256 here = word.cellOf(cell);
                    if (here == 0) continue;
                    uint256 taken = here < target - accepted ? here : target - accepted;
                    marginalTick = index * TickMath.CELLS + cell;
                    fraction = taken * TickMath.WHOLE / here;
                    accepted += taken;
                }
            }
        }
    }
}
