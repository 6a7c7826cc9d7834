// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1363Receiver} from "@openzeppelin/contracts/interfaces/IERC1363Receiver.sol";
import {IERC1363Spender} from "@openzeppelin/contracts/interfaces/IERC1363Spender.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {IMeterRegistry} from "./IMeterRegistry.sol";
import {IRoundFeed} from "./IRoundFeed.sol";

/// @title Energy that homes commit beforehand to a common pool, at one price for each interval; the meters settle it.
/// @notice A home's profile is its meter, the registry's ERC-721: it has a balance here, up to three commitments at a
/// time, and a record of how much of what it committed it delivered. Who owns the meter commits and withdraws; with the
/// meter go its balance and its commitments.
///
/// A commitment is so many milliwatt-hours in each of 1 to 8 intervals, to feed or to draw, between two prices. It sets
/// its collateral aside at once: a consumer its energy at its dearest price, a producer the penalty for all of it at
/// that price. A meter has one commitment in an interval. It cannot be taken back.
///
/// An interval's price is the oracle's, in tokens per kilowatt-hour, when it is fixed: by the first commitment within
/// `HORIZON_PRICE` intervals of it, or from then on by anybody (`fixPrice`), and no later than the interval begins. An
/// answer that is not positive, stale, or of the future fixes none. A commitment that does not agree to the price lapses
/// in that interval, and so do all where none was fixed: their collateral returns, and nothing else happens.
///
/// After the interval anybody may `record` a commitment: what its meter fed or drew, at most what was committed. A meter
/// that has told a later boundary without both of the interval's has a gap, which is silence. A meter that has told
/// nothing must be noted first (`noteSilence`, anybody, from `RECORD_DEADLINE` on), because a chain can stand still for
/// longer than any deadline; it is taken for silent from the second boundary after the note's interval began.
///
/// When all of an interval are recorded anybody may `claim` each by itself. The smaller of what was fed and what was
/// drawn has changed hands, each side's by what each has done: consumers pay the price, producers receive it. Who is
/// short pays `PENALTY` per cent of the price for what is missing, and a consumer that is silent pays for its whole
/// commitment, since it may have drawn it; both go to the other side, by what each there has done. Where nobody is on
/// the other side nobody was harmed, and nothing is paid. What a home pays rounds up, what it receives down.
///
/// The newest `RING` intervals can be read, with what was committed and what was delivered. An entry is used again only
/// when all of its interval are claimed.
///
/// Only the account's own call lowers its meters' balances or makes their commitments: by `commit` and `withdraw`, by
/// approving, or by its own transfer. A transfer that names a meter and asks for nothing is a gift, which anybody may make.
///
/// Powers: none. There is no role, no owner, no pause and no upgrade. The oracle sets prices; commitments' own limits
/// bound what it can do to them. The registry's installer sets a meter's maximum power, which bounds its commitments;
/// its other markets (`IMeterRegistry.setMarket`) keep a meter out of here.
///
/// Warning: a meter that lies moves its neighbours' money, up to its maximum power; see `IMeterRegistry`.
/// Warning: a street that trades an interval's energy over `EnergySale` or `IntervalAuction` as well pays for it twice:
/// use one of them for each connection and interval.
interface ICommitmentPool is IERC1363Receiver, IERC1363Spender {
    /* TYPES */

    /// @notice What a commitment is to.
    enum Side {
        Consumer,
        Producer
    }

