// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EnergyToken} from "../../src/EnergyToken.sol";
import {IIntervalAuction} from "../../src/interfaces/IIntervalAuction.sol";
import {AuctionBase} from "../base/AuctionBase.sol";

contract IntervalAuctionByTokenTest is AuctionBase {
    uint256 private constant _OUTSIDE = 1e9;

    function setUp() public override {
        super.setUp();
        _mint(BUYER, _OUTSIDE);
    }

    function test_AnybodyButTheTokenIsRefused() public {
        bytes memory reason = abi.encodeWithSelector(IIntervalAuction.AuctionNotToken.selector, STRANGER);
        vm.expectRevert(reason);
        vm.prank(STRANGER);
        auction.onApprovalReceived(BUYER, 1, "");
        vm.expectRevert(reason);
        vm.prank(STRANGER);
        auction.onTransferReceived(BUYER, BUYER, 1, "");
    }

    function test_AnotherTokenIsRefused() public {
        EnergyToken fake = new EnergyToken("Fake", "FAKE", STRANGER);
        vm.prank(STRANGER);
        fake.mint(STRANGER, 1);

        vm.expectRevert(abi.encodeWithSelector(IIntervalAuction.AuctionNotToken.selector, address(fake)));
        vm.prank(STRANGER);
        fake.transferAndCall(address(auction), 1, "");
    }

    function test_DataThatIsNoOrderIsRefused() public {
        bytes memory reason = abi.encodeWithSelector(IIntervalAuction.AuctionPlacementMalformed.selector, 1);
        vm.expectRevert(reason);
        vm.prank(BUYER);
        token.approveAndCall(address(auction), 1, hex"00");
        vm.expectRevert(reason);
        vm.prank(BUYER);
        token.transferAndCall(address(auction), 1, hex"00");
    }

    function test_AnApprovalBelowTheDepositIsRefused() public {
        uint256 deposit = _deposit(500);
        bytes32 before = _picture();

        vm.expectRevert(abi.encodeWithSelector(IIntervalAuction.AuctionChargeAboveValue.selector, deposit, deposit - 1));
        vm.prank(BUYER);
        token.approveAndCall(address(auction), deposit - 1, _data(500));

        vm.assertEq(_picture(), before, "nothing changed");
    }

    function test_AnApprovalPullsExactlyTheDeposit() public {
        vm.prank(BUYER);
        token.approveAndCall(address(auction), _OUTSIDE, _data(500));

        vm.assertEq(token.balanceOf(BUYER), _OUTSIDE - _deposit(500), "pulled");
        vm.assertEq(auction.balanceOf(BUYER), FUNDS, "the balance is left alone");
        vm.assertEq(lens.wantedAt(FIRST, 20, 9), 500, "the order stands");
    }

    function test_AChangeByApprovalPullsOrReturnsTheDifference() public {
        _buy(buyer, 20, 9, 500);
        uint256 balance = auction.balanceOf(BUYER);

        vm.prank(BUYER);
        token.approveAndCall(address(auction), _OUTSIDE, _data(700));
        vm.assertEq(token.balanceOf(BUYER), _OUTSIDE - (_deposit(700) - _deposit(500)), "the difference is pulled");
        vm.assertEq(auction.balanceOf(BUYER), balance, "the balance is left alone");

        vm.prank(BUYER);
        token.approveAndCall(address(auction), 0, _data(100));
        vm.assertEq(auction.balanceOf(BUYER), balance + _deposit(700) - _deposit(100), "the difference is back");
    }

    function test_AnApprovalWithoutDataFillsTheBalance() public {
        vm.expectEmit(address(auction));
        emit IIntervalAuction.Deposited(BUYER, 77);
        vm.prank(BUYER);
        token.approveAndCall(address(auction), 77, "");

        vm.assertEq(auction.balanceOf(BUYER), FUNDS + 77, "balance");
    }

    function test_TheSmallestAmountMovesToo() public {
        vm.prank(BUYER);
        token.approveAndCall(address(auction), 1, "");

        vm.assertEq(token.balanceOf(BUYER), _OUTSIDE - 1, "outside");
        vm.assertEq(auction.balanceOf(BUYER), FUNDS + 1, "balance");
    }

    function test_ATransferFillsTheBalanceAndThenPlaces() public {
        vm.prank(BUYER);
        token.transferAndCall(address(auction), 77, _data(500));

        vm.assertEq(auction.balanceOf(BUYER), FUNDS + 77 - _deposit(500), "balance");
        vm.assertEq(lens.wantedAt(FIRST, 20, 9), 500, "the order stands");
    }

    function test_AStandingAllowanceIsNeverSpent() public {
        vm.prank(BUYER);
        token.approve(address(auction), _OUTSIDE);

        _buy(buyer, 20, 9, 500);

        vm.assertEq(token.balanceOf(BUYER), _OUTSIDE, "outside");
    }

    function test_WithdrawingMoreThanTheBalanceIsRefused() public {
        vm.expectRevert(abi.encodeWithSelector(IIntervalAuction.AuctionBalanceShort.selector, BUYER, FUNDS, FUNDS + 1));
        vm.prank(BUYER);
        auction.withdraw(FUNDS + 1);
    }

    function test_AWithdrawalGoesToItsCaller() public {
        vm.expectEmit(address(auction));
        emit IIntervalAuction.Withdrawn(BUYER, FUNDS);
        vm.prank(BUYER);
        auction.withdraw(FUNDS);

        vm.assertEq(token.balanceOf(BUYER), _OUTSIDE + FUNDS, "outside");
        vm.assertEq(auction.balanceOf(BUYER), 0, "inside");
    }

    function _deposit(uint32 energy) private view returns (uint256) {
        return lens.depositUp(1, IIntervalAuction.Side.Buyer, energy);
    }

    function _data(uint32 energy) private view returns (bytes memory) {
        return abi.encode(_order(FIRST, IIntervalAuction.Side.Buyer, 20, 9, energy, buyer));
    }
}
