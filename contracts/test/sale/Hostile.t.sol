// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";

import {EnergySale} from "../../src/EnergySale.sol";
import {IEnergySale} from "../../src/interfaces/IEnergySale.sol";
import {GreedySeller, HookedToken} from "../base/HookedToken.sol";
import {SaleBase} from "../base/SaleBase.sol";
import {Buyer, ParrotWallet, ReentrantWallet, Wallet} from "../base/Wallets.sol";

/// @dev Buyers, sellers and tokens that are contracts, honest and not.
contract EnergySaleHostileTest is SaleBase {
    function test_AContractBuyerThatDoesNotAcceptAReceiptIsNotCharged() public {
        Wallet wallet = new Wallet();
        _buy(wallet);

        _refuse(wallet, "");
    }

    function test_AContractBuyerWithoutSignaturesIsNotCharged() public {
        Buyer buyer = new Buyer();
        _buy(buyer);

        _refuse(buyer, "");
    }

    function test_AnAnswerThatIsTooShortIsRefused() public {
        ParrotWallet wallet = new ParrotWallet(abi.encodePacked(IERC1271.isValidSignature.selector));
        _buy(wallet);

        _refuse(wallet, "");
    }

    function test_AnAnswerWithADirtyTailIsRefused() public {
        ParrotWallet wallet =
            new ParrotWallet(abi.encodePacked(IERC1271.isValidSignature.selector, bytes28(uint224(1))));
        _buy(wallet);

        _refuse(wallet, "");
    }

    function test_ASignatureCheckMayNotCallTheSaleAgain() public {
        ReentrantWallet wallet = new ReentrantWallet(sale, SELLER);
        _buy(wallet);

        _refuse(wallet, "");
    }

    function test_AContractBuyersReceiptPaysTheSeller() public {
        Wallet wallet = new Wallet();
        _buy(wallet);
        wallet.accept(sale.receiptDigest(address(wallet), SELLER, 1, 50_000));

        sale.redeem(address(wallet), SELLER, 1, 50_000, "any bytes that the wallet likes");

        vm.assertEq(token.balanceOf(SELLER), _worth(50_000), "seller's balance");
        vm.assertEq(token.balanceOf(address(sale)), COST - _worth(50_000), "sale's balance");
    }

    function test_AnAccountWithDelegatedCodeStillSignsWithItsKey() public {
        _open(1);
        bytes memory receipt = _receipt(1, 50_000);
        vm.etch(BUYER, address(new Buyer()).code);

        sale.redeem(BUYER, SELLER, 1, 50_000, receipt);

        vm.assertEq(token.balanceOf(SELLER), _worth(50_000), "seller's balance");
    }

    function test_AContractBuyerThatTakesNothingBackIsRefundedLikeAnybody() public {
        Buyer buyer = new Buyer();
        _buy(buyer);
        vm.warp(START + DURATION + GRACE);

        sale.refund(address(buyer), SELLER, 1);

        vm.assertEq(token.balanceOf(address(buyer)), COST, "buyer's balance");
        vm.assertEq(token.balanceOf(address(sale)), 0, "sale's balance");
    }

    function test_EvenATokenThatCallsItsReceiversPaysNobodyTwice() public {
        HookedToken hooked = new HookedToken(ADMIN);
        EnergySale shop = new EnergySale(hooked, GRACE);
        GreedySeller greedy = new GreedySeller(shop, BUYER);
        greedy.offer(PRICE, AVAILABLE, UNTIL);
        vm.prank(ADMIN);
        hooked.mint(BUYER, FUNDS);
        // Another's escrow, that a second payment would have to come from.
        vm.prank(ADMIN);
        hooked.mint(address(shop), FUNDS);
        IEnergySale.Purchase memory purchase = _purchase(1);
        purchase.seller = address(greedy);
        vm.prank(BUYER);
        hooked.approveAndCall(address(shop), COST, abi.encode(purchase));

        greedy.cashIn(50_000, _sign("buyer", shop.receiptDigest(BUYER, address(greedy), 1, 50_000)));

        vm.assertEq(greedy.tries(), 1, "it did try");
        vm.assertEq(greedy.successes(), 0, "and got nothing by it");
        vm.assertEq(hooked.balanceOf(address(greedy)), _worth(50_000), "seller's balance");
        vm.assertEq(hooked.balanceOf(BUYER), FUNDS - _worth(50_000), "buyer's balance");
        vm.assertEq(hooked.balanceOf(address(shop)), FUNDS, "the others' escrow");
    }

    function test_TokensSentByMistakeChangeNoOrder() public {
        _open(1);
        vm.prank(BUYER);
        vm.assertTrue(token.transfer(address(sale), 5), "transfer");

        vm.warp(START + DURATION + GRACE);
        sale.refund(BUYER, SELLER, 1);

        _assertBalances(FUNDS - 5, 0, 5);
    }

    function _buy(Buyer buyer) private {
        _mint(address(buyer), COST);
        buyer.buy(token, sale, COST, abi.encode(_purchase(1)));
    }

    function _refuse(Buyer buyer, bytes memory receipt) private {
        IEnergySale.Order memory before = sale.orderAt(address(buyer), SELLER, 1);

        vm.expectRevert(abi.encodeWithSelector(IEnergySale.SaleReceiptNotSigned.selector, address(buyer)));
        sale.redeem(address(buyer), SELLER, 1, 50_000, receipt);

        vm.assertEq(
            keccak256(abi.encode(sale.orderAt(address(buyer), SELLER, 1))), keccak256(abi.encode(before)), "order"
        );
        vm.assertEq(token.balanceOf(SELLER), 0, "seller's balance unchanged");
        vm.assertEq(token.balanceOf(address(sale)), COST, "sale's balance unchanged");
    }
}
