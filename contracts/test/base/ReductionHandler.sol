// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EnergyToken} from "../../src/EnergyToken.sol";
import {MeterRegistry} from "../../src/MeterRegistry.sol";
import {ReductionAuction} from "../../src/ReductionAuction.sol";
import {IMeterRegistry} from "../../src/interfaces/IMeterRegistry.sol";
import {IReductionAuction} from "../../src/interfaces/IReductionAuction.sol";
import {Cheats} from "./Cheats.sol";

/// @title Two utilities and four homes under any settings that the constructor takes, drawn once, day after day.
/// @dev Every action is one that the contract must take, a refusal fails the run; what it must refuse is tried too, and
/// fails the run when it is taken. A stranger with random allowances is among them.
// Numbers of the test itself.
// forge-lint: disable-next-item(unsafe-typecast)
contract ReductionHandler is Cheats {
    uint64 public constant HOMES = 4;
    uint256 public constant UTILITIES = 2;
    uint256 private constant _FUNDS = 2 ** 100;

    EnergyToken public immutable TOKEN;

    /// @dev None until the first action.
    ReductionAuction public auction;
    MeterRegistry public registry;

    /// @dev What went in and came out, counted at the token.
    uint256 public moneyIn;
    uint256 public moneyOut;

    uint256 private _now = START;
    uint256 private _clearedUnits;
    mapping(uint32 request => bytes32 result) private _results;

    constructor(EnergyToken token) {
        TOKEN = token;
    }

    /// @dev Draw the street once; every run has another one.
    modifier drawn(uint256 seed) {
        if (address(auction) == address(0)) _draw(uint256(keccak256(abi.encode(seed))));
        vm.warp(_now);
        _;
    }

    /* VIEWS */

    function home(uint256 number) public pure returns (address) {
        return vm.addr(1 + number % HOMES);
    }

    function utility(uint256 number) public pure returns (address) {
        return vm.addr(100 + number % UTILITIES);
    }

    function resultsStand() external view returns (bool) {
        for (uint32 number = 1; number <= auction.requestCount(); ++number) {
            if (_results[number] != 0 && _results[number] != _resultOf(number)) return false;
        }
        return true;
    }

    /* ACTIONS */

    function request(uint256 who, uint32 later, uint8 length, uint32 powerW, uint64 most, uint8 flags)
        external
        drawn(who ^ later)
    {
        address account = utility(who);
        uint32 interval = auction.INTERVAL();
        uint256 step = 1 days / interval;
        IReductionAuction.Ask memory ask;
        ask.first = uint32(_now / interval + 2 + later % (2 * step));
        ask.length = uint8(_bound(length, 1, step < 16 ? step : 16));
        uint256 least = uint256(auction.UNIT()) * 3_600 / (1_000 * uint256(interval) * ask.length) + 1;
        ask.powerW = uint32(_bound(powerW, least, least + 50_000));
        ask.mostPricePerKWh = uint64(_bound(most, 1, 1e12));
        ask.pricing = IReductionAuction.Pricing(flags % 2);
        ask.registeredOnly = flags % 8 == 7;
        ask.closesAt = uint40(_bound(later, _now + 1, uint256(ask.first) * interval - 1));
        if (_laneIsBusy(account)) return;
        _ask(account, ask, flags);
    }

    function offer(uint256 who, uint32 which, uint8 tick, uint24 energy, uint8 more) external drawn(who ^ which) {
        uint64 meter = 1 + uint64(who % HOMES);
        uint32 number = _requestNumber(which);
        if (number == 0 || _now >= auction.requestOf(number).closesAt) return;
        IReductionAuction.Block[] memory blocks = new IReductionAuction.Block[](more % 5);
        for (uint256 i = 0; i < blocks.length; ++i) {
            tick = uint8(_bound(more, tick % 64, 63));
            blocks[i] = IReductionAuction.Block({
                tick: tick, energyUnits: uint24(_bound(energy, auction.LEAST_ENERGY(), type(uint24).max))
            });
        }
        // Own offers that are not settled, windows that overlap, registration: refusals that change nothing.
        vm.prank(home(who));
        try auction.offer(number, meter, blocks) {} catch {}
        vm.prank(STRANGER);
        try auction.offer(number, meter, blocks) {
            vm.assertTrue(false, "a stranger offered for a meter");
        } catch {}
    }

    function register(uint256 who, uint256 which, uint64 posted) external drawn(who) {
        uint64 meter = 1 + uint64(which % HOMES);
        (,, bool registered, uint64 former) = auction.standingOf(utility(who), meter);
        vm.prank(utility(who));
        if (which % 2 == 0 && !registered) auction.register(meter);
        else if (former == 0) auction.postBaseline(meter, 1 + posted % 1e9, 0);
        vm.stopPrank();
    }

    /// @dev Time passes, and each home tells some of its boundaries, or not.
    function live(uint256 seed, uint32 intervals) external drawn(seed) {
        uint32 interval = auction.INTERVAL();
        intervals = uint32(_bound(intervals, 1, 3 * 1 days / interval));
        _now += uint256(intervals) * interval;
        vm.warp(_now);
        uint32 boundary = uint32(_now / interval);
        for (uint64 meter = 1; meter <= HOMES; ++meter) {
            seed = uint256(keccak256(abi.encode(seed)));
            (uint32 last, uint112 imported, uint112 exported) = registry.lastReading(meter);
            if (seed % 7 == 0 || boundary <= last) continue;
            uint32 from = boundary - last > 40 || seed % 11 == 0 ? boundary : last + 1;
            for (; from <= boundary; ++from) {
                imported += uint112(uint256(keccak256(abi.encode(seed, from))) % 2e6);
                exported += seed % 3 == 0 ? uint112(seed % 1e6) : 0;
                vm.prank(home(meter - 1));
                registry.report(meter, from, imported, exported);
            }
        }
        _clearDue();
    }

    function settle(uint256 seed, uint32 which) external drawn(seed) {
        uint32 number = _requestNumber(which);
        if (number == 0 || !auction.requestOf(number).cleared) return;
        uint256[HOMES] memory before = _balances();
        vm.prank(STRANGER);
        auction.settle(number, _all());
        _assertNobodyPaid(before);
        // Once more: nothing twice.
        bytes32 picture = keccak256(abi.encode(_balances(), auction.requestOf(number)));
        vm.prank(STRANGER);
        auction.settle(number, _all());
        vm.assertEq(keccak256(abi.encode(_balances(), auction.requestOf(number))), picture, "settled twice");
    }

    function optOut(uint256 who, uint32 which) external drawn(who) {
        uint32 number = _requestNumber(which);
        if (number == 0) return;
        vm.prank(home(who));
        try auction.optOut(number, 1 + uint64(who % HOMES)) {} catch {}
        vm.prank(STRANGER);
        try auction.optOut(number, 1 + uint64(who % HOMES)) {
            vm.assertTrue(false, "a stranger opted out for a meter");
        } catch {}
    }

    function noteAndReclaim(uint256 seed, uint32 which) external drawn(seed) {
        uint32 number = _requestNumber(which);
        if (number == 0) return;
        uint256[HOMES] memory before = _balances();
        vm.prank(STRANGER);
        try auction.noteSilence(number) {} catch {}
        vm.prank(STRANGER);
        try auction.reclaim(number) {} catch {}
        _assertNobodyPaid(before);
    }

    function withdraw(uint256 who, uint256 value) external drawn(who) {
        uint64 meter = 1 + uint64(who % HOMES);
        value = _bound(value, 0, auction.meterBalanceOf(meter) / 3);
        vm.prank(home(who));
        auction.withdraw(meter, value);
        moneyOut += value;
        vm.prank(STRANGER);
        try auction.withdraw(meter, 0) {
            vm.assertTrue(false, "a stranger withdrew for a meter");
        } catch {}
        address account = utility(who);
        value = _bound(value, 0, auction.balanceOf(account) / 3);
        vm.prank(account);
        auction.withdrawOwn(value);
        moneyOut += value;
    }

    /// @dev A stranger with an allowance, or none, moves a victim's tokens here: it gives, and asks for nothing.
    function strangersTransfer(uint256 who, uint256 value, uint8 kind) external drawn(who) {
        address victim = kind % 2 == 0 ? home(who) : utility(who);
        value = _bound(value, 0, 1e6);
        _mint(victim, value);
        vm.prank(victim);
        TOKEN.approve(STRANGER, value);
        IReductionAuction.Ask memory ask;
        (ask.first, ask.length) = (uint32(_now / auction.INTERVAL() + 2), 1);
        (ask.powerW, ask.mostPricePerKWh, ask.closesAt) = (1_000_000, 1, uint40(_now + 1));
        uint256[HOMES] memory before = _balances();
        vm.prank(STRANGER);
        try TOKEN.transferFromAndCall(victim, address(auction), value, abi.encode(ask)) {
            vm.assertTrue(false, "a stranger asked for an account");
        } catch {}
        bytes memory data = kind % 3 == 0 ? bytes("") : abi.encode(1 + uint64(who % HOMES));
        vm.prank(STRANGER);
        try TOKEN.transferFromAndCall(victim, address(auction), value, data) {
            moneyIn += value;
        } catch {
            vm.assertEq(value, 0, "a gift is taken");
        }
        _assertNobodyPaid(before);
    }

    /// @dev After a run: whoever is silent, all comes out.
    function windUp() external {
        vm.warp(_now);
        _now += 3 * 365 days;
        vm.warp(_now);
        _clearDue();
        for (uint32 number = 1; number <= auction.requestCount(); ++number) {
            if (auction.requestOf(number).notedAfter == 0) auction.noteSilence(number);
        }
        _now += uint256(auction.READING_DEADLINE()) + 3 * uint256(auction.INTERVAL());
        vm.warp(_now);
        // A meter is settled in the order of its windows, so a later round finds what the first had to skip.
        for (uint256 round = 0; round < 3; ++round) {
            for (uint32 number = 1; number <= auction.requestCount(); ++number) {
                auction.settle(number, _all());
                try auction.reclaim(number) {} catch {}
            }
        }
        for (uint256 i = 0; i < HOMES; ++i) {
            uint256 value = auction.meterBalanceOf(1 + uint64(i));
            vm.prank(home(i));
            auction.withdraw(1 + uint64(i), value);
        }
        for (uint256 i = 0; i < UTILITIES; ++i) {
            uint256 value = auction.balanceOf(utility(i));
            vm.prank(utility(i));
            auction.withdrawOwn(value);
        }
        for (uint256 i = 0; i < HOMES; ++i) {
            uint256 value = auction.balanceOf(home(i));
            vm.prank(home(i));
            auction.withdrawOwn(value);
        }
    }

    /* INTERNAL */

    function _ask(address account, IReductionAuction.Ask memory ask, uint8 road) private {
        _mint(account, _FUNDS);
        uint256 outside = TOKEN.balanceOf(account);
        if (road % 3 == 0) {
            vm.prank(account);
            TOKEN.approveAndCall(address(auction), _FUNDS, abi.encode(ask));
        } else {
            vm.prank(account);
            TOKEN.transferAndCall(address(auction), _FUNDS, "");
            vm.prank(account);
            auction.request(ask);
        }
        moneyIn += outside - TOKEN.balanceOf(account);
        vm.assertTrue(auction.requestOf(auction.requestCount()).utility == account, "the request stands");
    }

    function _laneIsBusy(address account) private view returns (bool) {
        uint32 found = 0;
        for (uint32 number = auction.requestCount(); number != 0; --number) {
            IReductionAuction.Request memory one = auction.requestOf(number);
            if (one.utility == account && ++found == 2) return !one.cleared;
        }
        return false;
    }

    function _requestNumber(uint32 which) private view returns (uint32) {
        uint32 count = auction.requestCount();
        return count == 0 ? 0 : count - which % (count < 4 ? count : 4);
    }

    function _clearDue() private {
        for (uint32 number = 1; number <= auction.requestCount(); ++number) {
            IReductionAuction.Request memory one = auction.requestOf(number);
            if (one.cleared || _now < one.closesAt) continue;
            uint256 offered = 0;
            for (uint256 tick = 0; tick < 64; ++tick) {
                offered += auction.offeredAt(number, tick);
            }
            auction.clear(number);
            _results[number] = _resultOf(number);
            one = auction.requestOf(number);
            bool late = _now >= uint256(one.first) * auction.INTERVAL();
            uint256 expected = late ? 0 : offered < one.targetUnits ? offered : one.targetUnits;
            vm.assertEq(one.openUnits, expected, "the target, or all there is");
        }
    }

    function _resultOf(uint32 number) private view returns (bytes32) {
        IReductionAuction.Request memory one = auction.requestOf(number);
        (one.openUnits, one.held, one.notedAfter) = (0, 0, 0);
        return keccak256(abi.encode(one));
    }

    function _balances() private view returns (uint256[HOMES] memory balances) {
        for (uint256 i = 0; i < HOMES; ++i) {
            balances[i] = auction.meterBalanceOf(1 + uint64(i));
        }
    }

    /// @dev Only its owner's own call lowers a meter's balance.
    function _assertNobodyPaid(uint256[HOMES] memory before) private view {
        uint256[HOMES] memory found = _balances();
        for (uint256 i = 0; i < HOMES; ++i) {
            vm.assertGe(found[i], before[i], "only the owner lowers a balance");
        }
    }

    function _all() private pure returns (uint64[] memory meters) {
        meters = new uint64[](HOMES);
        for (uint256 i = 0; i < HOMES; ++i) {
            meters[i] = 1 + uint64(i);
        }
    }

    function _mint(address to, uint256 value) private {
        vm.prank(ADMIN);
        TOKEN.mint(to, value);
    }

    function _draw(uint256 seed) private {
        uint32[4] memory intervals = [uint32(7_200), 21_600, 43_200, 86_400];
        uint32[4] memory units = [uint32(1), 1_000, 7, 999_983];
        IReductionAuction.Settings memory settings;
        (settings.token, settings.unitMilliWh) = (TOKEN, units[(seed >> 8) % 4]);
        settings.leastUnits = 1 + uint32((seed >> 16) % 50);
        settings.bondPercent = uint32((seed >> 32) % 101);
        settings.days_ = 3 + uint32((seed >> 48) % 8);
        settings.backDays = uint32(_bound(seed >> 64, settings.days_, 31));
        settings.adjustPercent = uint32((seed >> 80) % 21);
        if (settings.adjustPercent != 0) settings.adjustIntervals = 1 + uint32((seed >> 96) % 16);
        settings.utcOffsetSeconds = int32(int256((seed >> 112) % 100_801) - 50_400);
        registry = new MeterRegistry(ADMIN, intervals[seed % 4], 512);
        settings.registry = registry;
        uint256 reach = (settings.backDays + 1) * (1 days / intervals[seed % 4]);
        settings.readingDeadlineSeconds =
            uint32(_bound(seed >> 144, intervals[seed % 4], (512 - reach - 22) * intervals[seed % 4]));
        auction = new ReductionAuction(settings);
        for (uint256 i = 0; i < HOMES; ++i) {
            vm.prank(ADMIN);
            registry.install(home(i), home(i), IMeterRegistry.MeterKind.Consumer, type(uint32).max);
            _mint(home(i), _FUNDS);
            vm.prank(home(i));
            TOKEN.transferAndCall(address(auction), _FUNDS, abi.encode(1 + uint64(i)));
            moneyIn += _FUNDS;
        }
    }
}
