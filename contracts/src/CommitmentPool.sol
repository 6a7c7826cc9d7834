// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1363Receiver} from "@openzeppelin/contracts/interfaces/IERC1363Receiver.sol";
import {IERC1363Spender} from "@openzeppelin/contracts/interfaces/IERC1363Spender.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {ICommitmentPool} from "./interfaces/ICommitmentPool.sol";
import {IMeterRegistry} from "./interfaces/IMeterRegistry.sol";
import {IRoundFeed} from "./interfaces/IRoundFeed.sol";
import {PoolMoney} from "./libraries/PoolMoney.sol";
import {PoolSlots} from "./libraries/PoolSlots.sol";
import {PoolAccounts} from "./pool/PoolAccounts.sol";
import {PoolPrice} from "./pool/PoolPrice.sol";

/// @title CommitmentPool, what homes commit to feed or draw beforehand, settled by their meters.
/// @dev Invariants: the balance of tokens covers all balances and all open collateral; each metered unit enters once; an
/// interval's price never changes; an interval's sums are those of its commitments; nobody is charged more than its
/// collateral; claims do not depend on their order; only the account's own call lowers its meters' balances or commits.
contract CommitmentPool is PoolAccounts, PoolPrice {
    using PoolSlots for Commitment;
    using PoolSlots for Interval;
    using PoolSlots for uint256;
    using SafeERC20 for IERC20;

    /* CONSTANTS AND IMMUTABLES */

    /// @inheritdoc ICommitmentPool
    uint32 public immutable RECORD_DEADLINE;

    /// @inheritdoc ICommitmentPool
    uint32 public immutable PENALTY;

    /// @inheritdoc ICommitmentPool
    uint64 public immutable LEAST_ENERGY;

    /// @inheritdoc ICommitmentPool
    uint32 public immutable HORIZON;

    /// @inheritdoc ICommitmentPool
    uint32 public immutable RING;

    /// @dev Commitments that a meter may have at a time.
    uint256 private constant _PLACES = 3;

    /// @dev Most intervals of a commitment; every loop over them is as short.
    uint256 private constant _MOST_LENGTH = 8;

    /// @dev Most milliwatt-hours of a commitment, and of all of a side: the value above is silence.
    uint256 private constant _MOST_ENERGY = type(uint48).max - 1;

    /// @dev Words of the ABI; anything else is somebody's mistake and is refused by name.
    uint256 private constant _PLEDGE_BYTES = 8 * 32;
    uint256 private constant _METER_BYTES = 32;

    /// @dev Intervals from the one in which silence is noted to the first in which it counts: one whole one between.
    uint256 private constant _HEARING = 2;

    /// @dev Boundaries that must stay in the registry's ring beside those of the deadline: both of the interval, two for
    /// the note's hearing, and two to record in.
    uint256 private constant _REGISTRY_RESERVE = 6;

    /// @dev Entries that must stay in this ring beside the horizon and the deadline: a commitment's length, a day of hours
    /// to read, and four to note and claim in.
    uint256 private constant _RING_RESERVE = 36;

    uint256 private constant _LONGEST_RING = 4096;
    uint256 private constant _FARTHEST_HORIZON = 96;
    uint256 private constant _PERCENT = 100;

    /// @dev Milliwatt-hours that one watt makes in an hour, and an hour's seconds.
    uint256 private constant _MILLIWH_PER_WH = 1000;
    uint256 private constant _HOUR = 3600;

    /// @dev The market of a meter that may commit here.
    uint8 private constant _MARKET = 0;

    /* STORAGE */

    /// @dev Words of `PoolSlots`.
    mapping(uint64 meter => uint256[3] words) private _places;

    /// @dev What was done after a commitment's first interval, in words of `PoolSlots`.
    mapping(uint64 meter => uint256[2][3] words) private _later;

    /// @dev Two words of `PoolSlots`: sums and terms.
    mapping(uint256 index => uint256[2] words) private _ring;

    /* CONSTRUCTOR */

    /// @param settings What never changes.
    constructor(Settings memory settings) PoolAccounts(settings.token, settings.registry) PoolPrice(settings) {
        uint256 interval = INTERVAL;
        uint256 kept = settings.registry.RING();
        _requireWithin("registry ring", kept, _REGISTRY_RESERVE + 1, type(uint32).max);
        // Both boundaries must still be in the registry when the note of silence has been heard.
        uint256 longest = (kept - _REGISTRY_RESERVE) * interval;
        _requireWithin("record deadline", settings.recordDeadlineSeconds, interval, longest);
        _requireWithin("penalty", settings.penaltyPercent, 0, _PERCENT);
        _requireWithin("least energy", settings.leastMilliWh, 1, _MOST_ENERGY);
        _requireWithin("horizon", settings.horizon, 1, _FARTHEST_HORIZON);
        _requireWithin("price horizon", settings.horizonPrice, 1, settings.horizon);
        uint256 least = settings.horizon + Math.ceilDiv(settings.recordDeadlineSeconds, interval) + _RING_RESERVE;
        _requireWithin("ring", settings.ring, least, _LONGEST_RING);
        require(settings.ring & (settings.ring - 1) == 0, PoolRingNotPowerOfTwo(settings.ring));

        RECORD_DEADLINE = settings.recordDeadlineSeconds;
        PENALTY = settings.penaltyPercent;
        LEAST_ENERGY = settings.leastMilliWh;
        HORIZON = settings.horizon;
        RING = settings.ring;
    }

    /* COMMIT */

    /// @inheritdoc IERC1363Spender
    function onApprovalReceived(address owner, uint256 value, bytes calldata data) external returns (bytes4) {
        require(msg.sender == address(TOKEN), PoolNotToken(msg.sender));
        uint256 charge = value;
        if (data.length == _METER_BYTES) {
            _deposit(abi.decode(data, (uint64)), owner, value);
        } else {
            charge = _commit(owner, _decode(data));
            require(charge <= value, PoolChargeAboveValue(charge, value));
        }
        _requireRoom(charge);

        // The token itself says that `owner` approved in this very call.
        // slither-disable-next-line arbitrary-send-erc20
        if (charge != 0) TOKEN.safeTransferFrom(owner, address(this), charge);
        return IERC1363Spender.onApprovalReceived.selector;
    }

    /// @inheritdoc IERC1363Receiver
    function onTransferReceived(address operator, address from, uint256 value, bytes calldata data)
        external
        returns (bytes4)
    {
        require(msg.sender == address(TOKEN), PoolNotToken(msg.sender));
        if (data.length == _METER_BYTES) {
            _deposit(abi.decode(data, (uint64)), from, value);
        } else {
            // A transfer of nothing needs no allowance: that tokens moved does not say who asked for the commitment.
            require(operator == from, PoolNotByAccount(operator, from));
            uint256 charge = _commit(from, _decode(data));
            require(charge == value, PoolChargeAboveValue(charge, value));
        }
        // The value is here already.
        _requireRoom(0);

        return IERC1363Receiver.onTransferReceived.selector;
    }

    /// @inheritdoc ICommitmentPool
    function commit(Pledge calldata pledge) external {
        _debit(pledge.meter, _commit(msg.sender, pledge));
    }

    /// @inheritdoc ICommitmentPool
    function fixPrice(uint32 interval) external {
        uint256 begins = uint256(interval) * INTERVAL;
        uint256 ahead = uint256(HORIZON_PRICE) * INTERVAL;
        uint256 from = begins > ahead ? begins - ahead : 0;
        require(block.timestamp >= from && block.timestamp < begins, PoolPriceNotDue(interval, from, begins));
        Interval memory entry = _entryOf(interval);
        require(entry.interval == interval && entry.committed != 0, PoolNoCommitments(interval));
        require(entry.pricePerKWh == 0, PoolPriceFixed(interval));

        entry.pricePerKWh = _oraclePrice();
        _ring[interval % RING][1] = entry.packTerms();
        emit PriceFixed(interval, entry.pricePerKWh);
    }

    /* SETTLE */

    /// @inheritdoc ICommitmentPool
    function record(uint32 interval, Standing[] calldata standing) external {
        Interval memory entry = _entryOf(interval);
        bool there = entry.interval == interval;
        for (uint256 i = 0; i < standing.length; ++i) {
            (uint64 meter, uint8 place) = (standing[i].meter, standing[i].place);
            if (!there || !_record(entry, meter, place)) emit Skipped(interval, meter, place);
        }
        if (there) _store(entry);
    }

    /// @inheritdoc ICommitmentPool
    function noteSilence(uint32 interval) external {
        Interval memory entry = _entryOf(interval);
        require(entry.interval == interval && entry.committed != 0, PoolNoCommitments(interval));
        require(entry.notedAfter == 0, PoolSilenceNoted(interval));
        uint256 from = (uint256(interval) + 1) * INTERVAL + RECORD_DEADLINE;
        require(block.timestamp >= from, PoolSilenceTooEarly(interval, from));
        uint256 now_ = block.timestamp / INTERVAL;

        // 24 bits of intervals; a note after more of them than that is heard at once.
        // forge-lint: disable-next-line(unsafe-typecast)
        entry.notedAfter = uint24(Math.min(now_ - interval, type(uint24).max));
        _ring[interval % RING][1] = entry.packTerms();
        emit SilenceNoted(interval, (now_ + _HEARING) * INTERVAL);
    }

    /// @inheritdoc ICommitmentPool
    function claim(uint32 interval, Standing[] calldata standing) external {
        Interval memory entry = _entryOf(interval);
        bool there = entry.interval == interval;
        for (uint256 i = 0; i < standing.length; ++i) {
            (uint64 meter, uint8 place) = (standing[i].meter, standing[i].place);
            if (!there || !_claim(entry, meter, place)) emit Skipped(interval, meter, place);
        }
        if (there) _store(entry);
    }

    /* VIEWS */

    /// @inheritdoc ICommitmentPool
    function commitmentAt(uint64 meter, uint8 place) external view returns (Commitment memory) {
        return _places[meter][place].commitmentOf();
    }

    /// @inheritdoc ICommitmentPool
    function intervalAt(uint32 interval) public view returns (Interval memory entry) {
        entry = _entryOf(interval);
        if (entry.interval != interval) delete entry;
    }

    /// @inheritdoc ICommitmentPool
    function history(uint32 last, uint32 count) external view returns (Interval[] memory entries) {
        _requireWithin("count", count, 1, Math.min(RING, uint256(last) + 1));
        entries = new Interval[](count);
        for (uint32 i = 0; i < count; ++i) {
            entries[i] = intervalAt(last + 1 - count + i);
        }
    }

    /// @inheritdoc ICommitmentPool
    function mostMilliWhOf(uint64 meter) external view returns (uint256) {
        // The maximum power alone is asked for.
        // slither-disable-next-line unused-return
        (, uint32 maxPowerW,,) = REGISTRY.meterOf(meter);
        return _mostMilliWh(maxPowerW);
    }

    /// @inheritdoc ICommitmentPool
    function collateralOf(Pledge calldata pledge) external view returns (uint256) {
        return _collateralUp(pledge.side, pledge.amountMilliWh, pledge.mostPerKWh) * pledge.length;
    }

    /* INTERNAL: COMMIT */

    /// @dev Let a commitment stand in its place, and tell its collateral. No token moves here.
    function _commit(address account, Pledge memory pledge) private returns (uint256 collateral) {
        _requirePledge(account, pledge);
        _freePlace(pledge);

        uint48 price = 0;
        for (uint32 i = 0; i < pledge.length; ++i) {
            price = _enter(pledge, pledge.first + i, price);
        }
        Commitment memory one = Commitment({
            side: pledge.side,
            first: pledge.first,
            length: pledge.length,
            amountMilliWh: pledge.amountMilliWh,
            leastPerKWh: pledge.leastPerKWh,
            mostPerKWh: pledge.mostPerKWh,
            recorded: 0,
            claimed: 0
        });
        _places[pledge.meter][pledge.place] = one.pack();
        collateral = _collateralUp(pledge.side, pledge.amountMilliWh, pledge.mostPerKWh) * pledge.length;
        emit Committed(
            pledge.meter,
            pledge.first,
            pledge.length,
            pledge.place,
            pledge.side,
            pledge.amountMilliWh,
            pledge.leastPerKWh,
            pledge.mostPerKWh,
            collateral
        );
    }

    function _requirePledge(address account, Pledge memory pledge) private view {
        (uint8 place, uint8 length) = (pledge.place, pledge.length);
        require(place < _PLACES && length != 0 && length <= _MOST_LENGTH, PoolShapeInvalid(place, length));
        require(
            pledge.leastPerKWh <= pledge.mostPerKWh && pledge.mostPerKWh != 0,
            PoolLimitsInvalid(pledge.leastPerKWh, pledge.mostPerKWh)
        );
        uint256 earliest = block.timestamp / INTERVAL + 1;
        uint256 latest = earliest + HORIZON - 1;
        require(
            pledge.first >= earliest && uint256(pledge.first) + length - 1 <= latest,
            PoolOutsideHorizon(pledge.first, length, earliest, latest)
        );
        (address owner, uint32 maxPowerW, IMeterRegistry.MeterKind kind, uint8 market) = REGISTRY.meterOf(pledge.meter);
        require(owner == account, PoolNotMeterOwner(pledge.meter, account));
        require(market == _MARKET, PoolMeterInMarket(pledge.meter, market));
        require(
            pledge.side == Side.Consumer || kind != IMeterRegistry.MeterKind.Consumer,
            PoolCannotFeed(pledge.meter, kind)
        );
        require(pledge.amountMilliWh >= LEAST_ENERGY, PoolEnergyBelowLeast(pledge.amountMilliWh, LEAST_ENERGY));
        uint256 most = _mostMilliWh(maxPowerW);
        require(pledge.amountMilliWh <= most, PoolEnergyAboveMost(pledge.amountMilliWh, most));
    }

    /// @dev Refuse a place that is taken, once what is due in it is settled, and an interval that another place has: a
    /// meter's energy enters once.
    function _freePlace(Pledge memory pledge) private {
        for (uint8 place = 0; place < _PLACES; ++place) {
            Commitment memory held = _places[pledge.meter][place].commitmentOf();
            if (place == pledge.place) {
                require(_settleDue(pledge.meter, place, held), PoolPlaceTaken(pledge.meter, place, held.first));
            } else {
                require(
                    uint256(held.first) + held.length <= pledge.first
                        || uint256(pledge.first) + pledge.length <= held.first,
                    PoolIntervalTaken(pledge.meter, place)
                );
            }
        }
    }

    /// @dev Record and claim what stands in a place as far as it is due, and tell whether all of it is.
    function _settleDue(uint64 meter, uint8 place, Commitment memory held) private returns (bool) {
        uint256 whole = 2 ** held.length - 1;
        if (held.claimed == whole) return true;
        for (uint32 i = 0; i < held.length; ++i) {
            Interval memory entry = _entryOf(held.first + i);
            // What is not claimed keeps its entry; what is may have lost it.
            if (entry.interval != held.first + i) continue;
            bool recorded = _record(entry, meter, place);
            if (_claim(entry, meter, place) || recorded) _store(entry);
        }
        return _places[meter][place].commitmentOf().claimed == whole;
    }

    /// @dev Count a commitment in one of its intervals, whose price is fixed by it if it is due. The oracle is asked
    /// once a call: `asked` is what it said, or 0.
    function _enter(Pledge memory pledge, uint32 interval, uint48 asked) private returns (uint48) {
        Interval memory entry = _entryOf(interval);
        bool fresh = entry.interval != interval;
        if (fresh) {
            require(entry.claimed == entry.committed, PoolIntervalUnclaimed(entry.interval));
            delete entry;
            entry.interval = interval;
        }
        bool fixes = entry.pricePerKWh == 0 && interval <= block.timestamp / INTERVAL + HORIZON_PRICE;
        if (fixes) {
            if (asked == 0) asked = _oraclePrice();
            entry.pricePerKWh = asked;
            emit PriceFixed(interval, asked);
        }
        uint48 price = entry.pricePerKWh;
        require(
            price == 0 || (pledge.leastPerKWh <= price && price <= pledge.mostPerKWh),
            PoolPriceOutsideLimits(interval, price)
        );
        Sums memory own = pledge.side == Side.Consumer ? entry.consumers : entry.producers;
        require(
            uint256(own.committed) + pledge.amountMilliWh <= _MOST_ENERGY && entry.committed != type(uint16).max,
            PoolIntervalFull(interval)
        );
        own.committed += pledge.amountMilliWh;
        ++entry.committed;

        _ring[interval % RING][0] = entry.packSums();
        if (fresh || fixes) _ring[interval % RING][1] = entry.packTerms();
        return asked;
    }

    /* INTERNAL: SETTLE */

    /// @dev Record a commitment in an interval: nothing happens, and the answer is false, while it is not ready. The
    /// entry changes in memory, so that a batch writes it once.
    function _record(Interval memory entry, uint64 meter, uint8 place) private returns (bool) {
        (uint256 word, uint256 index) = _standing(entry.interval, meter, place);
        if (word == 0 || block.timestamp < (uint256(entry.interval) + 1) * INTERVAL) return false;
        Commitment memory one = word.commitmentOf();
        if ((one.recorded >> index) & 1 != 0) return false;

        (bool ready, uint48 did) = _count(entry, meter, one);
        if (!ready) return false;
        ++entry.recorded;

        _keep(meter, place, word.withRecorded(index), index, did);
        _tell(entry, one, meter, place, did);
        return true;
    }

    /// @dev Keep what a meter did in one of a commitment's intervals.
    function _keep(uint64 meter, uint8 place, uint256 word, uint256 index, uint48 did) private {
        if (index == 0) {
            word = word.withDid(did);
        } else {
            uint256 which = PoolSlots.laterWord(index);
            _later[meter][place][which] = _later[meter][place][which].withLater(index, did);
        }
        _places[meter][place] = word;
    }

    function _tell(Interval memory entry, Commitment memory one, uint64 meter, uint8 place, uint48 did) private {
        // A sign of our own, which no meter can say.
        // slither-disable-next-line incorrect-equality
        bool silent = did == PoolSlots.SILENT;
        emit Recorded(entry.interval, meter, place, silent ? 0 : did, _lapses(one, entry.pricePerKWh), silent);
    }

    /// @dev Take what a meter did into its side's sums, once it is known; what lapsed leaves them.
    function _count(Interval memory entry, uint64 meter, Commitment memory one)
        private
        view
        returns (bool ready, uint48 did)
    {
        Sums memory own = one.side == Side.Consumer ? entry.consumers : entry.producers;
        if (_lapses(one, entry.pricePerKWh)) {
            own.committed -= one.amountMilliWh;
            return (true, 0);
        }
        (ready, did) = _metered(entry, meter, one);
        if (!ready) return (false, 0);
        if (did != PoolSlots.SILENT) own.delivered += did;
        else if (one.side == Side.Consumer) own.silent += one.amountMilliWh;
    }

    /// @dev Claim a commitment in an interval: nothing happens, and the answer is false, while it is not ready. When all
    /// are recorded the sums are final, so claims do not depend on their order.
    function _claim(Interval memory entry, uint64 meter, uint8 place) private returns (bool) {
        (uint256 word, uint256 index) = _standing(entry.interval, meter, place);
        if (word == 0 || entry.recorded != entry.committed) return false;
        Commitment memory one = word.commitmentOf();
        if ((one.claimed >> index) & 1 != 0) return false;

        uint256 charged = 0;
        uint256 received = 0;
        uint256 credited = _collateralUp(one.side, one.amountMilliWh, one.mostPerKWh);
        uint48 committed = 0;
        uint48 did = 0;
        if (!_lapses(one, entry.pricePerKWh)) {
            did = index == 0 ? word.didOf() : _later[meter][place][PoolSlots.laterWord(index)].laterOf(index);
            (charged, received) = _settle(one, entry, did);
            credited = credited - charged + received;
            committed = one.amountMilliWh;
            if (did == PoolSlots.SILENT) did = 0;
        }
        ++entry.claimed;

        _places[meter][place] = word.withClaimed(index);
        _credit(meter, credited, committed, did);
        emit Claimed(entry.interval, meter, place, charged, received, credited);
        return true;
    }

    function _settle(Commitment memory one, Interval memory entry, uint48 did)
        private
        view
        returns (uint256 charged, uint256 received)
    {
        bool consumes = one.side == Side.Consumer;
        bool silent = did == PoolSlots.SILENT;
        return PoolMoney.settle(
            one.side,
            one.amountMilliWh,
            silent ? 0 : did,
            silent,
            consumes ? entry.consumers : entry.producers,
            consumes ? entry.producers : entry.consumers,
            entry.pricePerKWh,
            PENALTY
        );
    }

    /// @dev What a meter did, at most what it committed, or that it is silent: by its own word, when it has told a later
    /// boundary than the interval's first; or because its silence was noted and it has not spoken since.
    function _metered(Interval memory entry, uint64 meter, Commitment memory one)
        private
        view
        returns (bool ready, uint48 did)
    {
        // Views of our own registry: none of them can fail for a commitment's meter, so none blocks a batch.
        // slither-disable-next-line calls-loop
        (bool found, uint112 imported, uint112 exported) = REGISTRY.delta(meter, entry.interval);
        if (found) {
            uint112 energy = one.side == Side.Consumer ? imported : exported;
            // Less than what was committed, which has so many bits.
            // forge-lint: disable-next-line(unsafe-typecast)
            return (true, energy < one.amountMilliWh ? uint48(energy) : one.amountMilliWh);
        }
        // The last boundary alone is asked for.
        // slither-disable-next-line unused-return,calls-loop
        (, uint32 last,,) = REGISTRY.meters(meter);
        uint256 heard = (uint256(entry.interval) + entry.notedAfter + _HEARING) * INTERVAL;
        bool noted = entry.notedAfter != 0 && block.timestamp >= heard;
        return (last > entry.interval || noted, PoolSlots.SILENT);
    }

    /// @dev The word of a place's commitment and which of its intervals this is; 0 if it is none.
    function _standing(uint32 interval, uint64 meter, uint8 place) private view returns (uint256 word, uint256 index) {
        if (place >= _PLACES) return (0, 0);
        word = _places[meter][place];
        Commitment memory one = word.commitmentOf();
        if (interval < one.first || interval - one.first >= one.length) return (0, 0);
        return (word, interval - one.first);
    }

    function _store(Interval memory entry) private {
        (uint256 sums, uint256 terms) = entry.pack();
        uint256[2] storage words = _ring[entry.interval % RING];
        if (words[0] != sums) words[0] = sums;
        if (words[1] != terms) words[1] = terms;
    }

    function _entryOf(uint32 interval) private view returns (Interval memory) {
        uint256[2] storage words = _ring[interval % RING];
        return PoolSlots.intervalOf(words[0], words[1]);
    }

    function _collateralUp(Side side, uint256 amountMilliWh, uint256 mostPerKWh) private view returns (uint256) {
        return PoolMoney.collateralUp(side, amountMilliWh, mostPerKWh, PENALTY);
    }

    function _mostMilliWh(uint32 maxPowerW) private view returns (uint256) {
        return Math.min(uint256(maxPowerW) * INTERVAL * _MILLIWH_PER_WH / _HOUR, _MOST_ENERGY);
    }

    /* PURE */

    function _lapses(Commitment memory one, uint48 price) private pure returns (bool) {
        return price == 0 || price < one.leastPerKWh || price > one.mostPerKWh;
    }

    function _decode(bytes calldata data) private pure returns (Pledge memory) {
        require(data.length == _PLEDGE_BYTES, PoolDataMalformed(data.length));
        return abi.decode(data, (Pledge));
    }
}
