// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EnergyToken} from "../../src/EnergyToken.sol";
import {ICommitmentPool} from "../../src/interfaces/ICommitmentPool.sol";
import {DrawnPool} from "./DrawnPool.sol";

/// @title A street of five homes that commit interval after interval.
/// @dev The first action draws the settings, any that the constructor takes. What a commitment may be refused for is
/// named; any other refusal fails the run. What the pool must refuse is tried too, and fails the run when it is taken.
// Numbers of the test itself.
// forge-lint: disable-next-item(unsafe-typecast)
contract PoolHandler is DrawnPool {
    /// @dev Commitments' intervals that were claimed; each may leave a rounding.
    uint256 public claims;

    uint32[] private _intervals;
    mapping(uint32 interval => bool known) private _known;
    mapping(uint32 interval => uint48 price) private _priceOf;

    constructor(EnergyToken token) DrawnPool(token) {}

    /* VIEWS */

    /// @dev Prices that were seen once and are another now.
    function pricesStand() external returns (bool) {
        for (uint256 i = 0; i < _intervals.length; ++i) {
            ICommitmentPool.Interval memory entry = pool.intervalAt(_intervals[i]);
            if (entry.interval != _intervals[i]) continue;
            uint48 seen = _priceOf[_intervals[i]];
            if (seen != 0 && entry.pricePerKWh != seen) return false;
            _priceOf[_intervals[i]] = entry.pricePerKWh;
        }
        return true;
    }

    function intervalCount() external view returns (uint256) {
        return _intervals.length;
    }

    function intervals(uint256 index) external view returns (uint32) {
        return _intervals[index];
    }

    /// @dev What a meter's commitments still hold.
    function openCollateral(uint64 meter) public view returns (uint256 sum) {
        for (uint8 place = 0; place < PLACES; ++place) {
            ICommitmentPool.Commitment memory one = pool.commitmentAt(meter, place);
            uint256 open = 0;
            for (uint256 i = 0; i < one.length; ++i) {
                if ((one.claimed >> i) & 1 == 0) ++open;
            }
            sum += open
                * pool.collateralOf(
                    ICommitmentPool.Pledge(meter, place, one.side, one.first, 1, one.amountMilliWh, 0, one.mostPerKWh)
                );
        }
    }

    /// @dev What commitments of a side come to in an interval that has not begun.
    function committedIn(uint32 interval, ICommitmentPool.Side side) external view returns (uint256 sum) {
        for (uint64 meter = 1; meter <= HOMES; ++meter) {
            for (uint8 place = 0; place < PLACES; ++place) {
                ICommitmentPool.Commitment memory one = pool.commitmentAt(meter, place);
                bool within = one.first <= interval && interval < uint256(one.first) + one.length;
                if (within && one.side == side) sum += one.amountMilliWh;
            }
        }
    }

    function current() external view returns (uint32) {
        return _current();
    }

    /* ACTIONS */

    function deposit(uint256 home, uint256 from, uint256 value) external drawn(home ^ value) {
        value = _bound(value, 1, 1e12);
        _pay(account(from), 1 + uint64(home % HOMES), value);
    }

    function withdraw(uint256 home, uint256 value) external drawn(home ^ value) {
        uint64 meter = 1 + uint64(home % HOMES);
        (uint256 balance,,) = pool.profileOf(meter);
        value = _bound(value, 0, balance / 3);
        if (value == 0) return;
        vm.prank(registry.ownerOf(meter));
        pool.withdraw(meter, value);
        moneyOut += value;
    }

    function price(uint256 value) external drawn(value) {
        _say(_bound(value, 1, 1e9));
    }

    /// @dev By every road: from the balance, by an approval, by a transfer.
    function commit(uint256 home, uint256 later, uint48 amount, uint48 least, uint48 most)
        external
        drawn(home ^ later)
    {
        ICommitmentPool.Pledge memory pledge = _pledge(home, later, amount, least, most);
        address owner = registry.ownerOf(pledge.meter);
        uint256 charge = pool.collateralOf(pledge);
        _say(_bound(later >> 64, 1, 1e9));
        _mint(owner, charge);
        uint256 outside = TOKEN.balanceOf(owner);
        if (later % 3 == 0) {
            if (charge != 0) {
                vm.prank(owner);
                TOKEN.transferAndCall(address(pool), charge, abi.encode(pledge.meter));
            }
            vm.prank(owner);
            try pool.commit(pledge) {
                _know(pledge);
            } catch (bytes memory reason) {
                _expected(reason);
            }
        } else {
            bytes memory data = abi.encode(pledge);
            vm.prank(owner);
            if (later % 3 == 1) {
                try TOKEN.approveAndCall(address(pool), charge, data) {
                    _know(pledge);
                } catch (bytes memory reason) {
                    _expected(reason);
                }
            } else {
                try TOKEN.transferAndCall(address(pool), charge, data) {
                    _know(pledge);
                } catch (bytes memory reason) {
                    _expected(reason);
                }
            }
        }
        moneyIn += outside - TOKEN.balanceOf(owner);
    }

    function fix(uint256 which) external drawn(which) {
        if (_intervals.length == 0) return;
        uint32 interval = _intervals[which % _intervals.length];
        ICommitmentPool.Interval memory entry = pool.intervalAt(interval);
        if (entry.committed == 0 || entry.pricePerKWh != 0) return;
        if (interval <= _current() || interval > _current() + pool.HORIZON_PRICE()) return;
        _say(_bound(which >> 64, 1, 1e9));
        vm.prank(STRANGER);
        pool.fixPrice(interval);
    }

    function transferMeter(uint256 home, uint256 to) external drawn(home ^ to) {
        uint64 meter = 1 + uint64(home % HOMES);
        address owner = registry.ownerOf(meter);
        vm.prank(owner);
        registry.transferFrom(owner, account(to), meter);
    }

    /// @dev Whatever a stranger may spend of a home's tokens, it commits nothing and lowers no balance.
    function stranger(uint256 home, uint256 later, uint256 value, uint48 amount) external drawn(home ^ later) {
        ICommitmentPool.Pledge memory pledge = _pledge(home, later, amount, 0, 1e6);
        address victim = registry.ownerOf(pledge.meter);
        _say(1e5);
        value = value % 2 == 0 ? pool.collateralOf(pledge) : _bound(value, 0, 1e9);
        _mint(victim, value);
        vm.prank(victim);
        TOKEN.approve(STRANGER, value);
        bytes32 before = _positions();
        vm.startPrank(STRANGER);
        try TOKEN.transferFromAndCall(victim, address(pool), value, abi.encode(pledge)) {
            revert("a stranger committed for a home");
        } catch {}
        try pool.commit(pledge) {
            revert("a stranger committed with a home's meter");
        } catch {}
        try pool.onApprovalReceived(victim, value, abi.encode(pledge)) {
            revert("a stranger was taken for the token");
        } catch {}
        try pool.withdraw(pledge.meter, 1) {
            revert("a stranger took a home's money");
        } catch {}
        vm.stopPrank();
        vm.assertEq(_positions(), before, "nobody's position has changed");
    }

    /// @dev Report all of what has passed or the last of it, or skip it for ever.
    function report(uint256 home, uint112 imported, uint112 exported, bool skips) external drawn(home ^ imported) {
        uint64 meter = 1 + uint64(home % HOMES);
        (address reporter, uint32 last,,) = registry.meters(meter);
        uint32 boundary = _current();
        if (boundary <= last) return;
        (, uint112 importedBefore, uint112 exportedBefore) = registry.lastReading(meter);
        if (!skips && boundary > last + 1) {
            vm.prank(reporter);
            registry.report(meter, boundary - 1, importedBefore, exportedBefore);
        }
        vm.prank(reporter);
        registry.report(meter, boundary, importedBefore + imported % 1e6, exportedBefore + exported % 1e6);
    }

    function settle(uint256 which) external drawn(which) {
        if (_intervals.length != 0) _settle(_intervals[which % _intervals.length]);
    }

    function note(uint256 which) external drawn(which) {
        if (_intervals.length != 0) _note(_intervals[which % _intervals.length]);
    }

    function wait(uint256 time) external drawn(time) {
        uint256 interval = pool.INTERVAL();
        _now += _bound(time, 1, time % 7 == 0 ? 2 * pool.RECORD_DEADLINE() : interval * 4 / 3);
        vm.warp(_now);
    }

    /* THE END */

    /// @dev Everybody falls silent: strangers note, record and claim, and everybody takes its money out.
    function windUp() external {
        if (address(pool) == address(0)) return;
        _now += (uint256(pool.HORIZON()) + 4) * pool.INTERVAL() + pool.RECORD_DEADLINE();
        vm.warp(_now);
        for (uint256 i = 0; i < _intervals.length; ++i) {
            _note(_intervals[i]);
        }
        _now += 3 * pool.INTERVAL();
        vm.warp(_now);
        for (uint256 i = 0; i < _intervals.length; ++i) {
            _settle(_intervals[i]);
        }
        for (uint64 meter = 1; meter <= HOMES; ++meter) {
            (uint256 balance,,) = pool.profileOf(meter);
            vm.assertEq(openCollateral(meter), 0, "no collateral is stuck");
            if (balance == 0) continue;
            vm.prank(registry.ownerOf(meter));
            pool.withdraw(meter, balance);
        }
    }

    /* HELP */

    function _pledge(uint256 home, uint256 later, uint48 amount, uint48 least, uint48 most)
        private
        view
        returns (ICommitmentPool.Pledge memory pledge)
    {
        uint32 horizon = pool.HORIZON();
        pledge.meter = 1 + uint64(home % HOMES);
        pledge.place = uint8((later >> 8) % PLACES);
        pledge.side =
            pledge.meter > 3 || (later >> 16) % 4 == 0 ? ICommitmentPool.Side.Consumer : ICommitmentPool.Side.Producer;
        pledge.length = 1 + uint8((later >> 24) % (horizon < 8 ? horizon : 8));
        // Near, so that homes meet.
        uint32 farthest = horizon - pledge.length < 3 ? horizon - pledge.length : 3;
        pledge.first = _current() + 1 + uint32((later >> 32) % (farthest + 1));
        pledge.amountMilliWh = uint48(_bound(amount, pool.LEAST_ENERGY(), pool.LEAST_ENERGY() + 1e6));
        (pledge.leastPerKWh, pledge.mostPerKWh) = (least % 3 == 0 ? least % 1e9 : 0, 1 + most % 2e9);
        if (pledge.leastPerKWh > pledge.mostPerKWh) pledge.leastPerKWh = pledge.mostPerKWh;
    }

    function _know(ICommitmentPool.Pledge memory pledge) private {
        for (uint32 i = 0; i < pledge.length; ++i) {
            if (_known[pledge.first + i]) continue;
            _known[pledge.first + i] = true;
            _intervals.push(pledge.first + i);
        }
    }

    function _expected(bytes memory reason) private pure {
        bytes4 name = bytes4(reason);
        vm.assertTrue(
            name == ICommitmentPool.PoolPlaceTaken.selector || name == ICommitmentPool.PoolIntervalTaken.selector
                || name == ICommitmentPool.PoolIntervalUnclaimed.selector
                || name == ICommitmentPool.PoolPriceOutsideLimits.selector
                || name == ICommitmentPool.PoolPriceUnfit.selector,
            "refused for a reason that is named"
        );
    }

    function _note(uint32 interval) private {
        ICommitmentPool.Interval memory entry = pool.intervalAt(interval);
        if (entry.committed == 0 || entry.notedAfter != 0) return;
        if (_now < uint256(interval + 1) * pool.INTERVAL() + pool.RECORD_DEADLINE()) return;
        vm.prank(STRANGER);
        pool.noteSilence(interval);
    }

    /// @dev All places of all meters, twice: nothing is counted twice, and no balance falls.
    function _settle(uint32 interval) private {
        ICommitmentPool.Standing[] memory all = new ICommitmentPool.Standing[](2 * HOMES * PLACES);
        for (uint256 i = 0; i < all.length; ++i) {
            all[i] = ICommitmentPool.Standing(1 + uint64(i % HOMES), uint8(i / HOMES % PLACES));
        }
        uint256[HOMES] memory before = _balances();
        uint256 done = pool.intervalAt(interval).claimed;
        vm.startPrank(STRANGER);
        pool.record(interval, all);
        pool.claim(interval, all);
        vm.stopPrank();
        uint256[HOMES] memory found = _balances();
        for (uint256 home = 0; home < HOMES; ++home) {
            vm.assertGe(found[home], before[home], "no balance falls by it");
        }
        claims += pool.intervalAt(interval).claimed - done;
    }

    function _balances() private view returns (uint256[HOMES] memory balances) {
        for (uint64 meter = 1; meter <= HOMES; ++meter) {
            (balances[meter - 1],,) = pool.profileOf(meter);
        }
    }

    function _positions() private view returns (bytes32 picture) {
        for (uint64 meter = 1; meter <= HOMES; ++meter) {
            (uint256 balance,,) = pool.profileOf(meter);
            picture = keccak256(abi.encode(picture, balance, registry.ownerOf(meter)));
            for (uint8 place = 0; place < PLACES; ++place) {
                picture = keccak256(abi.encode(picture, pool.commitmentAt(meter, place)));
            }
        }
    }
}
