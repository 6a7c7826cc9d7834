// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {IERC1363Receiver} from "@openzeppelin/contracts/interfaces/IERC1363Receiver.sol";
import {IERC1363Spender} from "@openzeppelin/contracts/interfaces/IERC1363Spender.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {IMeterRegistry} from "./IMeterRegistry.sol";

/// @title One call auction per interval for two local kinds of energy, solar and CHP; the meters settle it.
/// @notice Interval `k` runs from boundary `k` to `k + 1`, each at `boundary * INTERVAL` seconds since 1970. It takes
/// orders until its gate closes, `GATE_LEAD` seconds before delivery; two intervals take orders at any time. From the
/// gate on anybody may `clear` it, once. When a meter has reported, anybody may `settle` its order, each by itself.
/// A meter that has told a later boundary without both of the interval's has a gap: its order settles at the worst, at
/// once. A meter that is silent past `READING_DEADLINE` must be noted first (`noteSilence`, anybody), because a chain can
/// stand still for longer than any deadline; its order settles at the worst from the second boundary after the note's
/// interval began, and a reading that is told before counts.
///
/// Energy of orders and fills is in units of `UNIT` milliwatt-hours. A limit is a tick: `price(t) = feedIn + t *
/// tickSize` for t from 0 to 63, in token base units per kilowatt-hour; tick 63 is the grid's retail price. Money is in
/// base units; what a home pays or deposits rounds up, what it receives rounds down.
///
/// One order per meter and interval. A buyer has a limit for each kind (tick 0: not this kind); a seller sells one kind.
/// The kind that more buyers prefer clears first (solar on a tie), the other one with what is left of the needs. One
/// price per kind: the highest matched seller's. At the margin everybody gets the same fraction, rounded down. An
/// order's unmatched part is not traded, and its share of the deposit returns.
///
/// Buyers' fills round down to whole units and may add up to less than sellers'. A buyer at the margin pays for its exact
/// share, so payments cover sellers always; the grid buys the part of a unit between from it at the same price.
///
/// A seller is held to its exact part in milliwatt-hours, rounded down; its fill in units is what pairings are made of.
///
/// Deviations of the meter from the fill are with the grid: it buys at `feedIn` and sells at retail; what a buyer leaves
/// undrawn it takes back at feed-in less a tick (not below 0). It pays from what the utility has here above its debts.
/// When that is short, everybody else's money moves in full, and the grid's part is noted as owed, to be collected when
/// the utility has funded again. What is owed is unsecured: the utility's word and its next funding are all there is.
///
/// An order is at most what the meter's connection carries in an interval (`maxPowerW`), so nobody can buy a street's
/// sun empty with a promise. What stands at the gate is settled by the meter, whoever owns it by then: cancel before a
/// meter is transferred. A meter that another market counts (`IMeterRegistry.setMarket`) takes no order here.
///
/// Only an account's own call lowers its balance or changes its orders: by `place` and `withdraw`, by approving, or by
/// its own transfer; by a transfer that another makes with its tokens, or with none, nothing is ordered.
///
/// Powers, all of them:
/// - `DEFAULT_ADMIN_ROLE` grants and revokes roles.
/// - `UTILITY_ROLE` sets tariffs, for intervals that cannot be ordered yet, at most 31 days ahead and up to
///   `MOST_RETAIL`, and withdraws from the utility's balance what is not owed to homes, announced `WITHDRAWAL_NOTICE`
///   before. It cannot touch an order, a deposit, a balance or a result.
/// - The registry's installer sets a meter's maximum power, which bounds its orders.
/// - A meter's owner places and changes its order; who placed it cancels it, receives and owes its money, also after the
///   meter is transferred.
/// - Anybody clears, notes silence, and settles. There is no pause and no upgrade.
///
/// Warning: a meter that lies moves the grid's money, up to its maximum power; see `IMeterRegistry`.
/// Warning: a seller that bids too can lift a kind's price up to the buyers' marginal tick. With half of a street's
/// supply that is far: look at the share of the largest seller beside the price.
/// Warning: a street that trades an interval's energy over `EnergySale` as well pays for it twice: use one market for
/// each connection and interval.
interface IIntervalAuction is IAccessControl, IERC1363Receiver, IERC1363Spender {
    /* TYPES */

