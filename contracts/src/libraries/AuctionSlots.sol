// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IIntervalAuction} from "../interfaces/IIntervalAuction.sol";

/// @title An order and a result, each in one word.
/// @dev By hand, because a struct is moved between storage and memory member by member, and every order and settlement
/// would pay for that. From the lowest bits: an order is account 160, interval 32, energy 32, side 8, tick 8, CHP tick 8;
/// a result is flags 8 and 8, tariff 24, then for each kind price tick 8, marginal tick 8, fractions 40 and
/// 40; then the note of silence 24.
// Cutting a word into its fields is what this library is for.
// forge-lint: disable-next-item(unsafe-typecast)
library AuctionSlots {
    uint256 private constant _INTERVAL_SHIFT = 160;
    uint256 private constant _ENERGY_SHIFT = 192;
    uint256 private constant _SIDE_SHIFT = 224;
    uint256 private constant _TICK_SHIFT = 232;
    uint256 private constant _CHP_TICK_SHIFT = 240;

    uint256 private constant _CHP_FIRST_SHIFT = 8;
    uint256 private constant _TARIFF_SHIFT = 16;
    uint256 private constant _SOLAR_SHIFT = 40;
    uint256 private constant _CHP_SHIFT = 136;
    uint256 private constant _NOTED_SHIFT = 232;

    /// @dev Within a kind's 96 bits.
    uint256 private constant _MARGINAL_SHIFT = 8;
    uint256 private constant _SELLERS_SHIFT = 16;
    uint256 private constant _BUYERS_SHIFT = 56;

    /* ORDERS */

    /// @notice An order's word.
    function pack(IIntervalAuction.Order memory order) internal pure returns (uint256) {
        return uint256(uint160(order.account)) | (uint256(order.interval) << _INTERVAL_SHIFT)
            | (uint256(order.energyUnits) << _ENERGY_SHIFT) | (uint256(order.side) << _SIDE_SHIFT)
            | (uint256(order.tick) << _TICK_SHIFT) | (uint256(order.chpTick) << _CHP_TICK_SHIFT);
    }

    /// @notice A word's order.
    function orderOf(uint256 word) internal pure returns (IIntervalAuction.Order memory order) {
        order.account = address(uint160(word));
        order.interval = uint32(word >> _INTERVAL_SHIFT);
        order.energyUnits = uint32(word >> _ENERGY_SHIFT);
        order.side = IIntervalAuction.Side(uint8(word >> _SIDE_SHIFT));
        order.tick = uint8(word >> _TICK_SHIFT);
        order.chpTick = uint8(word >> _CHP_TICK_SHIFT);
    }

    /// @notice The interval of a word's order.
    function intervalOf(uint256 word) internal pure returns (uint32) {
        return uint32(word >> _INTERVAL_SHIFT);
    }

    /// @notice The word of the same order without energy: settled or cancelled, and the slot stays used.
    function closed(uint256 word) internal pure returns (uint256) {
        return word & ~(uint256(type(uint32).max) << _ENERGY_SHIFT);
    }

    /* RESULTS */

    /// @notice A result's word.
    function pack(IIntervalAuction.Result memory result) internal pure returns (uint256) {
        uint256 solar = _packKind(
            result.solarPriceTick, result.solarMarginalTick, result.solarSellerFraction, result.solarBuyerFraction
        );
        uint256 chp =
            _packKind(result.chpPriceTick, result.chpMarginalTick, result.chpSellerFraction, result.chpBuyerFraction);
        uint256 cleared = result.cleared ? 1 : 0;
        uint256 chpFirst = result.chpFirst ? 1 : 0;
        return cleared | (chpFirst << _CHP_FIRST_SHIFT) | (uint256(result.tariff) << _TARIFF_SHIFT)
            | (solar << _SOLAR_SHIFT) | (chp << _CHP_SHIFT) | (uint256(result.notedAfter) << _NOTED_SHIFT);
    }

    /// @notice The word of the same result with its note of silence, which it does not have yet.
    /// @dev At most 24 bits of intervals: with the shortest that the auction takes, more than four years.
    function noted(uint256 word, uint256 notedAfter) internal pure returns (uint256) {
        return word | (Math.min(notedAfter, type(uint24).max) << _NOTED_SHIFT);
    }

    /// @notice A word's note of silence.
    function notedAfterOf(uint256 word) internal pure returns (uint256) {
        return word >> _NOTED_SHIFT;
    }

    /// @notice A word's result.
    function resultOf(uint256 word) internal pure returns (IIntervalAuction.Result memory result) {
        result.cleared = word & 1 != 0;
        result.chpFirst = (word >> _CHP_FIRST_SHIFT) & 1 != 0;
        result.tariff = uint24(word >> _TARIFF_SHIFT);
        result.notedAfter = uint24(word >> _NOTED_SHIFT);
        (result.solarPriceTick, result.solarMarginalTick, result.solarSellerFraction, result.solarBuyerFraction) =
            _kindOf(word >> _SOLAR_SHIFT);
        (result.chpPriceTick, result.chpMarginalTick, result.chpSellerFraction, result.chpBuyerFraction) =
            _kindOf(word >> _CHP_SHIFT);
    }

    function _packKind(uint256 price, uint256 marginal, uint256 sellers, uint256 buyers)
        private
        pure
        returns (uint256)
    {
        return price | (marginal << _MARGINAL_SHIFT) | (sellers << _SELLERS_SHIFT) | (buyers << _BUYERS_SHIFT);
    }

    function _kindOf(uint256 bits) private pure returns (uint8 price, uint8 marginal, uint40 sellers, uint40 buyers) {
        return
            (uint8(bits), uint8(bits >> _MARGINAL_SHIFT), uint40(bits >> _SELLERS_SHIFT), uint40(bits >> _BUYERS_SHIFT));
    }
}
