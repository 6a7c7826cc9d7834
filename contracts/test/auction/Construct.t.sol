// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {IntervalAuction} from "../../src/IntervalAuction.sol";
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
        settings.gateLeadSeconds = INTERVAL + 1;
        _refuse(settings, "gate lead", INTERVAL + 1, 1, INTERVAL);
        settings = _settings();
        settings.marginPercent = 101;
        _refuse(settings, "margin", 101, 0, 100);
    }

    /// @dev When it is reached, both boundaries must still be in the ring.
    function test_ADeadlineThatTheRingDoesNotOutlastIsRefused() public {
        IIntervalAuction.Settings memory settings = _settings();
        settings.readingDeadlineSeconds = (RING - 2) * INTERVAL + 1;

        _refuse(settings, "reading deadline", (RING - 2) * INTERVAL + 1, 1, (RING - 2) * INTERVAL);
    }

    function test_ALadderWithoutStepsOrBeyond64BitsIsRefused() public {
        IIntervalAuction.Settings memory settings = _settings();
        settings.tickSizePerKWh = 0;
        vm.expectRevert(abi.encodeWithSelector(IIntervalAuction.AuctionTariffOutOfRange.selector, FEED_IN, 0));
        new IntervalAuction(settings);

        (settings.feedInPerKWh, settings.tickSizePerKWh) = (type(uint64).max - 62, 1);
        vm.expectRevert(
            abi.encodeWithSelector(IIntervalAuction.AuctionTariffOutOfRange.selector, type(uint64).max - 62, 1)
        );
        new IntervalAuction(settings);
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
}
