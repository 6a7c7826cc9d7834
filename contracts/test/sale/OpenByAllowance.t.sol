// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";

import {IEnergySale} from "../../src/interfaces/IEnergySale.sol";
import {SaleBase} from "../base/SaleBase.sol";

/// @dev The caller buys with what it has approved before. What an order must be is refused as in the callbacks, whose
/// tests try each refusal; here that the same are looked at, and whose money it is.
contract EnergySaleOpenByAllowanceTest is SaleBase {
    function test_WithoutAnAllowanceNothingIsBought() public {
        _refuse(
            _purchase(1),
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(sale), 0, COST)
        );
    }

    function test_AnAllowanceBelowTheCostIsRefused() public {
        _allow(COST - 1);

        _refuse(
            _purchase(1),
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(sale), COST - 1, COST)
        );
    }

    function test_AnothersAllowanceBuysNothing() public {
        _allow(FUNDS);
        bytes32 before = _picture();

        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(sale), 0, COST)
        );
        vm.prank(STRANGER);
        sale.open(_purchase(1));

        vm.assertEq(_picture(), before, "nothing changed");
    }

    function test_WhatAnOrderMustBeIsLookedAtAsInTheCallbacks() public {
        _allow(FUNDS);
        IEnergySale.Purchase memory purchase = _purchase(3);
        _refuse(purchase, abi.encodeWithSelector(IEnergySale.SaleNumberStep.selector, 3, 0));
        purchase = _purchase(1);
        purchase.seller = BUYER;
        _refuse(purchase, abi.encodeWithSelector(IEnergySale.SaleOwnOffer.selector, BUYER));
        purchase = _purchase(1);
        purchase.maxPricePerKWh = PRICE - 1;
        _refuse(purchase, abi.encodeWithSelector(IEnergySale.SalePriceAboveLimit.selector, PRICE, PRICE - 1));
        vm.prank(BUYER);
        sale.open(_purchase(1));
        vm.prank(BUYER);
        sale.open(_purchase(2));
        _refuse(_purchase(3), abi.encodeWithSelector(IEnergySale.SaleOrderOpen.selector, 1));
    }

    function test_AnOrderIsOpenedForExactlyItsCost() public {
        _allow(FUNDS);

        vm.expectEmit(address(sale));
        emit IEnergySale.OrderOpened(BUYER, SELLER, 1, ENERGY, PRICE, START + DURATION);
        vm.prank(BUYER);
        sale.open(_purchase(1));

        vm.assertEq(sale.lastNumber(BUYER), 1, "last number");
        (, uint64 available,,,) = sale.offers(SELLER);
        vm.assertEq(available, AVAILABLE - ENERGY, "available falls");
        _assertOpen(1, 0);
        _assertBalances(FUNDS - COST, 0, COST);
        vm.assertEq(token.allowance(BUYER, address(sale)), FUNDS - COST, "the rest of the allowance");
    }

    function test_ACheaperOfferTakesLess() public {
        _allow(COST);
        _offer(PRICE / 2, AVAILABLE);
        uint256 cost = sale.costUp(ENERGY, PRICE / 2);

        vm.prank(BUYER);
        sale.open(_purchase(1));

        _assertBalances(FUNDS - cost, 0, cost);
        vm.assertEq(token.allowance(BUYER, address(sale)), COST - cost, "the rest of the allowance");
    }

    function _allow(uint256 value) private {
        vm.prank(BUYER);
        token.approve(address(sale), value);
    }

    function _refuse(IEnergySale.Purchase memory purchase, bytes memory reason) private {
        bytes32 before = _picture();

        vm.expectRevert(reason);
        vm.prank(BUYER);
        sale.open(purchase);

        vm.assertEq(_picture(), before, "nothing changed");
    }
}
