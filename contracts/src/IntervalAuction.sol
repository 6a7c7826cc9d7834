// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1363Receiver} from "@openzeppelin/contracts/interfaces/IERC1363Receiver.sol";
import {IERC1363Spender} from "@openzeppelin/contracts/interfaces/IERC1363Spender.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {AuctionTariffs} from "./auction/AuctionTariffs.sol";
import {IIntervalAuction} from "./interfaces/IIntervalAuction.sol";
import {IMeterRegistry} from "./interfaces/IMeterRegistry.sol";
import {AuctionSlots} from "./libraries/AuctionSlots.sol";
import {IntervalBook} from "./libraries/IntervalBook.sol";
import {IntervalMoney} from "./libraries/IntervalMoney.sol";
import {LaneGuard} from "./libraries/LaneGuard.sol";
import {TickMath} from "./libraries/TickMath.sol";

/// @title IntervalAuction, one call auction per interval for two local kinds of energy.
/// @dev Invariants: the balance of tokens covers all balances, all open orders at their worth, and the utility's
/// balance; fills add up to at most the volume, and that to at most supply and demand; cell sums are the sums of live
/// orders; a result never changes; a price lies between both marginal limits; nobody pays more than its deposit; only
/// the account's own call lowers its balance or changes its orders.
contract IntervalAuction is AuctionTariffs {
    using AuctionSlots for Order;
    using AuctionSlots for Result;
    using AuctionSlots for uint256;
    using IntervalBook for IntervalBook.Lane;
    using IntervalMoney for IntervalMoney.Terms;
    using SafeERC20 for IERC20;

    /* TYPES */

    /// @dev One slot: the last interval that used the lane, and its tariff, so that an order reads nothing else.
    struct Lane {
        uint32 interval;
        bool cleared;
        uint24 tariff;
        uint64 feedInPerKWh;
        uint64 tickSizePerKWh;
    }

    /* CONSTANTS AND IMMUTABLES */

    /// @inheritdoc IIntervalAuction
    IMeterRegistry public immutable REGISTRY;

    /// @inheritdoc IIntervalAuction
    uint32 public immutable LEAST_ENERGY;

    /// @inheritdoc IIntervalAuction
    uint32 public immutable READING_DEADLINE;

    /// @dev Six words of the ABI; anything else is somebody's mistake and is refused by name.
    uint256 private constant _PLACEMENT_BYTES = 6 * 32;

    /// @dev Intervals from the one in which silence is noted to the first in which it counts: one whole one between.
    uint256 private constant _HEARING = 2;

    /// @dev Boundaries that must stay in the ring beside those of the reading deadline: both of the interval, two for
    /// the note's hearing, and two to settle in.
    uint256 private constant _RING_RESERVE = 6;

    /// @dev The market of a meter that may order here.
    uint8 private constant _MARKET = 0;

    /* STORAGE */

    /// @dev Words of `AuctionSlots`.
    mapping(uint64 meter => uint256[2] lanes) private _orders;

    /// @dev Words of `AuctionSlots`; 0 until cleared.
    mapping(uint32 interval => uint256 result) private _results;

    Lane[2] private _lanes;

    IntervalBook.Lane[2] private _books;

    /* CONSTRUCTOR */

    /// @param settings What never changes, and the first tariff.
    constructor(Settings memory settings) AuctionTariffs(settings) {
        _requireWithin("least energy", settings.leastUnits, 1, TickMath.MOST_UNITS);
        uint256 ring = settings.registry.RING();
        _requireWithin("ring", ring, _RING_RESERVE + 1, type(uint32).max);
        // Both boundaries must still be in the ring when the note of silence has been heard.
        uint256 kept = (ring - _RING_RESERVE) * INTERVAL;
        _requireWithin("reading deadline", settings.readingDeadlineSeconds, INTERVAL, kept);

        REGISTRY = settings.registry;
        LEAST_ENERGY = settings.leastUnits;
        READING_DEADLINE = settings.readingDeadlineSeconds;
    }

    /* ORDER */

    /// @inheritdoc IERC1363Spender
    function onApprovalReceived(address owner, uint256 value, bytes calldata data) external returns (bytes4) {
        require(msg.sender == address(TOKEN), AuctionNotToken(msg.sender));
        uint256 charge = value;
        if (data.length == 0) {
            _deposit(owner, value);
        } else {
            uint256 refund;
            (charge, refund) = _put(owner, _decode(data));
            require(charge <= value, AuctionChargeAboveValue(charge, value));
            if (refund != 0) balanceOf[owner] += refund;
        }

        // The token itself says that `owner` approved in this very call.
        // slither-disable-next-line arbitrary-send-erc20
        if (charge != 0) TOKEN.safeTransferFrom(owner, address(this), charge);
        return IERC1363Spender.onApprovalReceived.selector;
    }

    /// @inheritdoc IERC1363Receiver
    function onTransferReceived(address operator, address from, uint256 value, bytes calldata data)
        external
        returns (bytes4)
    {
        require(msg.sender == address(TOKEN), AuctionNotToken(msg.sender));
        if (value != 0 || data.length == 0) _deposit(from, value);
        if (data.length != 0) {
            // A transfer of nothing needs no allowance: that tokens moved does not say who asked for the order.
            require(operator == from, AuctionNotByAccount(operator, from));
            _placeFromBalance(from, _decode(data));
        }

        return IERC1363Receiver.onTransferReceived.selector;
    }

    /// @inheritdoc IIntervalAuction
    function place(Placement calldata placement) external {
        _placeFromBalance(msg.sender, placement);
    }

    /* CLEAR AND SETTLE */

    /// @inheritdoc IIntervalAuction
    function clear(uint32 interval) external {
        uint256 closesAt = gateClosesAt(interval);
        require(block.timestamp >= closesAt, AuctionGateOpen(interval, closesAt));
        require(_results[interval] == 0, AuctionAlreadyCleared(interval));
        uint256 lane = LaneGuard.laneOf(interval);
        require(_lanes[lane].interval == interval, AuctionNoOrders(interval));

        (Result memory result, IntervalBook.Volumes memory volumes) = _books[lane].clear(interval);
        result.tariff = _lanes[lane].tariff;

        _lanes[lane].cleared = true;
        _results[interval] = result.pack();
        emit IntervalCleared(
            interval,
            result.chpFirst,
            result.solarPriceTick,
            result.chpPriceTick,
            volumes.solar,
            volumes.chp,
            volumes.unsold,
            volumes.unserved
        );
    }

    /// @inheritdoc IIntervalAuction
    function settle(uint32 interval, uint64[] calldata meters) external {
        Result memory result = _results[interval].resultOf();
        require(result.cleared, AuctionNotCleared(interval));
        IntervalMoney.Terms memory terms = _termsOf(result.tariff);

        Grid memory grid = _grid;
        for (uint256 i = 0; i < meters.length; ++i) {
            uint256 word = _orders[meters[i]][LaneGuard.laneOf(interval)];
            if (word.intervalOf() != interval || !_settle(meters[i], word, result, terms, grid)) {
                emit SettlementSkipped(interval, meters[i]);
            }
        }
        _grid = grid;
    }

    /// @inheritdoc IIntervalAuction
    function noteSilence(uint32 interval) external {
        uint256 word = _results[interval];
        require(word != 0, AuctionNotCleared(interval));
        require(word.notedAfterOf() == 0, AuctionSilenceNoted(interval));
        uint256 from = (uint256(interval) + 1) * INTERVAL + READING_DEADLINE;
        require(block.timestamp >= from, AuctionSilenceTooEarly(interval, from));
        uint256 now_ = block.timestamp / INTERVAL;

        _results[interval] = word.noted(now_ - interval);
        emit SilenceNoted(interval, (now_ + _HEARING) * INTERVAL);
    }

    /* VIEWS */

    /// @inheritdoc IIntervalAuction
    function orderAt(uint64 meter, uint32 interval) external view returns (Order memory order) {
        uint256 word = _orders[meter][LaneGuard.laneOf(interval)];
        if (word.intervalOf() == interval) order = word.orderOf();
    }

    /// @inheritdoc IIntervalAuction
    function resultOf(uint32 interval) external view returns (Result memory) {
        return _results[interval].resultOf();
    }

    /// @inheritdoc IIntervalAuction
    function laneOf(uint32 interval) external view returns (uint32 held, bool cleared) {
        Lane memory lane = _lanes[LaneGuard.laneOf(interval)];
        return (lane.interval, lane.cleared);
    }

    /// @inheritdoc IIntervalAuction
    function wordAt(uint32 interval, uint256 index) external view returns (uint256) {
        return _books[LaneGuard.laneOf(interval)].wordAt(index);
    }

    /* INTERNAL: ORDER */

    function _placeFromBalance(address account, Placement memory placement) private {
        (uint256 charge, uint256 refund) = _put(account, placement);
        if (charge != 0) _debit(account, charge);
        if (refund != 0) balanceOf[account] += refund;
    }

    /// @dev Let an order stand for `account`, or none any more, and tell what it must pay more than for the order it
    /// replaces, or what it gets back. No token moves here.
    function _put(address account, Placement memory placement) private returns (uint256 charge, uint256 refund) {
        (uint32 interval, uint64 meter) = (placement.interval, placement.meter);
        IntervalMoney.Terms memory terms = _takeLane(interval);
        bool cancels = placement.energyUnits == 0;
        if (!cancels) _requirePlacement(account, placement);
        (Order memory order, uint256 former) = _remove(account, placement, cancels, terms);

        if (!cancels) {
            (order.account, order.interval, order.side) = (account, interval, placement.side);
            (order.tick, order.chpTick) = (placement.tick, placement.chpTick);
        }
        order.energyUnits = placement.energyUnits;
        _orders[meter][LaneGuard.laneOf(interval)] = order.pack();
        if (!cancels) _books[LaneGuard.laneOf(interval)].add(order);
        emit Placed(interval, meter, account, order.side, order.tick, order.chpTick, order.energyUnits);
        uint256 deposit = terms.depositUp(order.side, order.energyUnits);
        return deposit > former ? (deposit - former, uint256(0)) : (uint256(0), former - deposit);
    }

    /// @dev Take what stands in the order's place away, and tell it, with the deposit that comes free: this interval's
    /// former order out of the sums, an earlier interval's by its settlement. Who placed an order may cancel it, whatever
    /// became of the meter; for that nothing else is looked at.
    function _remove(address account, Placement memory placement, bool cancels, IntervalMoney.Terms memory terms)
        private
        returns (Order memory held, uint256 former)
    {
        uint256 lane = LaneGuard.laneOf(placement.interval);
        uint256 word = _orders[placement.meter][lane];
        held = word.orderOf();
        if (held.energyUnits != 0 && held.interval == placement.interval) {
            require(
                held.account == account && (cancels || held.side == placement.side),
                AuctionMeterTaken(placement.meter, held.account, held.side)
            );
            _books[lane].remove(held);
            return (held, terms.depositUp(held.side, held.energyUnits));
        }
        require(!cancels, AuctionEnergyBelowLeast(0, LEAST_ENERGY));
        require(
            held.energyUnits == 0 || _settleAlone(placement.meter, word),
            AuctionOrderUnsettled(placement.meter, held.interval)
        );
    }

    /// @dev Refuse an interval that takes no orders; its first order takes the lane over and fixes its tariff.
    function _takeLane(uint32 interval) private returns (IntervalMoney.Terms memory terms) {
        uint256 closesAt = gateClosesAt(interval);
        require(block.timestamp < closesAt, AuctionGateClosed(interval, closesAt));
        uint256 opensAt = closesAt - LaneGuard.LANES * INTERVAL;
        require(block.timestamp >= opensAt, AuctionTooEarly(interval, opensAt));
        Lane memory lane = _lanes[LaneGuard.laneOf(interval)];
        require(LaneGuard.isFree(lane.interval, lane.cleared, interval), AuctionLaneBusy(lane.interval));

        if (lane.interval != interval) {
            uint24 version = tariffOf(interval);
            Tariff memory tariff = tariffs[version];
            lane = Lane({
                interval: interval,
                cleared: false,
                tariff: version,
                feedInPerKWh: tariff.feedInPerKWh,
                tickSizePerKWh: tariff.tickSizePerKWh
            });
            _lanes[LaneGuard.laneOf(interval)] = lane;
        }
        return IntervalMoney.Terms(UNIT, MARGIN, lane.feedInPerKWh, lane.tickSizePerKWh);
    }

    function _requirePlacement(address account, Placement memory placement) private view {
        (Side side, uint8 tick, uint8 chpTick) = (placement.side, placement.tick, placement.chpTick);
        bool fits = side == Side.Buyer ? tick | chpTick != 0 && chpTick < TickMath.TICKS : chpTick == 0;
        require(fits && tick < TickMath.TICKS, AuctionTicksInvalid(side, tick, chpTick));
        (address owner, uint32 maxPowerW, IMeterRegistry.MeterKind kind, uint8 market) =
            REGISTRY.meterOf(placement.meter);
        require(owner == account, AuctionNotMeterOwner(placement.meter, account));
        require(market == _MARKET, AuctionMeterInMarket(placement.meter, market));
        require(placement.energyUnits >= LEAST_ENERGY, AuctionEnergyBelowLeast(placement.energyUnits, LEAST_ENERGY));
        // What the meter's connection carries in an interval.
        uint256 most = IntervalMoney.mostUnits(maxPowerW, INTERVAL, UNIT);
        require(placement.energyUnits <= most, AuctionEnergyAboveMost(placement.energyUnits, most));
        if (side == Side.Buyer) return;
        bool sells = side == Side.ChpSeller
            ? kind == IMeterRegistry.MeterKind.Chp
            : kind == IMeterRegistry.MeterKind.Solar || kind == IMeterRegistry.MeterKind.Battery;
        require(sells, AuctionKindMismatch(placement.meter, kind));
    }

    /* INTERNAL: SETTLE */

    /// @dev Settle a meter's order of an earlier interval on the way to its next one.
    function _settleAlone(uint64 meter, uint256 word) private returns (bool settled) {
        Result memory result = _results[word.intervalOf()].resultOf();
        Grid memory grid = _grid;
        settled = _settle(meter, word, result, _termsOf(result.tariff), grid);
        if (settled) _grid = grid;
    }

    /// @dev The one way out of an order: nothing happens, and the answer is false, while it is not ready. The grid's
    /// money moves in memory, so that a batch writes it once.
    function _settle(
        uint64 meter,
        uint256 word,
        Result memory result,
        IntervalMoney.Terms memory terms,
        Grid memory grid
    ) private returns (bool) {
        Order memory order = word.orderOf();
        if (order.energyUnits == 0) return false;
        (bool ready, bool missing, uint256 metered) = _metered(meter, order, result.notedAfter);
        if (!ready) return false;
        IntervalMoney.Settlement memory end = IntervalMoney.settle(result, order, terms, metered, missing);
        (uint256 credited, uint256 owed) = _throughGrid(end, grid);

        _orders[meter][LaneGuard.laneOf(order.interval)] = word.closed();
        balanceOf[order.account] += credited;
        if (owed != 0) owedTo[order.account] += owed;
        emit Settled(
            order.interval,
            meter,
            order.account,
            end.solarUnits,
            end.chpUnits,
            end.meteredMilliWh,
            missing,
            end.trade,
            end.grid,
            credited,
            owed
        );
        return true;
    }

    /// @dev Whether the meter's energy is known or known to be missing: by the meter's own word, when it has told a later
    /// boundary than the interval's first; or by its silence, when that was noted and nobody has spoken since.
    function _metered(uint64 meter, Order memory order, uint256 notedAfter)
        private
        view
        returns (bool ready, bool missing, uint256 meteredMilliWh)
    {
        // Views of our own registry: none of them can fail for an order's meter, so none blocks a batch.
        // slither-disable-next-line calls-loop
        (bool found, uint112 imported, uint112 exported) = REGISTRY.delta(meter, order.interval);
        if (found) return (true, false, order.side == Side.Buyer ? imported : exported);
        // The last boundary alone is asked for.
        // slither-disable-next-line unused-return,calls-loop
        (, uint32 last,,) = REGISTRY.meters(meter);
        if (last > order.interval) return (true, true, 0);
        uint256 heard = (order.interval + notedAfter + _HEARING) * INTERVAL;
        return (notedAfter != 0 && block.timestamp >= heard, true, 0);
    }

    /* PURE */

    function _decode(bytes calldata data) private pure returns (Placement memory) {
        require(data.length == _PLACEMENT_BYTES, AuctionPlacementMalformed(data.length));
        return abi.decode(data, (Placement));
    }
}
