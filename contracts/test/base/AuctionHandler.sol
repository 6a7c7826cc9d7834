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
/// @dev The first action draws the settings, any that the constructors take. Every action is one that the auction must
/// take; a refusal fails the run. What it must refuse is tried too, and fails the run when it is taken.
// Numbers of the test itself.
// forge-lint: disable-next-item(unsafe-typecast)
contract AuctionHandler is Cheats {
    uint64 public constant HOMES = 6;

    EnergyToken public immutable TOKEN;
    address public immutable UTILITY;

    /// @dev None until the first action.
    IntervalAuction public auction;
    AuctionLens public lens;
    MeterRegistry public registry;

    /// @dev What went in and came out, counted at the token.
    uint256 public moneyIn;
    uint256 public moneyOut;

    /// @dev How many settled orders may have left a rounding behind.
    uint256 public settled;

    uint32[] private _cleared;
    mapping(uint32 interval => bytes32 hash) private _hashOf;
    mapping(uint64 meter => mapping(uint32 lane => uint32 interval)) private _ordered;
    uint256 private _now = START;

    constructor(EnergyToken token, address utility) {
        (TOKEN, UTILITY) = (token, utility);
    }

    /// @dev Draw the street once; every run has another one.
    modifier drawn(uint256 seed) {
        if (address(auction) == address(0)) _draw(uint256(keccak256(abi.encode(seed))));
        vm.warp(_now);
        _;
    }

    /* ACTIONS */

    function deposit(uint256 home, uint256 value) external drawn(home ^ value) {
        value = _bound(value, 0, 1e12);
        if (value != 0) _pay(account(home), value);
    }

    function withdraw(uint256 home, uint256 value) external drawn(home ^ value) {
        address to = account(home);
        value = _bound(value, 0, auction.balanceOf(to) / 3);
        vm.prank(to);
        auction.withdraw(value);
        moneyOut += value;
    }

    /// @dev By every road: from the balance, by an approval, by a transfer.
    function place(uint256 home, uint256 later, uint8 tick, uint8 chpTick, uint32 energy) external drawn(home ^ later) {
        uint64 meter = 1 + uint64(home % HOMES);
        uint32 interval = _nextGate() + uint32(later % 2);
        uint256 most = lens.mostUnitsOf(meter);
        if (!_readyFor(meter, interval) || most < auction.LEAST_ENERGY()) return;
        IIntervalAuction.Side side = sideOf(meter);
        tick = tick % 64;
        chpTick = side == IIntervalAuction.Side.Buyer ? chpTick % 64 : 0;
        if (side == IIntervalAuction.Side.Buyer && tick + chpTick == 0) tick = 1;
        uint256 least = auction.LEAST_ENERGY();
        energy = uint32(_bound(energy, least, least + (later % 3 == 0 ? 5 : 50_000)));
        if (energy > most) energy = uint32(most);

        _order(later / 2 % 3, IIntervalAuction.Placement(interval, side, tick, chpTick, energy, meter));

        vm.assertEq(lens.AUCTION().orderAt(meter, interval).energyUnits, energy, "the order stands");
    }

    /// @dev By whoever placed it, whoever owns the meter by now; side and ticks are not looked at.
    function cancel(uint256 home, uint256 later) external drawn(home ^ later) {
        uint64 meter = 1 + uint64(home % HOMES);
        uint32 interval = _nextGate() + uint32(later % 2);
        IIntervalAuction.Order memory order = auction.orderAt(meter, interval);
        if (order.energyUnits == 0) return;
        uint256 before = auction.balanceOf(order.account);
        uint256 held = lens.depositUp(auction.tariffOf(interval), order.side, order.energyUnits);
        vm.prank(order.account);
        auction.place(IIntervalAuction.Placement(interval, IIntervalAuction.Side.Buyer, 77, 99, 0, meter));
        vm.assertEq(auction.balanceOf(order.account), before + held, "all of its deposit is back");
    }

    function transferMeter(uint256 home, uint256 to) external drawn(home ^ to) {
        uint64 meter = 1 + uint64(home % HOMES);
        address owner = registry.ownerOf(meter);
        vm.prank(owner);
        registry.transferFrom(owner, account(to), meter);
    }

    function setTariff(uint256 later, uint64 feedIn, uint64 tickSize) external drawn(later) {
        uint256 latest = (_now + 31 days) / auction.INTERVAL();
        uint32 first = uint32(_bound(later, _nextGate() + 2, latest < _nextGate() + 9 ? latest : _nextGate() + 9));
        vm.prank(UTILITY);
        try auction.setTariff(first, feedIn % 1e9, 1 + tickSize % 1e7) {
            vm.assertEq(auction.tariffOf(type(uint32).max), auction.tariffCount(), "the newest is the last");
        } catch (bytes memory reason) {
            vm.assertEq(
                bytes32(bytes4(reason)),
                bytes32(IIntervalAuction.AuctionTariffsWaiting.selector),
                "only a full line refuses"
            );
        }
    }

    /// @dev Whatever a stranger may spend of a home's tokens, it changes no order and lowers no balance.
    function stranger(uint256 home, uint256 allowance, uint256 value, uint32 energy, uint8 tick)
        external
        drawn(home ^ allowance)
    {
        address victim = account(home);
        uint64 meter = 1 + uint64(home % HOMES);
        allowance = _bound(allowance, 0, 1e9);
        _mint(victim, allowance);
        vm.prank(victim);
        TOKEN.approve(STRANGER, allowance);
        bytes32 before = _positions();
        bytes memory data = abi.encode(
            IIntervalAuction.Placement(_nextGate(), sideOf(meter), tick % 64, 0, energy % 3 == 0 ? 0 : energy, meter)
        );
        value = _bound(value, 0, allowance);
        vm.prank(STRANGER);
        try TOKEN.transferFromAndCall(victim, address(auction), value, data) {
            revert("a stranger ordered for a home");
        } catch {}
        vm.prank(STRANGER);
        try auction.place(abi.decode(data, (IIntervalAuction.Placement))) {
            revert("a stranger ordered with a home's meter");
        } catch {}
        vm.prank(STRANGER);
        try auction.onApprovalReceived(victim, value, data) {
            revert("a stranger was taken for the token");
        } catch {}
        vm.assertEq(_positions(), before, "nobody's position has changed");
        if (value == 0) return;
        vm.prank(STRANGER);
        TOKEN.transferFromAndCall(victim, address(auction), value, "");
        moneyIn += value;
    }

    /// @dev Report some or all of what has passed, or skip it for ever.
    function report(uint256 home, uint112 imported, uint112 exported, bool skips) external drawn(home ^ imported) {
        uint64 meter = 1 + uint64(home % HOMES);
        _report(meter, uint32(_now / auction.INTERVAL()), imported % 1e8, exported % 1e8, skips);
    }

    /// @dev All of an interval at once, some twice, and a meter that is nobody's.
    function settleBatch(uint256 back) external drawn(back) {
        if (_cleared.length == 0) return;
        uint32 interval = _cleared[_cleared.length - 1 - back % _cleared.length];
        uint64[] memory meters = new uint64[](HOMES + 2);
        uint256 stood = 0;
        for (uint64 i = 0; i < HOMES; ++i) {
            meters[i] = 1 + (i + uint64(back % HOMES)) % HOMES;
            if (auction.orderAt(meters[i], interval).energyUnits != 0) ++stood;
        }
        (meters[HOMES], meters[HOMES + 1]) = (meters[0], 99);
        vm.prank(STRANGER);
        auction.settle(interval, meters);
        for (uint64 meter = 1; meter <= HOMES; ++meter) {
            if (auction.orderAt(meter, interval).energyUnits != 0) --stood;
        }
        settled += stood;
    }

    function settle(uint256 home, uint256 back) external drawn(home ^ back) {
        if (_cleared.length == 0) return;
        _settleOne(1 + uint64(home % HOMES), _cleared[_cleared.length - 1 - back % _cleared.length]);
    }

    function wait(uint256 time) external drawn(time) {
        uint256 interval = auction.INTERVAL();
        _now += _bound(time, 1, time % 7 == 0 ? 2 * auction.READING_DEADLINE() : interval * 4 / 3);
        _warp();
        _clearDue();
    }

    function utilityMoves(uint256 value, bool funds) external drawn(value) {
        (uint256 balance, uint256 owed) = auction.utility();
        if (funds) {
            value = _bound(value, 1, 1e9);
            _pay(UTILITY, value);
            vm.prank(UTILITY);
            auction.fund(value);
        } else {
            (uint256 announced, uint256 from) = auction.leaving();
            balance += announced;
            if (_now >= from && _now < from + 1 days) {
                vm.prank(UTILITY);
                auction.executeWithdrawal();
            } else {
                value = _bound(value, 0, balance > owed ? balance - owed : 0);
                vm.prank(UTILITY);
                auction.announceWithdrawal(value);
            }
        }
    }

    function collect(uint256 home) external drawn(home) {
        (uint256 balance,) = auction.utility();
        if (balance == 0 || auction.owedTo(account(home)) == 0) return;
        vm.prank(account(home));
        auction.collectOwed();
    }

    function note(uint256 back) external drawn(back) {
        if (_cleared.length != 0) _note(_cleared[_cleared.length - 1 - back % _cleared.length]);
    }

    function clearAgain(uint256 seed) external drawn(seed) {
        if (_cleared.length == 0) return;
        try auction.clear(_cleared[seed % _cleared.length]) {
            revert("an interval was cleared twice");
        } catch {}
    }

    function placeElsewhere(uint256 home, uint32 away) external drawn(home) {
        uint64 meter = 1 + uint64(home % HOMES);
        uint32 interval = away % 2 == 0 ? _nextGate() - 1 - away % 9 : _nextGate() + 2 + away % 9;
        address owner = registry.ownerOf(meter);
        vm.prank(owner);
        try auction.place(IIntervalAuction.Placement(interval, sideOf(meter), 9, 0, 9, meter)) {
            revert("an order was taken outside its time");
        } catch {}
    }

    /* THE END */

    /// @dev Everybody falls silent: strangers clear and settle, and everybody takes its money out.
    function windUp() external {
        if (address(auction) == address(0)) return;
        _now += auction.READING_DEADLINE() + 4 * auction.INTERVAL();
        _warp();
        _clearDue();
        for (uint256 i = 0; i < _cleared.length; ++i) {
            _note(_cleared[i]);
        }
        _now += 2 * auction.INTERVAL();
        _warp();
        for (uint256 i = 0; i < _cleared.length; ++i) {
            for (uint64 meter = 1; meter <= HOMES; ++meter) {
                _settleOne(meter, _cleared[i]);
            }
        }
        (, uint256 owed) = auction.utility();
        if (owed != 0) _pay(UTILITY, owed);
        vm.prank(UTILITY);
        auction.fund(owed);
        for (uint256 home = 0; home < HOMES; ++home) {
            address to = account(home);
            if (auction.owedTo(to) != 0) {
                vm.prank(to);
                auction.collectOwed();
            }
            _takeAll(to);
        }
        (uint256 balance,) = auction.utility();
        (uint256 announced,) = auction.leaving();
        vm.prank(UTILITY);
        auction.announceWithdrawal(balance + announced);
        _now += auction.WITHDRAWAL_NOTICE();
        _warp();
        vm.prank(UTILITY);
        auction.executeWithdrawal();
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
        return _nextGate();
    }

    /// @dev What the roundings of an order, and the part of a unit at the margin, are worth at most, in base units.
    function dustPerOrder() external view returns (uint256) {
        uint256 dearest = 1e9 + 64 * 1e7;
        return 4 + 2 * auction.UNIT() * dearest / 1e6;
    }

    /* INTERNAL */

    function _warp() private {
        vm.warp(_now);
    }

    function _nextGate() private view returns (uint32) {
        return uint32((_now + auction.GATE_LEAD()) / auction.INTERVAL() + 1);
    }

    function _pay(address from, uint256 value) private {
        _mint(from, value);
        vm.prank(from);
        TOKEN.transferAndCall(address(auction), value, "");
        moneyIn += value;
    }

    function _mint(address to, uint256 value) private {
        vm.prank(ADMIN);
        TOKEN.mint(to, value);
    }

    /// @dev Any settings that both constructors take: short intervals, high margins, odd units and prices.
    function _draw(uint256 seed) private {
        uint32[4] memory lengths = [uint32(900), 3_600, 60, 86_400];
        uint32[3] memory rings = [uint32(16), 64, 128];
        uint32[4] memory units = [uint32(1), 1_000, 7, 999_983];
        uint32 interval = lengths[seed % 4];
        uint32 ring = rings[(seed >> 8) % 3];
        registry = new MeterRegistry(ADMIN, interval, ring);
        uint32 blockSeconds = 1 + uint32((seed >> 16) % ((interval - 1) / 8));
        auction = new IntervalAuction(
            IIntervalAuction.Settings({
                token: TOKEN,
                registry: registry,
                utility: UTILITY,
                feedInPerKWh: uint64((seed >> 32) % 1e9),
                tickSizePerKWh: 1 + uint64((seed >> 64) % 1e7),
                unitMilliWh: units[(seed >> 96) % 4],
                leastUnits: 1 + uint32((seed >> 104) % 20),
                gateLeadSeconds: uint32(_bound(seed >> 112, 4 * blockSeconds, (interval - 1) / 2)),
                marginPercent: 1 + uint32((seed >> 144) % 100),
                readingDeadlineSeconds: uint32(_bound(seed >> 160, interval, uint256(ring - 6) * interval)),
                blockSeconds: blockSeconds,
                mostRetailPerKWh: type(uint64).max
            })
        );
        lens = new AuctionLens(auction);
        IMeterRegistry.MeterKind[6] memory kinds = [
            IMeterRegistry.MeterKind.Solar,
            IMeterRegistry.MeterKind.Battery,
            IMeterRegistry.MeterKind.Chp,
            IMeterRegistry.MeterKind.Consumer,
            IMeterRegistry.MeterKind.Solar,
            IMeterRegistry.MeterKind.Consumer
        ];
        for (uint256 home = 0; home < HOMES; ++home) {
            uint32 power = home == 5 ? 1 + uint32((seed >> 200) % 5_000) : type(uint32).max;
            vm.prank(ADMIN);
            registry.install(account(home), account(home), kinds[home], power);
        }
    }

    /// @dev All that is anybody's: balances, dues and orders.
    function _positions() private view returns (bytes32 picture) {
        for (uint256 home = 0; home < HOMES; ++home) {
            address one = account(home);
            uint64 meter = 1 + uint64(home);
            uint32 next = _nextGate();
            picture = keccak256(
                abi.encode(
                    picture,
                    auction.balanceOf(one),
                    auction.owedTo(one),
                    auction.orderAt(meter, next),
                    auction.orderAt(meter, next + 1)
                )
            );
        }
    }

    function _takeAll(address to) private {
        uint256 value = auction.balanceOf(to);
        vm.prank(to);
        auction.withdraw(value);
        moneyOut += value;
    }

    function _order(uint256 road, IIntervalAuction.Placement memory placement) private {
        address owner = registry.ownerOf(placement.meter);
        uint256 deposit_ = lens.depositUp(auction.tariffOf(placement.interval), placement.side, placement.energyUnits);
        bytes memory data = abi.encode(placement);
        if (road == 0) {
            _pay(owner, deposit_);
            vm.prank(owner);
            auction.place(placement);
        } else {
            _mint(owner, deposit_);
            uint256 outside = TOKEN.balanceOf(owner);
            vm.prank(owner);
            if (road == 1) TOKEN.approveAndCall(address(auction), deposit_, data);
            else TOKEN.transferAndCall(address(auction), deposit_, data);
            moneyIn += outside - TOKEN.balanceOf(owner);
        }
        _ordered[placement.meter][placement.interval % 2] = placement.interval;
    }

    /// @dev Make way for an order: whoever comes first clears the lane, and a home reports before it orders again.
    function _readyFor(uint64 meter, uint32 interval) private returns (bool) {
        _clearDue();
        IIntervalAuction.Order memory held = auction.orderAt(meter, _ordered[meter][interval % 2]);
        if (held.energyUnits == 0) return true;
        // A former owner's order of this interval is the former owner's.
        if (held.interval == interval) return held.account == registry.ownerOf(meter);
        if (_now < uint256(held.interval + 1) * auction.INTERVAL()) return false;
        _report(meter, held.interval + 1, 1e6, 1e6, false);
        return true;
    }

    function _report(uint64 meter, uint32 boundary, uint112 imported, uint112 exported, bool skips) private {
        (, uint32 last, uint32 power,) = registry.meters(meter);
        if (boundary <= last) return;
        uint256 most = uint256(power) * auction.INTERVAL() * 1000 / 3600;
        (imported, exported) = (uint112(imported % (most + 1)), uint112(exported % (most + 1)));
        (, uint112 importedBefore, uint112 exportedBefore) = registry.lastReading(meter);
        if (!skips && boundary > last + 1) {
            vm.prank(account(meter - 1));
            registry.report(meter, boundary - 1, importedBefore, exportedBefore);
        }
        vm.prank(account(meter - 1));
        registry.report(meter, boundary, importedBefore + imported, exportedBefore + exported);
    }

    /// @dev Clear what can be, as the utility's loop would.
    function _clearDue() private {
        for (uint32 lane = 0; lane < 2; ++lane) {
            (uint32 held, bool cleared) = auction.laneOf(lane);
            if (held == 0 || cleared || _now < auction.gateClosesAt(held)) continue;
            auction.clear(held);
            _cleared.push(held);
            _hashOf[held] = _hash(held);
            _checkFills(held);
        }
    }

    /// @dev Note an interval's silence if it can be, and try it where it cannot.
    function _note(uint32 interval) private {
        bool due = _now >= uint256(interval + 1) * auction.INTERVAL() + auction.READING_DEADLINE();
        bool noted = auction.resultOf(interval).notedAfter != 0;
        vm.prank(STRANGER);
        try auction.noteSilence(interval) {
            vm.assertTrue(due && !noted, "silence is noted after its deadline, once");
        } catch {
            vm.assertTrue(!due || noted, "silence can be noted after its deadline");
        }
    }

    /// @dev A result without the note that comes to it.
    function _hash(uint32 interval) private view returns (bytes32) {
        IIntervalAuction.Result memory result = auction.resultOf(interval);
        result.notedAfter = 0;
        return keccak256(abi.encode(result));
    }

    /// @dev Fills of both sides are bounded by each other's sums, and nobody trades past its limit.
    function _checkFills(uint32 interval) private view {
        IIntervalAuction.Result memory result = auction.resultOf(interval);
        uint256[2] memory sold;
        uint256[2] memory bought;
        uint256[2] memory offered;
        for (uint64 meter = 1; meter <= HOMES; ++meter) {
            IIntervalAuction.Order memory order = auction.orderAt(meter, interval);
            (uint256 solar, uint256 chp) = lens.fillsOf(meter, interval);
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
        IIntervalAuction.Order memory order = auction.orderAt(meter, interval);
        address owner = order.account;
        uint256 before = auction.balanceOf(owner);
        uint64[] memory meters = new uint64[](1);
        meters[0] = meter;
        vm.prank(STRANGER);
        auction.settle(interval, meters);
        if (order.energyUnits == 0) {
            vm.assertEq(auction.balanceOf(owner), before, "nothing is settled twice");
        } else if (auction.orderAt(meter, interval).energyUnits == 0) {
            ++settled;
        }
    }
}