    /// @notice What the constructor is told; all of it is immutable.
    struct Settings {
        /// An ERC-1363 token of 6 decimals whose plain transfers call nobody and move exactly their value.
        IERC20 token;
        IMeterRegistry registry;
        /// Any contract of Chainlink's shape: tokens per kilowatt-hour, with at most 18 decimals.
        IRoundFeed oracle;
        /// Seconds after which the oracle's answer is stale, 1 to 31 days.
        uint32 staleAfterSeconds;
        /// Seconds from an interval's end until silence can be noted, at least an interval; the registry's ring must
        /// outlast it by six intervals.
        uint32 recordDeadlineSeconds;
        /// Per cent of the price that is paid for what is missing, 0 to 100.
        uint32 penaltyPercent;
        /// Least milliwatt-hours of a commitment in each interval, at least 1. A high one keeps spam away.
        uint64 leastMilliWh;
        /// Intervals ahead that can be committed, 1 to 96.
        uint32 horizon;
        /// Intervals before its begin within which an interval's price is fixed, 1 to `horizon`.
        uint32 horizonPrice;
        /// Intervals that are kept: a power of two, at least `horizon` + those of the deadline + 36, at most 4,096.
        uint32 ring;
    }

    /// @notice A commitment to make, and the `data` of both callbacks as `abi.encode(pledge)`: eight words.
    struct Pledge {
        uint64 meter;
        /// Which of the meter's places it takes, 0 to 2.
        uint8 place;
        Side side;
        uint32 first;
        /// Intervals, 1 to 8.
        uint8 length;
        /// Milliwatt-hours in each interval.
        uint48 amountMilliWh;
        /// The prices between which it stands, in base units per kilowatt-hour; the greater one sets the collateral.
        uint48 leastPerKWh;
        uint48 mostPerKWh;
    }

    /// @notice What stands in a meter's place. Bit `i` of the masks is the interval `first + i`.
    struct Commitment {
        Side side;
        uint32 first;
        uint8 length;
        uint48 amountMilliWh;
        uint48 leastPerKWh;
        uint48 mostPerKWh;
        uint8 recorded;
        uint8 claimed;
    }

    /// @notice A commitment, by where it stands.
    struct Standing {
        uint64 meter;
        uint8 place;
    }

    /// @notice What one side of an interval comes to, in milliwatt-hours.
    struct Sums {
        uint48 committed;
        uint48 delivered;
        /// What consumers committed that are silent; 0 for producers, whose silence is nothing but a shortfall.
        uint48 silent;
    }

    /// @notice An interval: its price in base units per kilowatt-hour (0: none fixed), both sides, how many commitments it
    /// has, how many are recorded and claimed, and after how many intervals silence was noted (0: it was not).
    struct Interval {
        uint32 interval;
        uint48 pricePerKWh;
        Sums consumers;
        Sums producers;
        uint16 committed;
        uint16 recorded;
        uint16 claimed;
        uint24 notedAfter;
    }

    /* ERRORS */

    /// @notice The token's address has no code.
    error PoolTokenWithoutCode(address token);

    /// @notice A setting is not within these limits; it is named by its field.
    error PoolSettingOutOfRange(string name, uint256 value, uint256 least, uint256 most);

    /// @notice The ring's size is not a power of two.
    error PoolRingNotPowerOfTwo(uint32 ring);

    /// @notice Only the token may call back.
    error PoolNotToken(address caller);

    /// @notice A commitment by a transfer is the account's own call, whatever allowance another has.
    error PoolNotByAccount(address operator, address from);

    /// @notice `data` is neither one meter's id nor one `Pledge`, by its length in bytes.
    error PoolDataMalformed(uint256 length);

    /// @notice A deposit of nothing, or a withdrawal.
    error PoolNothingMoved(uint64 meter);

    /// @notice The pool would hold more than it can count, in base units.
    error PoolFull(uint256 held, uint256 most);

    /// @notice The meter is not the account's.
    error PoolNotMeterOwner(uint64 meter, address account);

    /// @notice Another market counts the meter's readings.
    error PoolMeterInMarket(uint64 meter, uint8 market);

    /// @notice The meter's kind feeds nothing.
    error PoolCannotFeed(uint64 meter, IMeterRegistry.MeterKind kind);

    /// @notice No such place, or no such length.
    error PoolShapeInvalid(uint8 place, uint8 length);

    /// @notice The prices are the wrong way round, or the greater is 0.
    error PoolLimitsInvalid(uint48 leastPerKWh, uint48 mostPerKWh);

