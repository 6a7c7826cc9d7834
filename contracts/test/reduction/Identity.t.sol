// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IReductionAuction} from "../../src/interfaces/IReductionAuction.sol";
import {ReductionBase} from "../base/ReductionBase.sol";

/// @dev Who may act for an account and a meter: whoever it is, and the token's word that tokens moved proves nothing.
contract ReductionAuctionIdentityTest is ReductionBase {
    function test_ATransferByAnotherAsksForNothing() public {
        bytes memory data = abi.encode(_ask(1_000, IReductionAuction.Pricing.Uniform));
        _refuse(0, data);
        _mint(UTILITY, 640_000);
        vm.prank(UTILITY);
        token.approve(STRANGER, 640_000);
        _refuse(640_000, data);
    }

    /// @dev A gift only raises, whoever makes it with whose allowance.
    function test_ATransferByAnotherMayOnlyGive() public {
        _mint(UTILITY, 5);
        vm.prank(UTILITY);
        token.approve(STRANGER, 5);
        vm.prank(STRANGER);
        token.transferFromAndCall(UTILITY, address(reduction), 2, "");
        vm.prank(STRANGER);
        token.transferFromAndCall(UTILITY, address(reduction), 3, abi.encode(one));

        vm.assertEq(reduction.balanceOf(UTILITY), FUNDS + 2, "to the account itself");
        vm.assertEq(reduction.meterBalanceOf(one), FUNDS + 3, "to the meter");
    }

    function test_AStandingAllowanceIsNeverSpentForOthers() public {
        _mint(ONE, 1e6);
        vm.prank(ONE);
        token.approve(address(reduction), 1e6);
        uint32 number = _won(500);
        _use(one, 500_000);
        _settle(number, one);

        vm.assertEq(token.balanceOf(ONE), 1e6, "untouched");
        vm.assertEq(token.allowance(ONE, address(reduction)), 1e6, "untouched");
    }

    function test_AnOperatorOfAMeterIsNotItsOwner() public {
        uint32 number = _request(1_000);
        vm.prank(ONE);
        registry.setApprovalForAll(STRANGER, true);

        vm.expectRevert(abi.encodeWithSelector(IReductionAuction.ReductionNotMeterOwner.selector, one, STRANGER));
        vm.prank(STRANGER);
        reduction.offer(number, one, _blocks(9, 100));
        vm.expectRevert(abi.encodeWithSelector(IReductionAuction.ReductionNotMeterOwner.selector, one, STRANGER));
        vm.prank(STRANGER);
        reduction.withdraw(one, 1);
    }

    /// @dev Money, offers and what is owed are the meter's: whoever buys it has them.
    function test_WhoBuysAMeterBuysItsBalanceAndItsOffer() public {
        uint32 number = _won(500);
        vm.prank(ONE);
        registry.transferFrom(ONE, TWO, one);
        vm.warp(uint256(FIRST + LENGTH) * INTERVAL);
        _draw(one, FIRST, QUARTER);
        (, uint112 imported,) = registry.lastReading(one);
        vm.prank(ONE);
        registry.report(one, FIRST + LENGTH, imported + 500_000, 0);
        _settle(number, one);

        vm.prank(TWO);
        reduction.withdraw(one, FUNDS + _worth(500, 9));
        vm.assertEq(token.balanceOf(TWO), FUNDS + _worth(500, 9), "the new owner's");
        vm.expectRevert(abi.encodeWithSelector(IReductionAuction.ReductionNotMeterOwner.selector, one, ONE));
        vm.prank(ONE);
        reduction.withdraw(one, 0);
    }

    function _refuse(uint256 value, bytes memory data) private {
        bytes32 before = _picture();
        vm.expectRevert(abi.encodeWithSelector(IReductionAuction.ReductionNotByAccount.selector, STRANGER, UTILITY));
        vm.prank(STRANGER);
        token.transferFromAndCall(UTILITY, address(reduction), value, data);
        vm.assertEq(_picture(), before, "nothing changed");
    }
}
