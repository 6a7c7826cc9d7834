// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IRoundFeed} from "../../src/interfaces/IRoundFeed.sol";

/// @title A feed that is not ours, and says whatever it is told to.
contract AnyFeed is IRoundFeed {
    uint8 public immutable decimals;

    uint80 private _round;
    int256 private _answer;
    uint256 private _updatedAt;
    uint80 private _answeredIn;

    constructor(uint8 decimals_) {
        decimals = decimals_;
    }

    function say(uint80 round, int256 answer, uint256 updatedAt, uint80 answeredIn) external {
        (_round, _answer, _updatedAt, _answeredIn) = (round, answer, updatedAt, answeredIn);
    }

    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        return (_round, _answer, _updatedAt, _updatedAt, _answeredIn);
    }
}
