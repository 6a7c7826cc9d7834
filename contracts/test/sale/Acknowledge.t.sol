// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEnergySale} from "../../src/interfaces/IEnergySale.sol";
import {SaleBase} from "../base/SaleBase.sol";

contract EnergySaleAcknowledgeTest is SaleBase {
    function setUp() public override {
        super.setUp();
        _open(1);
    }

    function test_OnlyTheBuyerAcknowledges() public {
        address[2] memory callers = [SELLER, STRANGER];
        for (uint256 i = 0; i < callers.length; ++i) {
            _refuse(
                callers[i], 10, abi.encodeWithSelector(IEnergySale.SaleOrderNotOpen.selector, callers[i], SELLER, 1)
            );
        }
    }

    function test_TheDrawnEnergyMustRise() public {
        _refuse(BUYER, 0, abi.encodeWithSelector(IEnergySale.SaleDrawnNotRising.selector, 0, 0));
        _acknowledge(10);
        _refuse(BUYER, 10, abi.encodeWithSelector(IEnergySale.SaleDrawnNotRising.selector, 10, 10));
    }

    function test_MoreThanWasBoughtIsRefused() public {
        _refuse(
            BUYER, ENERGY + 1, abi.encodeWithSelector(IEnergySale.SaleDrawnAboveEnergy.selector, ENERGY + 1, ENERGY)
        );
    }

    function test_TheBuyerPaysWithoutAReceipt() public {
        uint256 worth = _worth(50_000);

        vm.expectEmit(address(sale));
        emit IEnergySale.OrderRedeemed(BUYER, SELLER, 1, 50_000, worth);
        _acknowledge(50_000);

        _assertOpen(1, 50_000);
        _assertBalances(FUNDS - COST, worth, COST - worth);
    }

    function test_WhenAllIsAcknowledgedTheOrderCloses() public {
        vm.expectEmit(address(sale));
        emit IEnergySale.OrderClosed(BUYER, SELLER, 1, ENERGY, 1);
        _acknowledge(ENERGY);

        _assertClosed(1, ENERGY);
        _assertBalances(FUNDS - COST + 1, COST - 1, 0);
    }

    function _acknowledge(uint64 drawn) private {
        vm.prank(BUYER);
        sale.acknowledge(SELLER, 1, drawn);
    }

    function _refuse(address caller, uint64 drawn, bytes memory reason) private {
        bytes32 before = _picture();

        vm.expectRevert(reason);
        vm.prank(caller);
        sale.acknowledge(SELLER, 1, drawn);

        vm.assertEq(_picture(), before, "nothing changed");
    }
}