    /// @notice Less than the least commitment, in milliwatt-hours.
    error PoolEnergyBelowLeast(uint64 amountMilliWh, uint64 leastMilliWh);

    /// @notice More than the meter's connection carries in an interval, or than can be counted, in milliwatt-hours.
    error PoolEnergyAboveMost(uint64 amountMilliWh, uint256 mostMilliWh);

    /// @notice The commitment must lie between these intervals, both included.
    error PoolOutsideHorizon(uint32 first, uint8 length, uint256 earliest, uint256 latest);

    /// @notice The place's commitment is not claimed, and cannot be yet.
    error PoolPlaceTaken(uint64 meter, uint8 place, uint32 first);

    /// @notice The meter has a commitment in one of these intervals, in this place.
    error PoolIntervalTaken(uint64 meter, uint8 place);

    /// @notice The entry that this interval would use has an earlier one, of which not all is claimed; anybody may.
    error PoolIntervalUnclaimed(uint32 interval);

    /// @notice The interval has all that it can count.
    error PoolIntervalFull(uint32 interval);

    /// @notice The interval's price, in base units per kilowatt-hour, is outside of the commitment's.
    error PoolPriceOutsideLimits(uint32 interval, uint48 pricePerKWh);

    /// @notice The interval has no commitments.
    error PoolNoCommitments(uint32 interval);

    /// @notice The interval's price is fixed already.
    error PoolPriceFixed(uint32 interval);

    /// @notice The interval's price can be fixed from and before these times.
    error PoolPriceNotDue(uint32 interval, uint256 from, uint256 before);

    /// @notice The oracle's answer is no price: not positive, or above what can be counted.
    error PoolPriceUnfit(int256 answer);

    /// @notice The oracle's answer is of the future, older than `STALE_AFTER`, or carried over from an earlier round.
    error PoolPriceStale(uint256 updatedAt, uint80 round, uint80 answeredInRound);

    /// @notice The meter's balance does not cover this, in base units.
    error PoolBalanceShort(uint64 meter, uint256 balance, uint256 needed);

    /// @notice The charge is above the value approved, or is not the value sent, in base units.
    error PoolChargeAboveValue(uint256 charge, uint256 value);

    /// @notice Silence in this interval can be noted from this time on.
    error PoolSilenceTooEarly(uint32 interval, uint256 from);

    /// @notice Silence in this interval is noted already.
    error PoolSilenceNoted(uint32 interval);

    /* EVENTS */

    /// @notice A meter committed so many milliwatt-hours in each of some intervals; the collateral is for all of them.
    event Committed(
        uint64 indexed meter,
        uint32 indexed first,
        uint8 length,
        uint8 place,
        Side side,
        uint48 amountMilliWh,
        uint48 leastPerKWh,
        uint48 mostPerKWh,
        uint256 collateral
    );

    /// @notice An interval's price is fixed, in base units per kilowatt-hour.
    event PriceFixed(uint32 indexed interval, uint48 pricePerKWh);

    /// @notice What counts of a meter in an interval, in milliwatt-hours; whether it lapsed, and whether it was silent.
    event Recorded(
        uint32 indexed interval, uint64 indexed meter, uint8 place, uint48 deliveredMilliWh, bool lapsed, bool silent
    );

    /// @notice A commitment's end in an interval, in base units: what it was charged, what it received of others, and what
    /// its meter's balance rose by, with the collateral's rest.
    event Claimed(
        uint32 indexed interval, uint64 indexed meter, uint8 place, uint256 charged, uint256 received, uint256 credited
    );

    /// @notice Nothing stands there, it is not ready, or it is done already.
    event Skipped(uint32 indexed interval, uint64 indexed meter, uint8 place);

    /// @notice Silence in an interval is noted: from this time on a meter without a reading is taken for silent.
    event SilenceNoted(uint32 indexed interval, uint256 from);

    /// @notice An account paid into a meter's balance.
    event Deposited(uint64 indexed meter, address indexed account, uint256 value);

    /// @notice A meter's owner took from its balance.
    event Withdrawn(uint64 indexed meter, address indexed account, uint256 value);

