// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICommitmentPool} from "../interfaces/ICommitmentPool.sol";

/// @title A commitment, an interval and what a meter did, in words.
/// @dev By hand, as in `AuctionSlots`. From the lowest bits: a commitment is first 32, amount 48, least price 48, most
/// price 48, what it did in its first interval 48, recorded 8, claimed 8, length 8, side 1. What it did in the others
/// is five to a word. An interval is two words: its sums are interval 32, committed and delivered 48 each of consumers
/// and then of producers, commitments 16, recorded 16; its terms are price 48, silent 48, claimed 16, noted 24,
/// and a bit that keeps the slot used.
// Cutting a word into its fields is what this library is for.
// forge-lint: disable-next-item(unsafe-typecast)
library PoolSlots {
    /// @dev What a meter did, where it was silent: no commitment is as large.
    uint48 internal constant SILENT = type(uint48).max;

    /// @dev Later intervals' energies in a word.
    uint256 internal constant IN_A_WORD = 5;

    uint256 private constant _ENERGY_BITS = 48;
    uint256 private constant _BIT = 1;

    uint256 private constant _AMOUNT_SHIFT = 32;
    uint256 private constant _LEAST_SHIFT = 80;
    uint256 private constant _MOST_SHIFT = 128;
    uint256 private constant _DID_SHIFT = 176;
    uint256 private constant _RECORDED_SHIFT = 224;
    uint256 private constant _CLAIMED_SHIFT = 232;
    uint256 private constant _LENGTH_SHIFT = 240;
    uint256 private constant _SIDE_SHIFT = 248;

    uint256 private constant _CONSUMERS_SHIFT = 32;
    uint256 private constant _PRODUCERS_SHIFT = 128;
    uint256 private constant _COMMITTED_SHIFT = 224;
    uint256 private constant _COUNT_SHIFT = 240;

    uint256 private constant _SILENT_SHIFT = 48;
    uint256 private constant _CLAIMS_SHIFT = 96;
    uint256 private constant _NOTED_SHIFT = 112;
    uint256 private constant _USED = 1 << 255;

    /* COMMITMENTS */

    /// @notice A commitment's word.
    function pack(ICommitmentPool.Commitment memory one) internal pure returns (uint256) {
        return uint256(one.first) | (uint256(one.amountMilliWh) << _AMOUNT_SHIFT)
            | (uint256(one.leastPerKWh) << _LEAST_SHIFT) | (uint256(one.mostPerKWh) << _MOST_SHIFT)
            | (uint256(one.recorded) << _RECORDED_SHIFT) | (uint256(one.claimed) << _CLAIMED_SHIFT)
            | (uint256(one.length) << _LENGTH_SHIFT) | (uint256(one.side) << _SIDE_SHIFT);
    }

    /// @notice A word's commitment.
    function commitmentOf(uint256 word) internal pure returns (ICommitmentPool.Commitment memory one) {
        one.first = uint32(word);
        one.amountMilliWh = uint48(word >> _AMOUNT_SHIFT);
        one.leastPerKWh = uint48(word >> _LEAST_SHIFT);
        one.mostPerKWh = uint48(word >> _MOST_SHIFT);
        one.recorded = uint8(word >> _RECORDED_SHIFT);
        one.claimed = uint8(word >> _CLAIMED_SHIFT);
        one.length = uint8(word >> _LENGTH_SHIFT);
        one.side = ICommitmentPool.Side(uint8(word >> _SIDE_SHIFT));
    }

    /// @notice The word with an interval recorded; `index` counts from the commitment's first.
    function withRecorded(uint256 word, uint256 index) internal pure returns (uint256) {
        return word | (_BIT << (_RECORDED_SHIFT + index));
    }

    /// @notice The word with what the meter did in the first interval.
    function withDid(uint256 word, uint48 energyMilliWh) internal pure returns (uint256) {
        return word | (uint256(energyMilliWh) << _DID_SHIFT);
    }

    /// @notice The word with an interval claimed.
    function withClaimed(uint256 word, uint256 index) internal pure returns (uint256) {
        return word | (_BIT << (_CLAIMED_SHIFT + index));
    }

    /// @notice What the meter did in the first interval.
    function didOf(uint256 word) internal pure returns (uint48) {
        return uint48(word >> _DID_SHIFT);
    }

    /* LATER INTERVALS */

    /// @notice A word of later intervals, with what the meter did in one of them.
    function withLater(uint256 word, uint256 index, uint48 energyMilliWh) internal pure returns (uint256) {
        uint256 shift = _laterShift(index);
        return (word & ~(uint256(SILENT) << shift)) | (uint256(energyMilliWh) << shift);
    }

    /// @notice What the meter did in a later interval.
    function laterOf(uint256 word, uint256 index) internal pure returns (uint48) {
        return uint48(word >> _laterShift(index));
    }

    /// @notice Which word of later intervals an interval's is.
    function laterWord(uint256 index) internal pure returns (uint256) {
        return (index - 1) / IN_A_WORD;
    }

    /* INTERVALS */

    /// @notice An interval's two words.
    function pack(ICommitmentPool.Interval memory one) internal pure returns (uint256 sums, uint256 terms) {
        return (packSums(one), packTerms(one));
    }

    /// @notice The word of an interval's sums and of its counts but for the claims.
    function packSums(ICommitmentPool.Interval memory one) internal pure returns (uint256) {
        return uint256(one.interval) | (_packSide(one.consumers) << _CONSUMERS_SHIFT)
            | (_packSide(one.producers) << _PRODUCERS_SHIFT) | (uint256(one.committed) << _COMMITTED_SHIFT)
            | (uint256(one.recorded) << _COUNT_SHIFT);
    }

    /// @notice The word of an interval's price, silence and claims.
    function packTerms(ICommitmentPool.Interval memory one) internal pure returns (uint256) {
        return _USED | uint256(one.pricePerKWh) | (uint256(one.consumers.silent) << _SILENT_SHIFT)
            | (uint256(one.claimed) << _CLAIMS_SHIFT) | (uint256(one.notedAfter) << _NOTED_SHIFT);
    }

    /// @notice Two words' interval.
    function intervalOf(uint256 sums, uint256 terms) internal pure returns (ICommitmentPool.Interval memory one) {
        one.interval = uint32(sums);
        (one.consumers.committed, one.consumers.delivered) = _sideOf(sums >> _CONSUMERS_SHIFT);
        (one.producers.committed, one.producers.delivered) = _sideOf(sums >> _PRODUCERS_SHIFT);
        one.committed = uint16(sums >> _COMMITTED_SHIFT);
        one.recorded = uint16(sums >> _COUNT_SHIFT);
        one.pricePerKWh = uint48(terms);
        one.consumers.silent = uint48(terms >> _SILENT_SHIFT);
        one.claimed = uint16(terms >> _CLAIMS_SHIFT);
        one.notedAfter = uint24(terms >> _NOTED_SHIFT);
    }

    function _packSide(ICommitmentPool.Sums memory side) private pure returns (uint256) {
        return uint256(side.committed) | (uint256(side.delivered) << _ENERGY_BITS);
    }

    function _sideOf(uint256 bits) private pure returns (uint48 committed, uint48 delivered) {
        return (uint48(bits), uint48(bits >> _ENERGY_BITS));
    }

    function _laterShift(uint256 index) private pure returns (uint256) {
        return (index - 1) % IN_A_WORD * _ENERGY_BITS;
    }
}
