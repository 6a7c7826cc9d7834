// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEnergySale} from "../../src/interfaces/IEnergySale.sol";
import {SaleBase} from "../base/SaleBase.sol";

contract EnergySaleCloseTest is SaleBase {
    function setUp() public override {
        super.setUp();
        _open(1);
    }

    function test_OnlyTheSellerCloses() public {
        _refuse(BUYER, 1);
        _refuse(STRANGER, 1);
    }

    function test_AnOrderThatIsNotOpenIsRefused() public {
        _refuse(SELLER, 2);
        _close();
        _refuse(SELLER, 1);
    }

    function test_TheSellerRenouncesAndAllReturnsToTheBuyer() public {
        vm.expectEmit(address(sale));
        emit IEnergySale.OrderClosed(BUYER, SELLER, 1, 0, COST);
        _close();

        _assertClosed(1, 0);
        _assertBalances(FUNDS, 0, 0);
    }

    function test_WhatWasRedeemedStaysWithTheSeller() public {
        uint256 worth = _worth(50_000);
        vm.prank(BUYER);
        sale.acknowledge(SELLER, 1, 50_000);

        vm.expectEmit(address(sale));
        emit IEnergySale.OrderClosed(BUYER, SELLER, 1, 50_000, COST - worth);
        _close();

        _assertClosed(1, 50_000);
        _assertBalances(FUNDS - worth, worth, 0);
    }

    function test_AnExpiredOrderMayStillBeClosed() public {
        vm.warp(START + DURATION);

        _close();

        _assertClosed(1, 0);
    }

    function _close() private {
        vm.prank(SELLER);
        sale.close(BUYER, 1);
    }

    function _refuse(address caller, uint32 number) private {
        bytes32 before = _picture();

        vm.expectRevert(abi.encodeWithSelector(IEnergySale.SaleOrderNotOpen.selector, BUYER, caller, number));
        vm.prank(caller);
        sale.close(BUYER, number);

        vm.assertEq(_picture(), before, "nothing changed");
    }
}
