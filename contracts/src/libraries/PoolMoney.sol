// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICommitmentPool} from "../interfaces/ICommitmentPool.sol";

/// @title What a commitment to the pool sets aside, pays and receives.
/// @dev Pure, and the same as `node/core/commitment`. Energies and prices have 48 bits, so that a product of three of
/// them stays below 2^256, and nothing here can overflow. What a home pays rounds up, what it receives down.
library PoolMoney {
    uint256 private constant _MILLIWH_PER_KWH = 1e6;

    uint256 private constant _PERCENT = 100;

    /// @notice What one interval of a commitment sets aside, in base units: the worst that it can be charged.
    function collateralUp(ICommitmentPool.Side side, uint256 amountMilliWh, uint256 mostPerKWh, uint256 penaltyPercent)
        internal
        pure
        returns (uint256)
    {
        uint256 percent = side == ICommitmentPool.Side.Consumer ? _PERCENT : penaltyPercent;
        return _partsUp(amountMilliWh * percent, mostPerKWh);
    }

    /// @notice Settle one commitment of an interval whose sums are known; it agrees to the price.
    /// @param side What it was to do.
    /// @param amountMilliWh What it committed.
    /// @param didMilliWh What it did, at most that; 0 if it was silent.
    /// @param silent Whether it was.
    /// @param own The sums of its side, `didMilliWh` among them.
    /// @param other The sums of the other side.
    /// @param pricePerKWh The interval's price.
    /// @param penaltyPercent What is paid for what is missing.
    /// @return charged Base units that leave its collateral.
    /// @return received Base units from others.
    function settle(
        ICommitmentPool.Side side,
        uint256 amountMilliWh,
        uint256 didMilliWh,
        bool silent,
        ICommitmentPool.Sums memory own,
        ICommitmentPool.Sums memory other,
        uint256 pricePerKWh,
        uint256 penaltyPercent
    ) internal pure returns (uint256 charged, uint256 received) {
        bool consumes = side == ICommitmentPool.Side.Consumer;
        uint256 parts = 0;
        // Where nobody is on the other side nobody was harmed.
        if (other.delivered != 0) {
            parts = silent && consumes ? amountMilliWh * _PERCENT : (amountMilliWh - didMilliWh) * penaltyPercent;
        }
        if (didMilliWh != 0) {
            uint256 matched = own.delivered < other.delivered ? own.delivered : other.delivered;
            uint256 share = matched * didMilliWh;
            // Meant: energies are whole milliwatt-hours, rounded against whoever they are for.
            // slither-disable-start divide-before-multiply
            if (consumes) parts += (share + own.delivered - 1) / own.delivered * _PERCENT;
            else received = share / own.delivered * pricePerKWh / _MILLIWH_PER_KWH;
            // slither-disable-end divide-before-multiply
            received += _potDown(other, pricePerKWh, penaltyPercent) * didMilliWh / own.delivered;
        }
        charged = _partsUp(parts, pricePerKWh);
    }

    /// @dev What a side's shortfalls come to, for those of the other that have done something. Producers have no sum of
    /// the silent: theirs is a shortfall like any other.
    function _potDown(ICommitmentPool.Sums memory short, uint256 pricePerKWh, uint256 penaltyPercent)
        private
        pure
        returns (uint256)
    {
        uint256 missing = uint256(short.committed) - short.delivered - short.silent;
        uint256 parts = missing * penaltyPercent + uint256(short.silent) * _PERCENT;
        return parts * pricePerKWh / (_MILLIWH_PER_KWH * _PERCENT);
    }

    /// @dev What hundredths of milliwatt-hours cost, rounded up.
    function _partsUp(uint256 parts, uint256 pricePerKWh) private pure returns (uint256) {
        uint256 scale = _MILLIWH_PER_KWH * _PERCENT;
        return (parts * pricePerKWh + scale - 1) / scale;
    }
}
