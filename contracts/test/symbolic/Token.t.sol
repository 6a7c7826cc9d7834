// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Symbolic} from "../base/Symbolic.sol";

/// @dev Proofs of how each entry point moves balances and supply: from them the sum of balances is the supply.
contract EnergyTokenSymbolic is Symbolic {
    address private constant _BYSTANDER = address(0xB5);

    function setUp() public override {
        super.setUp();
        vm.prank(ADMIN);
        token.mint(_BYSTANDER, 1);
    }

    function check_ATransferMovesExactlyItsValue(uint256 minted, address from, address to, uint256 value) public {
        _mint(from, minted);
        vm.assume(from != to && to != _BYSTANDER);
        uint256 supply = token.totalSupply();
        uint256 before = token.balanceOf(to);

        vm.prank(from);
        vm.assertTrue(token.transfer(to, value), "it says so");

        vm.assertEq(token.balanceOf(from), minted - value, "the sender's balance");
        vm.assertEq(token.balanceOf(to), before + value, "the receiver's balance");
        _assertApart(supply);
    }

    function check_ASpenderMovesNoMoreThanItsAllowance(
        uint256 minted,
        address from,
        address spender,
        uint256 allowed,
        uint256 value
    ) public {
        _mint(from, minted);
        vm.assume(spender != from && spender != _BYSTANDER && allowed != type(uint256).max);
        uint256 supply = token.totalSupply();
        vm.prank(from);
        token.approve(spender, allowed);

        vm.prank(spender);
        vm.assertTrue(token.transferFrom(from, spender, value), "it says so");

        vm.assertLe(value, allowed, "within the allowance");
        vm.assertEq(token.allowance(from, spender), allowed - value, "the allowance is spent");
        vm.assertEq(token.balanceOf(from), minted - value, "the holder's balance");
        vm.assertEq(token.balanceOf(spender), value, "the spender's balance");
        _assertApart(supply);
    }

    function check_BurningLowersTheSupplyByTheCallersOwn(uint256 minted, address from, uint256 value) public {
        _mint(from, minted);
        uint256 supply = token.totalSupply();

        vm.prank(from);
        token.burn(value);

        vm.assertEq(token.balanceOf(from), minted - value, "the burner's balance");
        _assertApart(supply - value);
    }

    /// @dev Whoever calls whatever. The admin alone mints and grants; who holds nothing and has no allowance moves nothing.
    /// @custom:halmos --default-bytes-lengths 0,65
    function check_NobodyButTheAdminMakesOrTakesTokens(address caller) public {
        vm.assume(caller != ADMIN && caller != _BYSTANDER && caller != address(0));
        bytes memory call = svm.createCalldata("EnergyToken");

        vm.prank(caller);
        (bool done,) = address(token).call(call);

        done;
        _assertApart(1);
        vm.assertFalse(token.hasRole(token.MINTER_ROLE(), caller), "and nobody becomes a minter");
    }

    function _mint(address to, uint256 value) private {
        vm.assume(to != _BYSTANDER);
        vm.prank(ADMIN);
        token.mint(to, value);
    }

    function _assertApart(uint256 supply) private view {
        vm.assertEq(token.totalSupply(), supply, "supply");
        vm.assertEq(token.balanceOf(_BYSTANDER), 1, "another's balance");
    }
}
