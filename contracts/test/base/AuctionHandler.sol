// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EnergyToken} from "../../src/EnergyToken.sol";
import {IIntervalAuction} from "../../src/interfaces/IIntervalAuction.sol";
import {BookedStreet} from "./BookedStreet.sol";
import {DrawnStreet} from "./DrawnStreet.sol";

/// @title A street of six homes and a utility that trade interval after interval.
/// @dev The first action draws the settings, any that the constructors take. Every action is one that the auction must
/// take; a refusal fails the run. What it must refuse is tried too, and fails the run when it is taken.
// Numbers of the test itself.
// forge-lint: disable-next-item(unsafe-typecast)
contract AuctionHandler is BookedStreet {
    constructor(EnergyToken token, address utility) DrawnStreet(token, utility) {}

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
}