    /// @notice Who an order is from.
    enum Side {
        Buyer,
        SolarSeller,
        ChpSeller
    }

    /// @notice What the constructor is told; everything but the first tariff is immutable.
    struct Settings {
        /// An ERC-1363 token whose plain transfers call nobody and move exactly their value.
        IERC20 token;
        IMeterRegistry registry;
        /// First holder of both roles.
        address utility;
        /// The first tariff, in base units per kilowatt-hour.
        uint64 feedInPerKWh;
        uint64 tickSizePerKWh;
        /// Milliwatt-hours: 1,000 for a street, 1 for a model of one at 1:1000 and never for real money.
        uint32 unitMilliWh;
        /// Least energy of an order in units, at least 1. A high one keeps spam away.
        uint32 leastUnits;
        /// Seconds from the gate to the delivery: at least four blocks, less than half an interval.
        uint32 gateLeadSeconds;
        /// What a buyer deposits beyond its energy at retail, in per cent, 1 to 100.
        uint32 marginPercent;
        /// Seconds from the delivery's end until silence can be noted, at least an interval; the registry's ring must
        /// outlast it by six intervals.
        uint32 readingDeadlineSeconds;
        /// Seconds from a block to the next, as the deployer measured them.
        uint32 blockSeconds;
        /// No tariff's retail is ever above it, in base units per kilowatt-hour.
        uint64 mostRetailPerKWh;
    }

    /// @notice An order to place, and the `data` of both callbacks as `abi.encode(placement)`: six words.
    struct Placement {
        uint32 interval;
        Side side;
        /// A seller's limit, or a buyer's for solar (0: not solar).
        uint8 tick;
        /// A buyer's limit for CHP (0: not CHP); 0 for a seller.
        uint8 chpTick;
        /// Units; 0 cancels the account's order, and nothing else here is looked at but interval and meter.
        uint32 energyUnits;
        uint64 meter;
    }

    /// @notice A meter's order in one lane.
    struct Order {
        /// Who placed it.
        address account;
        uint32 interval;
        /// 0 = cancelled or settled.
        uint32 energyUnits;
        Side side;
        uint8 tick;
        uint8 chpTick;
    }

    /// @notice How an interval cleared; it never changes, but for the note of silence, which comes once. Fractions are in
    /// parts of 2^32.
    struct Result {
        bool cleared;
        bool chpFirst;
        uint24 tariff;
        uint8 solarPriceTick;
        uint8 solarMarginalTick;
        uint40 solarSellerFraction;
        uint40 solarBuyerFraction;
        uint8 chpPriceTick;
        uint8 chpMarginalTick;
        uint40 chpSellerFraction;
        uint40 chpBuyerFraction;
        /// Intervals from this one to the one in which silence was noted; 0: it was not.
        uint24 notedAfter;
    }

    /// @notice A version of the grid's prices, in base units per kilowatt-hour.
    struct Tariff {
        uint32 firstInterval;
        uint64 feedInPerKWh;
        uint64 tickSizePerKWh;
    }

    /* ERRORS */

    /// @notice The token's address has no code.
    error AuctionTokenWithoutCode(address token);

    /// @notice A setting is not within these limits; it is named by its field.
    error AuctionSettingOutOfRange(string name, uint256 value, uint256 least, uint256 most);

    /// @notice The ladder's top would be above the most, or its ticks are 0.
    error AuctionTariffOutOfRange(uint64 feedInPerKWh, uint64 tickSizePerKWh, uint64 mostRetailPerKWh);

    /// @notice A tariff can begin in this interval at the earliest.
    error AuctionTariffTooEarly(uint32 firstInterval, uint32 earliest);

    /// @notice A tariff can begin in this interval at the latest.
    error AuctionTariffTooLate(uint32 firstInterval, uint256 latest);

    /// @notice So many tariffs are waiting already; try again from this interval on.
    error AuctionTariffsWaiting(uint256 most, uint32 firstInterval);

