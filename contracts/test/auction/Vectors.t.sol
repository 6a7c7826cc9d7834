// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AuctionLens} from "../../src/AuctionLens.sol";
import {IntervalAuction} from "../../src/IntervalAuction.sol";
import {MeterRegistry} from "../../src/MeterRegistry.sol";
import {IIntervalAuction} from "../../src/interfaces/IIntervalAuction.sol";
import {IMeterRegistry} from "../../src/interfaces/IMeterRegistry.sol";
import {TickMath} from "../../src/libraries/TickMath.sol";
import {AuctionBase} from "../base/AuctionBase.sol";

/// @dev Plays `tests/vectors/auction.json`, which the rule in Python wrote (`tests/auction_vectors.py` says what the rows
/// mean), through the contract: every market, every home's money, every gate.
// Numbers of the test itself.
// forge-lint: disable-next-item(unsafe-typecast)
contract IntervalAuctionVectorsTest is AuctionBase {
    string private _json;
    uint64[] private _meters;

    function setUp() public override {
        super.setUp();
        _json = vm.readFile("../tests/vectors/auction.json");
    }

    function test_MarketsClearAndFillAsInPython() public {
        uint256 played = 0;
        for (; _has(_case("markets", played)); ++played) {
            _playMarket(_case("markets", played));
        }
        vm.assertGe(played, 20, "all markets are there");
    }

    function test_AFullCellRefusesAsInPython() public {
        uint256 played = 0;
        for (; _has(_case("full", played)); ++played) {
            string memory place = _case("full", played);
            _fresh([uint256(1), MARGIN, FEED_IN, TICK]);
            uint256[][] memory orders = _rows(place, ".orders");
            for (uint256 i = 0; i + 1 < orders.length; ++i) {
                _placeRow(orders[i]);
            }
            IIntervalAuction.Placement memory last = _placement(orders[orders.length - 1]);
            address account = registry.ownerOf(last.meter);
            vm.expectRevert(abi.encodeWithSelector(TickMath.AuctionTickFull.selector, 7, last.energyUnits));
            vm.prank(account);
            auction.place(last);
        }
        vm.assertEq(played, 2, "both sides");
    }

    function test_MoneySettlesAsInPython() public {
        uint256 played = 0;
        for (; _has(_case("settlements", played)); ++played) {
            _playSettlement(_case("settlements", played));
        }
        vm.assertGe(played, 13, "all settlements are there");
    }

    function test_GatesAndLanesAdmitAsInPython() public {
        uint256 played = 0;
        for (; _has(_case("admissions", played)); ++played) {
            _playAdmission(_case("admissions", played));
        }
        vm.assertGe(played, 10, "all gates are there");
    }

    function test_TariffsAreInForceAsInPython() public {
        uint256[][] memory versions = _rows(".tariffs", ".versions");
        uint256[][] memory expected = _rows(".tariffs", ".of");
        vm.warp(START - 3 * INTERVAL);
        _fresh([uint256(UNIT), MARGIN, FEED_IN, TICK]);
        for (uint256 i = 1; i < versions.length; ++i) {
            vm.prank(UTILITY);
            auction.setTariff(uint32(versions[i][1]), FEED_IN + uint64(i), TICK);
        }
        for (uint256 i = 0; i < expected.length; ++i) {
            vm.assertEq(auction.tariffOf(uint32(expected[i][0])), expected[i][1], "version");
        }
    }

    /* CASES */

    function _playMarket(string memory place) private {
        string memory name = vm.parseJsonString(_json, string.concat(place, ".name"));
        _fresh([uint256(1), MARGIN, FEED_IN, TICK]);
        uint256[][] memory orders = _rows(place, ".orders");
        for (uint256 i = 0; i < orders.length; ++i) {
            _placeRow(orders[i]);
        }

        vm.expectEmit(address(auction));
        emit IIntervalAuction.IntervalCleared(
            FIRST,
            vm.parseJsonUint(_json, string.concat(place, ".first")) == 1,
            uint8(_step(place, ".solar")[1]),
            uint8(_step(place, ".chp")[1]),
            _step(place, ".solar")[0],
            _step(place, ".chp")[0],
            _step(place, ".beyond")[0],
            _step(place, ".beyond")[1]
        );
        _clear(FIRST);

        _assertResult(place, name);
        uint256[][] memory expected = _rows(place, ".fills");
        for (uint256 i = 0; i < orders.length; ++i) {
            (uint256 solar, uint256 chp) = lens.fillsOf(_meters[i], FIRST);
            vm.assertEq(solar, expected[i][0], string.concat(name, ": solar fill"));
            vm.assertEq(chp, expected[i][1], string.concat(name, ": CHP fill"));
        }
    }

    function _assertResult(string memory place, string memory name) private view {
        IIntervalAuction.Result memory result = _result(FIRST);
        uint256[] memory solar = _step(place, ".solar");
        uint256[] memory chp = _step(place, ".chp");
        vm.assertEq(result.solarPriceTick, solar[1], string.concat(name, ": solar price"));
        vm.assertEq(result.solarMarginalTick, solar[2], string.concat(name, ": solar marginal"));
        vm.assertEq(result.solarSellerFraction, solar[3], string.concat(name, ": solar sellers"));
        vm.assertEq(result.solarBuyerFraction, solar[4], string.concat(name, ": solar buyers"));
        vm.assertEq(result.chpPriceTick, chp[1], string.concat(name, ": CHP price"));
        vm.assertEq(result.chpMarginalTick, chp[2], string.concat(name, ": CHP marginal"));
        vm.assertEq(result.chpSellerFraction, chp[3], string.concat(name, ": CHP sellers"));
        vm.assertEq(result.chpBuyerFraction, chp[4], string.concat(name, ": CHP buyers"));
    }

    function _playSettlement(string memory place) private {
        string memory name = vm.parseJsonString(_json, string.concat(place, ".name"));
        uint256[] memory terms = _step(place, ".terms");
        _fresh([terms[0], terms[1], terms[2], terms[3]]);
        _fund(FUNDS);
        uint256[][] memory orders = _rows(place, ".orders");
        int256[] memory metered = vm.parseJsonIntArray(_json, string.concat(place, ".metered"));
        int256[][] memory money = abi.decode(vm.parseJson(_json, string.concat(place, ".money")), (int256[][]));
        for (uint256 i = 0; i < orders.length; ++i) {
            _placeRow(orders[i]);
        }
        _clear(FIRST);
        for (uint256 i = 0; i < orders.length; ++i) {
            if (metered[i] < 0) continue;
            uint112 energy = uint112(uint256(metered[i]));
            _meter(_meters[i], FIRST, orders[i][0] == 0 ? energy : 0, orders[i][0] == 0 ? 0 : energy);
        }
        vm.warp(uint256(FIRST + 1) * INTERVAL + DEADLINE);
        auction.noteSilence(FIRST);
        vm.warp(block.timestamp + 2 * INTERVAL);
        auction.settle(FIRST, _meters);

        for (uint256 i = 0; i < orders.length; ++i) {
            uint256 expected = uint256(int256(FUNDS) + money[i][1] + money[i][2]);
            vm.assertEq(auction.balanceOf(registry.ownerOf(_meters[i])), expected, string.concat(name, ": money"));
            vm.assertEq(
                lens.depositUp(1, IIntervalAuction.Side(orders[i][0]), uint32(orders[i][3])),
                uint256(money[i][0]),
                string.concat(name, ": deposit")
            );
        }
    }

    function _playAdmission(string memory place) private {
        string memory name = vm.parseJsonString(_json, string.concat(place, ".name"));
        uint32 held = uint32(vm.parseJsonUint(_json, string.concat(place, ".held")));
        uint32 interval = uint32(vm.parseJsonUint(_json, string.concat(place, ".interval")));
        uint256 time = vm.parseJsonUint(_json, string.concat(place, ".now"));
        vm.warp(START - 3 * INTERVAL);
        _fresh([uint256(UNIT), MARGIN, FEED_IN, TICK]);
        uint64 one = _home(_account("holder"), IMeterRegistry.MeterKind.Consumer);
        uint64 two = _home(_account("newcomer"), IMeterRegistry.MeterKind.Consumer);
        if (held != 0) {
            vm.warp(_gate(held) - 1);
            _place(_order(held, IIntervalAuction.Side.Buyer, 1, 0, LEAST, one));
            if (vm.parseJsonBool(_json, string.concat(place, ".cleared"))) _clear(held);
        }

        vm.warp(time);
        bytes32 answer = keccak256(bytes(vm.parseJsonString(_json, string.concat(place, ".answer"))));
        address account = registry.ownerOf(two);
        if (answer != keccak256("open")) vm.expectRevert(_refusal(answer, held, interval));
        vm.prank(account);
        auction.place(_order(interval, IIntervalAuction.Side.Buyer, 1, 0, LEAST, two));
        bool placed = auction.orderAt(two, interval).energyUnits != 0;
        vm.assertTrue(placed == (answer == keccak256("open")), name);
    }

    function _refusal(bytes32 answer, uint32 held, uint32 interval) private pure returns (bytes memory) {
        if (answer == keccak256("lane busy")) {
            return abi.encodeWithSelector(IIntervalAuction.AuctionLaneBusy.selector, held);
        }
        if (answer == keccak256("closed")) {
            return abi.encodeWithSelector(IIntervalAuction.AuctionGateClosed.selector, interval, _gate(interval));
        }
        return abi.encodeWithSelector(IIntervalAuction.AuctionTooEarly.selector, interval, _gate(interval - 2));
    }

    /* MARKET */

    /// @dev A market of its own, with these terms: unit, margin, feed-in, tick size.
    function _fresh(uint256[4] memory terms) private {
        delete _meters;
        IIntervalAuction.Settings memory settings = _settings();
        (settings.unitMilliWh, settings.marginPercent) = (uint32(terms[0]), uint32(terms[1]));
        (settings.feedInPerKWh, settings.tickSizePerKWh) = (uint64(terms[2]), uint64(terms[3]));
        settings.leastUnits = 1;
        settings.mostRetailPerKWh = type(uint64).max;
        if (block.timestamp > START) vm.warp(START);
        registry = new MeterRegistry(ADMIN, INTERVAL, RING);
        settings.registry = registry;
        auction = new IntervalAuction(settings);
        lens = new AuctionLens(auction);
    }

    function _placeRow(uint256[] memory row) private {
        _place(_placement(row));
    }

    function _placement(uint256[] memory row) private returns (IIntervalAuction.Placement memory) {
        IMeterRegistry.MeterKind[3] memory kinds =
            [IMeterRegistry.MeterKind.Consumer, IMeterRegistry.MeterKind.Solar, IMeterRegistry.MeterKind.Chp];
        uint64 meter = _home(vm.addr(1 + _meters.length), kinds[row[0]]);
        _meters.push(meter);
        return _order(FIRST, IIntervalAuction.Side(row[0]), uint8(row[1]), uint8(row[2]), uint32(row[3]), meter);
    }

    /* FILE */

    function _case(string memory list, uint256 index) private pure returns (string memory) {
        return string.concat(".", list, "[", vm.toString(index), "]");
    }

    function _has(string memory place) private view returns (bool) {
        return vm.keyExistsJson(_json, place);
    }

    function _step(string memory place, string memory key) private view returns (uint256[] memory) {
        return vm.parseJsonUintArray(_json, string.concat(place, key));
    }

    function _rows(string memory place, string memory key) private view returns (uint256[][] memory) {
        return abi.decode(vm.parseJson(_json, string.concat(place, key)), (uint256[][]));
    }
}
