// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";

import {IMeterRegistry} from "../../src/interfaces/IMeterRegistry.sol";
import {RegistryBase} from "../base/RegistryBase.sol";

contract MeterRegistryInstallTest is RegistryBase {
    function test_AStrangerMayNotInstall() public {
        bytes32 before = _picture();
        bytes32 role = registry.INSTALLER_ROLE();

        vm.expectRevert(
            abi.encodeWithSelector(IAccessControl.AccessControlUnauthorizedAccount.selector, STRANGER, role)
        );
        vm.prank(STRANGER);
        registry.install(OWNER, REPORTER, IMeterRegistry.MeterKind.Chp, POWER_W);

        vm.assertEq(_picture(), before, "nothing changed");
    }

    function test_AMeterWithoutAReporterIsRefused() public {
        bytes32 before = _picture();

        vm.expectRevert(abi.encodeWithSelector(IMeterRegistry.RegistryZeroReporter.selector));
        vm.prank(ADMIN);
        registry.install(OWNER, address(0), IMeterRegistry.MeterKind.Chp, POWER_W);

        vm.assertEq(_picture(), before, "nothing changed");
    }

    function test_AMeterWithoutPowerIsRefused() public {
        bytes32 before = _picture();

        vm.expectRevert(abi.encodeWithSelector(IMeterRegistry.RegistryZeroPower.selector));
        vm.prank(ADMIN);
        registry.install(OWNER, REPORTER, IMeterRegistry.MeterKind.Chp, 0);

        vm.assertEq(_picture(), before, "nothing changed");
    }

    function test_AMeterWithoutAnOwnerIsRefused() public {
        bytes32 before = _picture();

        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721InvalidReceiver.selector, address(0)));
        vm.prank(ADMIN);
        registry.install(address(0), REPORTER, IMeterRegistry.MeterKind.Chp, POWER_W);

        vm.assertEq(_picture(), before, "nothing changed");
    }

    function test_AMeterIsInstalledAtTheLastPastBoundaryWithBothRegistersZero() public {
        vm.warp(START + 2 * INTERVAL + 1);
        uint32 boundary = first + 2;

        vm.expectEmit(address(registry));
        emit IMeterRegistry.MeterInstalled(2, OWNER, STRANGER, IMeterRegistry.MeterKind.Battery, 11_000, boundary);
        vm.expectEmit(address(registry));
        emit IERC721.Transfer(address(0), OWNER, 2);
        vm.prank(ADMIN);
        uint256 installed = registry.install(OWNER, STRANGER, IMeterRegistry.MeterKind.Battery, 11_000);

        vm.assertEq(installed, 2, "ids rise by one");
        vm.assertEq(registry.meterCount(), 2, "count");
        vm.assertEq(registry.ownerOf(2), OWNER, "owner");
        vm.assertEq(registry.balanceOf(OWNER), 2, "owner's meters");
        (address reporter, uint32 last, uint32 power, IMeterRegistry.MeterKind kind) = registry.meters(2);
        vm.assertEq(reporter, STRANGER, "reporter");
        vm.assertEq(last, boundary, "last boundary");
        vm.assertEq(power, 11_000, "power");
        vm.assertEq(uint256(kind), uint256(IMeterRegistry.MeterKind.Battery), "kind");
        (bool found, uint112 imported, uint112 exported) = registry.readingAt(2, boundary);
        vm.assertTrue(found, "first reading");
        vm.assertEq(imported, 0, "import");
        vm.assertEq(exported, 0, "export");
    }

    function test_IdsBeginAtOne() public view {
        vm.assertEq(id, 1, "the first meter");
    }

    function test_AContractThatTakesNoTokensMayOwnAMeter() public {
        // The token has code and knows nothing of ERC-721.
        uint256 installed = _install(address(token), REPORTER);

        vm.assertEq(registry.ownerOf(installed), address(token), "owner");
    }
}