    /* CONSTANTS */

    /// @notice The money.
    function TOKEN() external view returns (IERC20);

    /// @notice Where the meters are.
    function REGISTRY() external view returns (IMeterRegistry);

    /// @notice Where prices come from.
    function ORACLE() external view returns (IRoundFeed);

    /// @notice The registry's.
    function INTERVAL() external view returns (uint32);

    /// @notice Seconds after which the oracle's answer is stale.
    function STALE_AFTER() external view returns (uint32);

    /// @notice Seconds from an interval's end until silence can be noted.
    function RECORD_DEADLINE() external view returns (uint32);

    /// @notice Per cent of the price that is paid for what is missing.
    function PENALTY() external view returns (uint32);

    /// @notice Least milliwatt-hours of a commitment in each interval.
    function LEAST_ENERGY() external view returns (uint64);

    /// @notice Intervals ahead that can be committed.
    function HORIZON() external view returns (uint32);

    /// @notice Intervals before its begin within which an interval's price is fixed.
    function HORIZON_PRICE() external view returns (uint32);

    /// @notice Intervals that are kept.
    function RING() external view returns (uint32);

    /* COMMIT */

    /// @notice Commit from the meter's balance. Only the meter's owner. What stands in the place and is due is recorded
    /// and claimed on the way.
    /// @param pledge What is committed.
    function commit(Pledge calldata pledge) external;

    /// @notice Take from a meter's balance. Only the meter's owner.
    /// @param meter The meter.
    /// @param value Base units.
    function withdraw(uint64 meter, uint256 value) external;

    /// @notice Fix an interval's price, within `HORIZON_PRICE` of its begin. Anybody may.
    /// @param interval The interval, which has commitments and no price yet.
    function fixPrice(uint32 interval) external;

    /* SETTLE */

    /// @notice Record what meters did in an interval. Anybody may; what is not ready is skipped, never refused.
    /// @param interval The interval.
    /// @param standing Which commitments.
    function record(uint32 interval, Standing[] calldata standing) external;

    /// @notice Note that meters are silent in an interval. Anybody may, once, from `RECORD_DEADLINE` after its end.
    /// @param interval The interval.
    function noteSilence(uint32 interval) external;

    /// @notice Credit what commitments come to in an interval whose commitments are all recorded. Anybody may; what is
    /// not ready is skipped, never refused.
    /// @param interval The interval.
    /// @param standing Which commitments.
    function claim(uint32 interval, Standing[] calldata standing) external;

    /* VIEWS */

    /// @notice What stands in a meter's place; length 0 if nothing ever did.
    /// @param meter The meter.
    /// @param place 0 to 2.
    function commitmentAt(uint64 meter, uint8 place) external view returns (Commitment memory);

    /// @notice A meter's money here, and what it ever committed and delivered, in milliwatt-hours, as far as claimed.
    /// @param meter The meter.
    function profileOf(uint64 meter) external view returns (uint256 balance, uint256 committed, uint256 delivered);

    /// @notice How much of what a meter committed it delivered, in ten-thousandths, rounded down; 10,000 if it committed
    /// nothing.
    /// @param meter The meter.
    function performanceOf(uint64 meter) external view returns (uint256 bps);

    /// @notice An interval's entry; `committed` is 0 if it has none, or its entry is another's by now.
    /// @param interval The interval.
    function intervalAt(uint32 interval) external view returns (Interval memory);

    /// @notice Consecutive intervals' entries, oldest first.
    /// @param last The newest interval.
    /// @param count How many, up to `RING`.
    function history(uint32 last, uint32 count) external view returns (Interval[] memory);

    /// @notice The most milliwatt-hours that a meter can commit in an interval.
    /// @param meter The meter.
    function mostMilliWhOf(uint64 meter) external view returns (uint256);

    /// @notice What a commitment sets aside for all its intervals, in base units.
    /// @param pledge The commitment.
    function collateralOf(Pledge calldata pledge) external view returns (uint256);
}
