// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEnergySale} from "../../src/interfaces/IEnergySale.sol";
import {SaleBase} from "../base/SaleBase.sol";

contract EnergySaleRefundTest is SaleBase {
    uint256 private constant _REFUNDABLE_AT = START + DURATION + GRACE;

    function setUp() public override {
        super.setUp();
        _open(1);
    }

    function test_BeforeTheGraceIsOverNobodyRefunds() public {
        address[3] memory callers = [BUYER, SELLER, STRANGER];
        uint256[3] memory times = [START, START + DURATION, _REFUNDABLE_AT - 1];
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.warp(times[i]);
            _refuse(callers[i], 1, abi.encodeWithSelector(IEnergySale.SaleGraceRunning.selector, _REFUNDABLE_AT));
        }
    }

    function test_AnOrderThatIsNotOpenIsRefused() public {
        vm.warp(_REFUNDABLE_AT);
        bytes memory reason = abi.encodeWithSelector(IEnergySale.SaleOrderNotOpen.selector, BUYER, SELLER, 3);
        _refuse(STRANGER, 3, reason);
        _refund();
        reason = abi.encodeWithSelector(IEnergySale.SaleOrderNotOpen.selector, BUYER, SELLER, 1);
        _refuse(STRANGER, 1, reason);
    }

    function test_FromTheEndOfTheGraceAnybodyRefundsTheBuyer() public {
        vm.warp(_REFUNDABLE_AT);

        vm.expectEmit(address(sale));
        emit IEnergySale.OrderClosed(BUYER, SELLER, 1, 0, COST);
        _refund();

        _assertClosed(1, 0);
        _assertBalances(FUNDS, 0, 0);
        vm.assertEq(token.balanceOf(STRANGER), 0, "who called gets nothing");
    }

    function test_WhatWasRedeemedIsNotRefunded() public {
        uint256 worth = _worth(50_000);
        vm.prank(BUYER);
        sale.acknowledge(SELLER, 1, 50_000);
        vm.warp(_REFUNDABLE_AT);

        vm.expectEmit(address(sale));
        emit IEnergySale.OrderClosed(BUYER, SELLER, 1, 50_000, COST - worth);
        _refund();

        _assertClosed(1, 50_000);
        _assertBalances(FUNDS - worth, worth, 0);
    }

    function test_TheBuyersWholeStreetMayBeSilentAndItsMoneyStillComesBack() public {
        _open(2);
        vm.warp(START + 3650 days);

        sale.refund(BUYER, SELLER, 1);
        sale.refund(BUYER, SELLER, 2);

        _assertBalances(FUNDS, 0, 0);
    }

    function _refund() private {
        vm.prank(STRANGER);
        sale.refund(BUYER, SELLER, 1);
    }

    function _refuse(address caller, uint32 number, bytes memory reason) private {
        bytes32 before = _picture();

        vm.expectRevert(reason);
        vm.prank(caller);
        sale.refund(BUYER, SELLER, number);

        vm.assertEq(_picture(), before, "nothing changed");
    }
}
