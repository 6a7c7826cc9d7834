// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";

import {MeterRegistry} from "../../src/MeterRegistry.sol";
import {IMeterRegistry} from "../../src/interfaces/IMeterRegistry.sol";
import {RegistryBase} from "../base/RegistryBase.sol";

contract MeterRegistryViewsTest is RegistryBase {
    function test_AMeterThatDoesNotExistHasNoMasterDataAndNoLastReading() public {
        bytes memory reason = abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, 9);

        vm.expectRevert(reason);
        registry.meters(9);
        vm.expectRevert(reason);
        registry.lastReading(9);
        vm.expectRevert(reason);
        registry.latestRoundData(9, IMeterRegistry.Register.Import);
    }

    function test_AMeterThatDoesNotExistHasNoReadings() public view {
        (bool found,,) = registry.readingAt(9, first);
        vm.assertFalse(found, "no reading");
        (found,,) = registry.delta(9, first);
        vm.assertFalse(found, "no delta");
    }

    function test_BoundaryZeroIsNeverFoundThoughEmptySlotsBearItsTag() public {
        vm.warp(1);
        MeterRegistry young = new MeterRegistry(ADMIN, INTERVAL, RING);
        vm.prank(ADMIN);
        uint256 installed = young.install(OWNER, REPORTER, IMeterRegistry.MeterKind.Solar, POWER_W);

        (bool found,,) = young.readingAt(installed, 0);
        vm.assertFalse(found, "the first meter of a chain that begins in 1970");
        (found,,) = young.readingAt(installed + 1, 0);
        vm.assertFalse(found, "a meter that does not exist");
    }

    function test_ADeltaNeedsBothBoundaries() public {
        _report(first + 1, 100, 7);
        _report(first + 3, 500, 9);

        _assertDelta(first, true, 100, 7);
        _assertDelta(first + 1, false, 0, 0);
        _assertDelta(first + 2, false, 0, 0);
        _assertDelta(first + 3, false, 0, 0);
    }

    function test_ADeltaIsGoneWhenItsFirstBoundaryIsOverwritten() public {
        _report(first + 1, 100, 7);
        _report(first + RING, 500, 9);

        _assertDelta(first, false, 0, 0);
    }

    function test_TheLastIntervalOfAllIsNotFound() public view {
        (bool found,,) = registry.delta(id, type(uint32).max);
        vm.assertFalse(found, "its end would be boundary 0");
    }

    function test_TheLastReadingIsTheNewest() public {
        _report(first + 1, 100, 7);
        _report(first + 3, 500, 9);

        (uint32 boundary, uint112 imported, uint112 exported) = registry.lastReading(id);
        vm.assertEq(boundary, first + 3, "boundary");
        vm.assertEq(imported, 500, "import");
        vm.assertEq(exported, 9, "export");
    }

    function test_ARegisterIsAFeedWithTheReadingsTime() public {
        _report(first + 1, 100, 7);
        vm.warp(START + 30 days);

        _assertRound(IMeterRegistry.Register.Import, 100);
        _assertRound(IMeterRegistry.Register.Export, 7);
    }

    function test_ATransferChangesNoReading() public {
        _report(first + 1, 100, 7);
        (, uint32 last, uint32 power,) = registry.meters(id);

        vm.prank(OWNER);
        registry.transferFrom(OWNER, STRANGER, id);

        vm.assertEq(registry.ownerOf(id), STRANGER, "owner");
        (address reporter, uint32 lastNow, uint32 powerNow,) = registry.meters(id);
        vm.assertEq(reporter, REPORTER, "reporter");
        vm.assertEq(lastNow, last, "last boundary");
        vm.assertEq(powerNow, power, "power");
        _assertReading(first + 1, 100, 7);
        _assertReading(first, 0, 0);
    }

    function _assertDelta(uint32 interval, bool expected, uint112 importMilliWh, uint112 exportMilliWh) private view {
        (bool found, uint112 imported, uint112 exported) = registry.delta(id, interval);
        vm.assertEq(found ? 1 : 0, uint256(expected ? 1 : 0), "delta found");
        vm.assertEq(imported, importMilliWh, "energy imported");
        vm.assertEq(exported, exportMilliWh, "energy exported");
    }

    function _assertRound(IMeterRegistry.Register register, int256 expected) private view {
        (uint80 round, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredIn) =
            registry.latestRoundData(id, register);
        uint256 time = uint256(first + 1) * INTERVAL;
        vm.assertEq(round, first + 1, "round is the boundary");
        vm.assertEq(answer, expected, "answer is the register");
        vm.assertEq(startedAt, time, "started at the boundary");
        vm.assertEq(updatedAt, time, "updated at the boundary");
        vm.assertEq(answeredIn, first + 1, "answered in the same round");
    }
}
