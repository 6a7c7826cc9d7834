// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MeterRegistry} from "../../src/MeterRegistry.sol";
import {ReductionAuction} from "../../src/ReductionAuction.sol";
import {IReductionAuction} from "../../src/interfaces/IReductionAuction.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ReductionBase} from "../base/ReductionBase.sol";

contract ReductionAuctionConstructTest is ReductionBase {
    function test_SettingsAreWhatWasGiven() public view {
        vm.assertEq(address(reduction.TOKEN()), address(token), "token");
        vm.assertEq(address(reduction.REGISTRY()), address(registry), "registry");
        vm.assertEq(reduction.INTERVAL(), INTERVAL, "interval");
        vm.assertEq(reduction.UNIT(), UNIT, "unit");
        vm.assertEq(reduction.LEAST_ENERGY(), LEAST, "least");
        vm.assertEq(reduction.BOND_PERCENT(), BOND, "bond");
        vm.assertEq(reduction.DAYS(), 5, "days");
        vm.assertEq(reduction.BACK_DAYS(), 9, "back days");
        vm.assertEq(reduction.ADJUST_PERCENT(), 0, "adjust");
        vm.assertEq(reduction.ADJUST_INTERVALS(), 0, "adjust intervals");
        vm.assertEq(reduction.UTC_OFFSET(), int256(0), "offset");
        vm.assertEq(reduction.READING_DEADLINE(), DEADLINE, "deadline");
        vm.assertEq(reduction.MOST_BLOCKS(), 4, "blocks");
    }

    function test_ATokenWithoutCodeIsRefused() public {
        IReductionAuction.Settings memory settings = _settings();
        settings.token = IERC20(STRANGER);

        vm.expectRevert(abi.encodeWithSelector(IReductionAuction.ReductionTokenWithoutCode.selector, STRANGER));
        new ReductionAuction(settings);
    }

    function test_EverySettingHasItsRange() public {
        IReductionAuction.Settings memory settings = _settings();
        settings.unitMilliWh = 0;
        _refuse(settings, "unit", 0, 1, type(uint32).max);

        settings = _settings();
        settings.leastUnits = 0;
        _refuse(settings, "least energy", 0, 1, type(uint24).max);
        settings.leastUnits = uint32(type(uint24).max) + 1;
        _refuse(settings, "least energy", settings.leastUnits, 1, type(uint24).max);

        settings = _settings();
        settings.bondPercent = 101;
        _refuse(settings, "bond percent", 101, 0, 100);

        settings = _settings();
        settings.days_ = 2;
        _refuse(settings, "days", 2, 3, 10);
        settings.days_ = 11;
        _refuse(settings, "days", 11, 3, 10);

        settings = _settings();
        settings.backDays = 4;
        _refuse(settings, "back days", 4, 5, 31);
        settings.backDays = 32;
        _refuse(settings, "back days", 32, 5, 31);

        settings = _settings();
        settings.adjustPercent = 21;
        _refuse(settings, "adjust percent", 21, 0, 20);
        settings.adjustPercent = 20;
        _refuse(settings, "adjust intervals", 0, 1, 16);
        settings.adjustIntervals = 17;
        _refuse(settings, "adjust intervals", 17, 1, 16);
        settings.adjustPercent = 0;
        _refuse(settings, "adjust intervals", 17, 0, 0);

        settings = _settings();
        settings.utcOffsetSeconds = 14 hours + 1;
        _refuse(settings, "UTC offset", 14 hours + 1, 0, 14 hours);
        settings.utcOffsetSeconds = -14 hours - 1;
        _refuse(settings, "UTC offset", 14 hours + 1, 0, 14 hours);
    }

    /// @dev Nine days of quarter hours, the window, and what a note needs: 138 boundaries of 1,024 are left.
    function test_TheRingMustOutlastTheBaselineAndTheDeadline() public {
        IReductionAuction.Settings memory settings = _settings();
        settings.readingDeadlineSeconds = 138 * INTERVAL;
        new ReductionAuction(settings);
        settings.readingDeadlineSeconds += 1;
        _refuse(settings, "reading deadline", 138 * INTERVAL + 1, INTERVAL, 138 * INTERVAL);
        settings.readingDeadlineSeconds = INTERVAL - 1;
        _refuse(settings, "reading deadline", INTERVAL - 1, INTERVAL, 138 * INTERVAL);
        settings.backDays = 11;
        _refuse(settings, "ring", RING, 11 * STEP + 23, type(uint32).max);
        // The adjustment's hours may lie a day further back.
        (settings.backDays, settings.adjustPercent, settings.adjustIntervals) = (10, 1, 1);
        _refuse(settings, "ring", RING, 11 * STEP + 23, type(uint32).max);
    }

    function test_ADayIsAWholeNumberOfIntervals() public {
        IReductionAuction.Settings memory settings = _settings();
        settings.registry = new MeterRegistry(ADMIN, 7_000, RING);

        _refuse(settings, "seconds beyond a day's intervals", 2_400, 0, 0);
    }

    function _refuse(
        IReductionAuction.Settings memory settings,
        string memory name,
        uint256 value,
        uint256 least,
        uint256 most
    ) private {
        vm.expectRevert(
            abi.encodeWithSelector(IReductionAuction.ReductionSettingOutOfRange.selector, name, value, least, most)
        );
        new ReductionAuction(settings);
    }
}
