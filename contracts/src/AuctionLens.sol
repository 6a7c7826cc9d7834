// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAuctionLens} from "./interfaces/IAuctionLens.sol";
import {IIntervalAuction} from "./interfaces/IIntervalAuction.sol";
import {IMeterRegistry} from "./interfaces/IMeterRegistry.sol";
import {BidBook} from "./libraries/BidBook.sol";
import {IntervalBook} from "./libraries/IntervalBook.sol";
import {IntervalMoney} from "./libraries/IntervalMoney.sol";
import {TickMath} from "./libraries/TickMath.sol";

/// @title AuctionLens, a reader of an interval auction.
/// @dev The auction has no room for these; they are worked out by its own libraries from what it tells.
contract AuctionLens is IAuctionLens {
    using IntervalMoney for IntervalMoney.Terms;
    using TickMath for uint256;

    /* CONSTANTS AND IMMUTABLES */

    /// @inheritdoc IAuctionLens
    IIntervalAuction public immutable AUCTION;

    /* CONSTRUCTOR */

    /// @param auction The auction to read.
    constructor(IIntervalAuction auction) {
        require(address(auction).code.length != 0, LensAuctionWithoutCode(address(auction)));

        AUCTION = auction;
    }

    /* VIEWS */

    /// @inheritdoc IAuctionLens
    function fillsOf(uint64 meter, uint32 interval) external view returns (uint256 solarUnits, uint256 chpUnits) {
        IIntervalAuction.Result memory result = AUCTION.resultOf(interval);
        if (result.cleared) return IntervalMoney.fills(result, AUCTION.orderAt(meter, interval));
    }

    /// @inheritdoc IAuctionLens
    function wantedAt(uint32 interval, uint8 solarTick, uint8 chpTick) external view returns (uint256) {
        _requireTick(solarTick);
        _requireTick(chpTick);
        return _cell(interval, BidBook.wordOf(solarTick, chpTick), solarTick);
    }

    /// @inheritdoc IAuctionLens
    function offeredAt(uint32 interval, IIntervalAuction.Side side, uint8 tick) external view returns (uint256) {
        _requireTick(tick);
        if (side == IIntervalAuction.Side.Buyer) return 0;
        return _cell(interval, IntervalBook.wordOf(side, tick), tick);
    }

    /// @inheritdoc IAuctionLens
    function depositUp(uint24 version, IIntervalAuction.Side side, uint32 energyUnits) external view returns (uint256) {
        // When it begins is not asked for.
        // slither-disable-next-line unused-return
        (, uint64 feedIn, uint64 tickSize) = AUCTION.tariffs(version);
        return IntervalMoney.Terms(AUCTION.UNIT(), AUCTION.MARGIN(), feedIn, tickSize).depositUp(side, energyUnits);
    }

    /// @inheritdoc IAuctionLens
    function mostUnitsOf(uint64 meter) external view returns (uint256) {
        IMeterRegistry registry = AUCTION.REGISTRY();
        // The maximum power alone is asked for.
        // slither-disable-next-line unused-return
        (, uint32 maxPowerW,,) = registry.meterOf(meter);
        return IntervalMoney.mostUnits(maxPowerW, AUCTION.INTERVAL(), AUCTION.UNIT());
    }

    /* INTERNAL */

    function _cell(uint32 interval, uint256 index, uint256 tick) private view returns (uint256) {
        return AUCTION.wordAt(interval, index).owned(interval).cellOf(tick % TickMath.CELLS);
    }

    /* PURE */

    function _requireTick(uint8 tick) private pure {
        require(tick < TickMath.TICKS, LensTickInvalid(tick));
    }
}
