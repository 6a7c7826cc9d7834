// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AuctionLens} from "../../src/AuctionLens.sol";
import {IntervalAuction} from "../../src/IntervalAuction.sol";
import {IIntervalAuction} from "../../src/interfaces/IIntervalAuction.sol";
import {IMeterRegistry} from "../../src/interfaces/IMeterRegistry.sol";
import {AuctionBase} from "../base/AuctionBase.sol";

/// @title What each order gets and pays for: preferences, exact shares, and the register of its side.
// Numbers of the test itself.
// forge-lint: disable-next-item(unsafe-typecast)
contract IntervalAuctionSharesTest is AuctionBase {
    /* PREFERENCES */

    /// @dev A buyer that changed its mind voted twice.
    function test_ARemovedBidTakesItsPreferenceAlong() public {
        _sell(seller, 0, 500);
        _sellChp(chpSeller, 0, 500);
        _buy(buyer, 9, 20, 500);
        _buy(buyer, 9, 20, 0);
        _buy(other, 20, 9, 500);
        _buy(other, 21, 9, 500);
        _clear(FIRST);
        vm.assertFalse(_result(FIRST).chpFirst, "one prefers solar, nobody CHP any more");
    }

    function test_APreferenceForChpThatIsRemovedDoesNotTie() public {
        _sell(seller, 0, 500);
        _sellChp(chpSeller, 0, 500);
        _buy(other, 20, 9, 500);
        _buy(other, 20, 9, 0);
        _buy(buyer, 9, 20, 500);
        _clear(FIRST);
        vm.assertTrue(_result(FIRST).chpFirst, "nobody prefers solar any more");
    }

    /* SHARES */

    /// @dev Each pays its exact share rounded up; without the one more they would pay less than the seller gets.
    function test_MarginalBuyersPayForTheirExactShare() public {
        uint64 third = _home(vm.addr(79), IMeterRegistry.MeterKind.Consumer);
        _sell(seller, 10, LEAST);
        _buy(buyer, 40, 0, LEAST);
        _buy(other, 40, 0, LEAST);
        _buy(third, 40, 0, LEAST);
        _clear(FIRST);
        IIntervalAuction.Result memory result = _result(FIRST);
        uint256 price = FEED_IN + 10 * TICK;
        uint256 exact = uint256(LEAST) * UNIT * (uint256(result.solarBuyerFraction) + 1) * price;
        uint256 cost = (exact + 2 ** 32 * 1_000_000 - 1) / (2 ** 32 * 1_000_000);
        (uint256 units,) = lens.fillsOf(buyer, FIRST);
        _meter(buyer, FIRST, uint112(units * UNIT), 0);

        _settle(FIRST, buyer);

        // The part of a unit between its share and its fill the grid has bought back at the same price.
        uint256 between = (exact - units * UNIT * price * 2 ** 32) / (2 ** 32 * 1_000_000);
        vm.assertGe(between, 1, "there is a part between");
        vm.assertEq(auction.balanceOf(BUYER), FUNDS - cost + between, "its share, less the part between");
        _assertUtility(FUNDS - between, 0);
    }

    /// @dev Sellers' floors to whole units were locked in for ever.
    function test_ASellerIsHeldToItsExactPartInMilliwattHours() public {
        uint64 second = _home(vm.addr(77), IMeterRegistry.MeterKind.Solar);
        uint64 third = _home(vm.addr(78), IMeterRegistry.MeterKind.Solar);
        _sell(seller, 10, 100);
        _sell(second, 10, 100);
        _sell(third, 10, 100);
        _buy(buyer, 40, 0, 200);
        _clear(FIRST);
        (uint256 units,) = lens.fillsOf(seller, FIRST);
        vm.assertEq(units, 66, "whole units for the pairing");
        _meter(seller, FIRST, 0, 66_666);

        _settle(FIRST, seller);

        uint256 proceeds = uint256(66_666) * (FEED_IN + 10 * TICK) / 1_000_000;
        vm.assertEq(auction.balanceOf(SELLER), FUNDS + proceeds, "and its money to the milliwatt-hour");
    }

    /// @dev Without a margin the worst case of a marginal buyer in both kinds was its deposit and one more.
    function test_ABuyerMarginalInBothKindsAtTheTopOwesNoMoreThanItsDeposit() public {
        IIntervalAuction.Settings memory settings = _settings();
        settings.marginPercent = 1;
        auction = new IntervalAuction(settings);
        lens = new AuctionLens(auction);
        address[4] memory accounts = [SELLER, CHP_SELLER, BUYER, OTHER];
        for (uint256 i = 0; i < accounts.length; ++i) {
            _pay(accounts[i], FUNDS, "");
        }
        for (uint32 energy = LEAST; energy < LEAST + 60; ++energy) {
            uint256 snapshot = vm.snapshotState();
            _sell(seller, 63, energy / 3 + LEAST);
            _sellChp(chpSeller, 63, energy / 2 + LEAST);
            _buy(buyer, 63, 63, 7 * energy);
            _buy(other, 63, 63, 11 * energy);
            _clear(FIRST);
            _meter(buyer, FIRST, 1e12, 0);
            _settle(FIRST, buyer);
            vm.assertLe(auction.balanceOf(BUYER), FUNDS, "nothing is made of nothing");
            vm.assertEq(auction.orderAt(buyer, FIRST).energyUnits, 0, "it is settled");
            vm.revertToState(snapshot);
        }
    }

    /* REGISTERS */

    /// @dev The greater register instead of the side's.
    function test_ABuyerIsSettledByItsImportAndASellerByItsExport() public {
        _market(500);
        _meter(buyer, FIRST, 500_000, 900_000);
        _meter(seller, FIRST, 900_000, 500_000);

        _settle(FIRST, buyer);
        _settle(FIRST, seller);

        vm.assertEq(auction.balanceOf(BUYER), FUNDS - _worthUp(500, FEED_IN + 10 * TICK), "import");
        vm.assertEq(auction.balanceOf(SELLER), FUNDS + _worthDown(500, FEED_IN + 10 * TICK), "export");
    }
}
