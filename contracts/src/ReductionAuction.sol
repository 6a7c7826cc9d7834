// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1363Receiver} from "@openzeppelin/contracts/interfaces/IERC1363Receiver.sol";
import {IERC1363Spender} from "@openzeppelin/contracts/interfaces/IERC1363Spender.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IReductionAuction} from "./interfaces/IReductionAuction.sol";
import {LaneGuard} from "./libraries/LaneGuard.sol";
import {ReductionBook} from "./libraries/ReductionBook.sol";
import {ReductionMoney} from "./libraries/ReductionMoney.sol";
import {ReductionSlots} from "./libraries/ReductionSlots.sol";
import {TickMath} from "./libraries/TickMath.sol";
import {ReductionAccounts} from "./reduction/ReductionAccounts.sol";
import {ReductionBaseline} from "./reduction/ReductionBaseline.sol";

/// @title ReductionAuction, less power in a window, from whoever does without it for the least.
/// @dev Invariants: the balance of tokens is the sum of meters' and utilities' balances, standing bonds and what is held
/// for requests; what is awarded never exceeds the target, nor what is paid an award; a result never changes; only the
/// owner's own call lowers a meter's balance or changes its offer; nobody is better off silent or out.
contract ReductionAuction is ReductionAccounts {
    using ReductionBook for ReductionBook.Book;
    using ReductionSlots for ReductionSlots.Account;
    using ReductionSlots for ReductionSlots.Offer;
    using ReductionSlots for ReductionSlots.Standing;
    using ReductionSlots for ReductionSlots.State;
    using ReductionSlots for ReductionSlots.Terms;
    using ReductionSlots for uint120;
    using ReductionSlots for uint256;
    using SafeCast for int256;
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    /* TYPES */

    /// @dev One slot: a utility's number, how many requests it made, and the newest one and the one before.
    struct Utility {
        uint32 number;
        uint32 requests;
        uint32 newest;
        uint32 former;
    }

    /* CONSTANTS AND IMMUTABLES */

    /// @inheritdoc IReductionAuction
    uint32 public immutable UNIT;

    /// @inheritdoc IReductionAuction
    uint32 public immutable LEAST_ENERGY;

    /// @inheritdoc IReductionAuction
    uint32 public immutable BOND_PERCENT;

    /// @inheritdoc IReductionAuction
    uint256 public constant MOST_BLOCKS = 4;

    /// @dev Of a block, in 24 bits.
    uint256 private constant _MOST_BLOCK_UNITS = type(uint24).max;

    uint256 private constant _MOST_PERCENT = 100;

    /// @dev One word of the ABI: a meter's number. Seven: an ask.
    uint256 private constant _METER_BYTES = 32;
    uint256 private constant _ASK_BYTES = 7 * 32;

    /// @dev How far ahead a window may begin, so that no bond waits longer.
    uint256 private constant _FURTHEST = 31 days;

    /// @dev How long what is carried lives.
    uint256 private constant _CARRY = 32 days;

    /// @dev Intervals from the one in which silence is noted to the first in which it counts: one whole one between.
    uint256 private constant _HEARING = 2;

    uint256 private constant _MILLIWH_PER_WH = 1_000;
    uint256 private constant _HOUR = 1 hours;

    /* STORAGE */

    /// @inheritdoc IReductionAuction
    uint32 public requestCount;

    mapping(address account => Utility utility) private _utilities;

    /// @dev By their numbers, from 1.
    address[] private _utilityAccounts = [address(0)];

    /// @dev Words of `ReductionSlots`.
    mapping(uint32 request => uint256 terms) private _terms;
    mapping(uint32 request => uint256 state) private _states;
    mapping(uint64 meter => uint256[2] lanes) private _offers;
    mapping(uint32 utility => mapping(uint64 meter => uint256 standing)) private _standings;

    mapping(uint32 utility => ReductionBook.Book[2] lanes) private _books;

    /* CONSTRUCTOR */

    /// @param settings What never changes.
    constructor(Settings memory settings) ReductionBaseline(settings) ReductionAccounts(settings.token) {
        _requireWithin("unit", settings.unitMilliWh, 1, type(uint32).max);
        _requireWithin("least energy", settings.leastUnits, 1, _MOST_BLOCK_UNITS);
        _requireWithin("bond percent", settings.bondPercent, 0, _MOST_PERCENT);

        UNIT = settings.unitMilliWh;
        LEAST_ENERGY = settings.leastUnits;
        BOND_PERCENT = settings.bondPercent;
    }

    /* ASKING */

    /// @inheritdoc IERC1363Spender
    function onApprovalReceived(address owner, uint256 value, bytes calldata data) external returns (bytes4) {
        require(msg.sender == address(TOKEN), ReductionNotToken(msg.sender));
        uint256 charge = value;
        if (data.length == _ASK_BYTES) {
            (, charge) = _request(owner, abi.decode(data, (Ask)));
            require(charge <= value, ReductionChargeMismatch(charge, value));
        } else {
            _gift(owner, value, data);
        }

        // The token itself says that `owner` approved in this very call.
        // slither-disable-next-line arbitrary-send-erc20
        TOKEN.safeTransferFrom(owner, address(this), charge);
        return IERC1363Spender.onApprovalReceived.selector;
    }

    /// @inheritdoc IERC1363Receiver
    function onTransferReceived(address operator, address from, uint256 value, bytes calldata data)
        external
        returns (bytes4)
    {
        require(msg.sender == address(TOKEN), ReductionNotToken(msg.sender));
        if (data.length == _ASK_BYTES) {
            // A transfer of nothing needs no allowance: that tokens moved does not say who asked.
            require(operator == from, ReductionNotByAccount(operator, from));
            (, uint256 charge) = _request(from, abi.decode(data, (Ask)));
            require(charge == value, ReductionChargeMismatch(charge, value));
        } else {
            _gift(from, value, data);
        }

        return IERC1363Receiver.onTransferReceived.selector;
    }

    /// @inheritdoc IReductionAuction
    function request(Ask calldata ask) external returns (uint32 number) {
        uint256 charge;
        (number, charge) = _request(msg.sender, ask);
        _debit(msg.sender, charge);
    }

    /// @inheritdoc IReductionAuction
    function register(uint64 meter) external {
        (uint32 number, ReductionSlots.Standing memory standing) = _standingWith(msg.sender, meter);
        require(!standing.registered, ReductionAlreadyDone(meter));

        standing.registered = true;
        _standings[number][meter] = standing.pack();
        emit Registered(msg.sender, meter);
    }

    /// @inheritdoc IReductionAuction
    function postBaseline(uint64 meter, uint64 intervalMilliWh, bytes32 dataHash) external {
        (uint32 number, ReductionSlots.Standing memory standing) = _standingWith(msg.sender, meter);
        require(standing.postedMilliWh == 0 && intervalMilliWh != 0, ReductionAlreadyDone(meter));

        standing.postedMilliWh = intervalMilliWh;
        standing.postedFrom = uint32(block.timestamp / INTERVAL + 1);
        _standings[number][meter] = standing.pack();
        emit BaselinePosted(msg.sender, meter, intervalMilliWh, dataHash);
    }

    /// @inheritdoc IReductionAuction
    function reclaim(uint32 number) external {
        ReductionSlots.Terms memory terms = _termsOf(number);
        ReductionSlots.State memory state = _clearedStateOf(number);
        uint256 reserved = _isFinal(terms, state) ? 0 : _reservedUp(terms, state);
        uint256 value = state.held - reserved;
        require(value != 0, ReductionNothingToReclaim(number));
        address utility = _utilityAccounts[terms.utility];

        state.held = uint128(reserved);
        _states[number] = state.pack();
        balanceOf[utility] += value;
        emit Reclaimed(number, utility, value);
    }

    /* OFFERING */

    /// @inheritdoc IReductionAuction
    function offer(uint32 number, uint64 meter, Block[] calldata blocks) external {
        ReductionSlots.Terms memory terms = _termsOf(number);
        require(block.timestamp < terms.closesAt, ReductionOffersClosed(number, terms.closesAt));
        uint32 maxPowerW = _requireOwner(meter);
        uint256 former = _takePlace(number, meter, terms);

        ReductionSlots.Offer memory made =
            ReductionSlots.Offer({request: number, first: terms.first, length: terms.length, blocks: 0, bond: 0});
        if (blocks.length != 0) {
            ReductionSlots.Standing memory standing = _standings[terms.utility][meter].standingOf();
            require(!terms.registeredOnly || standing.registered, ReductionNotRegistered(meter));
            _requireWindowFree(meter, terms);
            uint256 energy;
            (made.blocks, energy) = _packed(blocks);
            uint256 most = _units(maxPowerW, terms.length);
            require(energy <= most, ReductionEnergyAboveMost(energy, most));
            made.bond = ReductionMoney.bondUp(
                    energy * UNIT, terms.mostPricePerKWh, BOND_PERCENT, _carryInto(terms.first, standing)
                ).toUint64();
            _books[terms.utility][terms.lane].add(number, made.blocks);
        }
        _move(meter, former, made.bond);
        _offers[meter][terms.lane] = made.pack();
        emit Offered(number, meter, made.blocks, made.bond);
    }

    /// @inheritdoc IReductionAuction
    function optOut(uint32 number, uint64 meter) external {
        ReductionSlots.Terms memory terms = _termsOf(number);
        ReductionSlots.State memory state = _clearedStateOf(number);
        _requireOwner(meter);
        uint256 ends = uint256(terms.first + terms.length) * INTERVAL;
        require(block.timestamp < ends, ReductionWindowOver(number, ends));
        ReductionSlots.Offer memory held = _offers[meter][terms.lane].offerOf();
        uint256 award = ReductionMoney.awardDown(held.blocks, state.marginalTick, state.fraction);
        require(held.request == number && award != 0, ReductionNoAward(meter, number));

        emit OptedOut(number, meter);
        _end(meter, held, terms, state, award, true, 0);
        _states[number] = state.pack();
    }

    /* ENDING */

    /// @inheritdoc IReductionAuction
    function clear(uint32 number) external {
        ReductionSlots.Terms memory terms = _termsOf(number);
        require(block.timestamp >= terms.closesAt, ReductionOffersOpen(number, terms.closesAt));
        ReductionSlots.State memory state = _states[number].stateOf();
        require(!state.cleared, ReductionAlreadyCleared(number));
        uint256 accepted = 0;
        uint256 tick = 0;
        uint256 fraction = 0;
        // Who cannot know its award before the window begins has none.
        if (block.timestamp < uint256(terms.first) * INTERVAL) {
            (accepted, tick, fraction) = _books[terms.utility][terms.lane].clear(number, terms.targetUnits);
        }
        state.cleared = true;
        state.openUnits = uint32(accepted);
        state.marginalTick = uint8(tick);
        state.fraction = uint40(fraction);
        uint256 reserved = _reservedUp(terms, state);
        uint256 released = state.held - reserved;
        state.held = uint128(reserved);

        _states[number] = state.pack();
        if (released != 0) balanceOf[_utilityAccounts[terms.utility]] += released;
        emit Cleared(number, accepted, tick, fraction, released);
    }

    /// @inheritdoc IReductionAuction
    function settle(uint32 number, uint64[] calldata meters) external {
        ReductionSlots.Terms memory terms = _termsOf(number);
        ReductionSlots.State memory state = _clearedStateOf(number);
        for (uint256 i = 0; i < meters.length; ++i) {
            uint256 word = _offers[meters[i]][terms.lane];
            if (word.requestOf() != number || !_settle(meters[i], word, terms, state)) {
                emit SettlementSkipped(number, meters[i]);
            }
        }
        _states[number] = state.pack();
    }

    /// @inheritdoc IReductionAuction
    function noteSilence(uint32 number) external {
        ReductionSlots.Terms memory terms = _termsOf(number);
        ReductionSlots.State memory state = _clearedStateOf(number);
        require(state.notedAfter == 0, ReductionSilenceNoted(number));
        uint256 end = terms.first + terms.length;
        uint256 from = end * INTERVAL + READING_DEADLINE;
        require(block.timestamp >= from, ReductionSilenceTooEarly(number, from));

        state.notedAfter = (block.timestamp / INTERVAL - end).toUint24();
        _states[number] = state.pack();
        emit SilenceNoted(number, _countsFrom(terms, state));
    }

    /* VIEWS */

    /// @inheritdoc IReductionAuction
    function requestOf(uint32 number) external view returns (Request memory found) {
        ReductionSlots.Terms memory terms = _terms[number].termsOf();
        ReductionSlots.State memory state = _states[number].stateOf();
        found.utility = _utilityAccounts[terms.utility];
        (found.first, found.length, found.lane) = (terms.first, terms.length, terms.lane);
        found.pricing = terms.payAsBid ? Pricing.PayAsBid : Pricing.Uniform;
        (found.registeredOnly, found.closesAt) = (terms.registeredOnly, terms.closesAt);
        (found.mostPricePerKWh, found.targetUnits) = (terms.mostPricePerKWh, terms.targetUnits);
        (found.requested, found.cleared) = (terms.requested, state.cleared);
        (found.marginalTick, found.fraction) = (state.marginalTick, state.fraction);
        (found.openUnits, found.held, found.notedAfter) = (state.openUnits, state.held, state.notedAfter);
    }

    /// @inheritdoc IReductionAuction
    function offerOf(uint32 number, uint64 meter) external view returns (Block[] memory blocks, uint64 bond) {
        ReductionSlots.Offer memory held = _offers[meter][_terms[number].termsOf().lane].offerOf();
        if (held.request != number) return (blocks, 0);
        uint256 count = 0;
        for (uint256 rest = held.blocks; rest != 0; rest = rest.restOf()) {
            ++count;
        }
        blocks = new Block[](count);
        uint256 left = held.blocks;
        for (uint256 i = 0; i < count; ++i) {
            (uint256 tick, uint256 energy) = left.firstOf();
            blocks[i] = Block({tick: uint8(tick), energyUnits: uint24(energy)});
            left = left.restOf();
        }
        return (blocks, held.bond);
    }

    /// @inheritdoc IReductionAuction
    function offeredAt(uint32 number, uint256 tick) external view returns (uint256) {
        ReductionSlots.Terms memory terms = _terms[number].termsOf();
        return _books[terms.utility][terms.lane].offeredAt(number, tick);
    }

    /// @inheritdoc IReductionAuction
    function baselineOf(uint32 number, uint64 meter) external view returns (uint256 milliWh, uint256 days_) {
        return _baselineIn(meter, _termsOf(number), _accounts[meter].accountOf());
    }

    /// @inheritdoc IReductionAuction
    function standingOf(address utility, uint64 meter)
        external
        view
        returns (int256 carryMilliWh, uint32 newest, bool registered, uint64 postedMilliWh)
    {
        ReductionSlots.Standing memory standing = _standings[_utilities[utility].number][meter].standingOf();
        return (standing.carryMilliWh, standing.newest, standing.registered, standing.postedMilliWh);
    }

    /* INTERNAL: ASK */

    /// @dev Let a request stand for `account`, and tell its number and what it must pay. No token moves here.
    function _request(address account, Ask memory ask) private returns (uint32 number, uint256 charge) {
        uint256 target = _requireAsk(ask);
        Utility memory utility = _utilityOf(account);
        // Requests take the lanes in turn, so the last but one had the lane before.
        uint256 lane = LaneGuard.laneOf(++utility.requests);
        uint32 busy = utility.former;
        require(busy == 0 || _states[busy].stateOf().cleared, ReductionLaneBusy(busy));
        charge = ReductionMoney.costUp(target * UNIT, ask.mostPricePerKWh);

        number = ++requestCount;
        (utility.newest, utility.former) = (number, utility.newest);
        _utilities[account] = utility;
        ReductionSlots.Terms memory terms = ReductionSlots.Terms({
            utility: utility.number,
            first: ask.first,
            length: ask.length,
            lane: uint8(lane),
            payAsBid: ask.pricing == Pricing.PayAsBid,
            registeredOnly: ask.registeredOnly,
            closesAt: ask.closesAt,
            mostPricePerKWh: ask.mostPricePerKWh,
            targetUnits: uint32(target),
            requested: uint32(block.timestamp / INTERVAL)
        });
        _terms[number] = terms.pack();
        _states[number] = charge;
        _emitRequested(number, account, terms, charge);
    }

    function _emitRequested(uint32 number, address account, ReductionSlots.Terms memory terms, uint256 charge) private {
        emit Requested(
            number,
            account,
            terms.first,
            terms.length,
            terms.targetUnits,
            terms.mostPricePerKWh,
            terms.payAsBid ? Pricing.PayAsBid : Pricing.Uniform,
            terms.closesAt,
            terms.registeredOnly,
            charge
        );
    }

    /// @dev Refuse what cannot be asked, and tell the target in units.
    function _requireAsk(Ask memory ask) private view returns (uint256 target) {
        uint256 begins = uint256(ask.first) * INTERVAL;
        uint256 latest = block.timestamp + _FURTHEST;
        // A longer window than a day would be its own baseline.
        bool fits = ask.length != 0 && ask.length <= _MOST_LENGTH && ask.length <= _STEP;
        require(fits && begins <= latest, ReductionWindowInvalid(ask.first, ask.length, latest));
        require(ask.closesAt > block.timestamp && ask.closesAt < begins, ReductionClosingInvalid(ask.closesAt, begins));
        target = _units(ask.powerW, ask.length);
        require(
            target != 0 && target <= type(uint32).max && ask.mostPricePerKWh != 0,
            ReductionTargetInvalid(target, ask.mostPricePerKWh)
        );
    }

    /// @dev A transfer that asks for nothing: to a meter's balance, or to the account's own.
    function _gift(address from, uint256 value, bytes calldata data) private {
        if (data.length == _METER_BYTES) return _fundMeter(abi.decode(data, (uint64)), from, value);
        require(data.length == 0, ReductionDataMalformed(data.length));
        _deposit(from, value);
    }

    /// @dev An account as a utility; it gets a number when it is first one.
    function _utilityOf(address account) private returns (Utility memory utility) {
        utility = _utilities[account];
        if (utility.number != 0) return utility;
        utility.number = _utilityAccounts.length.toUint32();
        _utilityAccounts.push(account);
        _utilities[account] = utility;
    }

    function _standingWith(address account, uint64 meter)
        private
        returns (uint32 number, ReductionSlots.Standing memory standing)
    {
        number = _utilityOf(account).number;
        standing = _standings[number][meter].standingOf();
    }

    /* INTERNAL: OFFER */

    /// @dev Take what stands in the offer's place away, and tell the bond that comes free: this request's former offer out
    /// of the sums, an earlier request's by its settlement.
    function _takePlace(uint32 number, uint64 meter, ReductionSlots.Terms memory terms)
        private
        returns (uint256 former)
    {
        uint256 word = _offers[meter][terms.lane];
        ReductionSlots.Offer memory held = word.offerOf();
        if (held.blocks == 0) return 0;
        if (held.request == number) {
            _books[terms.utility][terms.lane].remove(held.blocks);
            return held.bond;
        }
        ReductionSlots.State memory state = _states[held.request].stateOf();
        require(
            state.cleared && _settle(meter, word, _terms[held.request].termsOf(), state),
            ReductionOfferUnsettled(meter, held.request)
        );
        _states[held.request] = state.pack();
    }

    /// @dev Give a meter's bond back, and take another one.
    function _move(uint64 meter, uint256 back, uint256 bond) private {
        ReductionSlots.Account memory account = _accounts[meter].accountOf();
        uint256 balance = account.balance + back;
        require(balance >= bond, ReductionBalanceShort(balance, bond));
        account.balance = uint128(balance - bond);
        _accounts[meter] = account.pack();
    }

    function _requireWindowFree(uint64 meter, ReductionSlots.Terms memory terms) private view {
        ReductionSlots.Offer memory other = _offers[meter][1 - terms.lane].offerOf();
        bool apart =
            other.blocks == 0 || other.first + other.length <= terms.first || terms.first + terms.length <= other.first;
        require(apart, ReductionWindowTaken(meter, other.request));
    }

    /// @dev Blocks in one number, and their energy.
    function _packed(Block[] calldata blocks) private view returns (uint120 packed, uint256 energy) {
        require(blocks.length <= MOST_BLOCKS, ReductionTooManyBlocks(blocks.length, MOST_BLOCKS));
        uint8 former = 0;
        for (uint256 i = 0; i < blocks.length; ++i) {
            (uint8 tick, uint24 units) = (blocks[i].tick, blocks[i].energyUnits);
            require(
                tick >= former && tick < TickMath.TICKS && units >= LEAST_ENERGY, ReductionBlockInvalid(i, tick, units)
            );
            packed = packed.withBlock(i, tick, units);
            (energy, former) = (energy + units, tick);
        }
    }

    /* INTERNAL: SETTLE */

    /// @dev Settle an offer if it is ready. Balances are written here, the request's state by the caller, once a batch.
    function _settle(uint64 meter, uint256 word, ReductionSlots.Terms memory terms, ReductionSlots.State memory state)
        private
        returns (bool)
    {
        ReductionSlots.Offer memory held = word.offerOf();
        if (held.blocks == 0) return false;
        uint256 award = ReductionMoney.awardDown(held.blocks, state.marginalTick, state.fraction);
        if (award == 0) {
            _end(meter, held, terms, state, 0, false, 0);
            return true;
        }
        // Its award may make that day no day of this baseline.
        ReductionSlots.Offer memory other = _offers[meter][1 - terms.lane].offerOf();
        if (other.blocks != 0 && other.first < held.first) return false;
        (bool ready, bool missing, uint256 metered) = _metered(meter, terms, state);
        if (ready) _end(meter, held, terms, state, award, missing, metered);
        return ready;
    }

    /// @dev Whether the meter's word is there or known to be missing, and what it drew in the window.
    function _metered(uint64 meter, ReductionSlots.Terms memory terms, ReductionSlots.State memory state)
        private
        view
        returns (bool ready, bool missing, uint256 milliWh)
    {
        if (_isFinal(terms, state)) return (true, true, 0);
        // A view of our own registry, which cannot fail for a meter that has an offer; the last boundary alone is asked for.
        // slither-disable-next-line unused-return,calls-loop
        (, uint32 last,,) = REGISTRY.meters(meter);
        // From here on a later reading may stand where one of the baseline's days was.
        if (uint256(last) + _REACH >= uint256(terms.first) + _RING) return (true, true, 0);
        bool told;
        (milliWh, told) = _drawn(meter, terms.first, terms.length);
        if (told) return (true, false, milliWh);
        if (last >= terms.first + terms.length) return (true, true, 0);
        return (state.notedAfter != 0 && block.timestamp >= _countsFrom(terms, state), true, 0);
    }

    /// @dev The one way out of an offer.
    function _end(
        uint64 meter,
        ReductionSlots.Offer memory held,
        ReductionSlots.Terms memory terms,
        ReductionSlots.State memory state,
        uint256 award,
        bool missing,
        uint256 metered
    ) private {
        ReductionSlots.Account memory account = _accounts[meter].accountOf();
        ReductionSlots.Standing memory standing = _standings[terms.utility][meter].standingOf();
        ReductionMoney.Case memory one = ReductionMoney.Case({
            awardUnits: award,
            unitMilliWh: UNIT,
            mostPricePerKWh: terms.mostPricePerKWh,
            payAsBid: terms.payAsBid,
            marginalTick: state.marginalTick,
            fraction: state.fraction,
            blocks: held.blocks,
            bond: held.bond,
            carryMilliWh: _carryInto(terms.first, standing)
        });
        uint256 expected = 0;
        if (!missing && award != 0) (expected,) = _baselineIn(meter, terms, account);
        ReductionMoney.End memory end = ReductionMoney.settle(one, missing, expected.toInt256() - metered.toInt256());

        account.balance = (account.balance + end.returned + end.money).toUint128();
        if (award != 0) {
            account.markDay(_dayOf(terms.first));
            standing.carryMilliWh = end.carryMilliWh.toInt96();
            if (terms.first > standing.newest) standing.newest = terms.first;
            _standings[terms.utility][meter] = standing.pack();
        }
        _accounts[meter] = account.pack();
        (held.blocks, held.bond) = (0, 0);
        _offers[meter][terms.lane] = held.pack();
        state.held = (state.held + end.forfeited - end.money).toUint128();
        state.openUnits -= uint32(award);
        _emitSettled(held.request, meter, award, expected, metered, missing, end);
    }

    /// @dev Apart from `_end`, whose stack is full.
    // slither-disable-next-line dead-code
    function _emitSettled(
        uint32 number,
        uint64 meter,
        uint256 award,
        uint256 expected,
        uint256 metered,
        bool missing,
        ReductionMoney.End memory end
    ) private {
        emit Settled(
            number,
            meter,
            award,
            expected,
            metered,
            missing,
            end.paidMilliWh,
            end.money,
            end.forfeited,
            end.carryMilliWh
        );
    }

    /* INTERNAL: FACTS */

    function _termsOf(uint32 number) private view returns (ReductionSlots.Terms memory) {
        uint256 word = _terms[number];
        require(word != 0, ReductionUnknown(number));
        return word.termsOf();
    }

    function _clearedStateOf(uint32 number) private view returns (ReductionSlots.State memory state) {
        state = _states[number].stateOf();
        require(state.cleared, ReductionNotCleared(number));
    }

    function _baselineIn(uint64 meter, ReductionSlots.Terms memory terms, ReductionSlots.Account memory account)
        private
        view
        returns (uint256 milliWh, uint256 days_)
    {
        ReductionSlots.Standing memory standing = _standings[terms.utility][meter].standingOf();
        uint256 posted = standing.postedFrom <= terms.requested ? standing.postedMilliWh : 0;
        uint256 eventDays = account.daysBefore(_dayOf(terms.first));
        return _baseline(meter, terms.first, terms.length, terms.requested, eventDays, posted);
    }

    /// @dev What is carried into a window that begins at a boundary.
    function _carryInto(uint32 first, ReductionSlots.Standing memory standing) private view returns (int256) {
        bool lives = uint256(first) * INTERVAL <= uint256(standing.newest) * INTERVAL + _CARRY;
        return lives ? standing.carryMilliWh : int256(0);
    }

    /// @dev What the awards that are not settled can cost at most.
    function _reservedUp(ReductionSlots.Terms memory terms, ReductionSlots.State memory state)
        private
        view
        returns (uint256)
    {
        uint256 price = ReductionMoney.price(terms.mostPricePerKWh, state.marginalTick);
        return ReductionMoney.costUp(uint256(state.openUnits) * UNIT, price);
    }

    /// @dev When silence counts that was noted.
    function _countsFrom(ReductionSlots.Terms memory terms, ReductionSlots.State memory state)
        private
        view
        returns (uint256)
    {
        return (uint256(terms.first) + terms.length + state.notedAfter + _HEARING) * INTERVAL;
    }

    /// @dev Whether everybody had its time: a whole deadline more since silence counted. Then what is held is free.
    function _isFinal(ReductionSlots.Terms memory terms, ReductionSlots.State memory state)
        private
        view
        returns (bool)
    {
        return state.notedAfter != 0 && block.timestamp >= _countsFrom(terms, state) + READING_DEADLINE;
    }

    /// @dev The energy of so much power over a window, in units, rounded down.
    function _units(uint32 powerW, uint8 length) private view returns (uint256) {
        return uint256(powerW) * length * INTERVAL * _MILLIWH_PER_WH / _HOUR / UNIT;
    }
}
