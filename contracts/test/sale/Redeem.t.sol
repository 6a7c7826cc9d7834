// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EnergySale} from "../../src/EnergySale.sol";
import {IEnergySale} from "../../src/interfaces/IEnergySale.sol";
import {SaleBase} from "../base/SaleBase.sol";

contract EnergySaleRedeemTest is SaleBase {
    /// @dev Half the order of the curve: s and its mirror are both valid signatures without the low-s rule.
    uint256 private constant _CURVE_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;

    function setUp() public override {
        super.setUp();
        _open(1);
    }

    function test_AnOrderThatWasNeverOpenedIsRefused() public {
        _refuse(2, 10, _receipt(2, 10), _notOpen(2));
        _refuse(3, 10, _receipt(3, 10), _notOpen(3));
    }

    function test_AnotherSellersOrderIsRefused() public {
        bytes32 before = _picture();
        bytes memory receipt = _sign("buyer", sale.receiptDigest(BUYER, STRANGER, 1, 10));

        vm.expectRevert(abi.encodeWithSelector(IEnergySale.SaleOrderNotOpen.selector, BUYER, STRANGER, 1));
        vm.prank(STRANGER);
        sale.redeem(BUYER, STRANGER, 1, 10, receipt);

        vm.assertEq(_picture(), before, "nothing changed");
    }

    function test_NothingDrawnIsRefused() public {
        _refuse(1, 0, _receipt(1, 0), abi.encodeWithSelector(IEnergySale.SaleDrawnNotRising.selector, 0, 0));
    }

    function test_AReceiptPaysOnce() public {
        _redeem(1, 50_000);

        _refuse(
            1,
            50_000,
            _receipt(1, 50_000),
            abi.encodeWithSelector(IEnergySale.SaleDrawnNotRising.selector, 50_000, 50_000)
        );
    }

    function test_AnOlderReceiptIsHarmless() public {
        bytes memory older = _receipt(1, 40_000);
        _redeem(1, 50_000);

        _refuse(1, 40_000, older, abi.encodeWithSelector(IEnergySale.SaleDrawnNotRising.selector, 40_000, 50_000));
    }

    function test_MoreThanWasBoughtIsRefused() public {
        _refuse(
            1,
            ENERGY + 1,
            _receipt(1, ENERGY + 1),
            abi.encodeWithSelector(IEnergySale.SaleDrawnAboveEnergy.selector, ENERGY + 1, ENERGY)
        );
    }

    function test_AReceiptOfAnotherKeyIsRefused() public {
        _refuse(1, 10, _sign("seller", sale.receiptDigest(BUYER, SELLER, 1, 10)), _notSigned());
    }

    function test_AReceiptForLessDoesNotPayMore() public {
        _refuse(1, 11, _receipt(1, 10), _notSigned());
    }

    function test_AReceiptOfAnotherOrderIsRefused() public {
        _refuse(1, 10, _receipt(2, 10), _notSigned());
    }

    function test_AReceiptForAnotherSellerIsRefused() public {
        _refuse(1, 10, _sign("buyer", sale.receiptDigest(BUYER, STRANGER, 1, 10)), _notSigned());
    }

    function test_AReceiptOfAnotherChainIsRefused() public {
        uint256 chain = block.chainid;
        vm.chainId(chain + 1);
        bytes memory receipt = _receipt(1, 10);
        vm.chainId(chain);

        _refuse(1, 10, receipt, _notSigned());
    }

    function test_AReceiptOfAnotherContractIsRefused() public {
        EnergySale other = new EnergySale(token, GRACE);

        _refuse(1, 10, _sign("buyer", other.receiptDigest(BUYER, SELLER, 1, 10)), _notSigned());
    }

    function test_AReceiptOfAClosedOrderIsRefusedAlsoWhenItsPlaceIsReused() public {
        bytes memory receipt = _receipt(1, 10);
        vm.prank(SELLER);
        sale.close(BUYER, 1);
        _refuse(1, 10, receipt, _notOpen(1));

        _open(3);
        _refuse(1, 10, receipt, _notOpen(1));
        _refuse(3, 10, receipt, _notSigned());
    }

    function test_AMirroredSignatureIsRefused() public {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(_key("buyer"), sale.receiptDigest(BUYER, SELLER, 1, 10));
        bytes memory mirrored = abi.encodePacked(r, bytes32(_CURVE_ORDER - uint256(s)), v == 27 ? 28 : 27);

        _refuse(1, 10, mirrored, _notSigned());
    }

    function test_ASignatureOfTheWrongLengthIsRefused() public {
        _refuse(1, 10, "", _notSigned());
        _refuse(1, 10, bytes.concat(_receipt(1, 10), hex"00"), _notSigned());
        _refuse(1, 10, new bytes(65), _notSigned());
    }

    function test_AnybodyBringsAReceiptAndTheSellerIsPaid() public {
        uint256 worth = _worth(50_000);

        vm.expectEmit(address(sale));
        emit IEnergySale.OrderRedeemed(BUYER, SELLER, 1, 50_000, worth);
        _redeem(1, 50_000);

        _assertOpen(1, 50_000);
        _assertBalances(FUNDS - COST, worth, COST - worth);
        vm.assertEq(token.balanceOf(STRANGER), 0, "who brought it gets nothing");
    }

    function test_AReceiptCountsAfterExpiryAndAfterTheGrace() public {
        vm.warp(START + DURATION + GRACE + 1 days);

        _redeem(1, 50_000);

        _assertOpen(1, 50_000);
    }

    function test_AReceiptWorthLessThanAUnitPaysNothingYetCounts() public {
        vm.expectEmit(address(sale));
        emit IEnergySale.OrderRedeemed(BUYER, SELLER, 1, 1, 0);
        _redeem(1, 1);

        _assertOpen(1, 1);
        _assertBalances(FUNDS - COST, 0, COST);
    }

    function test_WhenAllIsDrawnTheOrderClosesAndTheRoundingUnitReturns() public {
        uint256 worth = _worth(ENERGY);
        vm.assertEq(worth, COST - 1, "this order has something to round");

        vm.expectEmit(address(sale));
        emit IEnergySale.OrderRedeemed(BUYER, SELLER, 1, ENERGY, worth);
        vm.expectEmit(address(sale));
        emit IEnergySale.OrderClosed(BUYER, SELLER, 1, ENERGY, 1);
        _redeem(1, ENERGY);

        _assertClosed(1, ENERGY);
        _assertBalances(FUNDS - COST + 1, worth, 0);
    }

    function test_WhenNothingIsRoundedNothingReturns() public {
        _offer(180_000, AVAILABLE);
        vm.prank(BUYER);
        token.approveAndCall(
            address(sale),
            90_000,
            abi.encode(
                IEnergySale.Purchase({
                    seller: SELLER,
                    number: 2,
                    energyMilliWh: 500_000,
                    maxPricePerKWh: 180_000,
                    maxDurationSeconds: type(uint32).max
                })
            )
        );

        vm.expectEmit(address(sale));
        emit IEnergySale.OrderClosed(BUYER, SELLER, 2, 500_000, 0);
        _redeem(2, 500_000);

        _assertBalances(FUNDS - COST - 90_000, 90_000, COST);
    }

    function test_BothPlacesAreRedeemedApart() public {
        _open(2);

        _redeem(2, 70_000);
        _redeem(1, 50_000);

        _assertOpen(1, 50_000);
        _assertOpen(2, 70_000);
    }

    function testFuzz_SplittingReceiptsGainsNothing(uint64 firstPart, uint64 secondPart) public {
        firstPart = uint64(_bound(firstPart, 1, ENERGY - 2));
        secondPart = uint64(_bound(secondPart, firstPart + 1, ENERGY - 1));

        _redeem(1, firstPart);
        _redeem(1, secondPart);

        _assertOpen(1, secondPart);
        _assertBalances(FUNDS - COST, _worth(secondPart), COST - _worth(secondPart));
    }

    function testFuzz_ARandomSignatureIsRefused(bytes calldata signature) public {
        _refuse(1, 10, signature, _notSigned());
    }

    function _redeem(uint32 number, uint64 drawn) private {
        bytes memory receipt = _receipt(number, drawn);
        vm.prank(STRANGER);
        sale.redeem(BUYER, SELLER, number, drawn, receipt);
    }

    function _refuse(uint32 number, uint64 drawn, bytes memory receipt, bytes memory reason) private {
        bytes32 before = _picture();

        vm.expectRevert(reason);
        vm.prank(STRANGER);
        sale.redeem(BUYER, SELLER, number, drawn, receipt);

        vm.assertEq(_picture(), before, "nothing changed");
    }

    function _notOpen(uint32 number) private view returns (bytes memory) {
        return abi.encodeWithSelector(IEnergySale.SaleOrderNotOpen.selector, BUYER, SELLER, number);
    }

    function _notSigned() private view returns (bytes memory) {
        return abi.encodeWithSelector(IEnergySale.SaleReceiptNotSigned.selector, BUYER);
    }
}
