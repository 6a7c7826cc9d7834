// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MeterRegistry} from "../../src/MeterRegistry.sol";
import {IMeterRegistry} from "../../src/interfaces/IMeterRegistry.sol";
import {Symbolic} from "../base/Symbolic.sol";

/// @dev Proofs from any reading of a meter: one step from it says it for any number of steps.
contract MeterRegistrySymbolic is Symbolic {
    uint32 private constant _INTERVAL = 900;
    uint32 private constant _POWER_W = 4_000;

    /// @dev 4 kW over 900 s are a kilowatt-hour.
    uint256 private constant _MOST_RISE = 1_000_000;

    address private constant _OWNER = address(0x07);
    address private constant _REPORTER = address(0x4E);

    MeterRegistry private _registry;
    uint256 private _id;
    uint32 private _first;

    function setUp() public override {
        super.setUp();
        _registry = new MeterRegistry(ADMIN, _INTERVAL, 8);
        vm.prank(ADMIN);
        _id = _registry.install(_OWNER, _REPORTER, IMeterRegistry.MeterKind.Solar, _POWER_W);
        _first = START / _INTERVAL;
    }

    /// @dev Whoever calls whatever, at any later time; of batches, those of one and two readings.
    /// @custom:halmos --default-bytes-lengths 0 --default-array-lengths 1,2
    function check_RegistersAndBoundariesNeverFall(
        uint32 boundary,
        uint112 imported,
        uint112 exported,
        uint32 time,
        address caller
    ) public {
        _report(boundary, imported, exported, time);
        bytes memory call = svm.createCalldata("MeterRegistry");

        vm.prank(caller);
        (bool done,) = address(_registry).call(call);

        (uint32 after_, uint112 importedAfter, uint112 exportedAfter) = _registry.lastReading(_id);
        vm.assertGe(after_, boundary, "boundaries never fall");
        vm.assertGe(importedAfter, imported, "import never falls");
        vm.assertGe(exportedAfter, exported, "export never falls");
        vm.assertTrue(done || importedAfter == imported, "a refusal changes nothing");
        vm.assertTrue(caller == _REPORTER || after_ == boundary, "nobody but the reporter reports");
    }

    /// @dev Up to sixteen boundaries after the last one: the solver must divide.
    function check_NoRegisterRisesFasterThanTheMaximumPower(
        uint32 boundary,
        uint112 imported,
        uint112 exported,
        uint32 time
    ) public {
        vm.assume(boundary > _first && boundary <= _first + 16);
        _report(boundary, imported, exported, time);

        uint256 most = uint256(boundary - _first) * _MOST_RISE;
        vm.assertLe(imported, most, "import");
        vm.assertLe(exported, most, "export");
        vm.assertLe(uint256(boundary) * _INTERVAL, time, "no boundary that has not come");
    }

    function check_AReadingIsExactlyWhatWasReported(
        uint32 boundary,
        uint112 imported,
        uint112 exported,
        uint32 time,
        uint32 other
    ) public {
        _report(boundary, imported, exported, time);
        vm.assume(other != boundary && other != _first);

        (bool found, uint112 importedAt, uint112 exportedAt) = _registry.readingAt(_id, boundary);
        (bool otherFound,,) = _registry.readingAt(_id, other);

        vm.assertTrue(found, "it is found");
        vm.assertEq(importedAt, imported, "import");
        vm.assertEq(exportedAt, exported, "export");
        vm.assertFalse(otherFound, "nothing else is");
    }

    function _report(uint32 boundary, uint112 imported, uint112 exported, uint32 time) private {
        vm.assume(time >= START);
        vm.warp(time);
        vm.prank(_REPORTER);
        _registry.report(_id, boundary, imported, exported);
    }
}
