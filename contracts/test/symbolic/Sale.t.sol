// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SymbolicSale} from "../base/Symbolic.sol";

/// @dev Proofs for every number, energy, price and course of receipts at once. An order's state is its energy, price
/// and drawn energy, so one step from any of them says it for any number of steps.
contract EnergySaleSymbolic is SymbolicSale {
    function check_AnOpeningHoldsExactlyItsCost(uint32 number, uint64 energy, uint64 price) public {
        uint256 deposit = _open(number, energy, price);

        vm.assertEq(deposit, sale.costUp(energy, price), "the buyer paid the cost");
        vm.assertEq(token.balanceOf(address(sale)), OTHERS + deposit, "the sale holds it");
        vm.assertEq(sale.escrowOf(buyer, SELLER, number), deposit, "as the order's escrow");
        vm.assertEq(sale.lastNumber(buyer), number, "the number is the last");
    }

    function check_NoNumberOpensTwice(uint32 number, uint32 again, uint64 energy, uint64 price) public {
        _open(number, energy, price);
        vm.assume(again <= number);

        try this.openAgain(again, energy, price) {
            vm.assertTrue(false, "a number that does not rise was opened");
        } catch {}
    }

    function openAgain(uint32 number, uint64 energy, uint64 price) external {
        _open(number, energy, price);
    }

    function check_WhatTheSellerHasAndTheEscrowAreTheDeposit(uint64 energy, uint64 price, uint64 first, uint64 second)
        public
    {
        uint256 deposit = _open(1, energy, price);

        _acknowledge(1, first);
        vm.assume(second != energy);
        sale.redeem(buyer, SELLER, 1, second, "");

        vm.assertEq(token.balanceOf(SELLER), sale.proceedsDown(second, price), "the seller has what was drawn");
        vm.assertEq(
            token.balanceOf(SELLER) + sale.escrowOf(buyer, SELLER, 1), deposit, "seller's and escrow are the deposit"
        );
        vm.assertEq(
            token.balanceOf(address(sale)), OTHERS + sale.escrowOf(buyer, SELLER, 1), "the sale holds the escrow"
        );
    }

    function check_RedeemingToTheEndConserves(uint64 energy, uint64 price, uint64 first) public {
        uint256 deposit = _open(1, energy, price);
        _acknowledge(1, first);
        vm.assume(first != energy);

        sale.redeem(buyer, SELLER, 1, energy, "");

        _assertEnded(deposit, sale.proceedsDown(energy, price));
    }

    function check_RedeemAndCloseConserves(uint64 energy, uint64 price, uint64 first, uint64 second) public {
        uint256 deposit = _open(1, energy, price);
        _acknowledge(1, first);
        vm.assume(first != energy);

        vm.prank(SELLER);
        sale.redeemAndClose(buyer, 1, second, "");

        _assertEnded(deposit, sale.proceedsDown(second, price));
    }

    function check_CloseConserves(uint64 energy, uint64 price, uint64 first) public {
        uint256 deposit = _open(1, energy, price);
        _acknowledge(1, first);
        vm.assume(first != energy);

        vm.prank(SELLER);
        sale.close(buyer, 1);

        _assertEnded(deposit, sale.proceedsDown(first, price));
    }

    function check_RefundConservesAndNeverComesEarly(uint64 energy, uint64 price, uint64 first, uint32 time) public {
        uint256 deposit = _open(1, energy, price);
        _acknowledge(1, first);
        vm.assume(first != energy);

        vm.warp(time);
        sale.refund(buyer, SELLER, 1);

        vm.assertGe(time, START + DURATION + GRACE, "not before the grace is over");
        _assertEnded(deposit, sale.proceedsDown(first, price));
    }

    /// @dev Even of a buyer that signs everything.
    function check_NoReceiptPaysTwice(uint64 energy, uint64 price, uint64 first, uint64 again) public {
        _open(1, energy, price);
        sale.redeem(buyer, SELLER, 1, first, "");
        vm.assume(again <= first);

        try sale.redeem(buyer, SELLER, 1, again, "") {
            vm.assertTrue(false, "a receipt that does not rise was paid");
        } catch {}
    }

    /// @dev Whoever calls whatever, while another's escrow lies there to be taken. A signature of no bytes stands for
    /// all, as this buyer takes any.
    /// @custom:halmos --default-bytes-lengths 0
    function check_AClosedOrderNeverPays(uint64 energy, uint64 price, uint64 drawn, address caller) public {
        _open(1, energy, price);
        vm.assume(drawn != 0 && drawn < energy);
        _acknowledge(1, drawn);
        vm.prank(SELLER);
        sale.close(buyer, 1);
        bytes memory call = svm.createCalldata("EnergySale");
        vm.assume(caller != address(token));

        vm.prank(caller);
        (bool done,) = address(sale).call(call);

        done;
        // The buyer may open another order, and pays for it.
        vm.assertGe(token.balanceOf(address(sale)), OTHERS, "nothing leaves");
        vm.assertEq(sale.escrowOf(buyer, SELLER, 1), 0, "the order stays closed");
    }

    function _assertEnded(uint256 deposit, uint256 worth) private view {
        vm.assertEq(token.balanceOf(SELLER), worth, "the seller has what was drawn");
        vm.assertEq(token.balanceOf(buyer), FUNDS - worth, "the buyer has the rest of its deposit");
        vm.assertEq(token.balanceOf(address(sale)), OTHERS, "the sale keeps what is others' and no more");
        vm.assertEq(sale.escrowOf(buyer, SELLER, 1), 0, "the order holds nothing");
        vm.assertLe(worth, deposit, "no more was paid than came in");
    }
}
