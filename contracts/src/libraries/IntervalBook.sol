// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IIntervalAuction} from "../interfaces/IIntervalAuction.sol";
import {BidBook} from "./BidBook.sol";
import {TickMath} from "./TickMath.sol";

/// @title The sums of one interval's orders, and how they clear.
/// @dev Only sums are kept, so clearing costs the same for ten orders or ten thousand: at most 512 words of buyers, three
/// of bits, eight of each kind's sellers, and two walks of 64 ticks.
library IntervalBook {
    using BidBook for BidBook.Lane;
    using BidBook for BidBook.Book;
    using TickMath for uint256;

    /// @notice One lane's sums in storage; eight words of solar sellers, then eight of CHP sellers.
    struct Lane {
        BidBook.Lane bids;
        uint256[16] offers;
    }

    /// @notice What clearing tells beside its result, in units.
    struct Volumes {
        uint256 solar;
        uint256 chp;
        uint256 unsold;
        uint256 unserved;
    }

    /// @dev Where the words of bits begin: behind the 512 of buyers.
    uint256 private constant _TOUCHED_AT = 512;

    /// @dev Where sellers' words begin: behind the 512 and 3 of `BidBook`.
    uint256 private constant _OFFERS_AT = 515;

    /// @dev Words of a lane: 512 and 3 of `BidBook`, and two kinds of 8.
    uint256 private constant _LANE_WORDS = 531;

    /* CHANGE */

    /// @notice Add an order to its sums.
    function add(Lane storage lane, IIntervalAuction.Order memory order) internal {
        if (order.side == IIntervalAuction.Side.Buyer) {
            lane.bids.add(order.interval, order.tick, order.chpTick, order.energyUnits);
        } else {
            uint256 index = _offerOf(order.side, order.tick);
            lane.offers[index] =
                lane.offers[index].owned(order.interval).plus(order.tick % TickMath.CELLS, order.energyUnits);
        }
    }

    /// @notice Take an order, which is there, out of its sums again.
    function remove(Lane storage lane, IIntervalAuction.Order memory order) internal {
        if (order.side == IIntervalAuction.Side.Buyer) {
            lane.bids.remove(order.tick, order.chpTick, order.energyUnits);
        } else {
            uint256 index = _offerOf(order.side, order.tick);
            lane.offers[index] = lane.offers[index].minus(order.tick % TickMath.CELLS, order.energyUnits);
        }
    }

    /* READ */

    /// @notice One word as it stands: 512 of buyers, three of bits, eight of solar sellers, eight of CHP sellers; those
    /// of a number that is none of these are 0.
    function wordAt(Lane storage lane, uint256 index) internal view returns (uint256) {
        if (index < _TOUCHED_AT) return lane.bids.words[index];
        if (index < _OFFERS_AT) return lane.bids.touched[index - _TOUCHED_AT];
        return index < _LANE_WORDS ? lane.offers[index - _OFFERS_AT] : 0;
    }

    /// @notice Which of a lane's words holds sellers' sums at a tick.
    function wordOf(IIntervalAuction.Side side, uint256 tick) internal pure returns (uint256) {
        return _OFFERS_AT + _offerOf(side, tick);
    }

    /* CLEAR */

    /// @notice Clear the kind that more buyers prefer (solar on a tie), then the other one with what is left.
    function clear(Lane storage lane, uint32 interval)
        internal
        view
        returns (IIntervalAuction.Result memory result, Volumes memory volumes)
    {
        BidBook.Book memory book = lane.bids.load(interval);
        uint256[8] memory solarOffers = _supply(lane, 0, interval);
        uint256[8] memory chpOffers = _supply(lane, TickMath.WORDS, interval);
        result.cleared = true;
        result.chpFirst = book.preferChp > book.preferSolar;
        TickMath.Step memory solar;
        TickMath.Step memory chp;
        uint256 wanted;
        if (result.chpFirst) {
            (chp, wanted) = _clearRows(book, chpOffers, TickMath.TICKS, 0);
            (solar,) = _clearColumns(book, solarOffers, chp.marginalTick, TickMath.WHOLE - chp.buyerFraction);
        } else {
            (solar, wanted) = _clearColumns(book, solarOffers, TickMath.TICKS, 0);
            (chp,) = _clearRows(book, chpOffers, solar.marginalTick, TickMath.WHOLE - solar.buyerFraction);
        }
        _keep(result, solar, chp);
        (volumes.solar, volumes.chp) = (solar.volume, chp.volume);
        volumes.unsold = TickMath.total(solarOffers) + TickMath.total(chpOffers) - solar.volume - chp.volume;
        volumes.unserved = wanted - solar.volume - chp.volume;
    }

    function _supply(Lane storage lane, uint256 first, uint32 interval) private view returns (uint256[8] memory words) {
        for (uint256 i = 0; i < TickMath.WORDS; ++i) {
            words[i] = lane.offers[first + i].owned(interval);
        }
    }

    function _clearColumns(BidBook.Book memory book, uint256[8] memory offers, uint256 marginalRow, uint256 fraction)
        private
        pure
        returns (TickMath.Step memory step, uint256 wanted)
    {
        uint256[64] memory demand = book.columnSums(marginalRow, fraction);
        return (TickMath.walk(offers, demand), _sum(demand));
    }

    /// @dev Where nobody wishes CHP there is nothing to walk.
    function _clearRows(BidBook.Book memory book, uint256[8] memory offers, uint256 marginalColumn, uint256 fraction)
        private
        pure
        returns (TickMath.Step memory step, uint256 wanted)
    {
        if (!book.wishesChp()) {
            step.marginalTick = TickMath.TICKS;
            return (step, 0);
        }
        uint256[64] memory demand = book.rowSums(marginalColumn, fraction);
        return (TickMath.walk(offers, demand), _sum(demand));
    }

    function _sum(uint256[64] memory sums) private pure returns (uint256 sum) {
        // Sums of 64 sums of 64 cells of 28 bits.
        unchecked {
            for (uint256 i = 0; i < TickMath.TICKS; ++i) {
                sum += sums[i];
            }
        }
    }

    /// @dev Ticks are at most 64 and fractions at most 2^32.
    function _keep(IIntervalAuction.Result memory result, TickMath.Step memory solar, TickMath.Step memory chp)
        private
        pure
    {
        result.solarPriceTick = uint8(solar.priceTick);
        result.solarMarginalTick = uint8(solar.marginalTick);
        result.solarSellerFraction = uint40(solar.sellerFraction);
        result.solarBuyerFraction = uint40(solar.buyerFraction);
        result.chpPriceTick = uint8(chp.priceTick);
        result.chpMarginalTick = uint8(chp.marginalTick);
        result.chpSellerFraction = uint40(chp.sellerFraction);
        result.chpBuyerFraction = uint40(chp.buyerFraction);
    }

    /// @dev Which of the sellers' words holds a tick.
    function _offerOf(IIntervalAuction.Side side, uint256 tick) private pure returns (uint256) {
        return (side == IIntervalAuction.Side.ChpSeller ? TickMath.WORDS : 0) + tick / TickMath.CELLS;
    }
}
