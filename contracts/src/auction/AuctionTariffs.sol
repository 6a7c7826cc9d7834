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
    using IntervalMoney for IntervalMoney.Terms;
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

    /// @dev A deposit of more than twice the energy is no margin.
    uint256 private constant _MOST_MARGIN = 100;

    /// @dev Intervals that take orders at any time: one a lane.
    uint32 private constant _OPEN = uint32(LaneGuard.LANES);

    /* STORAGE */

    /// @inheritdoc IIntervalAuction
    mapping(uint24 version => Tariff tariff) public tariffs;

    /// @inheritdoc IIntervalAuction
    uint24 public tariffCount;

    /* CONSTRUCTOR */

    /// @param settings What never changes, and the first tariff.
    constructor(Settings memory settings) AuctionAccounts(settings.token, settings.utility) {
        uint32 interval = settings.registry.INTERVAL();
        _requireWithin("unit", settings.unitMilliWh, 1, type(uint32).max);
        _requireWithin("gate lead", settings.gateLeadSeconds, 1, interval);
        _requireWithin("margin", settings.marginPercent, 0, _MOST_MARGIN);

        INTERVAL = interval;
        UNIT = settings.unitMilliWh;
        GATE_LEAD = settings.gateLeadSeconds;
        MARGIN = settings.marginPercent;
        _addTariff(0, settings.feedInPerKWh, settings.tickSizePerKWh);
    }

    /* UTILITY */

    /// @inheritdoc IIntervalAuction
    function setTariff(uint32 firstInterval, uint64 feedInPerKWh, uint64 tickSizePerKWh)
        external
        onlyRole(UTILITY_ROLE)
    {
        uint24 count = tariffCount;
        uint32 open = _nextGate();
        uint32 earliest = open + _OPEN;
        uint32 last = tariffs[count].firstInterval;
        if (last >= earliest) earliest = last + 1;
        require(firstInterval >= earliest, AuctionTariffTooEarly(firstInterval, earliest));
        if (count > MOST_WAITING) {
            uint32 waits = tariffs[count - MOST_WAITING + 1].firstInterval;
            require(waits <= open, AuctionTariffsWaiting(MOST_WAITING, waits));
        }

        _addTariff(firstInterval, feedInPerKWh, tickSizePerKWh);
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

    /// @inheritdoc IIntervalAuction
    function depositUp(uint24 version, Side side, uint32 energyUnits) external view returns (uint256) {
        return _termsOf(version).depositUp(side, energyUnits);
    }

    /* INTERNAL */

    function _addTariff(uint32 firstInterval, uint64 feedInPerKWh, uint64 tickSizePerKWh) private {
        uint256 retail = uint256(feedInPerKWh) + (TickMath.TICKS - 1) * uint256(tickSizePerKWh);
        require(
            tickSizePerKWh != 0 && retail <= type(uint64).max, AuctionTariffOutOfRange(feedInPerKWh, tickSizePerKWh)
        );

        uint24 version = ++tariffCount;
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
