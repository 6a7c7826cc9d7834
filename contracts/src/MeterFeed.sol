// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMeterRegistry} from "./interfaces/IMeterRegistry.sol";
import {IRoundFeed} from "./interfaces/IRoundFeed.sol";

/// @title MeterFeed, one register of one meter as a feed without arguments.
/// @notice For contracts that know only Chainlink's shape. `answer / 10^decimals` is in kilowatt-hours. No powers, no
/// storage; anybody may deploy one for any meter that exists.
/// @dev Invariant: it answers what the registry answers.
contract MeterFeed is IRoundFeed {
    /// @notice Where the readings are.
    IMeterRegistry public immutable REGISTRY;

    /// @notice The meter.
    uint256 public immutable ID;

    /// @notice Its register.
    IMeterRegistry.Register public immutable REGISTER;

    /// @param registry Where the readings are.
    /// @param id The meter; must exist.
    /// @param register Its register.
    constructor(IMeterRegistry registry, uint256 id, IMeterRegistry.Register register) {
        REGISTRY = registry;
        ID = id;
        REGISTER = register;
        // Reverts for a meter that does not exist: a feed that can never answer is not worth deploying.
        // slither-disable-next-line unused-return
        registry.latestRoundData(id, register);
    }

    /// @inheritdoc IRoundFeed
    function decimals() external view returns (uint8) {
        return REGISTRY.decimals();
    }

    /// @inheritdoc IRoundFeed
    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        return REGISTRY.latestRoundData(ID, REGISTER);
    }
}
