// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AuctionLens} from "../../src/AuctionLens.sol";
import {IntervalAuction} from "../../src/IntervalAuction.sol";
import {IIntervalAuction} from "../../src/interfaces/IIntervalAuction.sol";
import {IMeterRegistry} from "../../src/interfaces/IMeterRegistry.sol";
import {AuctionBase} from "../base/AuctionBase.sol";

/// @title What an audit saw in the auction, each shown gone.
// Numbers of the test itself.
// forge-lint: disable-next-item(unsafe-typecast)
contract IntervalAuctionFindingsTest is AuctionBase {
    IIntervalAuction.Side private constant _BUYER = IIntervalAuction.Side.Buyer;
    IIntervalAuction.Side private constant _SOLAR = IIntervalAuction.Side.SolarSeller;

    /* IDENTITY */

    /// @dev A transfer of nothing needs no allowance: any stranger placed, changed and cancelled everybody's order.
    function test_M1_AStrangerOrdersForNobodyByTransferringNothing() public {
        _buy(buyer, 20, 0, 500);

        _refuseStranger(0, _order(FIRST, _BUYER, 20, 0, 0, buyer));
        _refuseStranger(0, _order(FIRST, _BUYER, 63, 63, 900_000, buyer));
        _refuseStranger(0, _order(FIRST + 1, _BUYER, 63, 0, 500, buyer));
        _refuseStranger(0, _order(FIRST, _SOLAR, 1, 0, 500, seller));
    }

    function test_M1_AnAllowanceOrdersNothingForItsOwner() public {
        _mint(BUYER, 100);
        vm.prank(BUYER);
        token.approve(STRANGER, type(uint256).max);

        _refuseStranger(100, _order(FIRST, _BUYER, 20, 0, 500, buyer));
        _refuseStranger(0, _order(FIRST, _BUYER, 20, 0, 500, buyer));
    }

    /// @dev A transfer without data only raises a balance.
    function test_M1_AStrangerWithAnAllowanceMayFillABalanceAndNoMore() public {
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

    /* MARGIN */

    /// @dev Without a margin the worst case of a marginal buyer in both kinds was its deposit and one more.
    function test_M2_ABuyerMarginalInBothKindsAtTheTopOwesNoMoreThanItsDeposit() public {
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

    /* TARIFFS */

    /// @dev A utility's typo, 269 for 0.269, took a home's whole deposit.
    function test_M3_ATariffAboveTheMostRetailIsRefused() public {
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
    function test_M10_ATariffIsAtMostAMonthAhead() public {
        uint32 latest = (START + 31 days) / INTERVAL;
        uint32[3] memory late = [latest + 1, START, type(uint32).max];
        for (uint256 i = 0; i < late.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IIntervalAuction.AuctionTariffTooLate.selector, late[i], latest));
            _tariff(late[i], FEED_IN);
        }
        _tariff(latest, FEED_IN);
        vm.assertEq(auction.tariffOf(latest), 2, "a month ahead is taken");
    }

    function test_M10_ANewTariffDropsThoseThatWaitForItsIntervalAndLater() public {
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

    function test_M10_TheSameIntervalCanBeSetAnew() public {
        _tariff(FIRST + 2, 2 * FEED_IN);

        vm.expectEmit(address(auction));
        emit IIntervalAuction.TariffsDropped(2);
        _tariff(FIRST + 2, 3 * FEED_IN);

        vm.assertEq(auction.tariffCount(), 2, "in its place");
    }

    function test_M10_EightWaitingTariffsAreReplacedByAnEarlierOne() public {
        for (uint32 i = 0; i < auction.MOST_WAITING(); ++i) {
            _tariff(FIRST + 2 + i, FEED_IN);
        }

        _tariff(FIRST + 2, 2 * FEED_IN);

        vm.assertEq(auction.tariffCount(), 2, "all eight are dropped");
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

    /* SIZE */

    /// @dev A meter of a kilowatt bought 99.9 % of a street's sun for a base unit, and kept it from all others.
    function test_M5_AnOrderIsAtMostWhatTheMetersPowerCarries() public {
        vm.prank(ADMIN);
        uint64 small = uint64(registry.install(BUYER, BUYER, IMeterRegistry.MeterKind.Consumer, 1_001));

        vm.expectRevert(abi.encodeWithSelector(IIntervalAuction.AuctionEnergyAboveMost.selector, 251, 250));
        vm.prank(BUYER);
        auction.place(_order(FIRST, _BUYER, 20, 0, 251, small));
        vm.prank(BUYER);
        auction.place(_order(FIRST, _BUYER, 20, 0, 250, small));

        vm.assertEq(lens.mostUnitsOf(small), 250, "which the lens tells");
    }

    function test_M5_AMeterTooSmallForTheLeastOrderCannotTrade() public {
        vm.prank(ADMIN);
        uint64 tiny = uint64(registry.install(BUYER, BUYER, IMeterRegistry.MeterKind.Consumer, 39));

        vm.expectRevert(abi.encodeWithSelector(IIntervalAuction.AuctionEnergyAboveMost.selector, LEAST, LEAST - 1));
        vm.prank(BUYER);
        auction.place(_order(FIRST, _BUYER, 20, 0, LEAST, tiny));
    }

    function test_M5_WhatABuyerLeavesUndrawnReturnsForATickBelowFeedIn() public {
        _market(500);
        _meter(buyer, FIRST, 0, 0);

        _settle(FIRST, buyer);

        uint256 lost = _worthUp(500, FEED_IN + 10 * TICK) - _worthDown(500, FEED_IN - TICK);
        vm.assertEq(auction.balanceOf(BUYER), FUNDS - lost, "holding energy back costs more than its spread");
    }

    /* SILENCE */

    /// @dev A buyer that drew more than 1.2 times its order paid 0.17 instead of 0.42 by telling nothing.
    function test_M6_SilenceTakesAllThatIsLeftOfABuyersDeposit() public {
        _market(500);
        uint256 deposit = FUNDS - auction.balanceOf(BUYER);
        _silent();

        _settle(FIRST, buyer);

        vm.assertEq(auction.balanceOf(BUYER), FUNDS - deposit, "nothing comes back");
    }

    function testFuzz_M6_NobodyIsBetterOffSilent(uint64 imported, uint64 exported, uint32 energy, uint8 tick) public {
        energy = uint32(_bound(energy, LEAST, 1e8));
        _sell(seller, uint8(_bound(tick, 0, 63)), uint32(_bound(exported, LEAST, 1e8)));
        _buy(buyer, 63, 0, energy);
        _clear(FIRST);
        uint256 snapshot = vm.snapshotState();
        _meter(buyer, FIRST, imported % 1e12, 0);
        _meter(seller, FIRST, 0, exported % 1e12);
        _settle(FIRST, buyer);
        _settle(FIRST, seller);
        (uint256 told, uint256 toldSeller) = (auction.balanceOf(BUYER), auction.balanceOf(SELLER));
        vm.revertToState(snapshot);
        _silent();
        _settle(FIRST, buyer);
        _settle(FIRST, seller);

        vm.assertLe(auction.balanceOf(BUYER), told, "the buyer");
        vm.assertLe(auction.balanceOf(SELLER), toldSeller, "the seller");
    }

    /// @dev After a day without a block the honest utility's first step punished everybody.
    function test_M7_SilenceIsNotedBeforeItCounts() public {
        _market(500);
        vm.warp(_deadline() + 3 days);
        _settle(FIRST, buyer);
        vm.assertEq(auction.orderAt(buyer, FIRST).energyUnits, 500, "no deadline punishes by itself");

        uint32 now_ = uint32(block.timestamp / INTERVAL);
        vm.expectEmit(address(auction));
        emit IIntervalAuction.SilenceNoted(FIRST, uint256(now_ + 2) * INTERVAL);
        vm.prank(STRANGER);
        auction.noteSilence(FIRST);
        vm.assertEq(_result(FIRST).notedAfter, now_ - FIRST, "the note");

        vm.warp(uint256(now_ + 2) * INTERVAL - 1);
        _settle(FIRST, buyer);
        vm.assertEq(auction.orderAt(buyer, FIRST).energyUnits, 500, "one second before it is still heard");
        vm.warp(uint256(now_ + 2) * INTERVAL);
        _settle(FIRST, buyer);
        vm.assertEq(auction.orderAt(buyer, FIRST).energyUnits, 0, "then it counts");
    }

    function test_M7_AReadingAfterTheNoteCounts() public {
        _market(500);
        vm.warp(_deadline());
        auction.noteSilence(FIRST);
        _meter(buyer, FIRST, 500_000, 0);

        _settle(FIRST, buyer);

        vm.assertEq(auction.balanceOf(BUYER), FUNDS - _worthUp(500, FEED_IN + 10 * TICK), "as it drew");
    }

    function test_M7_ANoteBeforeTheDeadlineOrASecondOneIsRefused() public {
        vm.expectRevert(abi.encodeWithSelector(IIntervalAuction.AuctionNotCleared.selector, FIRST));
        auction.noteSilence(FIRST);
        _market(500);
        vm.warp(_deadline() - 1);
        vm.expectRevert(abi.encodeWithSelector(IIntervalAuction.AuctionSilenceTooEarly.selector, FIRST, _deadline()));
        auction.noteSilence(FIRST);
        vm.warp(_deadline());
        auction.noteSilence(FIRST);
        vm.warp(_deadline() + 5 days);
        vm.expectRevert(abi.encodeWithSelector(IIntervalAuction.AuctionSilenceNoted.selector, FIRST));
        auction.noteSilence(FIRST);
    }

    /// @dev A home that was off for an hour could not order for a day.
    function test_AGapIsTheMetersOwnWordAndNeedsNoNote() public {
        _market(500);
        vm.warp(uint256(FIRST + 2) * INTERVAL);
        vm.prank(BUYER);
        registry.report(buyer, FIRST + 2, 400_000, 0);

        _place(_order(FIRST + 4, _BUYER, 20, 0, 500, buyer));

        vm.assertEq(auction.orderAt(buyer, FIRST + 4).energyUnits, 500, "the next order settles the last one");
    }

    function test_ASilentMeterTakesNoOrderInItsLaneUntilTheNoteHasRun() public {
        _market(500);
        vm.warp(_deadline());
        auction.noteSilence(FIRST);
        uint32 next = _sameLane();
        vm.expectRevert(abi.encodeWithSelector(IIntervalAuction.AuctionOrderUnsettled.selector, buyer, FIRST));
        vm.prank(BUYER);
        auction.place(_order(next, _BUYER, 20, 0, 500, buyer));

        vm.warp(block.timestamp + 2 * INTERVAL);
        _place(_order(_sameLane(), _BUYER, 20, 0, 500, buyer));
    }

    /// @dev The interval's first boundary alone says nothing of what was drawn in it.
    function test_M13_AnOrderIsNotReadyWhenOnlyTheFirstBoundaryIsTold() public {
        _market(500);
        vm.warp(uint256(FIRST) * INTERVAL);
        vm.prank(BUYER);
        registry.report(buyer, FIRST, 0, 0);
        vm.warp(_deadline() - 1);

        _settle(FIRST, buyer);

        vm.assertEq(auction.orderAt(buyer, FIRST).energyUnits, 500, "it may still tell the second");
        _meter(buyer, FIRST, 100_000, 0);
        _settle(FIRST, buyer);
        uint256 pays = _worthUp(500, FEED_IN + 10 * TICK) - _worthDown(400, FEED_IN - TICK);
        vm.assertEq(auction.balanceOf(BUYER), FUNDS - pays, "and then that counts");
    }

    /* MONEY OF THE GRID */

    /// @dev A utility withdrew debtors' money before creditors were settled.
    function test_M9_AWithdrawalWaitsUntilEverybodyCanBeSettled() public {
        vm.expectEmit(address(auction));
        emit IIntervalAuction.WithdrawalAnnounced(UTILITY, FUNDS, START + DEADLINE + 2 * INTERVAL);
        _announce(FUNDS);
        (uint256 value, uint256 from) = auction.leaving();
        vm.assertEq(value, FUNDS, "it is on its way");
        _assertUtility(0, 0);

        _refuseWithdrawal(from - 1, from);
        vm.warp(from);
        vm.expectEmit(address(auction));
        emit IIntervalAuction.UtilityWithdrawn(UTILITY, FUNDS);
        vm.prank(UTILITY);
        auction.executeWithdrawal();
        vm.assertEq(auction.balanceOf(UTILITY), FUNDS, "and arrives");
        (value,) = auction.leaving();
        vm.assertEq(value, 0, "once");
    }

    function test_M9_AnAnnouncementEndsADayAfterItsTime() public {
        _announce(FUNDS);
        (, uint256 from) = auction.leaving();

        _refuseWithdrawal(from + 1 days, from);
        vm.warp(from + 1 days - 1);
        vm.prank(UTILITY);
        auction.executeWithdrawal();
    }

    function test_M9_WithoutAnAnnouncementNothingLeaves() public {
        vm.expectRevert(abi.encodeWithSelector(IIntervalAuction.AuctionWithdrawalNotDue.selector, 0, 1 days));
        vm.prank(UTILITY);
        auction.executeWithdrawal();
    }

    function test_M9_ANewAnnouncementReturnsTheOldOneAndBeginsAnew() public {
        _announce(FUNDS);
        (, uint256 first) = auction.leaving();
        vm.warp(first);
        _announce(7);

        (uint256 value, uint256 from) = auction.leaving();
        vm.assertEq(value, 7, "the new one alone");
        vm.assertEq(from, first + DEADLINE + 2 * INTERVAL, "its time begins anew");
        _assertUtility(FUNDS - 7, 0);
        _announce(0);
        _assertUtility(FUNDS, 0);
    }

    function test_M9_WhatIsAnnouncedPaysWhatTheBalanceCannot() public {
        _announce(FUNDS - 3);
        _market(500);
        _meter(seller, FIRST, 0, 600_000);

        _settle(FIRST, seller);

        uint256 due = _worthDown(100, FEED_IN);
        (uint256 value,) = auction.leaving();
        vm.assertEq(value, FUNDS - due, "all but the three of the balance");
        vm.assertEq(auction.owedTo(SELLER), 0, "nothing is owed");
        _assertUtility(0, 0);
    }

    /// @dev New dues were paid out of what others were owed already.
    function test_M9_ANewDueDoesNotJumpTheQueue() public {
        _withdrawUtility(FUNDS);
        _market(500);
        _meter(seller, FIRST, 0, 600_000);
        _settle(FIRST, seller);
        uint256 debt = _worthDown(100, FEED_IN);
        _fund(debt + 3);
        uint64 battery = _home(OTHER, IMeterRegistry.MeterKind.Battery);
        uint32 interval = uint32((block.timestamp + LEAD) / INTERVAL + 1);
        _place(_order(interval, _SOLAR, 10, 0, 500, battery));
        _clear(interval);
        _meter(battery, interval, 0, 50_000);
        _settle(interval, battery);

        uint256 due = _worthDown(50, FEED_IN);
        vm.assertEq(auction.owedTo(OTHER), due - 3, "what is above the debts pays the new one");
        _assertUtility(debt, debt + due - 3);
        vm.prank(SELLER);
        auction.collectOwed();
        vm.assertEq(auction.owedTo(SELLER), 0, "and the old one is covered");
    }

    /* FLOORS AND CANCELLING */

    /// @dev Sellers' floors to whole units were locked in for ever.
    function test_M12_ASellerIsHeldToItsExactPartInMilliwattHours() public {
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

    /// @dev After a meter's transfer nobody could cancel its order.
    function test_M12_WhoPlacedAnOrderCancelsItAlsoAfterTheTransfer() public {
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

    function test_M12_NothingIsCancelledAfterTheGate() public {
        _sell(seller, 10, 500);
        vm.warp(_gate(FIRST));

        vm.expectRevert(abi.encodeWithSelector(IIntervalAuction.AuctionGateClosed.selector, FIRST, _gate(FIRST)));
        vm.prank(SELLER);
        auction.place(_order(FIRST, _SOLAR, 10, 0, 0, seller));
    }

    /* MUTANTS */

    /// @dev A buyer that changed its mind voted twice.
    function test_M13_ARemovedBidTakesItsPreferenceAlong() public {
        _sell(seller, 0, 500);
        _sellChp(chpSeller, 0, 500);
        _buy(buyer, 9, 20, 500);
        _buy(buyer, 9, 20, 0);
        _buy(other, 20, 9, 500);
        _buy(other, 21, 9, 500);
        _clear(FIRST);
        vm.assertFalse(_result(FIRST).chpFirst, "one prefers solar, nobody CHP any more");
    }

    function test_M13_APreferenceForChpThatIsRemovedDoesNotTie() public {
        _sell(seller, 0, 500);
        _sellChp(chpSeller, 0, 500);
        _buy(other, 20, 9, 500);
        _buy(other, 20, 9, 0);
        _buy(buyer, 9, 20, 500);
        _clear(FIRST);
        vm.assertTrue(_result(FIRST).chpFirst, "nobody prefers solar any more");
    }

    /// @dev Each pays its exact share rounded up; without the one more they would pay less than the seller gets.
    function test_M13_MarginalBuyersPayForTheirExactShare() public {
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

    /// @dev The greater register instead of the side's.
    function test_M13_ABuyerIsSettledByItsImportAndASellerByItsExport() public {
        _market(500);
        _meter(buyer, FIRST, 500_000, 900_000);
        _meter(seller, FIRST, 900_000, 500_000);

        _settle(FIRST, buyer);
        _settle(FIRST, seller);

        vm.assertEq(auction.balanceOf(BUYER), FUNDS - _worthUp(500, FEED_IN + 10 * TICK), "import");
        vm.assertEq(auction.balanceOf(SELLER), FUNDS + _worthDown(500, FEED_IN + 10 * TICK), "export");
    }

    /// @dev An operator that may move a meter is not its holder.
    function test_M13_AnOperatorOfAMeterIsNotItsHolder() public {
        vm.prank(BUYER);
        registry.setApprovalForAll(STRANGER, true);

        vm.expectRevert(abi.encodeWithSelector(IIntervalAuction.AuctionNotMeterOwner.selector, buyer, STRANGER));
        vm.prank(STRANGER);
        auction.place(_order(FIRST, _BUYER, 20, 0, 500, buyer));
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

    function test_TheAuctionStaysBelowItsSize() public view {
        vm.assertLe(address(auction).code.length, 24_000, "bytes");
    }

    /* INTERNAL */

    function _market(uint32 energy) private {
        _sell(seller, 10, energy);
        _buy(buyer, 40, 0, energy);
        _clear(FIRST);
    }

    /// @dev An interval of the first one's lane that takes orders now.
    function _sameLane() private view returns (uint32 interval) {
        interval = uint32((block.timestamp + LEAD) / INTERVAL + 1);
        interval += (interval ^ FIRST) & 1;
    }

    function _deadline() private pure returns (uint256) {
        return uint256(FIRST + 1) * INTERVAL + DEADLINE;
    }

    function _silent() private {
        vm.warp(_deadline());
        auction.noteSilence(FIRST);
        vm.warp(_deadline() + 2 * INTERVAL);
    }

    function _tariff(uint32 first, uint64 feedIn) private {
        vm.prank(UTILITY);
        auction.setTariff(first, feedIn, TICK);
    }

    function _announce(uint256 value) private {
        vm.prank(UTILITY);
        auction.announceWithdrawal(value);
    }

    function _refuseWithdrawal(uint256 time, uint256 from) private {
        vm.warp(time);
        vm.expectRevert(abi.encodeWithSelector(IIntervalAuction.AuctionWithdrawalNotDue.selector, from, from + 1 days));
        vm.prank(UTILITY);
        auction.executeWithdrawal();
    }

    function _refuseStranger(uint256 value, IIntervalAuction.Placement memory placement) private {
        address account = registry.ownerOf(placement.meter);
        bytes32 before = _picture();

        vm.expectRevert(abi.encodeWithSelector(IIntervalAuction.AuctionNotByAccount.selector, STRANGER, account));
        vm.prank(STRANGER);
        token.transferFromAndCall(account, address(auction), value, abi.encode(placement));

        vm.assertEq(_picture(), before, "nothing changed");
    }

    function _assertUtility(uint256 expected, uint256 expectedOwed) private view {
        (uint256 balance, uint256 owed) = auction.utility();
        vm.assertEq(balance, expected, "the utility's balance");
        vm.assertEq(owed, expectedOwed, "what it owes");
    }
}
