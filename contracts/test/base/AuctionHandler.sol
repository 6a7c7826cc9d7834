// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AuctionLens} from "../../src/AuctionLens.sol";
import {EnergyToken} from "../../src/EnergyToken.sol";
import {IntervalAuction} from "../../src/IntervalAuction.sol";
import {MeterRegistry} from "../../src/MeterRegistry.sol";
import {IIntervalAuction} from "../../src/interfaces/IIntervalAuction.sol";
import {IMeterRegistry} from "../../src/interfaces/IMeterRegistry.sol";
import {Cheats} from "./Cheats.sol";

/// @title A street of six homes and a utility that trade interval after interval, and a book of what was promised.
/// @dev Every action is one that the auction must take; a refusal fails the run. What it must refuse is tried too, and
/// fails the run when it is taken.
// Numbers of the test itself.
// forge-lint: disable-next-item(unsafe-typecast)
contract AuctionHandler is Cheats {
    uint64 public constant HOMES = 6;
    uint256 public constant FUNDS = 1e15;

    IntervalAuction public immutable AUCTION;
    AuctionLens public immutable LENS;
    MeterRegistry public immutable REGISTRY;
    EnergyToken public immutable TOKEN;
    address public immutable UTILITY;

    /// @dev What went in and came out, counted at the token.
    uint256 public moneyIn;
    uint256 public moneyOut;

    /// @dev How many settled orders may have left a rounding behind.
    uint256 public settled;

    uint32[] private _cleared;
    mapping(uint32 interval => bytes32 hash) private _hashOf;
    mapping(uint64 meter => mapping(uint32 lane => uint32 interval)) private _ordered;
    uint256 private _now = START;

    constructor(EnergyToken token, MeterRegistry registry, IntervalAuction auction, address utility) {
        (TOKEN, REGISTRY, AUCTION, UTILITY) = (token, registry, auction, utility);
        LENS = new AuctionLens(auction);
    }

    /* ACTIONS */

    function deposit(uint256 home, uint256 value) external {
        value = _bound(value, 0, FUNDS / 100);
        if (value != 0) _pay(account(home), value);
    }

    function withdraw(uint256 home, uint256 value) external {
        _warp();
        address to = account(home);
        value = _bound(value, 0, AUCTION.balanceOf(to) / 100);
        vm.prank(to);
        AUCTION.withdraw(value);
        moneyOut += value;
    }

    function place(uint256 home, uint256 later, uint8 tick, uint8 chpTick, uint32 energy) external {
        _warp();
        uint64 meter = 1 + uint64(home % HOMES);
        uint32 interval = _nextGate() + uint32(later % 2);
        if (!_readyFor(meter, interval)) return;
        IIntervalAuction.Side side = sideOf(meter);
        tick = tick % 64;
        chpTick = side == IIntervalAuction.Side.Buyer ? chpTick % 64 : 0;
        if (side == IIntervalAuction.Side.Buyer && tick + chpTick == 0) tick = 1;
        energy = uint32(_bound(energy, 1, later % 3 == 0 ? 5 : 50_000));

        _order(meter, interval, side, tick, chpTick, energy);

        vm.assertEq(AUCTION.orderAt(meter, interval).energyUnits, energy, "the order stands");
    }

    function cancel(uint256 home, uint256 later) external {
        _warp();
        uint64 meter = 1 + uint64(home % HOMES);
        uint32 interval = _nextGate() + uint32(later % 2);
        IIntervalAuction.Order memory order = AUCTION.orderAt(meter, interval);
        if (order.energyUnits == 0) return;
        _order(meter, interval, order.side, order.tick, order.chpTick, 0);
    }

    /// @dev Report some or all of what has passed, or skip it for ever.
    function report(uint256 home, uint112 imported, uint112 exported, bool skips) external {
        _warp();
        uint64 meter = 1 + uint64(home % HOMES);
        _report(meter, uint32(_now / AUCTION.INTERVAL()), imported % 1e8, exported % 1e8, skips);
    }

    function settle(uint256 home, uint256 back) external {
        _warp();
        if (_cleared.length == 0) return;
        _settleOne(1 + uint64(home % HOMES), _cleared[_cleared.length - 1 - back % _cleared.length]);
    }

    function wait(uint256 time) external {
        _now += _bound(time, 1, time % 7 == 0 ? 2 days : 1_200);
        _warp();
        _clearDue();
    }

    function utilityMoves(uint256 value, bool funds) external {
        _warp();
        (uint256 balance, uint256 owed) = AUCTION.utility();
        if (funds) {
            value = _bound(value, 1, 1e9);
            _pay(UTILITY, value);
            vm.prank(UTILITY);
            AUCTION.fund(value);
        } else {
            (uint256 announced, uint256 from) = AUCTION.leaving();
            balance += announced;
            if (_now >= from && _now < from + 1 days) {
                vm.prank(UTILITY);
                AUCTION.executeWithdrawal();
            } else {
                value = _bound(value, 0, balance > owed ? balance - owed : 0);
                vm.prank(UTILITY);
                AUCTION.announceWithdrawal(value);
            }
        }
    }

    function collect(uint256 home) external {
        _warp();
        (uint256 balance,) = AUCTION.utility();
        if (balance == 0 || AUCTION.owedTo(account(home)) == 0) return;
        vm.prank(account(home));
        AUCTION.collectOwed();
    }

    function note(uint256 back) external {
        _warp();
        if (_cleared.length != 0) _note(_cleared[_cleared.length - 1 - back % _cleared.length]);
    }

    function clearAgain(uint256 seed) external {
        _warp();
        if (_cleared.length == 0) return;
        try AUCTION.clear(_cleared[seed % _cleared.length]) {
            revert("an interval was cleared twice");
        } catch {}
    }

    function placeElsewhere(uint256 home, uint32 away) external {
        _warp();
        uint64 meter = 1 + uint64(home % HOMES);
        uint32 interval = away % 2 == 0 ? _nextGate() - 1 - away % 9 : _nextGate() + 2 + away % 9;
        vm.prank(account(meter - 1));
        try AUCTION.place(_placement(meter, interval, sideOf(meter), 9, 0, 9)) {
            revert("an order was taken outside its time");
        } catch {}
    }

    /* THE END */

    /// @dev Everybody falls silent: strangers clear and settle, and everybody takes its money out.
    function windUp() external {
        _now += 3 days;
        _warp();
        _clearDue();
        for (uint256 i = 0; i < _cleared.length; ++i) {
            _note(_cleared[i]);
        }
        _now += 2 * AUCTION.INTERVAL();
        _warp();
        for (uint256 i = 0; i < _cleared.length; ++i) {
            for (uint64 meter = 1; meter <= HOMES; ++meter) {
                _settleOne(meter, _cleared[i]);
            }
        }
        (, uint256 owed) = AUCTION.utility();
        if (owed != 0) _pay(UTILITY, owed);
        vm.prank(UTILITY);
        AUCTION.fund(owed);
        for (uint256 home = 0; home < HOMES; ++home) {
            address to = account(home);
            if (AUCTION.owedTo(to) != 0) {
                vm.prank(to);
                AUCTION.collectOwed();
            }
            _takeAll(to);
        }
        (uint256 balance,) = AUCTION.utility();
        (uint256 announced,) = AUCTION.leaving();
        vm.prank(UTILITY);
        AUCTION.announceWithdrawal(balance + announced);
        _now += AUCTION.WITHDRAWAL_NOTICE();
        _warp();
        vm.prank(UTILITY);
        AUCTION.executeWithdrawal();
        _takeAll(UTILITY);
    }

    /* VIEWS */

    function account(uint256 home) public pure returns (address) {
        return vm.addr(1 + home % HOMES);
    }

    function sideOf(uint64 meter) public pure returns (IIntervalAuction.Side) {
        if (meter > 3) return IIntervalAuction.Side.Buyer;
        return meter == 3 ? IIntervalAuction.Side.ChpSeller : IIntervalAuction.Side.SolarSeller;
    }

    function resultsStand() external view returns (bool) {
        for (uint256 i = 0; i < _cleared.length; ++i) {
            if (_hash(_cleared[i]) != _hashOf[_cleared[i]]) return false;
        }
        return true;
    }

    function nextGate() external view returns (uint32) {
        return uint32((_now + AUCTION.GATE_LEAD()) / AUCTION.INTERVAL() + 1);
    }

    /* INTERNAL */

    function _warp() private {
        vm.warp(_now);
    }

    function _nextGate() private view returns (uint32) {
        return uint32((_now + AUCTION.GATE_LEAD()) / AUCTION.INTERVAL() + 1);
    }

    function _pay(address from, uint256 value) private {
        vm.prank(ADMIN);
        TOKEN.mint(from, value);
        vm.prank(from);
        TOKEN.transferAndCall(address(AUCTION), value, "");
        moneyIn += value;
    }

    function _takeAll(address to) private {
        uint256 value = AUCTION.balanceOf(to);
        vm.prank(to);
        AUCTION.withdraw(value);
        moneyOut += value;
    }

    function _placement(
        uint64 meter,
        uint32 interval,
        IIntervalAuction.Side side,
        uint8 tick,
        uint8 chpTick,
        uint32 energy
    ) private pure returns (IIntervalAuction.Placement memory) {
        return IIntervalAuction.Placement(interval, side, tick, chpTick, energy, meter);
    }

    function _order(uint64 meter, uint32 interval, IIntervalAuction.Side side, uint8 tick, uint8 chpTick, uint32 energy)
        private
    {
        vm.prank(account(meter - 1));
        AUCTION.place(_placement(meter, interval, side, tick, chpTick, energy));
        _ordered[meter][interval % 2] = interval;
    }

    /// @dev Make way for an order: whoever comes first clears the lane, and a home reports before it orders again.
    function _readyFor(uint64 meter, uint32 interval) private returns (bool) {
        _clearDue();
        IIntervalAuction.Order memory held = AUCTION.orderAt(meter, _ordered[meter][interval % 2]);
        if (held.energyUnits == 0 || held.interval == interval) return true;
        if (_now < uint256(held.interval + 1) * AUCTION.INTERVAL()) return false;
        _report(meter, held.interval + 1, 1e6, 1e6, false);
        return true;
    }

    function _report(uint64 meter, uint32 boundary, uint112 imported, uint112 exported, bool skips) private {
        (, uint32 last,,) = REGISTRY.meters(meter);
        if (boundary <= last) return;
        (, uint112 importedBefore, uint112 exportedBefore) = REGISTRY.lastReading(meter);
        if (!skips && boundary > last + 1) {
            vm.prank(account(meter - 1));
            REGISTRY.report(meter, boundary - 1, importedBefore, exportedBefore);
        }
        vm.prank(account(meter - 1));
        REGISTRY.report(meter, boundary, importedBefore + imported, exportedBefore + exported);
    }

    /// @dev Clear what can be, as the utility's loop would.
    function _clearDue() private {
        for (uint32 lane = 0; lane < 2; ++lane) {
            (uint32 held, bool cleared) = AUCTION.laneOf(lane);
            if (held == 0 || cleared || _now < AUCTION.gateClosesAt(held)) continue;
            AUCTION.clear(held);
            _cleared.push(held);
            _hashOf[held] = _hash(held);
            _checkFills(held);
        }
    }

    /// @dev Note an interval's silence if it can be, and try it where it cannot.
    function _note(uint32 interval) private {
        bool due = _now >= uint256(interval + 1) * AUCTION.INTERVAL() + AUCTION.READING_DEADLINE();
        bool noted = AUCTION.resultOf(interval).notedAfter != 0;
        vm.prank(STRANGER);
        try AUCTION.noteSilence(interval) {
            vm.assertTrue(due && !noted, "silence is noted after its deadline, once");
        } catch {
            vm.assertTrue(!due || noted, "silence can be noted after its deadline");
        }
    }

    /// @dev A result without the note that comes to it.
    function _hash(uint32 interval) private view returns (bytes32) {
        IIntervalAuction.Result memory result = AUCTION.resultOf(interval);
        result.notedAfter = 0;
        return keccak256(abi.encode(result));
    }

    /// @dev Fills of both sides are bounded by each other's sums, and nobody trades past its limit.
    function _checkFills(uint32 interval) private view {
        IIntervalAuction.Result memory result = AUCTION.resultOf(interval);
        uint256[2] memory sold;
        uint256[2] memory bought;
        uint256[2] memory offered;
        for (uint64 meter = 1; meter <= HOMES; ++meter) {
            IIntervalAuction.Order memory order = AUCTION.orderAt(meter, interval);
            (uint256 solar, uint256 chp) = LENS.fillsOf(meter, interval);
            vm.assertLe(solar + chp, order.energyUnits, "no order is overfilled");
            if (order.side == IIntervalAuction.Side.Buyer) {
                vm.assertTrue(solar == 0 || order.tick >= result.solarPriceTick, "solar within the limit");
                vm.assertTrue(chp == 0 || order.chpTick >= result.chpPriceTick, "CHP within the limit");
                (bought[0], bought[1]) = (bought[0] + solar, bought[1] + chp);
            } else {
                uint8 price = meter == 3 ? result.chpPriceTick : result.solarPriceTick;
                vm.assertTrue(solar + chp == 0 || order.tick <= price, "no seller is paid less than its limit");
                (sold[0], sold[1]) = (sold[0] + solar, sold[1] + chp);
                offered[meter == 3 ? 1 : 0] += order.energyUnits;
            }
        }
        for (uint256 kind = 0; kind < 2; ++kind) {
            vm.assertLe(sold[kind], offered[kind], "no more is sold than offered");
            vm.assertLe(bought[kind], offered[kind], "no more is bought than offered");
            vm.assertLe(sold[kind], bought[kind] + HOMES, "both sides agree but for a unit an order");
            vm.assertLe(bought[kind], sold[kind] + HOMES, "both sides agree but for a unit an order");
        }
    }

    function _settleOne(uint64 meter, uint32 interval) private {
        IIntervalAuction.Order memory order = AUCTION.orderAt(meter, interval);
        uint256 before = AUCTION.balanceOf(account(meter - 1));
        uint64[] memory meters = new uint64[](1);
        meters[0] = meter;
        vm.prank(STRANGER);
        AUCTION.settle(interval, meters);
        if (order.energyUnits == 0) {
            vm.assertEq(AUCTION.balanceOf(account(meter - 1)), before, "nothing is settled twice");
        } else if (AUCTION.orderAt(meter, interval).energyUnits == 0) {
            ++settled;
        }
    }
}
