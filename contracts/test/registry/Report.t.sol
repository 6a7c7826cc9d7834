// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMeterRegistry} from "../../src/interfaces/IMeterRegistry.sol";
import {RegistryBase} from "../base/RegistryBase.sol";

contract MeterRegistryReportTest is RegistryBase {
    function test_OnlyTheReporterReports() public {
        _reach(first + 1);
        address[3] memory callers = [OWNER, ADMIN, STRANGER];
        for (uint256 i = 0; i < callers.length; ++i) {
            _refuse(
                callers[i],
                first + 1,
                0,
                0,
                abi.encodeWithSelector(IMeterRegistry.RegistryNotReporter.selector, id, callers[i])
            );
        }
    }

    function test_AMeterThatDoesNotExistHasNoReporter() public {
        _reach(first + 1);

        vm.expectRevert(abi.encodeWithSelector(IMeterRegistry.RegistryNotReporter.selector, 9, REPORTER));
        vm.prank(REPORTER);
        registry.report(9, first + 1, 0, 0);
    }

    function test_AReporterCannotReportForAnotherMeter() public {
        uint256 other = _install(STRANGER, STRANGER);
        _reach(first + 1);

        vm.expectRevert(abi.encodeWithSelector(IMeterRegistry.RegistryNotReporter.selector, other, REPORTER));
        vm.prank(REPORTER);
        registry.report(other, first + 1, 0, 0);
    }

    function test_ABoundaryReportedTwiceIsRefused() public {
        _report(first + 1, 10, 20);

        _refuse(
            REPORTER,
            first + 1,
            10,
            20,
            abi.encodeWithSelector(IMeterRegistry.RegistryBoundaryNotRising.selector, id, first + 1, first + 1)
        );
    }

    function test_ALateReportOutOfOrderIsRefused() public {
        _report(first + 2, 10, 20);

        _refuse(
            REPORTER,
            first + 1,
            10,
            20,
            abi.encodeWithSelector(IMeterRegistry.RegistryBoundaryNotRising.selector, id, first + 1, first + 2)
        );
    }

    function test_ABoundaryThatHasNotComeIsRefused() public {
        uint256 time = uint256(first + 1) * INTERVAL;
        vm.warp(time - 1);

        _refuse(
            REPORTER,
            first + 1,
            0,
            0,
            abi.encodeWithSelector(IMeterRegistry.RegistryBoundaryAhead.selector, id, first + 1, time)
        );
    }

    function test_TheFarthestBoundaryOfAllIsRefused() public {
        uint32 last = type(uint32).max;
        uint256 time = uint256(last) * INTERVAL;

        _refuse(
            REPORTER, last, 0, 0, abi.encodeWithSelector(IMeterRegistry.RegistryBoundaryAhead.selector, id, last, time)
        );
    }

    function test_AnImportThatFallsIsRefused() public {
        _report(first + 1, 10, 20);
        _reach(first + 2);

        _refuse(
            REPORTER,
            first + 2,
            9,
            20,
            abi.encodeWithSelector(
                IMeterRegistry.RegistryRegisterFalls.selector, id, IMeterRegistry.Register.Import, 9, 10
            )
        );
    }

    function test_AnExportThatFallsIsRefused() public {
        _report(first + 1, 10, 20);
        _reach(first + 2);

        _refuse(
            REPORTER,
            first + 2,
            10,
            19,
            abi.encodeWithSelector(
                IMeterRegistry.RegistryRegisterFalls.selector, id, IMeterRegistry.Register.Export, 19, 20
            )
        );
    }

    function test_AnImportAboveTheMaximumPowerIsRefused() public {
        _reach(first + 1);

        _refuse(
            REPORTER,
            first + 1,
            MOST_RISE + 1,
            0,
            abi.encodeWithSelector(
                IMeterRegistry.RegistryRiseAboveMaximum.selector,
                id,
                IMeterRegistry.Register.Import,
                MOST_RISE + 1,
                MOST_RISE
            )
        );
    }

    function test_AnExportAboveTheMaximumPowerIsRefused() public {
        _reach(first + 1);

        _refuse(
            REPORTER,
            first + 1,
            0,
            type(uint112).max,
            abi.encodeWithSelector(
                IMeterRegistry.RegistryRiseAboveMaximum.selector,
                id,
                IMeterRegistry.Register.Export,
                type(uint112).max,
                MOST_RISE
            )
        );
    }

    function test_AReadingIsTakenExactlyAtItsBoundaryAndUpToTheMaximum() public {
        vm.warp(uint256(first + 1) * INTERVAL);

        vm.expectEmit(address(registry));
        emit IMeterRegistry.MeterReported(id, first + 1, MOST_RISE, MOST_RISE);
        vm.prank(REPORTER);
        registry.report(id, first + 1, MOST_RISE, MOST_RISE);

        _assertReading(first + 1, MOST_RISE, MOST_RISE);
        _assertReading(first, 0, 0);
        _assertLast(first + 1);
    }

    function test_RegistersThatDoNotMoveAreAReading() public {
        _report(first + 1, 0, 0);

        _assertReading(first + 1, 0, 0);
    }

    function test_ASkippedBoundaryIsMissingAndItsEnergyIsInTheNext() public {
        _report(first + 3, 3 * MOST_RISE, 0);

        _assertReading(first + 3, 3 * MOST_RISE, 0);
        _assertNotFound(first + 1);
        _assertNotFound(first + 2);
    }

    function test_AReportMayComeLateWhileNothingNewerHasCome() public {
        _reach(first + 6);
        vm.prank(REPORTER);
        registry.report(id, first + 1, 5, 6);

        _assertReading(first + 1, 5, 6);
        _assertLast(first + 1);
    }

    function test_AfterTheRingWentRoundTheOldReadingIsNotFound() public {
        _report(first + RING, 5, 6);

        _assertNotFound(first);
        _assertReading(first + RING, 5, 6);
    }

    function test_ASkippedBoundaryIsNotFoundThoughItsPlaceHoldsAnEarlierOne() public {
        _report(first + 1, 5, 6);
        _report(first + RING + 2, 7, 8);

        _assertNotFound(first + RING + 1);
        _assertReading(first + 1, 5, 6);
    }

    function testFuzz_EveryReadingWithinTheRulesIsKept(uint8 gap, uint112 imported, uint112 exported) public {
        uint32 steps = uint32(_bound(gap, 1, 255));
        imported = uint112(_bound(imported, 0, steps * MOST_RISE));
        exported = uint112(_bound(exported, 0, steps * MOST_RISE));

        _report(first + steps, imported, exported);

        _assertReading(first + steps, imported, exported);
        _assertLast(first + steps);
    }

    function testFuzz_NoReadingRisesFasterThanTheMaximumPower(uint8 gap, uint112 imported) public {
        uint32 steps = uint32(_bound(gap, 1, 255));
        uint256 most = uint256(steps) * MOST_RISE;
        imported = uint112(_bound(imported, most + 1, type(uint112).max));
        _reach(first + steps);

        _refuse(
            REPORTER,
            first + steps,
            imported,
            0,
            abi.encodeWithSelector(
                IMeterRegistry.RegistryRiseAboveMaximum.selector, id, IMeterRegistry.Register.Import, imported, most
            )
        );
    }

    function _refuse(address caller, uint32 boundary, uint112 imported, uint112 exported, bytes memory reason) private {
        bytes32 before = _picture();

        vm.expectRevert(reason);
        vm.prank(caller);
        registry.report(id, boundary, imported, exported);

        vm.assertEq(_picture(), before, "nothing changed");
    }
}
