// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";

import {IMeterRegistry} from "../../src/interfaces/IMeterRegistry.sol";
import {RegistryBase} from "../base/RegistryBase.sol";

contract MeterRegistrySetReporterTest is RegistryBase {
    function test_AStrangerMayNotReplaceAReporter() public {
        _refuse(STRANGER);
    }

    function test_AReporterMayNotReplaceItself() public {
        _refuse(REPORTER);
    }

    function test_AnApprovedOperatorMayNotReplaceAReporter() public {
        vm.prank(OWNER);
        registry.approve(STRANGER, id);

        _refuse(STRANGER);
    }

    function test_NoReporterIsRefused() public {
        bytes32 before = _picture();

        vm.expectRevert(abi.encodeWithSelector(IMeterRegistry.RegistryZeroReporter.selector));
        vm.prank(OWNER);
        registry.setReporter(id, address(0));

        vm.assertEq(_picture(), before, "nothing changed");
    }

    function test_AMeterThatDoesNotExistIsRefused() public {
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, 9));
        vm.prank(ADMIN);
        registry.setReporter(9, STRANGER);
    }

    function test_TheOwnerReplacesAReporterAtOnceAndTheOldKeyDies() public {
        _replace(OWNER);
    }

    /// @dev Whoever deployed was utility and installer, and could take a home's meter over in one transaction.
    function test_TheInstallerMayNotReplaceAReporterAtOnce() public {
        _refuse(ADMIN);
    }

    function test_ANewOwnerReplacesAReporterAndTheFormerOneMayNot() public {
        vm.prank(OWNER);
        registry.transferFrom(OWNER, address(token), id);

        _refuse(OWNER);
        _replace(address(token));
    }

    function _refuse(address caller) private {
        bytes32 before = _picture();

        vm.expectRevert(abi.encodeWithSelector(IMeterRegistry.RegistryNotOwner.selector, id, caller));
        vm.prank(caller);
        registry.setReporter(id, STRANGER);

        vm.assertEq(_picture(), before, "nothing changed");
    }

    function _replace(address caller) private {
        vm.expectEmit(address(registry));
        emit IMeterRegistry.ReporterChanged(id, REPORTER, STRANGER);
        vm.prank(caller);
        registry.setReporter(id, STRANGER);

        (address reporter, uint32 last, uint32 power,) = registry.meters(id);
        vm.assertEq(reporter, STRANGER, "reporter");
        vm.assertEq(last, first, "last boundary is kept");
        vm.assertEq(power, POWER_W, "power is kept");
        _reach(first + 1);
        vm.expectRevert(abi.encodeWithSelector(IMeterRegistry.RegistryNotReporter.selector, id, REPORTER));
        vm.prank(REPORTER);
        registry.report(id, first + 1, 0, 0);
        vm.prank(STRANGER);
        registry.report(id, first + 1, 0, 0);
        _assertLast(first + 1);
    }
}
