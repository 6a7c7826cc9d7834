// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EnergySale} from "../../src/EnergySale.sol";
import {IEnergySale} from "../../src/interfaces/IEnergySale.sol";
import {Base} from "./Base.sol";

/// @title A sale with one offer and one buyer who has money.
abstract contract SaleBase is Base {
    uint32 internal constant GRACE = 1 hours;
    uint32 internal constant DURATION = 2 hours;
    uint32 internal constant UNTIL = START + 1 days;

    /// @dev An odd price, so that nearly every product has a remainder to round.
    uint64 internal constant PRICE = 180_001;
    uint64 internal constant AVAILABLE = 5_000_000;
    uint64 internal constant LEAST = 1_000;

    uint64 internal constant ENERGY = 200_001;

    /// @dev 200,001 mWh at 180,001 a kWh are 36,000.380001 base units; the buyer pays the next whole one.
    uint256 internal constant COST = 36_001;

    uint256 internal constant FUNDS = 1_000_000;

    address internal immutable SELLER = _account("seller");
    address internal immutable BUYER = _account("buyer");

    EnergySale internal sale;

    function setUp() public virtual override {
        super.setUp();
        sale = new EnergySale(token, GRACE);
        vm.label(address(sale), "sale");
        _mint(BUYER, FUNDS);
        _offer(PRICE, AVAILABLE);
    }

    function _offer(uint64 price, uint64 available) internal {
        vm.prank(SELLER);
        sale.postOffer(price, available, LEAST, UNTIL, DURATION);
    }

    function _purchase(uint32 number) internal view returns (IEnergySale.Purchase memory) {
        return IEnergySale.Purchase({
            seller: SELLER, number: number, energyMilliWh: ENERGY, maxPricePerKWh: PRICE, maxDurationSeconds: DURATION
        });
    }

    function _open(uint32 number) internal {
        vm.prank(BUYER);
        token.approveAndCall(address(sale), COST, abi.encode(_purchase(number)));
    }

    function _receipt(uint32 number, uint64 drawn) internal view returns (bytes memory) {
        return _sign("buyer", sale.receiptDigest(BUYER, SELLER, number, drawn));
    }

    /// @dev What `drawn` is worth to the seller, worked out apart from the contract.
    function _worth(uint64 drawn) internal pure returns (uint256) {
        return uint256(drawn) * PRICE / 1_000_000;
    }

    /// @dev Everything that a call could have changed, in one number.
    function _picture() internal view returns (bytes32) {
        (IEnergySale.Order memory even, IEnergySale.Order memory odd) = sale.ordersOf(BUYER, SELLER);
        return keccak256(abi.encode(_offerPicture(), even, odd, sale.lastNumber(BUYER), _moneyPicture()));
    }

    function _offerPicture() internal view returns (bytes32) {
        (uint64 price, uint64 available, uint64 least, uint32 until, uint32 duration) = sale.offers(SELLER);
        return keccak256(abi.encode(price, available, least, until, duration));
    }

    function _moneyPicture() internal view returns (bytes32) {
        return keccak256(
            abi.encode(
                token.balanceOf(BUYER),
                token.balanceOf(SELLER),
                token.balanceOf(address(sale)),
                token.balanceOf(STRANGER),
                token.allowance(BUYER, address(sale))
            )
        );
    }

    function _assertBalances(uint256 buyer, uint256 seller, uint256 escrow) internal view {
        vm.assertEq(token.balanceOf(BUYER), buyer, "buyer's balance");
        vm.assertEq(token.balanceOf(SELLER), seller, "seller's balance");
        vm.assertEq(token.balanceOf(address(sale)), escrow, "sale's balance");
    }

    function _assertOpen(uint32 number, uint64 drawn) internal view {
        IEnergySale.Order memory order = sale.orderAt(BUYER, SELLER, number);
        vm.assertEq(order.energyMilliWh, ENERGY, "energy bought");
        vm.assertEq(order.drawnMilliWh, drawn, "energy drawn");
        vm.assertEq(order.pricePerKWh, PRICE, "price of the order");
        vm.assertEq(order.number, number, "number of the order");
        vm.assertEq(order.expires, START + DURATION, "expiry of the order");
        vm.assertEq(sale.escrowOf(BUYER, SELLER, number), COST - _worth(drawn), "escrow of the order");
    }

    function _assertClosed(uint32 number, uint64 drawn) internal view {
        IEnergySale.Order memory order = sale.orderAt(BUYER, SELLER, number);
        vm.assertEq(order.energyMilliWh, 0, "a closed order has energy 0");
        vm.assertEq(order.number, number, "a closed order keeps its number");
        vm.assertEq(order.drawnMilliWh, drawn, "a closed order tells what was drawn");
        vm.assertEq(sale.escrowOf(BUYER, SELLER, number), 0, "a closed order holds nothing");
    }
}
