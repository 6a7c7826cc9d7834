// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ReductionSlots} from "./ReductionSlots.sol";
import {TickMath} from "./TickMath.sol";

/// @title What a reduction's offer sets aside, is awarded and is paid.
/// @dev What a home pays or deposits rounds up, what it receives rounds down. Energy in milliwatt-hours where it is not
/// named units, prices in base units per kilowatt-hour. Pure. A price has 64 bits; an offer's energy, four blocks of 24
/// bits in units of 32, 58: no product here reaches 2^130.
library ReductionMoney {
    using ReductionSlots for uint256;

    /// @notice The end of an offer. `returned` and `forfeited` are the two parts of its bond.
    struct End {
        uint256 paidMilliWh;
        uint256 money;
        uint256 returned;
        uint256 forfeited;
        int256 carryMilliWh;
    }

    /// @notice What decides an offer's end besides its meter. What is carried is 0 or below, the award what `awardDown` gives.
    struct Case {
        uint256 awardUnits;
        uint256 unitMilliWh;
        uint256 mostPricePerKWh;
        bool payAsBid;
        uint256 marginalTick;
        uint256 fraction;
        uint256 blocks;
        uint256 bond;
        int256 carryMilliWh;
    }

    uint256 private constant _MILLIWH_PER_KWH = 1e6;
    uint256 private constant _PERCENT = 100;

    /* BEFORE */

    /// @notice A tick's price, rounded down; the highest tick's is the most that the utility pays.
    function price(uint256 mostPricePerKWh, uint256 tick) internal pure returns (uint256) {
        // A price of 64 bits and a tick of 6.
        unchecked {
            return mostPricePerKWh * (tick + 1) / TickMath.TICKS;
        }
    }

    /// @notice What an energy costs the utility at most, rounded up.
    function costUp(uint256 energyMilliWh, uint256 pricePerKWh) internal pure returns (uint256) {
        return _divUp(energyMilliWh * pricePerKWh, _MILLIWH_PER_KWH);
    }

    /// @notice What an offer sets aside, rounded up: a part of its worth at the most that the utility pays, and no less
    /// than what its meter owes at that.
    function bondUp(uint256 energyMilliWh, uint256 mostPricePerKWh, uint256 percent, int256 carryMilliWh)
        internal
        pure
        returns (uint256 bond)
    {
        bond = _divUp(energyMilliWh * mostPricePerKWh * percent, _MILLIWH_PER_KWH * _PERCENT);
        uint256 owed = costUp(uint256(-carryMilliWh), mostPricePerKWh);
        return owed > bond ? owed : bond;
    }

    /* AFTER */

    /// @notice What is accepted of some blocks: those below the marginal tick, and its part at it, rounded down each.
    function awardDown(uint256 blocks, uint256 marginalTick, uint256 fraction) internal pure returns (uint256 units) {
        // Four numbers of 24 bits.
        unchecked {
            for (; blocks != 0; blocks = blocks.restOf()) {
                units += _awardOf(blocks, marginalTick, fraction);
            }
        }
    }

    /// @notice Settle an offer by how far its meter stayed below its baseline (above it: below 0); `missing` is a reading
    /// that is missing, or a home that has left. Without an award the bond comes back, and that is all.
    function settle(Case memory one, bool missing, int256 reducedMilliWh) internal pure returns (End memory end) {
        int256 award = int256(one.awardUnits * one.unitMilliWh);
        if (award == 0) {
            (end.returned, end.carryMilliWh) = (one.bond, one.carryMilliWh);
            return end;
        }
        int256 due = (missing ? -award : _within(reducedMilliWh, award)) + one.carryMilliWh;

        end.paidMilliWh = due > 0 ? uint256(due) : 0;
        end.money = moneyDown(one, end.paidMilliWh);
        end.returned = one.bond * end.paidMilliWh / uint256(award);
        end.forfeited = one.bond - end.returned;
        end.carryMilliWh = due < 0 ? due : int256(0);
    }

    /// @notice What a metered reduction is paid, its cheapest blocks first, rounded down.
    function moneyDown(Case memory one, uint256 paidMilliWh) internal pure returns (uint256) {
        if (!one.payAsBid) return paidMilliWh * price(one.mostPricePerKWh, one.marginalTick) / _MILLIWH_PER_KWH;
        uint256 worth = 0;
        for (uint256 blocks = one.blocks; blocks != 0; blocks = blocks.restOf()) {
            uint256 part = _awardOf(blocks, one.marginalTick, one.fraction) * one.unitMilliWh;
            if (part > paidMilliWh) part = paidMilliWh;
            // slither-disable-next-line unused-return
            (uint256 tick,) = blocks.firstOf();
            worth += part * price(one.mostPricePerKWh, tick);
            paidMilliWh -= part;
        }
        return worth / _MILLIWH_PER_KWH;
    }

    /// @dev Of the first of some blocks.
    function _awardOf(uint256 blocks, uint256 marginalTick, uint256 fraction) private pure returns (uint256) {
        (uint256 tick, uint256 energy) = blocks.firstOf();
        if (tick > marginalTick) return 0;
        return tick < marginalTick ? energy : TickMath.partDown(energy, fraction);
    }

    function _within(int256 number, int256 most) private pure returns (int256) {
        if (number < -most) return -most;
        return number > most ? most : number;
    }

    function _divUp(uint256 value, uint256 divisor) private pure returns (uint256) {
        // For products of the widths above.
        unchecked {
            return (value + divisor - 1) / divisor;
        }
    }
}
