// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {IntervalAuction} from "../../src/IntervalAuction.sol";
import {MeterRegistry} from "../../src/MeterRegistry.sol";
import {IIntervalAuction} from "../../src/interfaces/IIntervalAuction.sol";
import {AuctionBase} from "../base/AuctionBase.sol";

contract IntervalAuctionConstructTest is AuctionBase {
    function test_ATokenWithoutCodeIsRefused() public {
        IIntervalAuction.Settings memory settings = _settings();
        settings.token = IERC20(STRANGER);

        vm.expectRevert(abi.encodeWithSelector(IIntervalAuction.AuctionTokenWithoutCode.selector, STRANGER));
        new IntervalAuction(settings);
    }

    function test_SettingsOutOfTheirLimitsAreRefused() public {
        IIntervalAuction.Settings memory settings = _settings();
        settings.unitMilliWh = 0;
        _refuse(settings, "unit", 0, 1, type(uint32).max);
        settings = _settings();
        settings.leastUnits = 0;
        _refuse(settings, "least energy", 0, 1, 2 ** 28 - 1);
        settings = _settings();
        settings.gateLeadSeconds = INTERVAL / 2;
        _refuse(settings, "gate lead", INTERVAL / 2, 4 * BLOCK, (INTERVAL - 1) / 2);
        settings.gateLeadSeconds = 4 * BLOCK - 1;
        _refuse(settings, "gate lead", 4 * BLOCK - 1, 4 * BLOCK, (INTERVAL - 1) / 2);
        settings = _settings();
        settings.blockSeconds = 0;
        _refuse(settings, "block time", 0, 1, INTERVAL);
        settings = _settings();
        settings.utility = address(0);
        _refuse(settings, "utility", 0, 1, type(uint160).max);
        settings = _settings();
        settings.marginPercent = 101;
        _refuse(settings, "margin", 101, 1, 100);
        // A marginal buyer's worst case was its deposit and one more, which nothing could settle.
        settings.marginPercent = 0;
        _refuse(settings, "margin", 0, 1, 100);
    }

    /// @dev When it is reached, both boundaries must still be in the ring.
    function test_ADeadlineThatTheRingDoesNotOutlastIsRefused() public {
        IIntervalAuction.Settings memory settings = _settings();
        settings.readingDeadlineSeconds = (RING - 6) * INTERVAL + 1;

        _refuse(settings, "reading deadline", (RING - 6) * INTERVAL + 1, INTERVAL, (RING - 6) * INTERVAL);
        settings.readingDeadlineSeconds = INTERVAL - 1;
        _refuse(settings, "reading deadline", INTERVAL - 1, INTERVAL, (RING - 6) * INTERVAL);
        settings = _settings();
        settings.registry = new MeterRegistry(ADMIN, INTERVAL, 4);
        _refuse(settings, "ring", 4, 7, type(uint32).max);
        settings.registry = new MeterRegistry(ADMIN, 1 days + 1, RING);
        _refuse(settings, "interval", 1 days + 1, 1, 1 days);
    }

    function test_ALadderWithoutStepsOrAboveTheMostRetailIsRefused() public {
        IIntervalAuction.Settings memory settings = _settings();
        settings.tickSizePerKWh = 0;
        _refuseLadder(settings);
        settings.tickSizePerKWh = TICK;
        settings.mostRetailPerKWh = RETAIL - 1;
        _refuseLadder(settings);
        settings.mostRetailPerKWh = type(uint64).max;
        (settings.feedInPerKWh, settings.tickSizePerKWh) = (type(uint64).max - 62, 1);
        _refuseLadder(settings);
    }

    function test_TheAuctionStaysBelowItsSize() public view {
        vm.assertLe(address(auction).code.length, 24_000, "bytes");
    }

    function test_ItKeepsItsSettings() public view {
        vm.assertEq(address(auction.TOKEN()), address(token), "token");
        vm.assertEq(address(auction.REGISTRY()), address(registry), "registry");
        vm.assertEq(auction.INTERVAL(), INTERVAL, "the registry's interval");
        vm.assertEq(auction.UNIT(), UNIT, "unit");
        vm.assertEq(auction.LEAST_ENERGY(), LEAST, "least energy");
        vm.assertEq(auction.GATE_LEAD(), LEAD, "gate lead");
        vm.assertEq(auction.MARGIN(), MARGIN, "margin");
        vm.assertEq(auction.READING_DEADLINE(), DEADLINE, "reading deadline");
        vm.assertEq(auction.MOST_RETAIL(), 10 * RETAIL, "most retail");
        vm.assertEq(auction.WITHDRAWAL_NOTICE(), DEADLINE + 2 * INTERVAL, "notice of a withdrawal");
        vm.assertTrue(auction.hasRole(auction.UTILITY_ROLE(), UTILITY), "the utility's role");
        vm.assertTrue(auction.hasRole(auction.DEFAULT_ADMIN_ROLE(), UTILITY), "the admin's role");
        vm.assertEq(auction.tariffOf(0), 1, "a tariff from the first interval on");
        vm.assertEq(auction.gateClosesAt(0), 0, "an interval whose gate would be before time");
    }

    function _refuse(
        IIntervalAuction.Settings memory settings,
        string memory name,
        uint256 value,
        uint256 least,
        uint256 most
    ) private {
        vm.expectRevert(
            abi.encodeWithSelector(IIntervalAuction.AuctionSettingOutOfRange.selector, name, value, least, most)
        );
        new IntervalAuction(settings);
    }

    function _refuseLadder(IIntervalAuction.Settings memory settings) private {
        vm.expectRevert(
            abi.encodeWithSelector(
                IIntervalAuction.AuctionTariffOutOfRange.selector,
                settings.feedInPerKWh,
                settings.tickSizePerKWh,
                settings.mostRetailPerKWh
            )
        );
        new IntervalAuction(settings);
    }
}
