// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";

import {IIntervalAuction} from "../../src/interfaces/IIntervalAuction.sol";
import {IMeterRegistry} from "../../src/interfaces/IMeterRegistry.sol";
import {TickMath} from "../../src/libraries/TickMath.sol";
import {AuctionBase} from "../base/AuctionBase.sol";

contract IntervalAuctionPlaceTest is AuctionBase {
    IIntervalAuction.Side private constant _BUYER = IIntervalAuction.Side.Buyer;
    IIntervalAuction.Side private constant _SOLAR = IIntervalAuction.Side.SolarSeller;
    IIntervalAuction.Side private constant _CHP = IIntervalAuction.Side.ChpSeller;

    /* REFUSALS */

    function test_AClosedGateIsRefused() public {
        vm.warp(_gate(FIRST));

        _refuse(
            BUYER,
            _order(FIRST, _BUYER, 1, 0, LEAST, buyer),
            abi.encodeWithSelector(IIntervalAuction.AuctionGateClosed.selector, FIRST, _gate(FIRST))
        );
    }

    /// @dev Otherwise an order for a far interval would hold its lane for ever.
    function test_AnIntervalAfterTheNextTwoIsRefused() public {
        _refuse(
            BUYER,
            _order(FIRST + 2, _BUYER, 1, 0, LEAST, buyer),
            abi.encodeWithSelector(IIntervalAuction.AuctionTooEarly.selector, FIRST + 2, _gate(FIRST))
        );
    }

    /// @dev Without this guard the tag overwrites sums that are not cleared.
    function test_ALaneThatIsNotClearedIsRefused() public {
        _buy(buyer, 20, 0, 500);
        vm.warp(_gate(FIRST));

        _refuse(
            SELLER,
            _order(FIRST + 2, _SOLAR, 1, 0, LEAST, seller),
            abi.encodeWithSelector(IIntervalAuction.AuctionLaneBusy.selector, FIRST)
        );
        auction.clear(FIRST);
        _place(_order(FIRST + 2, _SOLAR, 1, 0, LEAST, seller));
    }

    function test_LessThanTheLeastEnergyIsRefused() public {
        _refuse(
            BUYER,
            _order(FIRST, _BUYER, 1, 0, LEAST - 1, buyer),
            abi.encodeWithSelector(IIntervalAuction.AuctionEnergyBelowLeast.selector, LEAST - 1, LEAST)
        );
    }

    function test_CancellingWhatIsNotThereIsRefused() public {
        bytes memory reason = abi.encodeWithSelector(IIntervalAuction.AuctionEnergyBelowLeast.selector, 0, LEAST);
        _refuse(BUYER, _order(FIRST, _BUYER, 1, 0, 0, buyer), reason);
        _buy(buyer, 1, 0, LEAST);
        _buy(buyer, 1, 0, 0);

        _refuse(BUYER, _order(FIRST, _BUYER, 1, 0, 0, buyer), reason);
    }

    function test_TicksOutOfTheLadderAreRefused() public {
        _refuseTicks(_BUYER, 64, 0, buyer, BUYER);
        _refuseTicks(_BUYER, 0, 64, buyer, BUYER);
        _refuseTicks(_SOLAR, 64, 0, seller, SELLER);
    }

    function test_ABuyerWhoWantsNeitherKindIsRefused() public {
        _refuseTicks(_BUYER, 0, 0, buyer, BUYER);
    }

    function test_ASellerWithTwoLimitsIsRefused() public {
        _refuseTicks(_SOLAR, 1, 1, seller, SELLER);
    }

    function test_ANeighboursMeterIsRefused() public {
        _refuse(
            BUYER,
            _order(FIRST, _BUYER, 1, 0, LEAST, other),
            abi.encodeWithSelector(IIntervalAuction.AuctionNotMeterOwner.selector, other, BUYER)
        );
    }

    function test_AMeterThatDoesNotExistIsRefused() public {
        _refuse(
            BUYER,
            _order(FIRST, _BUYER, 1, 0, LEAST, 99),
            abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, 99)
        );
    }

    function test_AMeterSellsItsOwnKindAlone() public {
        _refuseKind(CHP_SELLER, _SOLAR, chpSeller, IMeterRegistry.MeterKind.Chp);
        _refuseKind(SELLER, _CHP, seller, IMeterRegistry.MeterKind.Solar);
        _refuseKind(BUYER, _SOLAR, buyer, IMeterRegistry.MeterKind.Consumer);
        _refuseKind(BUYER, _CHP, buyer, IMeterRegistry.MeterKind.Consumer);
    }

    function test_TheOtherSideOfTheSameIntervalIsRefused() public {
        _sell(seller, 10, 500);

        _refuse(
            SELLER,
            _order(FIRST, _BUYER, 10, 0, 500, seller),
            abi.encodeWithSelector(IIntervalAuction.AuctionMeterTaken.selector, seller, SELLER, _SOLAR)
        );
    }

    /// @dev Otherwise one meter's energy would settle two orders.
    function test_ANewOwnerCannotReplaceTheFormerOwnersOrder() public {
        _sell(seller, 10, 500);
        vm.prank(SELLER);
        registry.transferFrom(SELLER, BUYER, seller);

        _refuse(
            BUYER,
            _order(FIRST, _SOLAR, 10, 0, 400, seller),
            abi.encodeWithSelector(IIntervalAuction.AuctionMeterTaken.selector, seller, SELLER, _SOLAR)
        );
    }

    function test_AFullTickIsRefused() public {
        _sell(seller, 10, 2 ** 28 - 1);
        uint64 second = _home(SELLER, IMeterRegistry.MeterKind.Battery);

        _refuse(
            SELLER,
            _order(FIRST, _SOLAR, 10, 0, LEAST, second),
            abi.encodeWithSelector(TickMath.AuctionTickFull.selector, 2, LEAST)
        );
    }

    function test_ABalanceThatDoesNotCoverTheDepositIsRefused() public {
        uint256 deposit = lens.depositUp(1, _BUYER, 500);
        vm.prank(BUYER);
        auction.withdraw(FUNDS - deposit + 1);

        _refuse(
            BUYER,
            _order(FIRST, _BUYER, 1, 0, 500, buyer),
            abi.encodeWithSelector(IIntervalAuction.AuctionBalanceShort.selector, BUYER, deposit - 1, deposit)
        );
    }

    function test_AnEarlierOrderThatCannotBeSettledYetIsRefused() public {
        _buy(buyer, 20, 0, 500);
        _clear(FIRST);

        _refuse(
            BUYER,
            _order(FIRST + 2, _BUYER, 1, 0, 500, buyer),
            abi.encodeWithSelector(IIntervalAuction.AuctionOrderUnsettled.selector, buyer, FIRST)
        );
    }

    /* ORDERS */

    function test_AnOrderTakesItsDepositAndJoinsItsTick() public {
        vm.expectEmit(address(auction));
        emit IIntervalAuction.Placed(FIRST, buyer, BUYER, _BUYER, 20, 9, 500);
        _buy(buyer, 20, 9, 500);

        vm.assertEq(lens.wantedAt(FIRST, 20, 9), 500, "its cell");
        IIntervalAuction.Order memory order = auction.orderAt(buyer, FIRST);
        vm.assertEq(order.account, BUYER, "account");
        vm.assertEq(order.energyUnits, 500, "energy");
        vm.assertEq(auction.balanceOf(BUYER), FUNDS - _worthUp(500, RETAIL) * 120 / 100, "the deposit is taken");
        (uint32 held, bool cleared) = auction.laneOf(FIRST);
        vm.assertEq(held, FIRST, "the lane is this interval's");
        vm.assertFalse(cleared, "and not cleared");
    }

    function test_ASellerDepositsTheLaddersHeight() public {
        _sell(seller, 20, 500);

        vm.assertEq(lens.offeredAt(FIRST, _SOLAR, 20), 500, "its tick");
        vm.assertEq(auction.balanceOf(SELLER), FUNDS - _worthUp(500, RETAIL - FEED_IN), "the deposit is taken");
    }

    function test_ABatterySellsAsSolar() public {
        uint64 battery = _home(SELLER, IMeterRegistry.MeterKind.Battery);

        _sell(battery, 20, 500);

        vm.assertEq(lens.offeredAt(FIRST, _SOLAR, 20), 500, "its tick");
    }

    function test_AChangeMovesTheDifferenceAlone() public {
        _buy(buyer, 20, 9, 500);
        uint256 held = FUNDS - auction.balanceOf(BUYER);

        _buy(buyer, 33, 0, 1_000);

        vm.assertEq(FUNDS - auction.balanceOf(BUYER), 2 * held, "twice the deposit in all");
        vm.assertEq(lens.wantedAt(FIRST, 20, 9), 0, "the old cell is empty");
        vm.assertEq(lens.wantedAt(FIRST, 33, 0), 1_000, "the new cell has it");

        _buy(buyer, 33, 0, 500);

        vm.assertEq(FUNDS - auction.balanceOf(BUYER), held, "the difference is back");
    }

    /// @dev The ancestor forbade a token transfer of nothing, and with it every new price for the same amount.
    function test_ANewPriceForTheSameAmountMovesNoMoney() public {
        _sell(seller, 20, 500);
        uint256 balance = auction.balanceOf(SELLER);

        _sell(seller, 30, 500);

        vm.assertEq(auction.balanceOf(SELLER), balance, "balance");
        vm.assertEq(lens.offeredAt(FIRST, _SOLAR, 20), 0, "the old tick is empty");
        vm.assertEq(lens.offeredAt(FIRST, _SOLAR, 30), 500, "the new tick has it");
    }

    function test_ACancelledOrderReturnsItsDepositAndMayChangeSides() public {
        _sell(seller, 20, 500);
        _sell(seller, 20, 0);
        vm.assertEq(auction.balanceOf(SELLER), FUNDS, "all is back");
        vm.assertEq(lens.offeredAt(FIRST, _SOLAR, 20), 0, "the tick is empty");

        _buy(seller, 20, 0, 500);

        vm.assertEq(lens.wantedAt(FIRST, 20, 0), 500, "now it buys");
    }

    function test_PreferencesFollowEveryChange() public {
        _sell(seller, 0, 500);
        _sellChp(chpSeller, 0, 500);
        _buy(buyer, 20, 9, 500);
        _buy(other, 9, 20, 500);
        _buy(buyer, 9, 20, 500);

        _clear(FIRST);

        vm.assertTrue(_result(FIRST).chpFirst, "two prefer CHP now");
    }

    function test_TheNextOrderSettlesTheLastOneInItsLane() public {
        _buy(buyer, 20, 0, 500);
        _clear(FIRST);
        _meter(buyer, FIRST, 0, 0);

        _place(_order(FIRST + 2, _BUYER, 20, 0, 500, buyer));

        vm.assertEq(auction.balanceOf(BUYER), FUNDS - lens.depositUp(1, _BUYER, 500), "one deposit is held");
        vm.assertEq(auction.orderAt(buyer, FIRST).interval, 0, "the place is the new order's");
    }

    function test_TheNextOrderMovesTheGridsMoneyAsSettlingDoes() public {
        _market(500);
        _meter(buyer, FIRST, 600_000, 0);

        _place(_order(FIRST + 2, _BUYER, 20, 0, 500, buyer));

        _assertUtility(FUNDS + _worthUp(100, RETAIL), 0);
    }

    function testFuzz_SumsAreTheOrdersThatStand(uint32[6] memory energies, uint8[6] memory ticks) public {
        uint256 sum = 0;
        for (uint256 i = 0; i < 6; ++i) {
            uint8 tick = uint8(_bound(ticks[i], 1, 63));
            uint32 energy = uint32(_bound(energies[i], LEAST, 2 ** 28 - 1));
            _buy(buyer, tick, tick, energy);
            sum = lens.wantedAt(FIRST, tick, tick);
            vm.assertEq(sum, energy, "one order, one sum");
        }
        _buy(buyer, 1, 0, 0);
        vm.assertEq(auction.balanceOf(BUYER), FUNDS, "all is back");
    }

    /* INTERNAL */

    function _refuseTicks(IIntervalAuction.Side side, uint8 tick, uint8 chpTick, uint64 meter, address account)
        private
    {
        _refuse(
            account,
            _order(FIRST, side, tick, chpTick, LEAST, meter),
            abi.encodeWithSelector(IIntervalAuction.AuctionTicksInvalid.selector, side, tick, chpTick)
        );
    }

    function _refuseKind(address account, IIntervalAuction.Side side, uint64 meter, IMeterRegistry.MeterKind kind)
        private
    {
        _refuse(
            account,
            _order(FIRST, side, 1, 0, LEAST, meter),
            abi.encodeWithSelector(IIntervalAuction.AuctionKindMismatch.selector, meter, kind)
        );
    }

    function _refuse(address account, IIntervalAuction.Placement memory placement, bytes memory reason) private {
        bytes32 before = _picture();

        vm.expectRevert(reason);
        vm.prank(account);
        auction.place(placement);

        vm.assertEq(_picture(), before, "nothing changed");
    }
}
