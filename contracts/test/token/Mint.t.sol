// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {Base} from "../base/Base.sol";

contract EnergyTokenMintTest is Base {
    function test_AStrangerMayNotMint() public {
        bytes32 role = token.MINTER_ROLE();

        vm.expectRevert(
            abi.encodeWithSelector(IAccessControl.AccessControlUnauthorizedAccount.selector, STRANGER, role)
        );
        vm.prank(STRANGER);
        token.mint(STRANGER, 1);

        vm.assertEq(token.totalSupply(), 0, "supply unchanged");
        vm.assertEq(token.balanceOf(STRANGER), 0, "balance unchanged");
    }

    function test_AMinterWhoseRoleWasRevokedMayNotMint() public {
        bytes32 role = token.MINTER_ROLE();
        vm.prank(ADMIN);
        token.revokeRole(role, ADMIN);

        vm.expectRevert(abi.encodeWithSelector(IAccessControl.AccessControlUnauthorizedAccount.selector, ADMIN, role));
        vm.prank(ADMIN);
        token.mint(ADMIN, 1);

        vm.assertEq(token.totalSupply(), 0, "supply unchanged");
    }

    function test_NobodyMintsToTheZeroAddress() public {
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InvalidReceiver.selector, address(0)));
        vm.prank(ADMIN);
        token.mint(address(0), 1);

        vm.assertEq(token.totalSupply(), 0, "supply unchanged");
    }

    function testFuzz_MintingRaisesBalanceAndSupply(uint256 value) public {
        vm.expectEmit(address(token));
        emit IERC20.Transfer(address(0), STRANGER, value);
        vm.prank(ADMIN);
        token.mint(STRANGER, value);

        vm.assertEq(token.balanceOf(STRANGER), value, "balance");
        vm.assertEq(token.totalSupply(), value, "supply");
    }
}
