// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";

import {EnergyToken} from "../../src/EnergyToken.sol";
import {IEnergySale} from "../../src/interfaces/IEnergySale.sol";
import {SaleBase} from "../base/SaleBase.sol";

contract EnergySaleOpenByApprovalTest is SaleBase {
    function test_OnlyTheTokenMayCallBack() public {
        bytes memory data = abi.encode(_purchase(1));
        // Even a standing allowance is never spent for a stranger.
        vm.prank(BUYER);
        token.approve(address(sale), FUNDS);
        bytes32 before = _picture();

        vm.expectRevert(abi.encodeWithSelector(IEnergySale.SaleNotToken.selector, STRANGER));
        vm.prank(STRANGER);
        sale.onApprovalReceived(BUYER, COST, data);

        vm.assertEq(_picture(), before, "nothing changed");
    }

    function test_AnotherTokenMayNotCallBack() public {
        EnergyToken fake = new EnergyToken("Fake", "FAKE", STRANGER);
        bytes32 before = _picture();

        vm.expectRevert(abi.encodeWithSelector(IEnergySale.SaleNotToken.selector, address(fake)));
        vm.prank(BUYER);
        fake.approveAndCall(address(sale), COST, abi.encode(_purchase(1)));

        vm.assertEq(_picture(), before, "nothing changed");
    }

    function test_DataThatIsNoPurchaseIsRefused() public {
        _refuseData("", abi.encodeWithSelector(IEnergySale.SalePurchaseMalformed.selector, 0));
        _refuseData(new bytes(128), abi.encodeWithSelector(IEnergySale.SalePurchaseMalformed.selector, 128));
        _refuseData(new bytes(161), abi.encodeWithSelector(IEnergySale.SalePurchaseMalformed.selector, 161));
    }

    function test_APurchaseWithAWordOutOfItsTypeIsRefused() public {
        bytes32 before = _picture();

        vm.expectRevert();
        vm.prank(BUYER);
        token.approveAndCall(address(sale), COST, abi.encode(SELLER, uint256(1) << 32, ENERGY, PRICE, DURATION));

        vm.assertEq(_picture(), before, "nothing changed");
    }

    function test_ANumberThatDoesNotRiseIsRefused() public {
        _refuse(_purchase(0), abi.encodeWithSelector(IEnergySale.SaleNumberStep.selector, 0, 0));
        _open(2);
        _refuse(_purchase(2), abi.encodeWithSelector(IEnergySale.SaleNumberStep.selector, 2, 2));
        _refuse(_purchase(1), abi.encodeWithSelector(IEnergySale.SaleNumberStep.selector, 1, 2));
    }

    /// @dev One false answer about the last number made a home open the greatest of all, and it could never buy again.
    function test_L1_ANumberOutOfReachIsRefused() public {
        _refuse(_purchase(3), abi.encodeWithSelector(IEnergySale.SaleNumberStep.selector, 3, 0));
        _refuse(
            _purchase(type(uint32).max),
            abi.encodeWithSelector(IEnergySale.SaleNumberStep.selector, type(uint32).max, 0)
        );
        _open(1);
        _refuse(_purchase(4), abi.encodeWithSelector(IEnergySale.SaleNumberStep.selector, 4, 1));
        _open(2);
        vm.assertEq(sale.lastNumber(BUYER), 2, "both parities are in reach");
    }

    /// @dev A seller could lengthen an order from two hours to seven days before it was opened.
    function test_AnOrderLongerThanTheBuyerTakesIsRefused() public {
        vm.prank(SELLER);
        sale.postOffer(PRICE, AVAILABLE, LEAST, UNTIL, DURATION + 1);

        _refuse(
            _purchase(1), abi.encodeWithSelector(IEnergySale.SaleDurationAboveLimit.selector, DURATION + 1, DURATION)
        );
    }

    function test_ANumberThatWasUsedWithAnotherSellerIsRefused() public {
        _open(1);
        vm.prank(STRANGER);
        sale.postOffer(PRICE, AVAILABLE, LEAST, UNTIL, DURATION);
        IEnergySale.Purchase memory purchase = _purchase(1);
        purchase.seller = STRANGER;

        _refuse(purchase, abi.encodeWithSelector(IEnergySale.SaleNumberStep.selector, 1, 1));
    }

    function test_NobodyBuysFromItself() public {
        IEnergySale.Purchase memory purchase = _purchase(1);
        purchase.seller = BUYER;

        _refuse(purchase, abi.encodeWithSelector(IEnergySale.SaleOwnOffer.selector, BUYER));
    }

    function test_ASellerWithoutAnOfferIsRefused() public {
        IEnergySale.Purchase memory purchase = _purchase(1);
        purchase.seller = STRANGER;

        _refuse(purchase, abi.encodeWithSelector(IEnergySale.SaleOfferExpired.selector, STRANGER, 0));
    }

    function test_AnOfferEndsExactlyAtItsTime() public {
        vm.warp(UNTIL);

        _refuse(_purchase(1), abi.encodeWithSelector(IEnergySale.SaleOfferExpired.selector, SELLER, UNTIL));

        vm.warp(UNTIL - 1);
        _open(1);
        vm.assertEq(sale.lastNumber(BUYER), 1, "a second before, it is taken");
    }

    function test_ADearerOfferInTheSameBlockIsRefused() public {
        _offer(PRICE + 1, AVAILABLE);

        _refuse(_purchase(1), abi.encodeWithSelector(IEnergySale.SalePriceAboveLimit.selector, PRICE + 1, PRICE));
    }

    function test_LessThanTheLeastOrderIsRefused() public {
        IEnergySale.Purchase memory purchase = _purchase(1);
        purchase.energyMilliWh = LEAST - 1;

        _refuse(purchase, abi.encodeWithSelector(IEnergySale.SaleEnergyBelowLeast.selector, LEAST - 1, LEAST));
    }

    function test_NoEnergyIsRefused() public {
        IEnergySale.Purchase memory purchase = _purchase(1);
        purchase.energyMilliWh = 0;

        _refuse(purchase, abi.encodeWithSelector(IEnergySale.SaleEnergyBelowLeast.selector, 0, LEAST));
    }

    function test_MoreThanIsAvailableIsRefused() public {
        _offer(PRICE, ENERGY - 1);

        _refuse(_purchase(1), abi.encodeWithSelector(IEnergySale.SaleEnergyAboveAvailable.selector, ENERGY, ENERGY - 1));
    }

    function test_APlaceThatIsStillOpenIsRefused() public {
        _open(1);
        _open(2);

        _refuse(_purchase(3), abi.encodeWithSelector(IEnergySale.SaleOrderOpen.selector, 1));
        _refuse(_purchase(4), abi.encodeWithSelector(IEnergySale.SaleOrderOpen.selector, 2));
    }

    function test_AnApprovalBelowTheCostIsRefused() public {
        bytes32 before = _picture();

        vm.expectRevert(abi.encodeWithSelector(IEnergySale.SaleChargeAboveValue.selector, COST, COST - 1));
        vm.prank(BUYER);
        token.approveAndCall(address(sale), COST - 1, abi.encode(_purchase(1)));

        vm.assertEq(_picture(), before, "nothing changed");
    }

    function test_ABuyerWithoutTheMoneyIsRefused() public {
        vm.prank(BUYER);
        token.burn(FUNDS - COST + 1);

        _refuse(
            _purchase(1), abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, BUYER, COST - 1, COST)
        );
    }

    function test_AnOrderIsOpenedInOneTransaction() public {
        vm.expectEmit(address(sale));
        emit IEnergySale.OrderOpened(BUYER, SELLER, 1, ENERGY, PRICE, START + DURATION);
        _open(1);

        vm.assertEq(sale.lastNumber(BUYER), 1, "last number");
        (, uint64 available,,,) = sale.offers(SELLER);
        vm.assertEq(available, AVAILABLE - ENERGY, "available falls");
        _assertOpen(1, 0);
        _assertBalances(FUNDS - COST, 0, COST);
        vm.assertEq(token.allowance(BUYER, address(sale)), 0, "the approval is spent");
    }

    function test_TheCallbackAnswersWithItsSelector() public {
        vm.prank(BUYER);
        token.approve(address(sale), COST);
        bytes memory data = abi.encode(_purchase(1));

        vm.prank(address(token));
        bytes4 answer = sale.onApprovalReceived(BUYER, COST, data);

        vm.assertEq(bytes32(answer), bytes32(sale.onApprovalReceived.selector), "answer");
    }

    function test_ACheaperOfferChargesLessAndLeavesTheRestOfTheApproval() public {
        _offer(PRICE / 2, AVAILABLE);
        uint256 cost = sale.costUp(ENERGY, PRICE / 2);

        _open(1);

        vm.assertEq(sale.orderAt(BUYER, SELLER, 1).pricePerKWh, PRICE / 2, "the order has the offer's price");
        _assertBalances(FUNDS - cost, 0, cost);
        vm.assertEq(token.allowance(BUYER, address(sale)), COST - cost, "rest of the approval");
    }

    function test_ASuccessorTakesTheOtherPlaceAtItsOwnPrice() public {
        _open(1);
        _offer(PRICE - 1, AVAILABLE);

        _open(2);

        _assertOpen(1, 0);
        vm.assertEq(sale.orderAt(BUYER, SELLER, 2).pricePerKWh, PRICE - 1, "the successor's price");
    }

    function test_AClosedPlaceIsReusedByAHigherNumberOfItsParity() public {
        _open(1);
        vm.prank(SELLER);
        sale.close(BUYER, 1);

        _open(3);

        _assertOpen(3, 0);
        vm.assertEq(sale.orderAt(BUYER, SELLER, 1).number, 0, "the former order is gone");
        vm.assertEq(sale.lastNumber(BUYER), 3, "one number may be skipped");
    }

    function test_AvailableEnergyCanBeBoughtToTheLastUnit() public {
        _offer(PRICE, ENERGY);

        _open(1);

        (, uint64 available,,,) = sale.offers(SELLER);
        vm.assertEq(available, 0, "available");
    }

    function testFuzz_TheChargeIsTheCeilingAndIsHeldWhole(uint64 energy, uint64 price) public {
        energy = uint64(_bound(energy, LEAST, type(uint64).max));
        price = uint64(_bound(price, 1, type(uint64).max));
        uint256 cost = (uint256(energy) * price + 999_999) / 1_000_000;
        _mint(BUYER, cost);
        _offer(price, energy);
        IEnergySale.Purchase memory purchase = IEnergySale.Purchase({
            seller: SELLER,
            number: 1,
            energyMilliWh: energy,
            maxPricePerKWh: price,
            maxDurationSeconds: type(uint32).max
        });

        vm.prank(BUYER);
        token.approveAndCall(address(sale), cost, abi.encode(purchase));

        _assertBalances(FUNDS, 0, cost);
        vm.assertEq(sale.escrowOf(BUYER, SELLER, 1), cost, "escrow");
    }

    function _refuse(IEnergySale.Purchase memory purchase, bytes memory reason) private {
        _refuseData(abi.encode(purchase), reason);
    }

    function _refuseData(bytes memory data, bytes memory reason) private {
        bytes32 before = _picture();

        vm.expectRevert(reason);
        vm.prank(BUYER);
        token.approveAndCall(address(sale), FUNDS, data);

        vm.assertEq(_picture(), before, "nothing changed");
    }
}
