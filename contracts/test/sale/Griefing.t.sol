// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EnergySale} from "../../src/EnergySale.sol";
import {IEnergySale} from "../../src/interfaces/IEnergySale.sol";
import {SaleBase} from "../base/SaleBase.sol";
import {GreedyWallet} from "../base/Wallets.sol";

/// @dev What others can do to spoil a trade, or gain by rounding, without taking anything outright.
contract EnergySaleGriefingTest is SaleBase {
    function test_AReceiptIsNotTakenInASecondEncoding() public {
        _open(1);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(_key("buyer"), sale.receiptDigest(BUYER, SELLER, 1, 10));
        // The short form of EIP-2098: the parity is the highest bit of s.
        bytes memory short = abi.encodePacked(r, bytes32(uint256(s) | (uint256(v - 27) << 255)));

        _refuse(10, short, abi.encodeWithSelector(IEnergySale.SaleReceiptNotSigned.selector, BUYER));
    }

    function test_ABuyerThatIsAContractCannotMakeAReceiptCostAllGas() public {
        GreedyWallet wallet = new GreedyWallet();
        _mint(address(wallet), COST);
        wallet.buy(token, sale, COST, abi.encode(_purchase(1)));

        vm.expectRevert(abi.encodeWithSelector(IEnergySale.SaleReceiptNotSigned.selector, address(wallet)));
        sale.redeem{gas: 2_000_000}(address(wallet), SELLER, 1, 10, "");

        vm.prank(SELLER);
        sale.close(address(wallet), 1);
        vm.assertEq(token.balanceOf(address(wallet)), COST, "the seller still closes, and all returns");
    }

    function test_ASaleOfTheSameTokenKeepsItsEscrowApart() public {
        EnergySale other = new EnergySale(token, GRACE);
        _open(1);

        vm.expectRevert(abi.encodeWithSelector(IEnergySale.SaleOrderNotOpen.selector, BUYER, SELLER, 1));
        vm.prank(SELLER);
        other.close(BUYER, 1);

        _assertBalances(FUNDS - COST, 0, COST);
    }

    function test_AStrangerWhoBringsAReceiptFirstOnlySpeedsItUp() public {
        _open(1);
        bytes memory receipt = _receipt(1, 50_000);
        vm.prank(STRANGER);
        sale.redeem(BUYER, SELLER, 1, 50_000, receipt);

        vm.prank(SELLER);
        sale.redeemAndClose(BUYER, 1, 50_000, receipt);

        _assertClosed(1, 50_000);
        _assertBalances(FUNDS - _worth(50_000), _worth(50_000), 0);
    }

    function test_ABuyersManyOrdersWithOthersLeaveTheSellersAlone() public {
        _open(1);
        vm.prank(STRANGER);
        sale.postOffer(1, AVAILABLE, 1, UNTIL, DURATION);
        for (uint32 number = 2; number <= 3; ++number) {
            IEnergySale.Purchase memory purchase = IEnergySale.Purchase({
                seller: STRANGER,
                number: number,
                energyMilliWh: 1,
                maxPricePerKWh: 1,
                maxDurationSeconds: type(uint32).max
            });
            vm.prank(BUYER);
            token.approveAndCall(address(sale), 1, abi.encode(purchase));
        }

        _assertOpen(1, 0);
        sale.redeem(BUYER, SELLER, 1, 50_000, _receipt(1, 50_000));
        vm.assertEq(token.balanceOf(SELLER), _worth(50_000), "seller's balance");
    }

    /// @dev What is worth less than a unit is not paid: a seller's least order is there to keep it away.
    function test_AnOrderOfDustMovesNoMoneyInTheEnd() public {
        _dust();
        bytes memory receipt = _receipt(1, 1);

        sale.redeem(BUYER, SELLER, 1, 1, receipt);

        _assertClosedDust();
        _assertBalances(FUNDS, 0, 0);
    }

    function testFuzz_ReceiptsUnitByUnitPayNoMoreThanOne(uint8 steps) public {
        _open(1);
        uint64 drawn = 0;
        for (uint64 step = 1; step <= 1 + steps % 40; ++step) {
            drawn += step;
            sale.redeem(BUYER, SELLER, 1, drawn, _receipt(1, drawn));
        }

        vm.assertEq(token.balanceOf(SELLER), _worth(drawn), "as one receipt would have paid");
    }

    function _dust() private {
        vm.prank(SELLER);
        sale.postOffer(PRICE, AVAILABLE, 1, UNTIL, DURATION);
        IEnergySale.Purchase memory purchase = IEnergySale.Purchase({
            seller: SELLER, number: 1, energyMilliWh: 1, maxPricePerKWh: PRICE, maxDurationSeconds: type(uint32).max
        });
        vm.prank(BUYER);
        token.approveAndCall(address(sale), 1, abi.encode(purchase));
        _assertBalances(FUNDS - 1, 0, 1);
    }

    function _assertClosedDust() private view {
        vm.assertEq(sale.orderAt(BUYER, SELLER, 1).energyMilliWh, 0, "it is closed");
    }

    function _refuse(uint64 drawn, bytes memory receipt, bytes memory reason) private {
        bytes32 before = _picture();

        vm.expectRevert(reason);
        sale.redeem(BUYER, SELLER, 1, drawn, receipt);

        vm.assertEq(_picture(), before, "nothing changed");
    }
}
