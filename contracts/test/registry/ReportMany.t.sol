// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMeterRegistry} from "../../src/interfaces/IMeterRegistry.sol";
import {RegistryBase} from "../base/RegistryBase.sol";

contract MeterRegistryReportManyTest is RegistryBase {
    function test_OnlyTheReporterReports() public {
        _reach(first + 3);

        _refuse(
            OWNER,
            first + 1,
            _readings(3),
            abi.encodeWithSelector(IMeterRegistry.RegistryNotReporter.selector, id, OWNER)
        );
    }

    function test_AnEmptyBatchIsRefused() public {
        _refuse(
            REPORTER,
            first + 1,
            _readings(0),
            abi.encodeWithSelector(IMeterRegistry.RegistryBatchLength.selector, 0, 96)
        );
    }

    function test_ABatchOfMoreThanADayIsRefused() public {
        _reach(first + 97);

        _refuse(
            REPORTER,
            first + 1,
            _readings(97),
            abi.encodeWithSelector(IMeterRegistry.RegistryBatchLength.selector, 97, 96)
        );
    }

    function test_ABatchThatBeginsAtTheLastBoundaryIsRefused() public {
        _reach(first + 3);

        _refuse(
            REPORTER,
            first,
            _readings(3),
            abi.encodeWithSelector(IMeterRegistry.RegistryBoundaryNotRising.selector, id, first, first)
        );
    }

    function test_ABatchThatRunsAheadIsRefusedWhole() public {
        _reach(first + 2);

        _refuse(
            REPORTER,
            first + 1,
            _readings(3),
            abi.encodeWithSelector(
                IMeterRegistry.RegistryBoundaryAhead.selector, id, first + 3, uint256(first + 3) * INTERVAL
            )
        );
    }

    function test_ABatchThatFallsInTheMiddleIsRefusedWhole() public {
        _reach(first + 3);
        IMeterRegistry.Reading[] memory readings = _readings(3);
        readings[2].exportMilliWh = readings[1].exportMilliWh - 1;

        _refuse(
            REPORTER,
            first + 1,
            readings,
            abi.encodeWithSelector(
                IMeterRegistry.RegistryRegisterFalls.selector,
                id,
                IMeterRegistry.Register.Export,
                readings[2].exportMilliWh,
                readings[1].exportMilliWh
            )
        );
    }

    function test_ABatchThatJumpsInTheMiddleIsRefusedWhole() public {
        _reach(first + 3);
        IMeterRegistry.Reading[] memory readings = _readings(3);
        readings[1].importMilliWh = readings[0].importMilliWh + MOST_RISE + 1;

        _refuse(
            REPORTER,
            first + 1,
            readings,
            abi.encodeWithSelector(
                IMeterRegistry.RegistryRiseAboveMaximum.selector,
                id,
                IMeterRegistry.Register.Import,
                MOST_RISE + 1,
                MOST_RISE
            )
        );
    }

    function test_ABatchFillsAnOutage() public {
        _report(first + 1, 0, 0);
        _reach(first + 5);

        for (uint32 i = 0; i < 3; ++i) {
            vm.expectEmit(address(registry));
            emit IMeterRegistry.MeterReported(id, first + 3 + i, (i + 1) * 1000, (i + 1) * 10);
        }
        vm.prank(REPORTER);
        registry.reportMany(id, first + 3, _readings(3));

        _assertNotFound(first + 2);
        _assertReading(first + 3, 1000, 10);
        _assertReading(first + 4, 2000, 20);
        _assertReading(first + 5, 3000, 30);
        _assertLast(first + 5);
    }

    function test_ADayFitsInOneBatch() public {
        _reach(first + 96);
        vm.prank(REPORTER);
        registry.reportMany(id, first + 1, _readings(96));

        _assertLast(first + 96);
        _assertNotFound(first + 96 - RING);
        for (uint32 i = 96 - RING + 1; i <= 96; ++i) {
            _assertReading(first + i, i * 1000, i * 10);
        }
    }

    function _readings(uint256 length) private pure returns (IMeterRegistry.Reading[] memory readings) {
        readings = new IMeterRegistry.Reading[](length);
        for (uint112 i = 0; i < length; ++i) {
            readings[i] = IMeterRegistry.Reading({importMilliWh: (i + 1) * 1000, exportMilliWh: (i + 1) * 10});
        }
    }

    function _refuse(address caller, uint32 from, IMeterRegistry.Reading[] memory readings, bytes memory reason)
        private
    {
        bytes32 before = _picture();

        vm.expectRevert(reason);
        vm.prank(caller);
        registry.reportMany(id, from, readings);

        vm.assertEq(_picture(), before, "nothing changed");
    }
}
