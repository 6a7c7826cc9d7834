// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IIntervalAuction} from "../../src/interfaces/IIntervalAuction.sol";
import {IntervalBook} from "../../src/libraries/IntervalBook.sol";
import {IntervalMoney} from "../../src/libraries/IntervalMoney.sol";
import {TickMath} from "../../src/libraries/TickMath.sol";
import {Cheats} from "../base/Cheats.sol";

/// @title Whole settlements of small random markets under random settings: money is conserved, and silence never pays.
/// @dev By the auction's own libraries. Few ticks and few units, so that margins meet; and many, so that widths are used.
// Numbers of the test itself.
// forge-lint: disable-next-item(unsafe-typecast)
contract IntervalSettlementTest is Cheats {
    using IntervalBook for IntervalBook.Lane;

    /// @dev What all of a market's orders come to.
    struct Sums {
        int256 trade;
        uint256[2] sold;
        uint256[2] bought;
        uint256 orders;
    }

    uint256 private constant _MOST_ORDERS = 6;
    uint32 private constant _INTERVAL = 7;

    /// @dev Six of them still fit into a cell.
    uint256 private constant _MOST_ENERGY = 40_000_000;

    IntervalBook.Lane private _lane;

    /// forge-config: soak.fuzz.runs = 1000000
    function testFuzz_MoneyIsConservedAndNobodyIsBetterOffSilent(uint256 seed) public {
        uint256 drawn = uint256(keccak256(abi.encode(seed)));
        IIntervalAuction.Order[] memory orders = new IIntervalAuction.Order[](1 + drawn % _MOST_ORDERS);
        for (uint256 i = 0; i < orders.length; ++i) {
            orders[i] = _order(uint256(keccak256(abi.encode(seed, i))), drawn >> 8);
            _lane.add(orders[i]);
        }
        (IIntervalAuction.Result memory result, IntervalBook.Volumes memory volumes) = _lane.clear(_INTERVAL);
        IntervalMoney.Terms memory terms = _terms(drawn >> 16);

        Sums memory sums;
        for (uint256 i = 0; i < orders.length; ++i) {
            uint256 metered = uint256(keccak256(abi.encode(i, seed)));
            _settle(sums, result, orders[i], terms, metered);
        }

        _assertVolume(sums, 0, volumes.solar);
        _assertVolume(sums, 1, volumes.chp);
        uint256 dearest = terms.feedIn + 63 * terms.tickSize;
        uint256 dust = orders.length * (4 + 2 * terms.unitMilliWh * dearest / 1e6);
        vm.assertTrue(sums.trade <= 0, "buyers pay all that sellers get");
        vm.assertLe(uint256(-sums.trade), dust, "and no more but for a rounding an order");
    }

    /* INTERNAL */

    function _settle(
        Sums memory sums,
        IIntervalAuction.Result memory result,
        IIntervalAuction.Order memory order,
        IntervalMoney.Terms memory terms,
        uint256 drawn
    ) private pure {
        (uint256 solar, uint256 chp) = IntervalMoney.fills(result, order);
        uint256 metered = (solar + chp) * terms.unitMilliWh;
        if (drawn % 4 != 0) metered = (drawn >> 2) % (4 * order.energyUnits * terms.unitMilliWh);
        IntervalMoney.Settlement memory told = IntervalMoney.settle(result, order, terms, metered, false);
        IntervalMoney.Settlement memory silent = IntervalMoney.settle(result, order, terms, metered, true);

        _assertOwn(told);
        _assertOwn(silent);
        vm.assertTrue(silent.trade + silent.grid <= told.trade + told.grid, "silence never pays");
        vm.assertEq(silent.trade, told.trade, "nor changes what is traded");
        vm.assertEq(told.meteredMilliWh, metered, "as it was told");
        vm.assertLe(solar + chp, order.energyUnits, "no order is overfilled");
        bool buys = order.side == IIntervalAuction.Side.Buyer;
        vm.assertTrue(
            solar == 0 || (buys ? order.tick >= result.solarPriceTick : order.tick <= result.solarPriceTick),
            "solar within its limit"
        );
        vm.assertTrue(
            chp == 0 || (buys ? order.chpTick >= result.chpPriceTick : order.tick <= result.chpPriceTick),
            "CHP within its limit"
        );
        uint256[2] memory side = buys ? sums.bought : sums.sold;
        (side[0], side[1]) = (side[0] + solar, side[1] + chp);
        sums.trade += told.trade;
        ++sums.orders;
    }

    /// @dev Its deposit is all that an order can lose.
    function _assertOwn(IntervalMoney.Settlement memory end) private pure {
        int256 lost = end.trade + (end.grid < 0 ? end.grid : int256(0));
        vm.assertTrue(int256(end.deposit) + lost >= 0, "nobody owes more than its deposit");
    }

    function _assertVolume(Sums memory sums, uint256 kind, uint256 volume) private pure {
        vm.assertLe(sums.sold[kind], volume, "no more is sold than changes hands");
        vm.assertLe(sums.bought[kind], volume, "nor bought");
        vm.assertLe(volume, sums.sold[kind] + sums.orders, "all but a unit an order is sold");
        vm.assertLe(volume, sums.bought[kind] + 2 * sums.orders, "and bought, but for one a kind");
    }

    function _terms(uint256 drawn) private pure returns (IntervalMoney.Terms memory) {
        uint32[4] memory units = [uint32(1), 1_000, 7, 999_983];
        return IntervalMoney.Terms({
            unitMilliWh: units[drawn % 4],
            marginPercent: 1 + (drawn >> 8) % 100,
            feedIn: (drawn >> 16) % ((drawn >> 80) % 4 == 0 ? 5 : 1e9),
            tickSize: 1 + (drawn >> 88) % ((drawn >> 152) % 4 == 0 ? 5 : 1e7)
        });
    }

    /// @dev Ticks of a market lie within four.
    function _order(uint256 drawn, uint256 market) private pure returns (IIntervalAuction.Order memory order) {
        uint256 lowest = market % (TickMath.TICKS - 3);
        order.interval = _INTERVAL;
        order.side = IIntervalAuction.Side(drawn % 3);
        order.tick = uint8(lowest + (drawn >> 8) % 4);
        order.energyUnits = uint32(1 + (drawn >> 16) % ((drawn >> 80) % 2 == 0 ? 20 : _MOST_ENERGY));
        if (order.side != IIntervalAuction.Side.Buyer) return order;
        uint256 wishes = (drawn >> 96) % 4;
        if (wishes != 0) order.chpTick = uint8(lowest + (drawn >> 104) % 4);
        if (wishes == 1 || order.tick + order.chpTick == 0) order.tick = order.chpTick == 0 ? 1 : 0;
    }
}
