// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1363Receiver} from "@openzeppelin/contracts/interfaces/IERC1363Receiver.sol";
import {IERC1363Spender} from "@openzeppelin/contracts/interfaces/IERC1363Spender.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {IMeterRegistry} from "./IMeterRegistry.sol";

/// @title A utility asks for less power in a window; homes offer, the cheapest per kilowatt-hour are accepted, and paid by
/// what their meters show.
/// @notice Anybody may be a utility: whoever asks pays, and sets the whole target at its most price aside when asking.
/// Until its offers close, the owner of a meter may offer up to `MOST_BLOCKS` blocks for it, each at a tick of its own:
/// `price(t) = most * (t + 1) / 64`, rounded down. From then on anybody may `clear` the request, once, until its window
/// begins; one that nobody has cleared by then comes to nothing, because no home could know its award. Once a meter has
/// told the window's end, anybody may `settle` its offer, each by itself.
///
/// Blocks below the marginal tick are accepted whole, those at it by the same part, rounded down; too few are all
/// accepted. A request is paid either uniformly, each kilowatt-hour the marginal tick's price, or as bid.
///
/// What is paid is what the meter drew less than its baseline, import less export and not below 0, up to its award: the
/// mean of the newest `DAYS` like days (working days or weekends, by UTC and `UTC_OFFSET`) of `BACK_DAYS`, without days
/// that it had an award on and without those whose window it did not tell. Fewer than three say nothing: then it is what
/// the utility has posted for that meter before it asked, or 0. With `ADJUST_PERCENT` above 0 the mean moves by what the
/// `ADJUST_INTERVALS` before the request were unlike those days, by so many per cent at most, where they lie on the
/// window's own day.
///
/// No baseline is exact, and paid by single events luck would pay. So an event counts within its award both ways, and what
/// one shows above the baseline is carried over to the meter's next events with that utility, for 32 days from the newest
/// one: an event pays `max(0, difference + carry)`, and carries `min(0, difference + carry)`.
///
/// An offer sets a bond aside, from its meter's balance: `BOND_PERCENT` of its worth at the most price, and no less than
/// what the meter owes at that. It comes back in proportion to paid / award, or whole where nothing was awarded; the rest
/// goes to the utility.
///
/// A meter that has told the window's end but not both boundaries has a gap; one whose readings of the baseline's days
/// may be overwritten is too late; one that is silent past `READING_DEADLINE` must be noted first (`noteSilence`, anybody),
/// and a reading that is told before the second boundary after the note counts. Each is taken at the worst, as is who
/// opts out after the offers closed: nothing is paid, the bond is forfeited, and the award is owed. So nobody is better off
/// silent or out. Opting out before the offers close is an offer without blocks, and free.
///
/// Offers have two places for each meter, by the parity of their request's number with its utility; their windows may not
/// overlap. A meter is settled in the order of its windows.
///
/// Energy of offers is in units of `UNIT` milliwatt-hours, money in token base units. Money is the meter's: its owner
/// withdraws it, and whoever sells the meter sells its balance, its offers and what it owes.
///
/// Powers, all of them:
/// - Whoever asks decides the window, the price and whom it registers, and posts a baseline once for a meter, before it
///   asks. It cannot take a request back, change it, or touch an award, a bond or a balance.
/// - The registry's installer sets a meter's maximum power, which bounds its offers.
/// - Anybody clears, notes silence, settles and reclaims for the utility. There is no owner, no pause and no upgrade.
///
/// Warning: a meter that lies is paid for energy that was never saved, up to its maximum power; see `IMeterRegistry`.
/// Warning: a baseline is a mean of five days: whoever burns energy on them lifts it by a fifth of that.
/// Warning: what other markets pay for the same energy no contract here can see.
interface IReductionAuction is IERC1363Receiver, IERC1363Spender {
    /* TYPES */

    /// @notice What each accepted kilowatt-hour is paid with.
    enum Pricing {
        Uniform,
        PayAsBid
    }

    /// @notice What never changes.
    struct Settings {
        IERC20 token;
        IMeterRegistry registry;
        uint32 unitMilliWh;
        uint32 leastUnits;
        uint32 bondPercent;
        uint32 days_;
        uint32 backDays;
        uint32 adjustPercent;
        uint32 adjustIntervals;
        int32 utcOffsetSeconds;
        uint32 readingDeadlineSeconds;
    }

