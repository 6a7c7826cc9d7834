// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MeterRegistry} from "../../src/MeterRegistry.sol";
import {IMeterRegistry} from "../../src/interfaces/IMeterRegistry.sol";
import {Base} from "../base/Base.sol";
import {RegistryHandler} from "../base/RegistryHandler.sol";

contract MeterRegistryInvariants is Base {
    uint32 private constant _RING = 8;

    MeterRegistry private _registry;
    RegistryHandler private _handler;

    function setUp() public override {
        super.setUp();
        _registry = new MeterRegistry(ADMIN, 900, _RING);
        _handler = new RegistryHandler(_registry);
        address home = _handler.account(0);
        for (uint256 id = 1; id <= _handler.METERS(); ++id) {
            vm.prank(ADMIN);
            _registry.install(home, home, IMeterRegistry.MeterKind.Solar, 4000);
        }
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariant_BoundariesAndRegistersNeverFall() external view {
        for (uint256 id = 1; id <= _handler.METERS(); ++id) {
            uint256 length = _handler.bookLength(id);
            // Only what the last call can have added: the rest was checked after the calls before it.
            uint256 begin = length > _handler.MOST_ADDED() ? length - _handler.MOST_ADDED() - 1 : 0;
            RegistryHandler.Entry memory former = _handler.bookEntry(id, begin);
            for (uint256 i = begin + 1; i < length; ++i) {
                RegistryHandler.Entry memory entry = _handler.bookEntry(id, i);
                vm.assertGe(entry.boundary, former.boundary + 1, "boundaries rise");
                vm.assertGe(entry.importMilliWh, former.importMilliWh, "import never falls");
                vm.assertGe(entry.exportMilliWh, former.exportMilliWh, "export never falls");
                uint256 most = uint256(entry.boundary - former.boundary) * 1_000_000;
                vm.assertLe(entry.importMilliWh - former.importMilliWh, most, "import is under the maximum power");
                vm.assertLe(entry.exportMilliWh - former.exportMilliWh, most, "export is under the maximum power");
                former = entry;
            }
            (, uint32 last,,) = _registry.meters(id);
            vm.assertEq(last, former.boundary, "the last boundary is the book's");
        }
    }

    function invariant_ARingEntryIsExactlyWhatWasReported() external view {
        for (uint256 id = 1; id <= _handler.METERS(); ++id) {
            uint32 last = _handler.last(id).boundary;
            uint256 index = _handler.bookLength(id);
            for (uint32 age = 0; age < 2 * _RING; ++age) {
                uint32 boundary = last - age;
                bool reported = index > 0 && _handler.bookEntry(id, index - 1).boundary == boundary;
                if (reported) --index;
                _assertReading(id, boundary, reported ? index : type(uint256).max, age);
            }
        }
    }

    /// @dev In the book and young enough: found, exactly. In the book and overwritten, or never reported: not found.
    /// In the book, old, and not overwritten because its successors skipped its place: found, exactly.
    function _assertReading(uint256 id, uint32 boundary, uint256 index, uint32 age) private view {
        (bool found, uint112 imported, uint112 exported) = _registry.readingAt(id, boundary);
        if (index == type(uint256).max) {
            vm.assertFalse(found, "what was never reported is not found");
        } else if (age < _RING) {
            vm.assertTrue(found, "what was reported within the ring is found");
        }
        if (!found) return;
        RegistryHandler.Entry memory entry = _handler.bookEntry(id, index);
        vm.assertEq(imported, entry.importMilliWh, "import is what was reported");
        vm.assertEq(exported, entry.exportMilliWh, "export is what was reported");
    }
}