    /// @notice Only the token may call back.
    error AuctionNotToken(address caller);

    /// @notice An order by a transfer is the account's own call, whatever allowance another has.
    error AuctionNotByAccount(address operator, address from);

    /// @notice A deposit of nothing.
    error AuctionNothingDeposited(address account);

    /// @notice `data` is neither empty nor one `Placement`, by its length in bytes.
    error AuctionPlacementMalformed(uint256 length);

    /// @notice The interval's gate closed at this time.
    error AuctionGateClosed(uint32 interval, uint256 closedAt);

    /// @notice The interval takes orders from this time on.
    error AuctionTooEarly(uint32 interval, uint256 opensAt);

    /// @notice The interval before in the same lane is not cleared; anybody may clear it.
    error AuctionLaneBusy(uint32 interval);

    /// @notice Less than the least order, in units; nor is there an order to cancel.
    error AuctionEnergyBelowLeast(uint32 energyUnits, uint32 leastUnits);

    /// @notice More than the meter's connection carries in an interval, in units.
    error AuctionEnergyAboveMost(uint32 energyUnits, uint256 mostUnits);

    /// @notice A tick above 63, a buyer who wants neither kind, or a seller with two limits.
    error AuctionTicksInvalid(Side side, uint8 tick, uint8 chpTick);

    /// @notice The meter is not the account's.
    error AuctionNotMeterOwner(uint64 meter, address account);

    /// @notice Another market counts the meter's readings.
    error AuctionMeterInMarket(uint64 meter, uint8 market);

    /// @notice The meter's kind cannot sell this.
    error AuctionKindMismatch(uint64 meter, IMeterRegistry.MeterKind kind);

    /// @notice The meter has an order in this interval from another account or for another side; who placed it must
    /// cancel it first.
    error AuctionMeterTaken(uint64 meter, address account, Side side);

    /// @notice The meter's order of this earlier interval is not settled, and cannot be yet.
    error AuctionOrderUnsettled(uint64 meter, uint32 interval);

    /// @notice The account's balance does not cover this, in base units.
    error AuctionBalanceShort(address account, uint256 balance, uint256 needed);

    /// @notice The charge is above the value approved, in base units.
    error AuctionChargeAboveValue(uint256 charge, uint256 value);

    /// @notice The interval can be cleared from this time on.
    error AuctionGateOpen(uint32 interval, uint256 closesAt);

    /// @notice The interval is cleared already.
    error AuctionAlreadyCleared(uint32 interval);

    /// @notice The interval has no orders.
    error AuctionNoOrders(uint32 interval);

    /// @notice The interval is not cleared.
    error AuctionNotCleared(uint32 interval);

    /// @notice Silence in this interval can be noted from this time on.
    error AuctionSilenceTooEarly(uint32 interval, uint256 from);

    /// @notice Silence in this interval is noted already.
    error AuctionSilenceNoted(uint32 interval);

    /// @notice The utility's balance, less what it owes, does not cover this, in base units.
    error AuctionUtilityShort(uint256 available, uint256 needed);

    /// @notice What is announced to leave can be taken from and until these times; both long past if nothing is.
    error AuctionWithdrawalNotDue(uint256 from, uint256 until);

    /// @notice The grid owes this account nothing.
    error AuctionNothingOwed(address account);

    /* EVENTS */

    /// @notice An order stands as told, replacing the meter's former one in this interval; energy 0 is a cancellation.
    event Placed(
        uint32 indexed interval,
        uint64 indexed meter,
        address account,
        Side side,
        uint8 tick,
        uint8 chpTick,
        uint32 energyUnits
    );

    /// @notice An interval is cleared. Volumes, and what was offered and wanted beyond them, in units.
    event IntervalCleared(
        uint32 indexed interval,
        bool chpFirst,
        uint8 solarPriceTick,
        uint8 chpPriceTick,
        uint256 solarVolume,
        uint256 chpVolume,
        uint256 unsold,
        uint256 unserved
    );

