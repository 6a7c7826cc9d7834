// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The part of Chainlink's aggregator shape that a consumer of one number calls.
/// @notice `answer / 10^decimals` is the number in the unit that the implementation names. Both times are the time of
/// the number itself, in seconds since 1970, never the time of the block that carried it: a late report looks old.
interface IRoundFeed {
    /// @notice How many decimals `answer` has.
    function decimals() external view returns (uint8);

    /// @notice The newest number. Reverts when there is none, so that zero is never mistaken for one.
    /// @return roundId Rises with every number.
    /// @return answer The number.
    /// @return startedAt When it became true.
    /// @return updatedAt The same time.
    /// @return answeredInRound The same round: nothing is carried over from an earlier one.
    function latestRoundData()
        external
        view
        returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound);
}
