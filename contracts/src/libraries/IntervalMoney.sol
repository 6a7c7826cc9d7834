// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IIntervalAuction} from "../interfaces/IIntervalAuction.sol";
import {TickMath} from "./TickMath.sol";

/// @title What an order of the interval auction trades, deposits, earns and owes.
/// @dev Pure. Energy in units of `Terms.unitMilliWh`, or in milliwatt-hours where the name says so; prices in base units
/// per kilowatt-hour. The factors' widths: units 32 bits, the unit 32, a price 64, a fraction 33, and there are two of
/// those at most: 194 bits and a sum of two, so products stay below 2^256.
// Money here is a product of at most 130 bits over a million: far from the sign bit.
// forge-lint: disable-next-item(unsafe-typecast)
library IntervalMoney {
    using TickMath for TickMath.Step;

    /// @notice What an interval's money depends on.
    struct Terms {
        uint256 unitMilliWh;
        uint256 marginPercent;
        uint256 feedIn;
        uint256 tickSize;
    }

    /// @notice One order's end. Trade and grid as the home receives them; negative, it pays.
    struct Settlement {
        uint256 solarUnits;
        uint256 chpUnits;
        uint256 meteredMilliWh;
        uint256 deposit;
        int256 trade;
        int256 grid;
    }

    uint256 private constant _MILLIWH_PER_KWH = 1e6;

    uint256 private constant _PERCENT = 100;

    /// @dev Milliwatt-hours that one watt makes in an hour, and an hour's seconds.
    uint256 private constant _MILLIWH_PER_WH = 1000;
    uint256 private constant _HOUR = 3600;

    /// @dev The parts of a unit that a buyer's exact share is told in: two fractions.
    uint256 private constant _FINEST = TickMath.WHOLE * TickMath.WHOLE;

    /// @notice The worst that an order can owe, rounded up: a buyer's energy and margin at retail; for a seller retail
    /// less feed-in, because feed-in is the least that its sale brings.
    function depositUp(Terms memory terms, IIntervalAuction.Side side, uint256 energyUnits)
        internal
        pure
        returns (uint256)
    {
        unchecked {
            uint256 energy = energyUnits * terms.unitMilliWh;
            if (side != IIntervalAuction.Side.Buyer) return _costUp(energy, retail(terms) - terms.feedIn);
            uint256 scale = _MILLIWH_PER_KWH * _PERCENT;
            return _divUp(energy * retail(terms) * (_PERCENT + terms.marginPercent), scale);
        }
    }

    /// @notice The most units of an order: what a meter's maximum power carries in an interval, rounded down.
    function mostUnits(uint256 maxPowerW, uint256 intervalSeconds, uint256 unitMilliWh)
        internal
        pure
        returns (uint256)
    {
        // Two factors of 32 bits and one of 10.
        unchecked {
            return maxPowerW * intervalSeconds * _MILLIWH_PER_WH / _HOUR / unitMilliWh;
        }
    }

    /// @notice What the grid sells at: the ladder's top.
    function retail(Terms memory terms) internal pure returns (uint256) {
        return _price(terms, TickMath.TICKS - 1);
    }

    /// @notice What the grid pays a buyer for what it bought and did not draw: feed-in less a tick, so that ordering
    /// more than one needs costs something at every price but the lowest.
    function undrawn(Terms memory terms) internal pure returns (uint256) {
        return terms.feedIn > terms.tickSize ? terms.feedIn - terms.tickSize : 0;
    }

    /// @notice How both kinds cleared.
    function stepsOf(IIntervalAuction.Result memory result)
        internal
        pure
        returns (TickMath.Step memory solar, TickMath.Step memory chp)
    {
        solar.priceTick = result.solarPriceTick;
        solar.marginalTick = result.solarMarginalTick;
        solar.sellerFraction = result.solarSellerFraction;
        solar.buyerFraction = result.solarBuyerFraction;
        chp.priceTick = result.chpPriceTick;
        chp.marginalTick = result.chpMarginalTick;
        chp.sellerFraction = result.chpSellerFraction;
        chp.buyerFraction = result.chpBuyerFraction;
    }

    /// @notice What an order trades of each kind; every division rounds down, so no sum exceeds a volume.
    function fills(IIntervalAuction.Result memory result, IIntervalAuction.Order memory order)
        internal
        pure
        returns (uint256 solarUnits, uint256 chpUnits)
    {
        (TickMath.Step memory solar, TickMath.Step memory chp) = stepsOf(result);
        uint256 energy = order.energyUnits;
        if (order.side == IIntervalAuction.Side.SolarSeller) return (solar.sold(order.tick, energy), 0);
        if (order.side == IIntervalAuction.Side.ChpSeller) return (0, chp.sold(order.tick, energy));
        // What the first kind leaves is floored by itself: energy less fill would overfill the second kind.
        if (result.chpFirst) {
            chpUnits = chp.bought(order.chpTick, energy);
            solarUnits = solar.bought(order.tick, TickMath.partDown(energy, chp.leftFraction(order.chpTick)));
        } else {
            solarUnits = solar.bought(order.tick, energy);
            chpUnits = chp.bought(order.chpTick, TickMath.partDown(energy, solar.leftFraction(order.tick)));
        }
    }

    /// @notice Settle an order against its meter's energy: import for a buyer, export for a seller.
    /// @param missing The reading will never come: a buyer pays all that is left of its deposit, a seller has delivered
    /// nothing, so nobody is better off without a reading.
    function settle(
        IIntervalAuction.Result memory result,
        IIntervalAuction.Order memory order,
        Terms memory terms,
        uint256 meteredMilliWh,
        bool missing
    ) internal pure returns (Settlement memory end) {
        (end.solarUnits, end.chpUnits) = fills(result, order);
        end.deposit = depositUp(terms, order.side, order.energyUnits);
        end.meteredMilliWh = missing ? 0 : meteredMilliWh;
        if (order.side == IIntervalAuction.Side.Buyer) _settleBuyer(end, result, order, terms, missing);
        else _settleSeller(end, result, order, terms);
    }

    function _settleBuyer(
        Settlement memory end,
        IIntervalAuction.Result memory result,
        IIntervalAuction.Order memory order,
        Terms memory terms,
        bool missing
    ) private pure {
        uint256 scale = _FINEST * _MILLIWH_PER_KWH;
        uint256 share = _shareValue(result, order, terms);
        uint256 cost = _divUp(share, scale);
        uint256 between = (share - _value(end, result, terms) * _FINEST) / scale;
        uint256 fillMilliWh = (end.solarUnits + end.chpUnits) * terms.unitMilliWh;
        uint256 left = end.deposit - cost;
        // Costs and proceeds are far below 2^255.
        end.trade = -int256(cost);
        if (missing || end.meteredMilliWh > fillMilliWh) {
            // Its deposit is all that an order can lose; the grid's rest is between it and the home.
            uint256 pays = missing ? left : _least(_costUp(end.meteredMilliWh - fillMilliWh, retail(terms)), left);
            end.grid = int256(between) - int256(pays);
        } else {
            end.grid = int256(between + _proceedsDown(fillMilliWh - end.meteredMilliWh, undrawn(terms)));
        }
    }

    function _settleSeller(
        Settlement memory end,
        IIntervalAuction.Result memory result,
        IIntervalAuction.Order memory order,
        Terms memory terms
    ) private pure {
        uint256 energyMilliWh = order.energyUnits * terms.unitMilliWh;
        // Its exact part of the volume, rounded down to a milliwatt-hour and not to a unit.
        uint256 fillMilliWh = _soldMilliWh(result, order, energyMilliWh);
        bool isChp = order.side == IIntervalAuction.Side.ChpSeller;
        uint256 price = _price(terms, isChp ? result.chpPriceTick : result.solarPriceTick);
        uint256 proceeds = _proceedsDown(fillMilliWh, price);
        // A meter that lies is paid for twice the order at most.
        uint256 counted = _least(end.meteredMilliWh, 2 * energyMilliWh);
        end.trade = int256(proceeds);
        if (counted < fillMilliWh) {
            // Proceeds round down: the worst case may be a base unit more than both together.
            end.grid = -int256(_least(_costUp(fillMilliWh - counted, retail(terms)), end.deposit + proceeds));
        } else {
            end.grid = int256(_proceedsDown(counted - fillMilliWh, terms.feedIn));
        }
    }

    function _soldMilliWh(
        IIntervalAuction.Result memory result,
        IIntervalAuction.Order memory order,
        uint256 energyMilliWh
    ) private pure returns (uint256) {
        (TickMath.Step memory solar, TickMath.Step memory chp) = stepsOf(result);
        return (order.side == IIntervalAuction.Side.ChpSeller ? chp : solar).sold(order.tick, energyMilliWh);
    }

    /// @dev The fills at their prices, in base units times 10^6.
    function _value(Settlement memory end, IIntervalAuction.Result memory result, Terms memory terms)
        private
        pure
        returns (uint256)
    {
        unchecked {
            return (end.solarUnits
                    * _price(terms, result.solarPriceTick)
                    + end.chpUnits
                    * _price(terms, result.chpPriceTick)) * terms.unitMilliWh;
        }
    }

    /// @dev A buyer's exact part of each volume, rounded up, at its price, in base units times 10^6 and `_FINEST`.
    /// These add up to the volumes' worth at least, so sellers are always covered.
    function _shareValue(IIntervalAuction.Result memory result, IIntervalAuction.Order memory order, Terms memory terms)
        private
        pure
        returns (uint256)
    {
        (TickMath.Step memory solar, TickMath.Step memory chp) = stepsOf(result);
        uint256 solarShare = solar.boughtFractionUp(order.tick);
        uint256 chpShare = chp.boughtFractionUp(order.chpTick);
        unchecked {
            solarShare *= result.chpFirst ? chp.leftFraction(order.chpTick) : TickMath.WHOLE;
            chpShare *= result.chpFirst ? TickMath.WHOLE : solar.leftFraction(order.tick);
            return (solarShare * _price(terms, result.solarPriceTick) + chpShare * _price(terms, result.chpPriceTick))
                * order.energyUnits * terms.unitMilliWh;
        }
    }

    function _price(Terms memory terms, uint256 tick) private pure returns (uint256) {
        unchecked {
            return terms.feedIn + tick * terms.tickSize;
        }
    }

    function _costUp(uint256 energyMilliWh, uint256 price) private pure returns (uint256) {
        unchecked {
            return _divUp(energyMilliWh * price, _MILLIWH_PER_KWH);
        }
    }

    function _proceedsDown(uint256 energyMilliWh, uint256 price) private pure returns (uint256) {
        unchecked {
            return energyMilliWh * price / _MILLIWH_PER_KWH;
        }
    }

    /// @dev For products of the widths above.
    function _divUp(uint256 value, uint256 divisor) private pure returns (uint256) {
        unchecked {
            return (value + divisor - 1) / divisor;
        }
    }

    function _least(uint256 one, uint256 other) private pure returns (uint256) {
        return one < other ? one : other;
    }
}
