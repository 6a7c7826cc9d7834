// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {Base} from "../base/Base.sol";

contract EnergyTokenBurnTest is Base {
    function test_NobodyBurnsMoreThanItsOwn() public {
        _mint(ADMIN, 100);
        _mint(STRANGER, 5);

        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, STRANGER, 5, 6));
        vm.prank(STRANGER);
        token.burn(6);

        vm.assertEq(token.totalSupply(), 105, "supply unchanged");
        vm.assertEq(token.balanceOf(STRANGER), 5, "balance unchanged");
    }

    function testFuzz_BurningLowersTheCallersBalanceAndTheSupply(uint128 minted, uint128 burnt) public {
        burnt = uint128(_bound(burnt, 0, minted));
        _mint(STRANGER, minted);
        _mint(ADMIN, 7);

        vm.expectEmit(address(token));
        emit IERC20.Transfer(STRANGER, address(0), burnt);
        vm.prank(STRANGER);
        token.burn(burnt);

        vm.assertEq(token.balanceOf(STRANGER), minted - burnt, "balance");
        vm.assertEq(token.balanceOf(ADMIN), 7, "another's balance");
        vm.assertEq(token.totalSupply(), uint256(minted) - burnt + 7, "supply");
    }
}
