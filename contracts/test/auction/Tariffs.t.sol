// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IIntervalAuction} from "../../src/interfaces/IIntervalAuction.sol";
import {AuctionBase} from "../base/AuctionBase.sol";

/// @title Which tariffs the auction takes, when they come into force, and which of them are dropped.
contract IntervalAuctionTariffsTest is AuctionBase {
    IIntervalAuction.Side private constant _BUYER = IIntervalAuction.Side.Buyer;

    /* LIMITS */

    /// @dev A utility's typo, 269 for 0.269, took a home's whole deposit.
    function test_ATariffAboveTheMostRetailIsRefused() public {
        uint64 tick = (10 * RETAIL - FEED_IN) / 63 + 1;

        vm.expectRevert(
            abi.encodeWithSelector(
                IIntervalAuction.AuctionTariffOutOfRange.selector, FEED_IN, tick, auction.MOST_RETAIL()
            )
        );
        vm.prank(UTILITY);
        auction.setTariff(FIRST + 2, FEED_IN, tick);
        vm.prank(UTILITY);
        auction.setTariff(FIRST + 2, FEED_IN, tick - 1);
    }

    /// @dev Seconds for intervals, or the largest number, ended tariff setting for ever.
    function test_ATariffIsAtMostAMonthAhead() public {
        uint32 latest = (START + 31 days) / INTERVAL;
        uint32[3] memory late = [latest + 1, START, type(uint32).max];
        for (uint256 i = 0; i < late.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IIntervalAuction.AuctionTariffTooLate.selector, late[i], latest));
            _tariff(late[i], FEED_IN);
        }
        _tariff(latest, FEED_IN);
        vm.assertEq(auction.tariffOf(latest), 2, "a month ahead is taken");
    }

    function test_ATariffForAnIntervalThatTakesOrdersIsRefused() public {
        _refuseTariff(FIRST + 1, FIRST + 2);
    }

    function test_TooManyTariffsWaitingAreRefused() public {
        for (uint32 i = 0; i < auction.MOST_WAITING(); ++i) {
            _tariff(FIRST + 2 + i, 2 * FEED_IN);
        }

        vm.expectRevert(abi.encodeWithSelector(IIntervalAuction.AuctionTariffsWaiting.selector, 8, FIRST + 2));
        _tariff(FIRST + 50, 2 * FEED_IN);
        vm.warp(_gate(FIRST + 1));
        _tariff(FIRST + 50, 2 * FEED_IN);
    }

    /* IN FORCE */

    function test_AnIntervalSettlesUnderTheTariffItWasOrderedUnder() public {
        vm.expectEmit(address(auction));
        emit IIntervalAuction.TariffSet(2, FIRST + 2, 2 * FEED_IN, TICK);
        _tariff(FIRST + 2, 2 * FEED_IN);
        _market(500);
        _meter(seller, FIRST, 0, 600_000);

        _settle(FIRST, seller);

        vm.assertEq(auction.tariffOf(FIRST + 1), 1, "before");
        vm.assertEq(auction.tariffOf(FIRST + 2), 2, "after");
        _assertUtility(FUNDS - _worthDown(100, FEED_IN), 0);
        _place(_order(FIRST + 2, IIntervalAuction.Side.SolarSeller, 10, 0, 100, seller));
        (, uint64 feedIn,) = auction.tariffs(2);
        vm.assertEq(feedIn, 2 * FEED_IN, "version two");
    }

    function test_AVersionThatOrdersUseIsNeverDropped() public {
        _tariff(FIRST + 2, 2 * FEED_IN);
        vm.warp(_gate(FIRST));
        _place(_order(FIRST + 2, _BUYER, 20, 0, 500, buyer));

        vm.expectRevert(abi.encodeWithSelector(IIntervalAuction.AuctionTariffTooEarly.selector, FIRST + 2, FIRST + 3));
        _tariff(FIRST + 2, 3 * FEED_IN);
        _tariff(FIRST + 3, 3 * FEED_IN);

        vm.assertEq(auction.tariffOf(FIRST + 2), 2, "its tariff is final");
    }

    /* DROPPED */

    function test_ANewTariffDropsThoseThatWaitForItsIntervalAndLater() public {
        _tariff(FIRST + 2, 2 * FEED_IN);
        _tariff(FIRST + 5, 3 * FEED_IN);
        _tariff(FIRST + 9, 4 * FEED_IN);

        vm.expectEmit(address(auction));
        emit IIntervalAuction.TariffsDropped(3);
        vm.expectEmit(address(auction));
        emit IIntervalAuction.TariffSet(3, FIRST + 4, 5 * FEED_IN, TICK);
        _tariff(FIRST + 4, 5 * FEED_IN);

        vm.assertEq(auction.tariffCount(), 3, "their numbers are used again");
        vm.assertEq(auction.tariffOf(FIRST + 3), 2, "what begins before stays");
        vm.assertEq(auction.tariffOf(FIRST + 100), 3, "nothing of the dropped ones comes into force");
        (, uint64 feedIn,) = auction.tariffs(3);
        vm.assertEq(feedIn, 5 * FEED_IN, "the new one is");
    }

    function test_TheSameIntervalCanBeSetAnew() public {
        _tariff(FIRST + 2, 2 * FEED_IN);

        vm.expectEmit(address(auction));
        emit IIntervalAuction.TariffsDropped(2);
        _tariff(FIRST + 2, 3 * FEED_IN);

        vm.assertEq(auction.tariffCount(), 2, "in its place");
    }

    function test_EightWaitingTariffsAreReplacedByAnEarlierOne() public {
        for (uint32 i = 0; i < auction.MOST_WAITING(); ++i) {
            _tariff(FIRST + 2 + i, FEED_IN);
        }

        _tariff(FIRST + 2, 2 * FEED_IN);

        vm.assertEq(auction.tariffCount(), 2, "all eight are dropped");
    }

    /* INTERNAL */

    function _refuseTariff(uint32 first, uint32 earliest) private {
        vm.expectRevert(abi.encodeWithSelector(IIntervalAuction.AuctionTariffTooEarly.selector, first, earliest));
        _tariff(first, 2 * FEED_IN);
    }
}
