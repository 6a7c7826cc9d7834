// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {IERC1363} from "@openzeppelin/contracts/interfaces/IERC1363.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";

import {Base} from "../base/Base.sol";

contract EnergyTokenConstructTest is Base {
    function test_ItHasANameASymbolAndSixDecimals() public view {
        vm.assertEq(token.name(), "Street Token", "name");
        vm.assertEq(token.symbol(), "STREET", "symbol");
        vm.assertEq(token.decimals(), 6, "decimals");
        vm.assertEq(token.totalSupply(), 0, "supply");
    }

    function test_TheAdminHoldsBothRolesAndTheDeployerNone() public view {
        vm.assertTrue(token.hasRole(token.DEFAULT_ADMIN_ROLE(), ADMIN), "admin may grant");
        vm.assertTrue(token.hasRole(token.MINTER_ROLE(), ADMIN), "admin may mint");
        vm.assertFalse(token.hasRole(token.DEFAULT_ADMIN_ROLE(), address(this)), "deployer may not grant");
        vm.assertFalse(token.hasRole(token.MINTER_ROLE(), address(this)), "deployer may not mint");
    }

    function test_ItTellsItsInterfaces() public view {
        vm.assertTrue(token.supportsInterface(type(IERC165).interfaceId), "ERC-165");
        vm.assertTrue(token.supportsInterface(type(IERC1363).interfaceId), "ERC-1363");
        vm.assertTrue(token.supportsInterface(type(IAccessControl).interfaceId), "AccessControl");
        vm.assertFalse(token.supportsInterface(0xffffffff), "nothing else");
    }
}
