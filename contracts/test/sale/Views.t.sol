// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEnergySale} from "../../src/interfaces/IEnergySale.sol";
import {SaleBase} from "../base/SaleBase.sol";

contract EnergySaleViewsTest is SaleBase {
    function test_AnEmptyPlaceIsAllZero() public view {
        (IEnergySale.Order memory even, IEnergySale.Order memory odd) = sale.ordersOf(BUYER, SELLER);

        vm.assertEq(keccak256(abi.encode(even, odd)), keccak256(new bytes(10 * 32)), "both places");
        vm.assertEq(keccak256(abi.encode(sale.orderAt(BUYER, SELLER, 0))), keccak256(new bytes(5 * 32)), "number 0");
        vm.assertEq(sale.escrowOf(BUYER, SELLER, 0), 0, "escrow");
        vm.assertEq(sale.lastNumber(BUYER), 0, "last number");
    }

    function test_APlaceTellsNothingOfAnotherNumber() public {
        _open(1);

        vm.assertEq(keccak256(abi.encode(sale.orderAt(BUYER, SELLER, 3))), keccak256(new bytes(5 * 32)), "order");
        vm.assertEq(sale.escrowOf(BUYER, SELLER, 3), 0, "escrow");
    }

    function test_BothPlacesAreTold() public {
        _open(1);
        _open(2);
        (IEnergySale.Order memory even, IEnergySale.Order memory odd) = sale.ordersOf(BUYER, SELLER);

        vm.assertEq(even.number, 2, "the even place");
        vm.assertEq(odd.number, 1, "the odd place");
    }

    function test_ThePriceListRoundsAgainstTheHome() public view {
        vm.assertEq(sale.costUp(ENERGY, PRICE), COST, "to pay");
        vm.assertEq(sale.proceedsDown(ENERGY, PRICE), COST - 1, "to receive");
    }

    function test_TheReceiptsDigestIsTheStandardsWordForWord() public view {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("EnergySale"),
                keccak256("1"),
                block.chainid,
                address(sale)
            )
        );
        bytes32 receipt = keccak256(
            abi.encode(
                keccak256("Receipt(address buyer,address seller,uint32 number,uint64 drawnMilliwh)"),
                BUYER,
                SELLER,
                uint32(7),
                uint64(123)
            )
        );

        vm.assertEq(
            sale.receiptDigest(BUYER, SELLER, 7, 123), keccak256(abi.encodePacked(hex"1901", domain, receipt)), "digest"
        );
    }

    function test_TheDigestFollowsTheChainThatForks() public {
        bytes32 before = sale.receiptDigest(BUYER, SELLER, 1, 1);

        vm.chainId(block.chainid + 1);

        vm.assertTrue(sale.receiptDigest(BUYER, SELLER, 1, 1) != before, "another chain, another digest");
    }
}
