// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Two lanes of storage that take turns, and the guard that keeps the next user out until the last has finished.
/// @dev Slots are reused and never cleared: a tag says whose they are. Without this guard the next tag would overwrite
/// sums that nobody has cleared yet, and destroy money.
library LaneGuard {
    uint256 internal constant LANES = 2;

    /// @notice Which lane a use belongs to.
    function laneOf(uint32 use) internal pure returns (uint256) {
        return use % LANES;
    }

    /// @notice Whether a lane can be used: it was never, or by the same, or its last user has finished.
    function isFree(uint32 held, bool finished, uint32 wanted) internal pure returns (bool) {
        return finished || held == wanted || held == 0;
    }
}