    /// @notice What a utility asks for: so many watts less over a window of boundaries.
    struct Ask {
        uint32 first;
        uint8 length;
        uint32 powerW;
        uint64 mostPricePerKWh;
        Pricing pricing;
        uint40 closesAt;
        bool registeredOnly;
    }

    /// @notice A part of an offer, as one appliance: its energy in units, and the tick that it asks.
    struct Block {
        uint8 tick;
        uint24 energyUnits;
    }

    /// @notice A request, and what has become of it. `held` is the utility's money for it, `openUnits` what was accepted
    /// and is not settled.
    struct Request {
        address utility;
        uint32 first;
        uint8 length;
        uint8 lane;
        Pricing pricing;
        bool registeredOnly;
        uint40 closesAt;
        uint64 mostPricePerKWh;
        uint32 targetUnits;
        uint32 requested;
        bool cleared;
        uint8 marginalTick;
        uint40 fraction;
        uint32 openUnits;
        uint128 held;
        uint24 notedAfter;
    }

    /* ERRORS */

    /// @notice The token has no code.
    error ReductionTokenWithoutCode(address token);

    /// @notice A setting is out of its range.
    error ReductionSettingOutOfRange(string name, uint256 value, uint256 least, uint256 most);

    /// @notice Only the token may call this.
    error ReductionNotToken(address caller);

    /// @notice A transfer that another makes asks for nothing.
    error ReductionNotByAccount(address operator, address account);

    /// @notice The data is neither a meter's number nor what is asked for.
    error ReductionDataMalformed(uint256 length);

    /// @notice A deposit of nothing.
    error ReductionNothingDeposited(address account);

    /// @notice What is asked costs more than was approved, or not what was sent.
    error ReductionChargeMismatch(uint256 charge, uint256 value);

    /// @notice The balance is short.
    error ReductionBalanceShort(uint256 balance, uint256 needed);

    /// @notice The window has no length or too long a one, has begun, or begins too far ahead.
    error ReductionWindowInvalid(uint32 first, uint8 length, uint256 latest);

    /// @notice The offers close too early or not before the window.
    error ReductionClosingInvalid(uint256 closesAt, uint256 begins);

    /// @notice The price is 0, or the target none or more than fits.
    error ReductionTargetInvalid(uint256 targetUnits, uint64 mostPricePerKWh);

    /// @notice The utility's last but one request is not cleared.
    error ReductionLaneBusy(uint32 request);

    /// @notice There is no such request.
    error ReductionUnknown(uint32 request);

    /// @notice The request takes no offers since then.
    error ReductionOffersClosed(uint32 request, uint256 closedAt);

    /// @notice The request takes offers until then.
    error ReductionOffersOpen(uint32 request, uint256 closesAt);

    /// @notice The request has been cleared.
    error ReductionAlreadyCleared(uint32 request);

    /// @notice The request has not been cleared.
    error ReductionNotCleared(uint32 request);

    /// @notice The caller does not own the meter.
    error ReductionNotMeterOwner(uint64 meter, address caller);

    /// @notice The utility takes offers of meters that it has registered alone.
    error ReductionNotRegistered(uint64 meter);

    /// @notice The utility has registered the meter already, or posted a baseline for it.
    error ReductionAlreadyDone(uint64 meter);

    /// @notice A block's tick or energy is out of range, or a block is cheaper than the one before it.
    error ReductionBlockInvalid(uint256 index, uint8 tick, uint24 energyUnits);

    /// @notice More blocks than an offer has.
    error ReductionTooManyBlocks(uint256 blocks, uint256 most);

    /// @notice More than the meter's connection carries in the window.
    error ReductionEnergyAboveMost(uint256 energyUnits, uint256 most);

    /// @notice The meter's former offer in this place is not settled, and cannot be yet.
    error ReductionOfferUnsettled(uint64 meter, uint32 request);

    /// @notice The meter has an offer for an overlapping window.
    error ReductionWindowTaken(uint64 meter, uint32 request);

