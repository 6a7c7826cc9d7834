// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";

import {MeterRegistry} from "../../src/MeterRegistry.sol";
import {IMeterRegistry} from "../../src/interfaces/IMeterRegistry.sol";
import {RegistryBase} from "../base/RegistryBase.sol";

contract MeterRegistryConstructTest is RegistryBase {
    function test_AnIntervalOfNoLengthIsRefused() public {
        vm.expectRevert(abi.encodeWithSelector(IMeterRegistry.RegistryZeroInterval.selector));
        this.deploy(0, RING);
    }

    function test_ARingThatIsNoPowerOfTwoIsRefused() public {
        uint32[4] memory rings = [uint32(0), 1, 3, 1023];
        for (uint256 i = 0; i < rings.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IMeterRegistry.RegistryRingNotPowerOfTwo.selector, rings[i]));
            this.deploy(INTERVAL, rings[i]);
        }
    }

    /// @dev A call of its own: where tests are linked while they run (tools/mutation), a refusal is seen only of a call.
    function deploy(uint32 interval, uint32 ring) external {
        new MeterRegistry(ADMIN, interval, ring);
    }

    function test_ItKeepsItsIntervalAndItsRing() public {
        MeterRegistry village = new MeterRegistry(ADMIN, 3600, 1024);

        vm.assertEq(village.INTERVAL(), 3600, "interval");
        vm.assertEq(village.RING(), 1024, "ring");
        vm.assertEq(village.meterCount(), 0, "no meters");
        vm.assertEq(village.name(), "Peerwatt Meter", "name");
        vm.assertEq(village.symbol(), "METER", "symbol");
    }

    function test_TheAdminHoldsAllRolesAndTheDeployerNone() public view {
        bytes32[3] memory roles = [registry.DEFAULT_ADMIN_ROLE(), registry.INSTALLER_ROLE(), registry.PRICE_ROLE()];
        for (uint256 i = 0; i < roles.length; ++i) {
            vm.assertTrue(registry.hasRole(roles[i], ADMIN), "admin holds it");
            vm.assertFalse(registry.hasRole(roles[i], address(this)), "deployer does not");
        }
    }

    function test_ItTellsItsInterfaces() public view {
        vm.assertTrue(registry.supportsInterface(type(IERC721).interfaceId), "ERC-721");
        vm.assertTrue(registry.supportsInterface(type(IAccessControl).interfaceId), "AccessControl");
        vm.assertFalse(registry.supportsInterface(0xffffffff), "nothing else");
    }
}
