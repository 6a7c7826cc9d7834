// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EnergyToken} from "../../src/EnergyToken.sol";
import {IIntervalAuction} from "../../src/interfaces/IIntervalAuction.sol";
import {DrawnStreet} from "./DrawnStreet.sol";

/// @title What a drawn street's steps are made of, orders, reports, clearings and settlements, and a book of what each
/// must leave behind.
// Numbers of the test itself.
// forge-lint: disable-next-item(unsafe-typecast)
abstract contract BookedStreet is DrawnStreet {
    /// @dev How many settled orders may have left a rounding behind.
    uint256 public settled;

    uint32[] internal _cleared;
    mapping(uint32 interval => bytes32 hash) private _hashOf;
    mapping(uint64 meter => mapping(uint32 lane => uint32 interval)) private _ordered;

    /* VIEWS */

    function resultsStand() external view returns (bool) {
        for (uint256 i = 0; i < _cleared.length; ++i) {
            if (_hash(_cleared[i]) != _hashOf[_cleared[i]]) return false;
        }
        return true;
    }

    /* ORDERS AND REPORTS */

    /// @dev All that is anybody's: balances, dues and orders.
    function _positions() internal view returns (bytes32 picture) {
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

    function _order(uint256 road, IIntervalAuction.Placement memory placement) internal {
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
    function _readyFor(uint64 meter, uint32 interval) internal returns (bool) {
        _clearDue();
        IIntervalAuction.Order memory held = auction.orderAt(meter, _ordered[meter][interval % 2]);
        if (held.energyUnits == 0) return true;
        // A former owner's order of this interval is the former owner's.
        if (held.interval == interval) return held.account == registry.ownerOf(meter);
        if (_now < uint256(held.interval + 1) * auction.INTERVAL()) return false;
        _report(meter, held.interval + 1, 1e6, 1e6, false);
        return true;
    }

    function _report(uint64 meter, uint32 boundary, uint112 imported, uint112 exported, bool skips) internal {
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

    /* CLEARING */

    /// @dev Clear what can be, as the utility's loop would.
    function _clearDue() internal {
        for (uint32 lane = 0; lane < 2; ++lane) {
            (uint32 held, bool cleared) = auction.laneOf(lane);
            if (held == 0 || cleared || _now < auction.gateClosesAt(held)) continue;
            auction.clear(held);
            _cleared.push(held);
            _hashOf[held] = _hash(held);
            _checkFills(held);
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

    /* SETTLING */

    /// @dev Note an interval's silence if it can be, and try it where it cannot.
    function _note(uint32 interval) internal {
        bool due = _now >= uint256(interval + 1) * auction.INTERVAL() + auction.READING_DEADLINE();
        bool noted = auction.resultOf(interval).notedAfter != 0;
        vm.prank(STRANGER);
        try auction.noteSilence(interval) {
            vm.assertTrue(due && !noted, "silence is noted after its deadline, once");
        } catch {
            vm.assertTrue(!due || noted, "silence can be noted after its deadline");
        }
    }

    function _settleOne(uint64 meter, uint32 interval) internal {
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

    function _takeAll(address to) internal {
        uint256 value = auction.balanceOf(to);
        vm.prank(to);
        auction.withdraw(value);
        moneyOut += value;
    }
}
