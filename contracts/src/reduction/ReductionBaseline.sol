// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IMeterRegistry} from "../interfaces/IMeterRegistry.sol";
import {IReductionAuction} from "../interfaces/IReductionAuction.sol";

/// @title What a meter would have drawn in a window, by like days of the registry's ring.
/// @dev A part of `ReductionAuction`. Days are bits of a word: bit `d` is `d` days back.
abstract contract ReductionBaseline is IReductionAuction {
    /* CONSTANTS AND IMMUTABLES */

    /// @inheritdoc IReductionAuction
    IMeterRegistry public immutable REGISTRY;

    /// @inheritdoc IReductionAuction
    uint32 public immutable INTERVAL;

    /// @inheritdoc IReductionAuction
    uint32 public immutable DAYS;

    /// @inheritdoc IReductionAuction
    uint32 public immutable BACK_DAYS;

    /// @inheritdoc IReductionAuction
    uint32 public immutable ADJUST_PERCENT;

    /// @inheritdoc IReductionAuction
    uint32 public immutable ADJUST_INTERVALS;

    /// @inheritdoc IReductionAuction
    int32 public immutable UTC_OFFSET;

    /// @inheritdoc IReductionAuction
    uint32 public immutable READING_DEADLINE;

    /// @dev The registry's.
    uint32 internal immutable _RING;

    /// @dev Boundaries of a day.
    uint32 internal immutable _STEP;

    /// @dev Boundaries from the oldest one that a baseline may ask for to its window.
    uint32 internal immutable _REACH;

    /// @dev Longest window.
    uint8 internal constant _MOST_LENGTH = 16;

    uint32 private constant _DAY = 1 days;

    /// @dev Fewer days say nothing.
    uint256 private constant _LEAST_DAYS = 3;

    uint256 private constant _MOST_DAYS = 10;
    uint256 private constant _MOST_BACK_DAYS = 31;
    uint256 private constant _MOST_ADJUST_PERCENT = 20;
    uint256 private constant _MOST_ADJUST_INTERVALS = 16;

    /// @dev Half of the earth and the date line's bend.
    int256 private constant _MOST_OFFSET = 14 hours;

    /// @dev Boundaries that must stay in the ring beside those above: the window, the note's hearing, two to settle in.
    uint256 private constant _RING_RESERVE = uint256(_MOST_LENGTH) + 6;

    /// @dev The year 1970 began with a Thursday.
    uint256 private constant _DAYS_TO_MONDAY = 3;
    uint256 private constant _WEEK = 7;
    uint256 private constant _WORKING_DAYS = 5;

    /// @dev Only the day before.
    uint256 private constant _ONE_BACK = 2;

    /* CONSTRUCTOR */

    /// @param settings What never changes.
    constructor(Settings memory settings) {
        uint256 interval = settings.registry.INTERVAL();
        _requireWithin("interval", interval, 1, _DAY);
        // A day is a whole number of intervals, or its boundaries would wander.
        _requireWithin("seconds beyond a day's intervals", _DAY % interval, 0, 0);
        _requireWithin("days", settings.days_, _LEAST_DAYS, _MOST_DAYS);
        _requireWithin("back days", settings.backDays, settings.days_, _MOST_BACK_DAYS);
        _requireWithin("adjust percent", settings.adjustPercent, 0, _MOST_ADJUST_PERCENT);
        bool adjusts = settings.adjustPercent != 0;
        _requireWithin(
            "adjust intervals", settings.adjustIntervals, adjusts ? 1 : 0, adjusts ? _MOST_ADJUST_INTERVALS : 0
        );
        int256 offset = settings.utcOffsetSeconds;
        uint256 distance = uint256(offset < 0 ? -offset : offset);
        _requireWithin("UTC offset", distance, 0, uint256(_MOST_OFFSET));
        uint256 step = _DAY / interval;
        // The adjustment's intervals lie on the window's own day, so its days reach one further back.
        // slither-disable-next-line divide-before-multiply
        uint256 reach = (settings.backDays + (adjusts ? 1 : 0)) * step;
        uint256 ring = settings.registry.RING();
        _requireWithin("ring", ring, reach + _RING_RESERVE + 1, type(uint32).max);
        uint256 kept = (ring - reach - _RING_RESERVE) * interval;
        _requireWithin("reading deadline", settings.readingDeadlineSeconds, interval, kept);

        REGISTRY = settings.registry;
        INTERVAL = uint32(interval);
        DAYS = settings.days_;
        BACK_DAYS = settings.backDays;
        ADJUST_PERCENT = settings.adjustPercent;
        ADJUST_INTERVALS = settings.adjustIntervals;
        UTC_OFFSET = settings.utcOffsetSeconds;
        READING_DEADLINE = settings.readingDeadlineSeconds;
        _RING = uint32(ring);
        _STEP = uint32(step);
        _REACH = uint32(reach);
    }

    /* INTERNAL */

    /// @dev What a meter drew in a window, import less export and not below 0, if it has told both its ends.
    function _drawn(uint64 meter, uint32 first, uint32 length) internal view returns (uint256 milliWh, bool told) {
        uint256 count;
        (milliWh, count) = _drawnBack(meter, first + _STEP, length, _ONE_BACK);
        return (milliWh, count == 1);
    }

    /// @dev A window's baseline, and how many days say so; `eventDays` are left out.
    function _baseline(
        uint64 meter,
        uint32 first,
        uint8 length,
        uint32 requested,
        uint256 eventDays,
        uint256 postedMilliWh
    ) internal view returns (uint256 milliWh, uint256 count) {
        uint256 like = _likeDays(first) & ~eventDays;
        uint256 lookedAt = 0;
        uint256 sum = 0;
        while (count < DAYS) {
            uint256 batch = _newest(like & ~lookedAt, DAYS - count);
            if (batch == 0) break;
            lookedAt |= batch;
            (uint256 drawn, uint256 told) = _drawnBack(meter, first, length, batch);
            (sum, count) = (sum + drawn, count + told);
        }
        if (count < _LEAST_DAYS) return (postedMilliWh * length, 0);
        milliWh = sum / count;
        if (ADJUST_PERCENT != 0) milliWh = _adjusted(meter, first, length, requested, lookedAt, milliWh);
    }

    /// @dev The local day that a boundary lies in.
    function _dayOf(uint32 boundary) internal view returns (uint32) {
        // Every boundary here is later than the greatest offset.
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint32(uint256(int256(uint256(boundary) * INTERVAL) + UTC_OFFSET) / _DAY);
    }

    /* PRIVATE */

    /// @dev A mean moved by what the same day was unlike those days; untold, it is taken for the lowest.
    function _adjusted(uint64 meter, uint32 first, uint256 length, uint32 requested, uint256 lookedAt, uint256 mean)
        private
        view
        returns (uint256)
    {
        uint256 most = mean * ADJUST_PERCENT / 100;
        uint32 from = requested - ADJUST_INTERVALS;
        if (most == 0 || _dayOf(from) != _dayOf(first)) return mean;
        (uint256 today, bool told) = _drawn(meter, from, ADJUST_INTERVALS);
        (uint256 sum, uint256 count) = _drawnBack(meter, from, ADJUST_INTERVALS, lookedAt);
        if (!told || count == 0) return mean - most;
        uint256 parts = count * ADJUST_INTERVALS;
        // What a home is paid by rounds down: a rise down, a fall up.
        if (today * count >= sum) return mean + Math.min(most, (today * count - sum) * length / parts);
        return mean - Math.min(most, Math.ceilDiv((sum - today * count) * length, parts));
    }

    /// @dev Sum of what a meter drew in the same window of some days back, each day's not below 0, and how many of them it
    /// has told.
    function _drawnBack(uint64 meter, uint32 first, uint32 length, uint256 days_)
        private
        view
        returns (uint256 milliWh, uint256 count)
    {
        uint256 exported;
        (milliWh, exported, count) = _risesBack(meter, first, length, days_);
        // Without export no day is below 0, and one call tells all.
        if (exported == 0) return (milliWh, count);
        milliWh = 0;
        for (; days_ != 0; days_ &= days_ - 1) {
            (uint256 in_, uint256 out,) = _risesBack(meter, first, length, days_ & (~days_ + 1));
            milliWh += Math.saturatingSub(in_, out);
        }
    }

    function _risesBack(uint64 meter, uint32 first, uint32 length, uint256 days_)
        private
        view
        returns (uint256, uint256, uint256)
    {
        // A view of our own registry, which cannot fail for a number of days that the constructor took.
        // slither-disable-next-line calls-loop
        return REGISTRY.risesBack(meter, first, length, _STEP, Math.log2(days_), ~days_);
    }

    /// @dev Days of the same kind as a window's: working days or weekends.
    function _likeDays(uint32 first) private view returns (uint256 days_) {
        // Every day here is thousands of days after 1970.
        unchecked {
            uint256 day = _dayOf(first) + _DAYS_TO_MONDAY;
            bool works = day % _WEEK < _WORKING_DAYS;
            for (uint256 back = 1; back <= BACK_DAYS; ++back) {
                if ((day - back) % _WEEK < _WORKING_DAYS == works) days_ |= 1 << back;
            }
        }
    }

    /// @dev The newest of some days, so many or fewer.
    function _newest(uint256 days_, uint256 count) private pure returns (uint256 newest) {
        // Neither falls below 0, and a word's lowest bit is itself and its complement's successor.
        unchecked {
            for (; count != 0 && days_ != 0; --count) {
                newest |= days_ & (~days_ + 1);
                days_ &= days_ - 1;
            }
        }
    }

    function _requireWithin(string memory name, uint256 value, uint256 least, uint256 most) internal pure {
        require(value >= least && value <= most, ReductionSettingOutOfRange(name, value, least, most));
    }
}
