// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEnergySale} from "../../src/interfaces/IEnergySale.sol";
import {SaleBase} from "../base/SaleBase.sol";

contract EnergySalePostOfferTest is SaleBase {
    function test_APriceOfZeroIsRefused() public {
        _refuse(0, LEAST, DURATION, abi.encodeWithSelector(IEnergySale.SaleZeroPrice.selector));
    }

    function test_ALeastOrderOfZeroIsRefused() public {
        _refuse(PRICE, 0, DURATION, abi.encodeWithSelector(IEnergySale.SaleZeroLeast.selector));
    }

    function test_ADurationOutOfItsLimitsIsRefused() public {
        uint32[3] memory durations = [uint32(0), 59, 7 days + 1];
        for (uint256 i = 0; i < durations.length; ++i) {
            _refuse(
                PRICE,
                LEAST,
                durations[i],
                abi.encodeWithSelector(IEnergySale.SaleDurationOutOfRange.selector, durations[i], 60, 7 days)
            );
        }
    }

    function testFuzz_AnOfferReplacesTheFormerOne(
        uint64 price,
        uint64 available,
        uint64 least,
        uint32 until,
        uint32 duration
    ) public {
        price = uint64(_bound(price, 1, type(uint64).max));
        least = uint64(_bound(least, 1, type(uint64).max));
        duration = uint32(_bound(duration, 60, 7 days));

        vm.expectEmit(address(sale));
        emit IEnergySale.OfferPosted(SELLER, price, available, least, until, duration);
        vm.prank(SELLER);
        sale.postOffer(price, available, least, until, duration);

        (uint64 price_, uint64 available_, uint64 least_, uint32 until_, uint32 duration_) = sale.offers(SELLER);
        vm.assertEq(price_, price, "price");
        vm.assertEq(available_, available, "available");
        vm.assertEq(least_, least, "least");
        vm.assertEq(until_, until, "valid until");
        vm.assertEq(duration_, duration, "duration");
    }

    function test_AnOfferIsTheCallersAndNobodyElses() public {
        bytes32 before = _offerPicture();

        vm.prank(STRANGER);
        sale.postOffer(1, 1, 1, UNTIL, DURATION);

        vm.assertEq(_offerPicture(), before, "the seller's offer is unchanged");
    }

    function test_AChangedOfferNeverTouchesAnOpenOrder() public {
        _open(1);

        _offer(PRICE * 9, 1);

        _assertOpen(1, 0);
    }

    function test_AnOfferWithNothingAvailableIsWithdrawn() public {
        _offer(PRICE, 0);

        vm.expectRevert(abi.encodeWithSelector(IEnergySale.SaleEnergyAboveAvailable.selector, ENERGY, 0));
        _open(1);
    }

    function _refuse(uint64 price, uint64 least, uint32 duration, bytes memory reason) private {
        bytes32 before = _picture();

        vm.expectRevert(reason);
        vm.prank(SELLER);
        sale.postOffer(price, AVAILABLE, least, UNTIL, duration);

        vm.assertEq(_picture(), before, "nothing changed");
    }
}