    /// @notice An order is settled. Fills in units; metered milliwatt-hours, `missing` if the rule for silence set them;
    /// trade and grid as the home receives them (negative: it pays); credited to its balance now, and owed by the grid.
    event Settled(
        uint32 indexed interval,
        uint64 indexed meter,
        address account,
        uint256 solarUnits,
        uint256 chpUnits,
        uint256 meteredMilliWh,
        bool missing,
        int256 trade,
        int256 grid,
        uint256 credited,
        uint256 owed
    );

    /// @notice A meter has no order to settle in this interval, or its readings are not there yet.
    event SettlementSkipped(uint32 indexed interval, uint64 indexed meter);

    /// @notice Silence in an interval is noted: from this time on orders without a reading settle at the worst.
    event SilenceNoted(uint32 indexed interval, uint256 from);

    /// @notice The tariffs from this version on, which waited, will not come into force; their numbers are used again.
    event TariffsDropped(uint24 indexed fromVersion);

    /// @notice A tariff is in force from an interval on.
    event TariffSet(uint24 indexed version, uint32 indexed firstInterval, uint64 feedInPerKWh, uint64 tickSizePerKWh);

    /// @notice An account paid into its balance.
    event Deposited(address indexed account, uint256 value);

    /// @notice An account took from its balance.
    event Withdrawn(address indexed account, uint256 value);

    /// @notice The utility's balance rose from an account's.
    event UtilityFunded(address indexed account, uint256 value);

    /// @notice Money of the utility can leave from this time on, as far as no home needs it before; 0: none will.
    event WithdrawalAnnounced(address indexed account, uint256 value, uint256 from);

    /// @notice The utility's balance fell to an account's.
    event UtilityWithdrawn(address indexed account, uint256 value);

    /// @notice What the grid owed an account was credited to its balance.
    event OwedCollected(address indexed account, uint256 value);

    /* CONSTANTS */

    /// @notice The role that sets tariffs and holds the utility's balance.
    function UTILITY_ROLE() external view returns (bytes32);

    /// @notice The money. Never changes.
    function TOKEN() external view returns (IERC20);

    /// @notice The meters. Never changes.
    function REGISTRY() external view returns (IMeterRegistry);

    /// @notice Seconds of an interval: the registry's. Never changes.
    function INTERVAL() external view returns (uint32);

    /// @notice Milliwatt-hours of a unit. Never changes.
    function UNIT() external view returns (uint32);

    /// @notice Least energy of an order in units. Never changes.
    function LEAST_ENERGY() external view returns (uint32);

    /// @notice Seconds from the gate to the delivery. Never changes.
    function GATE_LEAD() external view returns (uint32);

    /// @notice What a buyer deposits beyond its energy at retail, in per cent. Never changes.
    function MARGIN() external view returns (uint32);

    /// @notice Seconds from the delivery's end until silence can be noted. Never changes.
    function READING_DEADLINE() external view returns (uint32);

    /// @notice What no tariff's retail is above, in base units per kilowatt-hour. Never changes.
    function MOST_RETAIL() external view returns (uint64);

    /// @notice Seconds from an announced withdrawal until the utility may take its money, for a day. Never changes.
    function WITHDRAWAL_NOTICE() external view returns (uint256);

    /// @notice Most tariffs that may wait for their first interval.
    function MOST_WAITING() external view returns (uint24);

    /* ORDER */

    // By the token's callbacks too:
    // - `transferAndCall(auction, value, data)` adds `value` to the account's balance; with a `Placement` as data the
    //   order is then placed from the balance. Without data a transfer by another, not of nothing, is a gift.
    // - `approveAndCall(auction, value, data)` with a `Placement` pulls exactly what the order costs more than the one it
    //   replaces, at most `value`, and leaves the balance alone; without data it pulls `value` into the balance.

    /// @notice Place, change or cancel a meter's order, from the caller's balance; only the difference moves. Settles
    /// the meter's earlier order in the same lane if that is still to do.
    /// @param placement The order; energy 0 cancels, before the gate, for whoever placed it, whoever owns the meter.
    function place(Placement calldata placement) external;

    /// @notice Take money out of the caller's balance.
    /// @param value Base units.
    function withdraw(uint256 value) external;

    /* CLEAR AND SETTLE */

