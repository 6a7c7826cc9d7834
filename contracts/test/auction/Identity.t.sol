// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IIntervalAuction} from "../../src/interfaces/IIntervalAuction.sol";
import {AuctionBase} from "../base/AuctionBase.sol";

/// @title Who may act for an account and for a meter, and who may not.
contract IntervalAuctionIdentityTest is AuctionBase {
    IIntervalAuction.Side private constant _BUYER = IIntervalAuction.Side.Buyer;
    IIntervalAuction.Side private constant _SOLAR = IIntervalAuction.Side.SolarSeller;

    /* STRANGERS */

    /// @dev A transfer of nothing needs no allowance: any stranger placed, changed and cancelled everybody's order.
    function test_AStrangerOrdersForNobodyByTransferringNothing() public {
        _buy(buyer, 20, 0, 500);

        _refuseStranger(0, _order(FIRST, _BUYER, 20, 0, 0, buyer));
        _refuseStranger(0, _order(FIRST, _BUYER, 63, 63, 900_000, buyer));
        _refuseStranger(0, _order(FIRST + 1, _BUYER, 63, 0, 500, buyer));
        _refuseStranger(0, _order(FIRST, _SOLAR, 1, 0, 500, seller));
    }

    function test_AnAllowanceOrdersNothingForItsOwner() public {
        _mint(BUYER, 100);
        vm.prank(BUYER);
        token.approve(STRANGER, type(uint256).max);

        _refuseStranger(100, _order(FIRST, _BUYER, 20, 0, 500, buyer));
        _refuseStranger(0, _order(FIRST, _BUYER, 20, 0, 500, buyer));
    }

    /// @dev A transfer without data only raises a balance.
    function test_AStrangerWithAnAllowanceMayFillABalanceAndNoMore() public {
        _mint(BUYER, 100);
        vm.prank(BUYER);
        token.approve(STRANGER, 100);

        vm.prank(STRANGER);
        token.transferFromAndCall(BUYER, address(auction), 100, "");
        vm.assertEq(auction.balanceOf(BUYER), FUNDS + 100, "a gift out of its own pocket");
        vm.expectRevert(abi.encodeWithSelector(IIntervalAuction.AuctionNothingDeposited.selector, BUYER));
        vm.prank(STRANGER);
        token.transferFromAndCall(BUYER, address(auction), 0, "");
    }

    /* HOLDERS */

    /// @dev An operator that may move a meter is not its holder.
    function test_AnOperatorOfAMeterIsNotItsHolder() public {
        vm.prank(BUYER);
        registry.setApprovalForAll(STRANGER, true);

        vm.expectRevert(abi.encodeWithSelector(IIntervalAuction.AuctionNotMeterOwner.selector, buyer, STRANGER));
        vm.prank(STRANGER);
        auction.place(_order(FIRST, _BUYER, 20, 0, 500, buyer));
    }

    /// @dev After a meter's transfer nobody could cancel its order.
    function test_WhoPlacedAnOrderCancelsItAlsoAfterTheTransfer() public {
        _sell(seller, 10, 500);
        vm.prank(SELLER);
        registry.transferFrom(SELLER, BUYER, seller);

        vm.expectRevert(abi.encodeWithSelector(IIntervalAuction.AuctionMeterTaken.selector, seller, SELLER, _SOLAR));
        vm.prank(BUYER);
        auction.place(_order(FIRST, _SOLAR, 10, 0, 0, seller));
        // Side, ticks and kind are not looked at.
        vm.expectEmit(address(auction));
        emit IIntervalAuction.Placed(FIRST, seller, SELLER, _SOLAR, 10, 0, 0);
        vm.prank(SELLER);
        auction.place(_order(FIRST, _BUYER, 64, 99, 0, seller));

        vm.assertEq(auction.balanceOf(SELLER), FUNDS, "its deposit is back");
        vm.prank(BUYER);
        auction.place(_order(FIRST, _SOLAR, 11, 0, 500, seller));
        vm.assertEq(auction.orderAt(seller, FIRST).account, BUYER, "and the new owner may order");
    }

    function test_NothingIsCancelledAfterTheGate() public {
        _sell(seller, 10, 500);
        vm.warp(_gate(FIRST));

        vm.expectRevert(abi.encodeWithSelector(IIntervalAuction.AuctionGateClosed.selector, FIRST, _gate(FIRST)));
        vm.prank(SELLER);
        auction.place(_order(FIRST, _SOLAR, 10, 0, 0, seller));
    }

    /* OTHER MARKETS */

    function test_AMeterThatAnotherMarketCountsTakesNoOrder() public {
        vm.startPrank(ADMIN);
        registry.grantRole(registry.MARKET_ROLE(), ADMIN);
        registry.setMarket(buyer, 1);
        vm.stopPrank();

        vm.expectRevert(abi.encodeWithSelector(IIntervalAuction.AuctionMeterInMarket.selector, buyer, 1));
        vm.prank(BUYER);
        auction.place(_order(FIRST, _BUYER, 20, 0, 500, buyer));
        vm.prank(ADMIN);
        registry.setMarket(buyer, 0);
        _buy(buyer, 20, 0, 500);
    }

    /// @dev Whatever it joins: an order that stands can be taken back.
    function test_AMeterThatAnotherMarketCountsMayStillCancel() public {
        _buy(buyer, 20, 0, 500);
        vm.startPrank(ADMIN);
        registry.grantRole(registry.MARKET_ROLE(), ADMIN);
        registry.setMarket(buyer, 1);
        vm.stopPrank();

        _buy(buyer, 20, 0, 0);

        vm.assertEq(auction.balanceOf(BUYER), FUNDS, "all is back");
    }

    /* INTERNAL */

    function _refuseStranger(uint256 value, IIntervalAuction.Placement memory placement) private {
        address account = registry.ownerOf(placement.meter);
        bytes32 before = _picture();

        vm.expectRevert(abi.encodeWithSelector(IIntervalAuction.AuctionNotByAccount.selector, STRANGER, account));
        vm.prank(STRANGER);
        token.transferFromAndCall(account, address(auction), value, abi.encode(placement));

        vm.assertEq(_picture(), before, "nothing changed");
    }
}