    /// @notice The meter has no award that it could leave.
    error ReductionNoAward(uint64 meter, uint32 request);

    /// @notice The window is over: the meter's readings decide.
    error ReductionWindowOver(uint32 request, uint256 endedAt);

    /// @notice Silence can be noted from then on.
    error ReductionSilenceTooEarly(uint32 request, uint256 from);

    /// @notice Silence has been noted.
    error ReductionSilenceNoted(uint32 request);

    /// @notice There is nothing that the utility could have back now.
    error ReductionNothingToReclaim(uint32 request);

    /* EVENTS */

    /// @notice A utility asks for less. `charge` is what it has set aside.
    event Requested(
        uint32 indexed request,
        address indexed utility,
        uint32 first,
        uint8 length,
        uint32 targetUnits,
        uint64 mostPricePerKWh,
        Pricing pricing,
        uint40 closesAt,
        bool registeredOnly,
        uint256 charge
    );

    /// @notice A utility has registered a meter.
    event Registered(address indexed utility, uint64 indexed meter);

    /// @notice A utility has posted what a meter draws in an interval, and the hash of what it worked that out from.
    event BaselinePosted(address indexed utility, uint64 indexed meter, uint64 intervalMilliWh, bytes32 dataHash);

    /// @notice A meter's offer, in place of its former one. Blocks are numbers of 30 bits from the lowest: energy 24, tick
    /// 6; without any the offer is taken back.
    event Offered(uint32 indexed request, uint64 indexed meter, uint120 blocks, uint64 bond);

    /// @notice What was accepted, up to which tick and by which part of 2^32 there, and what the utility has back.
    event Cleared(
        uint32 indexed request, uint256 acceptedUnits, uint256 marginalTick, uint256 fraction, uint256 released
    );

    /// @notice A meter has left a request after its offers closed.
    event OptedOut(uint32 indexed request, uint64 indexed meter);

    /// @notice An offer's end. Energies in milliwatt-hours; `meteredMilliWh` and `baselineMilliWh` are 0 where a reading is
    /// missing or nothing was awarded.
    event Settled(
        uint32 indexed request,
        uint64 indexed meter,
        uint256 awardUnits,
        uint256 baselineMilliWh,
        uint256 meteredMilliWh,
        bool missing,
        uint256 paidMilliWh,
        uint256 money,
        uint256 forfeited,
        int256 carryMilliWh
    );

    /// @notice An offer in a batch could not be settled yet, or there is none.
    event SettlementSkipped(uint32 indexed request, uint64 indexed meter);

    /// @notice Silence has been noted; it counts from then on.
    event SilenceNoted(uint32 indexed request, uint256 countsFrom);

    /// @notice A utility has back what its request cannot cost any more.
    event Reclaimed(uint32 indexed request, address indexed utility, uint256 value);

    /// @notice Money came to a meter's balance.
    event MeterFunded(uint64 indexed meter, address indexed from, uint256 value);

    /// @notice A meter's owner has withdrawn.
    event MeterWithdrawn(uint64 indexed meter, address indexed to, uint256 value);

    /// @notice Money came to an account's balance, or left it.
    event Deposited(address indexed account, uint256 value);
    event Withdrawn(address indexed account, uint256 value);

    /* CONSTANTS */

    /// @notice The money.
    function TOKEN() external view returns (IERC20);

    /// @notice The meters.
    function REGISTRY() external view returns (IMeterRegistry);

    /// @notice Seconds of an interval; the registry's.
    function INTERVAL() external view returns (uint32);

    /// @notice Milliwatt-hours of a unit.
    function UNIT() external view returns (uint32);

    /// @notice Least energy of a block, in units.
    function LEAST_ENERGY() external view returns (uint32);

    /// @notice An offer's bond, in per cent of its worth.
    function BOND_PERCENT() external view returns (uint32);

    /// @notice Like days of a baseline.
    function DAYS() external view returns (uint32);

    /// @notice Calendar days that they are looked for in.
    function BACK_DAYS() external view returns (uint32);

    /// @notice Most that the same day moves a baseline by, in per cent.
    function ADJUST_PERCENT() external view returns (uint32);