    /// @notice Clear an interval whose gate has closed, once. Costs the same for ten orders or ten thousand.
    /// @param interval The interval.
    function clear(uint32 interval) external;

    /// @notice Settle orders of a cleared interval; what is not ready is skipped.
    /// @param interval The interval.
    /// @param meters Their meters.
    function settle(uint32 interval, uint64[] calldata meters) external;

    /// @notice Note that an interval's reading deadline is over, once. Orders whose meters are still silent settle at the
    /// worst from the second boundary after the current interval's on; harmless where nobody is silent.
    /// @param interval A cleared interval whose `READING_DEADLINE` is over.
    function noteSilence(uint32 interval) external;

    /// @notice Credit what the grid owes the caller, as far as the utility's balance goes.
    function collectOwed() external;

    /* UTILITY */

    /// @notice Set the grid's prices from an interval on that cannot be ordered yet; versions that wait for this interval
    /// or a later one are dropped. Only `UTILITY_ROLE`.
    /// @param firstInterval First interval in force, at most 31 days ahead.
    /// @param feedInPerKWh What the grid pays, in base units per kilowatt-hour.
    /// @param tickSizePerKWh A 63rd of what retail is above it, not zero.
    function setTariff(uint32 firstInterval, uint64 feedInPerKWh, uint64 tickSizePerKWh) external;

    /// @notice Move money from the caller's balance to the utility's. Only `UTILITY_ROLE`.
    /// @param value Base units.
    function fund(uint256 value) external;

    /// @notice Announce that money of the utility which is not owed will leave, instead of what was announced before.
    /// Until it is taken it still pays what the balance cannot. Only `UTILITY_ROLE`.
    /// @param value Base units; 0 takes the announcement back.
    function announceWithdrawal(uint256 value) external;

    /// @notice Move what was announced, and is still there, to the caller's balance: from `WITHDRAWAL_NOTICE` after the
    /// announcement, for a day. Only `UTILITY_ROLE`.
    function executeWithdrawal() external;

    /* VIEWS */

    /// @notice An account's money here, free to use.
    /// @param account The account.
    function balanceOf(address account) external view returns (uint256);

    /// @notice What the grid owes an account.
    /// @param account The account.
    function owedTo(address account) external view returns (uint256);

    /// @notice The utility's balance, and what it owes to all homes together.
    function utility() external view returns (uint256 balance, uint256 owed);

    /// @notice What the utility announced to withdraw, less what it has paid since, and from when it may.
    function leaving() external view returns (uint256 value, uint256 from);

    /// @notice A meter's order in an interval; all zero if its place belongs to another interval.
    /// @param meter The meter.
    /// @param interval The interval.
    function orderAt(uint64 meter, uint32 interval) external view returns (Order memory);

    /// @notice How an interval cleared.
    /// @param interval The interval.
    function resultOf(uint32 interval) external view returns (Result memory);

    /// @notice The last interval that has used a lane (the interval's parity), and whether it is cleared.
    /// @param interval Any interval of the lane.
    function laneOf(uint32 interval) external view returns (uint32 held, bool cleared);

    /// @notice A word of the interval's lane as it stands, whoever used it last; `AuctionLens` reads sums from it.
    /// @param interval Any interval of the lane.
    /// @param index 0 to 511 buyers (eight a CHP tick, 8 solar ticks each), to 514 which of these are touched, to 522 solar
    /// sellers, to 530 CHP sellers; a word above is 0.
    function wordAt(uint32 interval, uint256 index) external view returns (uint256);

    /// @notice How many tariffs there are; their versions are 1 to this.
    function tariffCount() external view returns (uint24);

    /// @notice A tariff by its version.
    /// @param version The version.
    function tariffs(uint24 version)
        external
        view
        returns (uint32 firstInterval, uint64 feedInPerKWh, uint64 tickSizePerKWh);

    /// @notice The version in force in an interval; final from the moment that the interval takes orders.
    /// @param interval The interval.
    function tariffOf(uint32 interval) external view returns (uint24 version);

    /// @notice When an interval's gate closes.
    /// @param interval The interval.
    function gateClosesAt(uint32 interval) external view returns (uint256);
}
