// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TickMath} from "./TickMath.sol";

/// @title Buyers' sums by two ticks at once, one for each kind, and their sums by one of them.
/// @dev 64 rows, one a CHP tick, of 8 words, each 8 neighbouring solar ticks: a street without CHP touches 8 words. A bit
/// for each word says whether this use of the lane has touched it; buyers' preferences ride beside those bits, in three
/// words that are written anyway: tag 32, buyers preferring solar 24, preferring CHP 24, 171 bits.
// A bit is one shifted by its number.
// forge-lint: disable-next-item(incorrect-shift)
library BidBook {
    using TickMath for uint256;

    /// @notice One lane's words in storage.
    struct Lane {
        uint256[512] words;
        uint256[3] touched;
    }

    /// @notice One lane's words in memory, with a bit for each that was touched, and how many buyers prefer which.
    struct Book {
        uint256[512] words;
        /// Bits of words 0 to 255 and 256 to 511.
        uint256[2] bits;
        uint256 preferSolar;
        uint256 preferChp;
    }

    /// @dev Words that hold a bit for each of the 512.
    uint256 private constant _TOUCHED = 3;

    /// @dev Bits in one of the three words: 3 * 171 are enough for 512.
    uint256 private constant _BITS = 171;
    uint256 private constant _BITS_MASK = 2 ** _BITS - 1;
    uint256 private constant _SOLAR_SHIFT = 200;
    uint256 private constant _CHP_SHIFT = 176;
    uint256 private constant _COUNT_MASK = 2 ** 24 - 1;
    uint256 private constant _TAG_SHIFT = 224;
    uint256 private constant _ROW_MASK = 2 ** TickMath.WORDS - 1;
    uint256 private constant _ROWS_IN_BITS = 32;

    /* CHANGE */

    /// @notice Add a buyer's energy to its cell, and its preference to the counts.
    /// @dev One order is one step of a 24-bit count: 16 million orders of one interval do not exist.
    function add(Lane storage lane, uint32 tag, uint256 solarTick, uint256 chpTick, uint256 energyUnits) internal {
        uint256 index = wordOf(solarTick, chpTick);
        lane.words[index] = lane.words[index].owned(tag).plus(solarTick % TickMath.CELLS, energyUnits);
        uint256 touched = lane.touched[index / _BITS];
        if (touched >> _TAG_SHIFT != tag) touched = uint256(tag) << _TAG_SHIFT;
        lane.touched[index / _BITS] = (touched | (1 << (index % _BITS))) + _preference(solarTick, chpTick);
    }

    /// @notice Take a buyer's energy out of its cell again, and its preference out of the counts.
    function remove(Lane storage lane, uint256 solarTick, uint256 chpTick, uint256 energyUnits) internal {
        uint256 index = wordOf(solarTick, chpTick);
        lane.words[index] = lane.words[index].minus(solarTick % TickMath.CELLS, energyUnits);
        uint256 preference = _preference(solarTick, chpTick);
        if (preference != 0) lane.touched[index / _BITS] -= preference;
    }

    /* READ */

    /// @notice Read the words that `tag` touched, at most all 512, and the preferences.
    function load(Lane storage lane, uint32 tag) internal view returns (Book memory book) {
        // Memory begins as zeros.
        // slither-disable-next-line uninitialized-local
        uint256[3] memory bits;
        for (uint256 i = 0; i < _TOUCHED; ++i) {
            uint256 touched = lane.touched[i];
            if (touched >> _TAG_SHIFT != tag) continue;
            bits[i] = touched & _BITS_MASK;
            book.preferSolar += (touched >> _SOLAR_SHIFT) & _COUNT_MASK;
            book.preferChp += (touched >> _CHP_SHIFT) & _COUNT_MASK;
        }
        // 171 + 171 bits are 256 + 86.
        book.bits[0] = bits[0] | (bits[1] << _BITS);
        book.bits[1] = (bits[1] >> 85) | (bits[2] << 86);
        uint256[512] memory words = book.words;
        // Loop counters are below 512.
        unchecked {
            for (uint256 row = 0; row < TickMath.TICKS; ++row) {
                uint256 index = row * TickMath.WORDS;
                for (uint256 left = rowBits(book, row); left != 0; left >>= 1) {
                    if (left & 1 != 0) words[index] = lane.words[index];
                    ++index;
                }
            }
        }
    }

    /* SUMS */

    /// @notice Whether any buyer wishes CHP: any row but the first is touched.
    function wishesChp(Book memory book) internal pure returns (bool) {
        return (book.bits[0] >> TickMath.WORDS) | book.bits[1] != 0;
    }

    /// @notice Sums by solar tick: rows below `marginalRow` whole, that row's cells by `fraction`, rounded down each.
    function columnSums(Book memory book, uint256 marginalRow, uint256 fraction)
        internal
        pure
        returns (uint256[64] memory sums)
    {
        // Memory begins as zeros.
        // slither-disable-next-line uninitialized-local
        uint256[8] memory even;
        // slither-disable-next-line uninitialized-local
        uint256[8] memory odd;
        // Sums of 64 cells of 28 bits in lanes of 56.
        unchecked {
            for (uint256 row = 0; row < marginalRow; ++row) {
                uint256 index = row * TickMath.WORDS;
                uint256 column = 0;
                for (uint256 left = rowBits(book, row); left != 0; left >>= 1) {
                    if (left & 1 != 0) {
                        uint256 word = book.words[index + column];
                        even[column] += word & TickMath.EVEN;
                        odd[column] += (word >> TickMath.CELL_BITS) & TickMath.EVEN;
                    }
                    ++column;
                }
            }
            for (uint256 i = 0; i < TickMath.TICKS; ++i) {
                uint256 lanes = i % 2 == 0 ? even[i / TickMath.CELLS] : odd[i / TickMath.CELLS];
                // Half of an even number, or of the even one below an odd.
                // slither-disable-next-line divide-before-multiply
                sums[i] = (lanes >> (i % TickMath.CELLS / 2 * TickMath.LANE_BITS)) & TickMath.LANE_MASK;
            }
        }
        if (marginalRow == TickMath.TICKS || fraction == 0) return sums;
        unchecked {
            for (uint256 i = 0; i < TickMath.TICKS; ++i) {
                uint256 word = book.words[marginalRow * TickMath.WORDS + i / TickMath.CELLS];
                if (word != 0) sums[i] += word.cellOf(i % TickMath.CELLS).partDown(fraction);
            }
        }
    }

    /// @notice Sums by CHP tick: columns below `marginalColumn` whole, that column's cells by `fraction`, rounded down
    /// each.
    function rowSums(Book memory book, uint256 marginalColumn, uint256 fraction)
        internal
        pure
        returns (uint256[64] memory sums)
    {
        // Sums of 64 cells of 28 bits in lanes of 56; a shift by 224 bits or less.
        unchecked {
            uint256 whole = marginalColumn / TickMath.CELLS;
            uint256 cell = marginalColumn % TickMath.CELLS;
            uint256 below = (1 << (cell * TickMath.CELL_BITS)) - 1;
            for (uint256 row = 0; row < TickMath.TICKS; ++row) {
                if (rowBits(book, row) == 0) continue;
                uint256 index = row * TickMath.WORDS;
                uint256 lanes = 0;
                for (uint256 i = 0; i < whole; ++i) {
                    uint256 word = book.words[index + i];
                    lanes += (word & TickMath.EVEN) + ((word >> TickMath.CELL_BITS) & TickMath.EVEN);
                }
                if (whole != TickMath.WORDS) {
                    uint256 word = book.words[index + whole];
                    uint256 kept = word & below;
                    lanes += (kept & TickMath.EVEN) + ((kept >> TickMath.CELL_BITS) & TickMath.EVEN);
                    sums[row] = word.cellOf(cell).partDown(fraction);
                }
                sums[row] += TickMath.lanesTotal(lanes);
            }
        }
    }

    /// @notice A bit for each of a row's eight words.
    function rowBits(Book memory book, uint256 row) internal pure returns (uint256) {
        unchecked {
            return (book.bits[row / _ROWS_IN_BITS] >> (row % _ROWS_IN_BITS * TickMath.WORDS)) & _ROW_MASK;
        }
    }

    /* PURE */

    /// @notice Which of the 512 words holds the cell of two ticks.
    function wordOf(uint256 solarTick, uint256 chpTick) internal pure returns (uint256) {
        return chpTick * TickMath.WORDS + solarTick / TickMath.CELLS;
    }

    function _preference(uint256 solarTick, uint256 chpTick) private pure returns (uint256) {
        if (solarTick == chpTick) return 0;
        return 1 << (solarTick > chpTick ? _SOLAR_SHIFT : _CHP_SHIFT);
    }
}
