// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IIntervalAuction} from "../interfaces/IIntervalAuction.sol";
import {IntervalMoney} from "../libraries/IntervalMoney.sol";
import {LaneGuard} from "../libraries/LaneGuard.sol";
import {TickMath} from "../libraries/TickMath.sol";
import {AuctionAccounts} from "./AuctionAccounts.sol";

/// @title The interval auction's gates and tariffs.
/// @dev A part of `IntervalAuction`. An interval's tariff is final from the moment that it takes orders, because a new
/// one begins later than every interval that does.
abstract contract AuctionTariffs is AuctionAccounts {
    using SafeCast for uint256;

    /* CONSTANTS AND IMMUTABLES */

    /// @inheritdoc IIntervalAuction
    /// @dev The search for an interval's tariff takes a step for each; two days of four prices.
    uint24 public constant MOST_WAITING = 8;

    /// @inheritdoc IIntervalAuction
    uint32 public immutable INTERVAL;

    /// @inheritdoc IIntervalAuction
    uint32 public immutable UNIT;

    /// @inheritdoc IIntervalAuction
    uint32 public immutable GATE_LEAD;

    /// @inheritdoc IIntervalAuction
    uint32 public immutable MARGIN;

    /// @inheritdoc IIntervalAuction
    uint64 public immutable MOST_RETAIL;

    /// @dev Below it a marginal buyer's exact share can cost more than its deposit; with one per cent it never does.
    uint256 private constant _LEAST_MARGIN = 1;

    /// @dev A deposit of more than twice the energy is no margin.
    uint256 private constant _MOST_MARGIN = 100;

    /// @dev Seconds of the longest interval; a tariff must be able to begin in one that cannot be ordered yet.
    uint256 private constant _LONGEST_INTERVAL = 1 days;

    /// @dev Blocks that must fit between the gate and the delivery: the last orders, and the clearing.
    uint256 private constant _LEAST_BLOCKS = 4;

    /// @dev How far ahead a tariff may begin: a slip of the pen is over in a month, and can be replaced before.
    uint256 private constant _FURTHEST = 31 days;

    /// @dev Intervals that take orders at any time: one a lane.
    uint32 private constant _OPEN = uint32(LaneGuard.LANES);

    /* STORAGE */

    /// @inheritdoc IIntervalAuction
    mapping(uint24 version => Tariff tariff) public tariffs;

    /// @inheritdoc IIntervalAuction
    uint24 public tariffCount;

    /* CONSTRUCTOR */

    /// @param settings What never changes, and the first tariff.
    constructor(Settings memory settings)
        AuctionAccounts(
            settings.token,
            settings.utility,
            uint256(settings.readingDeadlineSeconds) + 2 * uint256(settings.registry.INTERVAL())
        )
    {
        uint32 interval = settings.registry.INTERVAL();
        _requireWithin("utility", uint160(settings.utility), 1, type(uint160).max);
        _requireWithin("interval", interval, 1, _LONGEST_INTERVAL);
        _requireWithin("unit", settings.unitMilliWh, 1, type(uint32).max);
        _requireWithin("block time", settings.blockSeconds, 1, interval);
        // Strictly less than half an interval, or the gate of the next one would be the first that is seen.
        uint256 leastLead = _LEAST_BLOCKS * uint256(settings.blockSeconds);
        _requireWithin("gate lead", settings.gateLeadSeconds, leastLead, (interval - 1) / 2);
        _requireWithin("margin", settings.marginPercent, _LEAST_MARGIN, _MOST_MARGIN);

        INTERVAL = interval;
        UNIT = settings.unitMilliWh;
        GATE_LEAD = settings.gateLeadSeconds;
        MARGIN = settings.marginPercent;
        MOST_RETAIL = settings.mostRetailPerKWh;
        _addTariff(settings.mostRetailPerKWh, 1, 0, settings.feedInPerKWh, settings.tickSizePerKWh);
    }

    /* UTILITY */

    /// @inheritdoc IIntervalAuction
    function setTariff(uint32 firstInterval, uint64 feedInPerKWh, uint64 tickSizePerKWh)
        external
        onlyRole(UTILITY_ROLE)
    {
        uint32 open = _nextGate();
        uint32 earliest = open + _OPEN;
        require(firstInterval >= earliest, AuctionTariffTooEarly(firstInterval, earliest));
        uint256 latest = (block.timestamp + _FURTHEST) / INTERVAL;
        require(firstInterval <= latest, AuctionTariffTooLate(firstInterval, latest));

        // The first version begins with 1970, so one is always left; none that takes orders begins so late.
        uint24 version = tariffCount;
        while (tariffs[version].firstInterval >= firstInterval) --version;
        if (version++ != tariffCount) emit TariffsDropped(version);
        if (version > MOST_WAITING + 1) {
            uint32 waits = tariffs[version - MOST_WAITING].firstInterval;
            require(waits <= open, AuctionTariffsWaiting(MOST_WAITING, waits));
        }
        _addTariff(MOST_RETAIL, version, firstInterval, feedInPerKWh, tickSizePerKWh);
    }

    /* VIEWS */

    /// @inheritdoc IIntervalAuction
    function tariffOf(uint32 interval) public view returns (uint24 version) {
        version = tariffCount;
        while (tariffs[version].firstInterval > interval) --version;
    }

    /// @inheritdoc IIntervalAuction
    function gateClosesAt(uint32 interval) public view returns (uint256) {
        uint256 begins = uint256(interval) * INTERVAL;
        return begins > GATE_LEAD ? begins - GATE_LEAD : 0;
    }

    /* INTERNAL */

    function _addTariff(
        uint64 mostRetail,
        uint24 version,
        uint32 firstInterval,
        uint64 feedInPerKWh,
        uint64 tickSizePerKWh
    ) private {
        uint256 retail = uint256(feedInPerKWh) + (TickMath.TICKS - 1) * uint256(tickSizePerKWh);
        require(
            tickSizePerKWh != 0 && retail <= mostRetail,
            AuctionTariffOutOfRange(feedInPerKWh, tickSizePerKWh, mostRetail)
        );

        tariffCount = version;
        tariffs[version] =
            Tariff({firstInterval: firstInterval, feedInPerKWh: feedInPerKWh, tickSizePerKWh: tickSizePerKWh});
        emit TariffSet(version, firstInterval, feedInPerKWh, tickSizePerKWh);
    }

    function _termsOf(uint24 version) internal view returns (IntervalMoney.Terms memory) {
        Tariff memory tariff = tariffs[version];
        return IntervalMoney.Terms(UNIT, MARGIN, tariff.feedInPerKWh, tariff.tickSizePerKWh);
    }

    function _nextGate() private view returns (uint32) {
        return ((block.timestamp + GATE_LEAD) / INTERVAL + 1).toUint32();
    }

    /* PURE */

    function _requireWithin(string memory name, uint256 value, uint256 least, uint256 most) internal pure {
        require(value >= least && value <= most, AuctionSettingOutOfRange(name, value, least, most));
    }
}
