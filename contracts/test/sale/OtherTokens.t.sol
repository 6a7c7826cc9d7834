// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {EnergySale} from "../../src/EnergySale.sol";
import {IEnergySale} from "../../src/interfaces/IEnergySale.sol";
import {OldToken, OtherToken} from "../base/OldToken.sol";
import {
    Accomplice,
    AccompliceSeller,
    CallingToken,
    FalseToken,
    LyingToken,
    SilentToken,
    TakingToken
} from "../base/OtherTokens.sol";
import {SaleBase} from "../base/SaleBase.sol";

/// @dev A sale of tokens that are older than ERC-1363, or that should be no money at all.
contract EnergySaleOtherTokensTest is SaleBase {
    function test_OnlyTheTokenMaySayThatItWasApproved() public {
        OldToken old = new OldToken();
        (EnergySale shop, bytes memory data) = (_shop(old), abi.encode(_purchase(1)));
        _allow(old, shop);

        vm.expectRevert(abi.encodeWithSelector(IEnergySale.SaleNotToken.selector, STRANGER));
        vm.prank(STRANGER);
        shop.receiveApproval(BUYER, COST, address(old), data);

        _assertNothing(old, shop);
    }

    function test_AnApprovalBelowTheCostIsRefused() public {
        OldToken old = new OldToken();
        EnergySale shop = _shop(old);

        vm.expectRevert(abi.encodeWithSelector(IEnergySale.SaleChargeAboveValue.selector, COST, COST - 1));
        vm.prank(BUYER);
        old.approveAndCall(address(shop), COST - 1, abi.encode(_purchase(1)));

        _assertNothing(old, shop);
    }

    function test_DataThatIsNoPurchaseIsRefused() public {
        OldToken old = new OldToken();
        EnergySale shop = _shop(old);

        vm.expectRevert(abi.encodeWithSelector(IEnergySale.SalePurchaseMalformed.selector, 5));
        vm.prank(BUYER);
        old.approveAndCall(address(shop), COST, "hello");

        _assertNothing(old, shop);
    }

    function test_AnOldApproveAndCallOpensAnOrderThatIsPaidToTheUnit() public {
        OldToken old = new OldToken();
        EnergySale shop = _shop(old);
        vm.prank(BUYER);
        old.approveAndCall(address(shop), COST, abi.encode(_purchase(1)));
        _assertPaid(old, shop, FUNDS - COST, 0, COST);

        _settle(shop);

        _assertPaid(old, shop, FUNDS - _worth(50_000), _worth(50_000), 0);
    }

    function test_ATokenThatAnswersNothingOpensAnOrderThatIsPaidToTheUnit() public {
        SilentToken silent = new SilentToken();
        EnergySale shop = _shop(silent);
        vm.prank(BUYER);
        silent.approve(address(shop), COST);
        vm.prank(BUYER);
        shop.open(_purchase(1));
        _assertPaid(silent, shop, FUNDS - COST, 0, COST);

        _settle(shop);

        _assertPaid(silent, shop, FUNDS - _worth(50_000), _worth(50_000), 0);
    }

    function test_ATokenThatAnswersNoIsRefused() public {
        FalseToken no = new FalseToken();
        _refuse(no, abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(no)));
    }

    function test_ATokenThatMovesNothingIsRefused() public {
        _refuse(new LyingToken(), abi.encodeWithSelector(IEnergySale.SaleChargeNotReceived.selector, COST));
    }

    function test_ATokenThatKeepsAPartIsRefused() public {
        _refuse(new TakingToken(), abi.encodeWithSelector(IEnergySale.SaleChargeNotReceived.selector, COST));
    }

    /// @dev The order is open before it is paid for: what comes back of it meanwhile is others' money.
    function test_ATokenThatCallsTheBuyerFirstPaysItNothingOfOthers() public {
        CallingToken calling = new CallingToken();
        EnergySale shop = new EnergySale(IERC20(address(calling)), GRACE);
        AccompliceSeller seller = new AccompliceSeller(shop);
        Accomplice buyer = new Accomplice(shop, calling);
        seller.offer(PRICE, AVAILABLE, UNTIL);
        calling.mint(address(buyer), FUNDS);
        calling.mint(address(shop), FUNDS);
        IEnergySale.Purchase memory purchase = _purchase(1);
        purchase.seller = address(seller);

        vm.expectRevert(abi.encodeWithSelector(IEnergySale.SaleChargeNotReceived.selector, COST));
        buyer.buy(seller, purchase);

        vm.assertEq(calling.balanceOf(address(shop)), FUNDS, "the others' escrow");
        vm.assertEq(calling.balanceOf(address(buyer)), FUNDS, "the buyer's balance");
        vm.assertEq(shop.lastNumber(address(buyer)), 0, "no order was opened");
    }

    function _shop(OtherToken money) private returns (EnergySale shop) {
        shop = new EnergySale(IERC20(address(money)), GRACE);
        money.mint(BUYER, FUNDS);
        vm.prank(SELLER);
        shop.postOffer(PRICE, AVAILABLE, LEAST, UNTIL, DURATION);
    }

    function _allow(OldToken money, EnergySale shop) private {
        vm.prank(BUYER);
        money.approve(address(shop), FUNDS);
    }

    function _settle(EnergySale shop) private {
        bytes memory receipt = _sign("buyer", shop.receiptDigest(BUYER, SELLER, 1, 50_000));
        vm.prank(SELLER);
        shop.redeemAndClose(BUYER, 1, 50_000, receipt);
    }

    function _refuse(OldToken money, bytes memory reason) private {
        EnergySale shop = _shop(money);
        _allow(money, shop);

        vm.expectRevert(reason);
        vm.prank(BUYER);
        shop.open(_purchase(1));

        _assertNothing(money, shop);
    }

    function _assertNothing(OtherToken money, EnergySale shop) private view {
        _assertPaid(money, shop, FUNDS, 0, 0);
        vm.assertEq(shop.lastNumber(BUYER), 0, "no order was opened");
    }

    function _assertPaid(OtherToken money, EnergySale shop, uint256 buyer, uint256 seller, uint256 escrow)
        private
        view
    {
        vm.assertEq(money.balanceOf(BUYER), buyer, "buyer's balance");
        vm.assertEq(money.balanceOf(SELLER), seller, "seller's balance");
        vm.assertEq(money.balanceOf(address(shop)), escrow, "sale's balance");
    }
}
