// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MeterRegistry} from "../../src/MeterRegistry.sol";
import {IMeterRegistry} from "../../src/interfaces/IMeterRegistry.sol";
import {Base} from "./Base.sol";

/// @title A registry of quarter hours with one home's meter, and a ring short enough to go round.
abstract contract RegistryBase is Base {
    uint32 internal constant INTERVAL = 900;
    uint32 internal constant RING = 8;
    uint32 internal constant POWER_W = 4000;

    /// @dev What 4 kW make in a quarter of an hour, in milliwatt-hours.
    uint112 internal constant MOST_RISE = 1_000_000;

    address internal immutable OWNER = _account("owner");
    address internal immutable REPORTER = _account("reporter");

    MeterRegistry internal registry;
    uint256 internal id;
    uint32 internal first;

    function setUp() public virtual override {
        super.setUp();
        registry = new MeterRegistry(ADMIN, INTERVAL, RING);
        vm.label(address(registry), "registry");
        id = _install(OWNER, REPORTER);
        first = START / INTERVAL;
    }

    function _install(address owner, address reporter) internal returns (uint256) {
        vm.prank(ADMIN);
        return registry.install(owner, reporter, IMeterRegistry.MeterKind.Solar, POWER_W);
    }

    /// @dev Let the time of a boundary come.
    function _reach(uint32 boundary) internal {
        vm.warp(uint256(boundary) * INTERVAL);
    }

    function _report(uint32 boundary, uint112 importMilliWh, uint112 exportMilliWh) internal {
        _reach(boundary);
        vm.prank(REPORTER);
        registry.report(id, boundary, importMilliWh, exportMilliWh);
    }

    /// @dev Everything that a call could have changed, in one number.
    function _picture() internal view returns (bytes32 picture) {
        (address reporter, uint32 last, uint32 power, IMeterRegistry.MeterKind kind) = registry.meters(id);
        picture = keccak256(abi.encode(registry.meterCount(), registry.ownerOf(id), reporter, last, power, kind));
        for (uint32 boundary = first; boundary < first + 2 * RING; ++boundary) {
            (bool found, uint112 imported, uint112 exported) = registry.readingAt(id, boundary);
            picture = keccak256(abi.encode(picture, found, imported, exported));
        }
    }

    function _assertReading(uint32 boundary, uint112 importMilliWh, uint112 exportMilliWh) internal view {
        (bool found, uint112 imported, uint112 exported) = registry.readingAt(id, boundary);
        vm.assertTrue(found, "the reading is found");
        vm.assertEq(imported, importMilliWh, "import register");
        vm.assertEq(exported, exportMilliWh, "export register");
    }

    function _assertNotFound(uint32 boundary) internal view {
        (bool found, uint112 imported, uint112 exported) = registry.readingAt(id, boundary);
        vm.assertFalse(found, "no reading is found");
        vm.assertEq(imported, 0, "no import register");
        vm.assertEq(exported, 0, "no export register");
    }

    function _assertLast(uint32 boundary) internal view {
        (, uint32 last,,) = registry.meters(id);
        vm.assertEq(last, boundary, "last boundary");
    }
}
