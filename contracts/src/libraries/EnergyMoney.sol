// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title What an energy costs, and which way it is rounded.
/// @dev Energy is in milliwatt-hours, a price in token base units per kilowatt-hour, money in token base units. What a
/// home pays rounds up and what it receives rounds down, so no sum of payments exceeds what came in.
library EnergyMoney {
    /// @dev Milliwatt-hours in the kilowatt-hour that a price is quoted for.
    uint256 internal constant MILLIWH_PER_KWH = 1e6;

    /// @notice What a home pays or deposits for an energy, in base units, rounded up.
    function costUp(uint64 energyMilliWh, uint64 pricePerKWh) internal pure returns (uint256) {
        // Two factors of 64 bits and a million are far below 2^256.
        unchecked {
            return (uint256(energyMilliWh) * pricePerKWh + MILLIWH_PER_KWH - 1) / MILLIWH_PER_KWH;
        }
    }

    /// @notice What a home receives for an energy, in base units, rounded down.
    function proceedsDown(uint64 energyMilliWh, uint64 pricePerKWh) internal pure returns (uint256) {
        // Two factors of 64 bits are far below 2^256.
        unchecked {
            return uint256(energyMilliWh) * pricePerKWh / MILLIWH_PER_KWH;
        }
    }
}
