// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IIntervalAuction} from "./IIntervalAuction.sol";

/// @title What can be worked out from an interval auction's state, for whoever wants to read it.
/// @notice Reads alone: no money, no roles, no state. Energy in the auction's units, money in base units.
interface IAuctionLens {
    /* ERRORS */

    /// @notice The auction's address has no code.
    error LensAuctionWithoutCode(address auction);

    /// @notice A tick above 63, or a side that has no such sums.
    error LensTickInvalid(uint8 tick);

    /* CONSTANTS */

    /// @notice The auction that is read. Never changes.
    function AUCTION() external view returns (IIntervalAuction);

    /* VIEWS */

    /// @notice What a meter's order trades in a cleared interval, in units, until it is settled.
    /// @param meter The meter.
    /// @param interval The interval.
    function fillsOf(uint64 meter, uint32 interval) external view returns (uint256 solarUnits, uint256 chpUnits);

    /// @notice What buyers want in an interval at a pair of limits, in units; 0 once the lane is another's.
    /// @param interval The interval.
    /// @param solarTick The limit for solar.
    /// @param chpTick The limit for CHP.
    function wantedAt(uint32 interval, uint8 solarTick, uint8 chpTick) external view returns (uint256);

    /// @notice What sellers offer in an interval at a limit, in units; 0 once the lane is another's, and for buyers.
    /// @param interval The interval.
    /// @param side Which sellers.
    /// @param tick The limit.
    function offeredAt(uint32 interval, IIntervalAuction.Side side, uint8 tick) external view returns (uint256);

    /// @notice What an order must deposit under a tariff, in base units, rounded up.
    /// @param version The tariff's version.
    /// @param side Who it is from.
    /// @param energyUnits Its energy.
    function depositUp(uint24 version, IIntervalAuction.Side side, uint32 energyUnits) external view returns (uint256);

    /// @notice The most that a meter can order in an interval, in units: what its maximum power carries. Below the
    /// auction's `LEAST_ENERGY` the meter cannot trade.
    /// @param meter The meter.
    function mostUnitsOf(uint64 meter) external view returns (uint256);
}
