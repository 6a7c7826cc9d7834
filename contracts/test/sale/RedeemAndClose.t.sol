// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEnergySale} from "../../src/interfaces/IEnergySale.sol";
import {SaleBase} from "../base/SaleBase.sol";

contract EnergySaleRedeemAndCloseTest is SaleBase {
    function setUp() public override {
        super.setUp();
        _open(1);
    }

    function test_AStrangerWithAReceiptMayNotCutAnOrderShort() public {
        _refuseFrom(STRANGER, 50_000);
        _refuseFrom(BUYER, 50_000);
    }

    function test_LessThanWasRedeemedIsRefused() public {
        _redeem(50_000);

        _refuse(
            40_000, _receipt(1, 40_000), abi.encodeWithSelector(IEnergySale.SaleDrawnNotRising.selector, 40_000, 50_000)
        );
    }

    function test_MoreThanWasBoughtIsRefused() public {
        _refuse(
            ENERGY + 1,
            _receipt(1, ENERGY + 1),
            abi.encodeWithSelector(IEnergySale.SaleDrawnAboveEnergy.selector, ENERGY + 1, ENERGY)
        );
    }

    function test_AReceiptThatTheBuyerDidNotSignIsRefused() public {
        _refuse(
            50_000,
            _sign("seller", sale.receiptDigest(BUYER, SELLER, 1, 50_000)),
            abi.encodeWithSelector(IEnergySale.SaleReceiptNotSigned.selector, BUYER)
        );
    }

    function test_TheSellerIsPaidAndTheRestReturnsAtOnce() public {
        uint256 worth = _worth(50_000);

        vm.expectEmit(address(sale));
        emit IEnergySale.OrderRedeemed(BUYER, SELLER, 1, 50_000, worth);
        vm.expectEmit(address(sale));
        emit IEnergySale.OrderClosed(BUYER, SELLER, 1, 50_000, COST - worth);
        _redeemAndClose(50_000);

        _assertClosed(1, 50_000);
        _assertBalances(FUNDS - worth, worth, 0);
        (, uint64 available,,,) = sale.offers(SELLER);
        vm.assertEq(available, AVAILABLE - ENERGY, "available is not given back");
    }

    function test_TheReceiptRedeemedLastServesToClose() public {
        _redeem(50_000);
        uint256 worth = _worth(50_000);

        vm.recordLogs();
        _redeemAndClose(50_000);

        vm.assertEq(vm.getRecordedLogs().length, 2, "closed and returned: nothing is redeemed once more");
        _assertClosed(1, 50_000);
        _assertBalances(FUNDS - worth, worth, 0);
    }

    function test_AllDrawnClosesLikeRedeem() public {
        _redeemAndClose(ENERGY);

        _assertClosed(1, ENERGY);
        _assertBalances(FUNDS - COST + 1, COST - 1, 0);
    }

    function _redeem(uint64 drawn) private {
        sale.redeem(BUYER, SELLER, 1, drawn, _receipt(1, drawn));
    }

    function _redeemAndClose(uint64 drawn) private {
        bytes memory receipt = _receipt(1, drawn);
        vm.prank(SELLER);
        sale.redeemAndClose(BUYER, 1, drawn, receipt);
    }

    function _refuse(uint64 drawn, bytes memory receipt, bytes memory reason) private {
        bytes32 before = _picture();

        vm.expectRevert(reason);
        vm.prank(SELLER);
        sale.redeemAndClose(BUYER, 1, drawn, receipt);

        vm.assertEq(_picture(), before, "nothing changed");
    }

    function _refuseFrom(address caller, uint64 drawn) private {
        bytes memory receipt = _receipt(1, drawn);
        bytes32 before = _picture();

        vm.expectRevert(abi.encodeWithSelector(IEnergySale.SaleOrderNotOpen.selector, BUYER, caller, 1));
        vm.prank(caller);
        sale.redeemAndClose(BUYER, 1, drawn, receipt);

        vm.assertEq(_picture(), before, "nothing changed");
    }
}