    /// @notice Intervals before the request that move it.
    function ADJUST_INTERVALS() external view returns (uint32);

    /// @notice Seconds added to UTC to find a day's begin.
    function UTC_OFFSET() external view returns (int32);

    /// @notice Seconds after a window from which silence can be noted.
    function READING_DEADLINE() external view returns (uint32);

    /// @notice Most blocks of an offer.
    function MOST_BLOCKS() external view returns (uint256);

    // What is asked for and its number are one word here, as in the events.
    // slither-disable-start shadowing-local

    /* ASKING */

    /// @notice Ask for less, paid from the caller's balance here. Or by `approveAndCall` or the caller's own
    /// `transferAndCall` of exactly the charge, with the ask as data.
    /// @param ask What is asked for: its window begins within 31 days, its offers close before that.
    /// @return request Its number.
    function request(Ask calldata ask) external returns (uint32 request);

    /// @notice Let a meter offer to the caller's requests that ask for registered ones alone. Once.
    function register(uint64 meter) external;

    /// @notice Post what a meter draws in an interval, for requests of the caller that its readings say too little of. Once
    /// for a meter; it counts for requests that are made from the next interval on.
    /// @param meter The meter.
    /// @param intervalMilliWh What it draws, in milliwatt-hours, not 0.
    /// @param dataHash Of what that was worked out from.
    function postBaseline(uint64 meter, uint64 intervalMilliWh, bytes32 dataHash) external;

    /// @notice Give a utility back what its request cannot cost any more. Anybody may.
    function reclaim(uint32 request) external;

    /* OFFERING */

    /// @notice Offer for a meter, in place of its former offer. Only its owner, until the offers close. The bond is taken
    /// from the meter's balance, to which a transfer with its number as data adds.
    /// @param request What is offered to.
    /// @param meter The meter.
    /// @param blocks Up to `MOST_BLOCKS`, by rising tick; none takes the offer back.
    function offer(uint32 request, uint64 meter, Block[] calldata blocks) external;

    /// @notice Leave a request that the meter has an award of, until its window ends: as bad as a missing reading. Only the
    /// meter's owner.
    function optOut(uint32 request, uint64 meter) external;

    /// @notice Withdraw from a meter's balance. Only its owner.
    function withdraw(uint64 meter, uint256 value) external;

    /// @notice Withdraw from the caller's balance.
    function withdrawOwn(uint256 value) external;

    /* ENDING */

    /// @notice Accept the cheapest offers. Anybody may, once, when the offers have closed; from the window's begin on it
    /// accepts none.
    function clear(uint32 request) external;

    /// @notice Settle meters' offers, each by itself; who is not ready is skipped. Anybody may.
    function settle(uint32 request, uint64[] calldata meters) external;

    /// @notice Note that the readings' deadline has passed. Anybody may, once.
    function noteSilence(uint32 request) external;

    /* VIEWS */

    /// @notice How many requests there were; also the newest's number.
    function requestCount() external view returns (uint32);

    /// @notice A request; with `closesAt` 0 there is none.
    function requestOf(uint32 request) external view returns (Request memory);

    /// @notice A meter's offer that stands for a request, and its bond; no blocks where there is none.
    function offerOf(uint32 request, uint64 meter) external view returns (Block[] memory blocks, uint64 bond);

    /// @notice The energy offered to a request at a tick, in units, while it is its utility's newest or last but one.
    function offeredAt(uint32 request, uint256 tick) external view returns (uint256);

    /// @notice A meter's baseline for a request as its readings are now, and how many days say so.
    function baselineOf(uint32 request, uint64 meter) external view returns (uint256 milliWh, uint256 days_);

    // slither-disable-end shadowing-local

    /// @notice How a meter stands with a utility: what is carried (0 or below), the newest event's first boundary, whether it is
    /// registered, and the baseline that was posted for an interval.
    function standingOf(address utility, uint64 meter)
        external
        view
        returns (int256 carryMilliWh, uint32 newest, bool registered, uint64 postedMilliWh);

    /// @notice What a meter's owner may withdraw.
    function meterBalanceOf(uint64 meter) external view returns (uint256);

    /// @notice What an account may withdraw.
    function balanceOf(address account) external view returns (uint256);
}
