// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";

import {IEnergySale} from "../../src/interfaces/IEnergySale.sol";
import {SaleBase} from "../base/SaleBase.sol";

contract EnergySaleOpenByTransferTest is SaleBase {
    function test_OnlyTheTokenMayCallBack() public {
        bytes memory data = abi.encode(_purchase(1));
        bytes32 before = _picture();

        vm.expectRevert(abi.encodeWithSelector(IEnergySale.SaleNotToken.selector, STRANGER));
        vm.prank(STRANGER);
        sale.onTransferReceived(STRANGER, BUYER, COST, data);

        vm.assertEq(_picture(), before, "nothing changed");
    }

    function test_AValueAboveTheCostIsRefusedBecauseNobodyCouldReturnIt() public {
        _refuse(COST + 1, abi.encodeWithSelector(IEnergySale.SaleChargeNotValue.selector, COST, COST + 1));
    }

    function test_AValueBelowTheCostIsRefused() public {
        _refuse(COST - 1, abi.encodeWithSelector(IEnergySale.SaleChargeNotValue.selector, COST, COST - 1));
    }

    function test_AStrangerWithoutAnAllowanceOpensNothingForABuyer() public {
        bytes memory data = abi.encode(_purchase(1));
        bytes32 before = _picture();

        // The token itself has nothing for it.
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, STRANGER, 0, COST));
        vm.prank(STRANGER);
        token.transferFromAndCall(BUYER, address(sale), COST, data);

        vm.assertEq(_picture(), before, "nothing changed");
    }

    function test_AStrangerWhoTransfersNothingOpensNothingForABuyer() public {
        bytes memory data = abi.encode(_purchase(1));
        bytes32 before = _picture();

        // A transfer of nothing needs no allowance, so the token lets it through.
        vm.expectRevert(abi.encodeWithSelector(IEnergySale.SaleNotByBuyer.selector, STRANGER, BUYER));
        vm.prank(STRANGER);
        token.transferFromAndCall(BUYER, address(sale), 0, data);

        vm.assertEq(_picture(), before, "nothing changed");
    }

    function test_AnOrderIsOpenedWithExactlyItsCost() public {
        vm.expectEmit(address(sale));
        emit IEnergySale.OrderOpened(BUYER, SELLER, 1, ENERGY, PRICE, START + DURATION);
        vm.prank(BUYER);
        token.transferAndCall(address(sale), COST, abi.encode(_purchase(1)));

        vm.assertEq(sale.lastNumber(BUYER), 1, "last number");
        _assertOpen(1, 0);
        _assertBalances(FUNDS - COST, 0, COST);
    }

    /// @dev It burnt the buyer's numbers, and bought from whom the stranger liked.
    function test_AnAllowanceBuysNothingForItsOwner() public {
        vm.prank(BUYER);
        token.approve(STRANGER, FUNDS);
        bytes memory data = abi.encode(_purchase(1));
        bytes32 before = _picture();

        vm.expectRevert(abi.encodeWithSelector(IEnergySale.SaleNotByBuyer.selector, STRANGER, BUYER));
        vm.prank(STRANGER);
        token.transferFromAndCall(BUYER, address(sale), COST, data);

        vm.assertEq(_picture(), before, "nothing changed");
    }

    function test_TheCallbackAnswersWithItsSelector() public {
        bytes memory data = abi.encode(_purchase(1));

        vm.prank(address(token));
        bytes4 answer = sale.onTransferReceived(BUYER, BUYER, COST, data);

        vm.assertEq(bytes32(answer), bytes32(sale.onTransferReceived.selector), "answer");
    }

    function _refuse(uint256 value, bytes memory reason) private {
        bytes32 before = _picture();

        vm.expectRevert(reason);
        vm.prank(BUYER);
        token.transferAndCall(address(sale), value, abi.encode(_purchase(1)));

        vm.assertEq(_picture(), before, "nothing changed");
    }
}
