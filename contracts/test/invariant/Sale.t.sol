// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EnergySale} from "../../src/EnergySale.sol";
import {IEnergySale} from "../../src/interfaces/IEnergySale.sol";
import {Base} from "../base/Base.sol";
import {SaleHandler} from "../base/SaleHandler.sol";

contract EnergySaleInvariants is Base {
    uint256 private constant _FUNDS = 1e18;

    EnergySale private _sale;
    SaleHandler private _handler;

    function setUp() public override {
        super.setUp();
        _sale = new EnergySale(token, 1 hours);
        _handler = new SaleHandler(token, _sale);
        for (uint256 home = 0; home < _handler.HOMES(); ++home) {
            _mint(_handler.account(home), _FUNDS);
            _handler.postOffer(home, 180_001, 1e9, 1, 2 hours);
        }
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariant_TokensInAreTokensOutAndEscrow() external view {
        uint256 escrow = 0;
        uint256 inside = 0;
        uint256 outside = 0;
        for (uint256 i = 0; i < _handler.bookLength(); ++i) {
            SaleHandler.Entry memory entry = _handler.bookEntry(i);
            escrow += _escrow(entry);
            inside += entry.moneyIn;
            outside += entry.toSeller + entry.toBuyer;
        }

        vm.assertEq(inside, outside + escrow, "tokens in = tokens out + escrow");
        vm.assertEq(token.balanceOf(address(_sale)), escrow, "the balance is the escrow");
    }

    function invariant_EveryOrderPaysByWhatWasDrawn() external view {
        for (uint256 i = 0; i < _handler.bookLength(); ++i) {
            SaleHandler.Entry memory entry = _handler.bookEntry(i);

            vm.assertEq(entry.moneyIn, _costUp(entry), "the buyer paid in the cost");
            vm.assertEq(entry.toSeller, uint256(entry.drawn) * entry.price / 1e6, "the seller has what was drawn");
            vm.assertEq(entry.toBuyer, entry.open ? 0 : entry.moneyIn - entry.toSeller, "the buyer has the rest");
        }
    }

    function invariant_EnergyBoughtIsDrawnAndRefundedAndOpen() external view {
        for (uint256 i = 0; i < _handler.bookLength(); ++i) {
            SaleHandler.Entry memory entry = _handler.bookEntry(i);
            IEnergySale.Order memory order = _order(entry);

            uint64 open = order.energyMilliWh == 0 ? 0 : order.energyMilliWh - order.drawnMilliWh;
            vm.assertEq(entry.energy, entry.drawn + entry.refunded + open, "bought = drawn + refunded + open");
            vm.assertEq(order.energyMilliWh, entry.open ? entry.energy : 0, "open orders are open, others are not");
            vm.assertLe(order.drawnMilliWh, entry.energy, "drawn is at most bought");
        }
    }

    function invariant_NumbersRise() external view {
        for (uint256 home = 0; home < _handler.HOMES(); ++home) {
            vm.assertEq(_sale.lastNumber(_handler.account(home)), _handler.greatestNumber(home), "last number");
        }
    }

    /// @dev After every run: whoever is silent, everybody's money comes back.
    function afterInvariant() external {
        for (uint256 i = 0; i < _handler.bookLength(); ++i) {
            _handler.refund(i);
        }

        uint256 sum = 0;
        for (uint256 home = 0; home < _handler.HOMES(); ++home) {
            sum += token.balanceOf(_handler.account(home));
        }
        vm.assertEq(token.balanceOf(address(_sale)), 0, "nobody's funds are stuck");
        vm.assertEq(sum, _handler.HOMES() * _FUNDS, "and none are lost");
    }

    function _order(SaleHandler.Entry memory entry) private view returns (IEnergySale.Order memory) {
        return _sale.orderAt(_handler.account(entry.buyer), _handler.account(entry.seller), entry.number);
    }

    function _escrow(SaleHandler.Entry memory entry) private view returns (uint256) {
        return _sale.escrowOf(_handler.account(entry.buyer), _handler.account(entry.seller), entry.number);
    }

    function _costUp(SaleHandler.Entry memory entry) private pure returns (uint256) {
        return (uint256(entry.energy) * entry.price + 999_999) / 1e6;
    }
}
