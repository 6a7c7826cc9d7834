// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IReductionAuction} from "../../src/interfaces/IReductionAuction.sol";
import {ReductionBase} from "../base/ReductionBase.sol";

contract ReductionAuctionRequestTest is ReductionBase {
    IReductionAuction.Pricing private constant _UNIFORM = IReductionAuction.Pricing.Uniform;

    /* REFUSALS */

    function test_AWindowWithoutLengthIsRefused() public {
        IReductionAuction.Ask memory ask = _ask(2_000, _UNIFORM);
        ask.length = 0;
        _refuse(ask, _window(ask));
        ask.length = 17;
        _refuse(ask, _window(ask));
    }

    function test_AWindowMoreThanAMonthAheadIsRefused() public {
        IReductionAuction.Ask memory ask = _ask(2_000, _UNIFORM);
        ask.first = uint32(TODAY / INTERVAL + 31 * STEP + 1);
        _refuse(ask, _window(ask));
        ask.first -= 1;
        _request(ask);
    }

    function test_OffersCloseLaterThanNowAndBeforeTheWindow() public {
        IReductionAuction.Ask memory ask = _ask(2_000, _UNIFORM);
        ask.closesAt = TODAY;
        _refuse(ask, _closing(ask));
        ask.closesAt = uint40(FIRST) * INTERVAL;
        _refuse(ask, _closing(ask));
        ask.closesAt -= 1;
        _request(ask);
    }

    function test_ATargetOfNothingAndAPriceOfNothingAreRefused() public {
        IReductionAuction.Ask memory ask = _ask(0, _UNIFORM);
        _refuse(ask, abi.encodeWithSelector(IReductionAuction.ReductionTargetInvalid.selector, 0, MOST));
        ask = _ask(2_000, _UNIFORM);
        ask.mostPricePerKWh = 0;
        _refuse(ask, abi.encodeWithSelector(IReductionAuction.ReductionTargetInvalid.selector, 2_000, 0));
        ask = _ask(type(uint32).max, _UNIFORM);
        ask.length = 16;
        _refuse(
            ask,
            abi.encodeWithSelector(
                IReductionAuction.ReductionTargetInvalid.selector, uint256(type(uint32).max) * 4, MOST
            )
        );
    }

    function test_WhoCannotPayTheWholeTargetCannotAsk() public {
        bytes32 before = _picture();

        vm.expectRevert(
            abi.encodeWithSelector(IReductionAuction.ReductionBalanceShort.selector, FUNDS, 1_562_501 * 640)
        );
        _request(1_562_501);

        vm.assertEq(_picture(), before, "nothing changed");
    }

    function test_AThirdRequestWaitsUntilTheLastButOneIsCleared() public {
        uint32 first = _request(1);
        _request(2);

        vm.expectRevert(abi.encodeWithSelector(IReductionAuction.ReductionLaneBusy.selector, first));
        _request(3);
        vm.warp(CLOSES);
        reduction.clear(first);
        IReductionAuction.Ask memory ask = _ask(3, _UNIFORM);
        ask.closesAt = CLOSES + 1;
        vm.assertEq(_request(ask), 3, "and is taken then");
    }

    function test_OneUtilityBlocksNoOther() public {
        _request(1);
        _request(2);
        _pay(STRANGER, FUNDS, "");

        vm.prank(STRANGER);
        vm.assertEq(reduction.request(_ask(5, _UNIFORM)), 3, "another's request");
    }

    function test_OnlyTheTokenCallsBack() public {
        vm.expectRevert(abi.encodeWithSelector(IReductionAuction.ReductionNotToken.selector, STRANGER));
        vm.prank(STRANGER);
        reduction.onTransferReceived(UTILITY, UTILITY, 1, "");
        vm.expectRevert(abi.encodeWithSelector(IReductionAuction.ReductionNotToken.selector, STRANGER));
        vm.prank(STRANGER);
        reduction.onApprovalReceived(UTILITY, 1, "");
    }

    function test_DataOfAnotherLengthIsRefused() public {
        _mint(ONE, 1);
        vm.expectRevert(abi.encodeWithSelector(IReductionAuction.ReductionDataMalformed.selector, 31));
        vm.prank(ONE);
        token.transferAndCall(address(reduction), 1, new bytes(31));
    }

    function test_AGiftOfNothingIsRefused() public {
        vm.expectRevert(abi.encodeWithSelector(IReductionAuction.ReductionNothingDeposited.selector, ONE));
        vm.prank(ONE);
        token.transferAndCall(address(reduction), 0, abi.encode(one));
        vm.expectRevert(abi.encodeWithSelector(IReductionAuction.ReductionNothingDeposited.selector, ONE));
        vm.prank(ONE);
        token.transferAndCall(address(reduction), 0, "");
    }

    function test_AMeterThatDoesNotExistTakesNoMoney() public {
        _mint(ONE, 1);
        vm.expectRevert();
        vm.prank(ONE);
        token.transferAndCall(address(reduction), 1, abi.encode(uint64(9)));
    }

    /* TAKEN */

    function test_TheWholeTargetIsSetAsideAtTheMostPrice() public {
        vm.expectEmit(address(reduction));
        emit IReductionAuction.Requested(1, UTILITY, FIRST, LENGTH, 2_000, MOST, _UNIFORM, CLOSES, false, 1_280_000);
        uint32 number = _request(2_000);

        IReductionAuction.Request memory found = reduction.requestOf(number);
        vm.assertEq(found.utility, UTILITY, "utility");
        vm.assertEq(found.first, FIRST, "first");
        vm.assertEq(found.length, LENGTH, "length");
        vm.assertEq(found.targetUnits, 2_000, "two kilowatts over an hour");
        vm.assertEq(found.held, 1_280_000, "held");
        vm.assertEq(found.requested, TODAY / INTERVAL, "requested");
        vm.assertFalse(found.cleared, "cleared");
        vm.assertEq(reduction.balanceOf(UTILITY), FUNDS - 1_280_000, "balance");
        _assertConserved();
    }

    function test_ByApprovalExactlyTheChargeIsPulled() public {
        _mint(UTILITY, 2_000_000);
        vm.prank(UTILITY);
        token.approveAndCall(address(reduction), 2_000_000, abi.encode(_ask(2_000, _UNIFORM)));

        vm.assertEq(token.balanceOf(UTILITY), 720_000, "the rest stays");
        vm.assertEq(reduction.requestOf(1).held, 1_280_000, "held");
        _assertConserved();
    }

    function test_ByApprovalOfTooLittleNothingIsAsked() public {
        _mint(UTILITY, 2_000_000);
        vm.expectRevert(
            abi.encodeWithSelector(IReductionAuction.ReductionChargeMismatch.selector, 1_280_000, 1_279_999)
        );
        vm.prank(UTILITY);
        token.approveAndCall(address(reduction), 1_279_999, abi.encode(_ask(2_000, _UNIFORM)));
    }

    function test_ByTransferTheChargeIsExact() public {
        _mint(UTILITY, 1_280_001);
        vm.expectRevert(
            abi.encodeWithSelector(IReductionAuction.ReductionChargeMismatch.selector, 1_280_000, 1_280_001)
        );
        vm.prank(UTILITY);
        token.transferAndCall(address(reduction), 1_280_001, abi.encode(_ask(2_000, _UNIFORM)));
        vm.prank(UTILITY);
        token.transferAndCall(address(reduction), 1_280_000, abi.encode(_ask(2_000, _UNIFORM)));

        vm.assertEq(reduction.requestOf(1).held, 1_280_000, "held");
        _assertConserved();
    }

    function test_ANeighbourMayAddToAMetersBalanceByBothRoads() public {
        _mint(TWO, 7);
        vm.prank(TWO);
        token.transferAndCall(address(reduction), 3, abi.encode(one));
        vm.prank(TWO);
        token.approveAndCall(address(reduction), 4, abi.encode(one));

        vm.assertEq(reduction.meterBalanceOf(one), FUNDS + 7, "balance");
        _assertConserved();
    }

    /* REGISTRATION AND POSTED BASELINES */

    function test_AMeterIsRegisteredOnce() public {
        vm.expectEmit(address(reduction));
        emit IReductionAuction.Registered(UTILITY, one);
        vm.prank(UTILITY);
        reduction.register(one);

        vm.expectRevert(abi.encodeWithSelector(IReductionAuction.ReductionAlreadyDone.selector, one));
        vm.prank(UTILITY);
        reduction.register(one);
        (,, bool registered,) = reduction.standingOf(UTILITY, one);
        vm.assertTrue(registered, "registered");
        (,, registered,) = reduction.standingOf(STRANGER, one);
        vm.assertFalse(registered, "with nobody else");
    }

    function test_ABaselineIsPostedOnceAndCountsForLaterRequests() public {
        uint64 fresh = _home(_account("fresh"));
        vm.expectEmit(address(reduction));
        emit IReductionAuction.BaselinePosted(UTILITY, fresh, 300_000, bytes32(uint256(5)));
        vm.prank(UTILITY);
        reduction.postBaseline(fresh, 300_000, bytes32(uint256(5)));
        vm.expectRevert(abi.encodeWithSelector(IReductionAuction.ReductionAlreadyDone.selector, fresh));
        vm.prank(UTILITY);
        reduction.postBaseline(fresh, 400_000, 0);
        vm.expectRevert(abi.encodeWithSelector(IReductionAuction.ReductionAlreadyDone.selector, two));
        vm.prank(UTILITY);
        reduction.postBaseline(two, 0, 0);

        uint32 early = _request(1);
        (uint256 expected, uint256 days_) = reduction.baselineOf(early, fresh);
        vm.assertEq(expected, 0, "what was asked in the same interval does not know it");
        vm.warp(TODAY + INTERVAL);
        uint32 later = _request(2);
        (expected, days_) = reduction.baselineOf(later, fresh);
        vm.assertEq(expected, 1_200_000, "four intervals of it");
        vm.assertEq(days_, 0, "no day says so");
        (expected, days_) = reduction.baselineOf(later, one);
        vm.assertEq(expected, 1_000_000, "who has days goes by them");
        vm.assertEq(days_, 5, "five days");
    }

    /* WITHDRAWING */

    function test_AnAccountWithdrawsItsOwn() public {
        vm.expectEmit(address(reduction));
        emit IReductionAuction.Withdrawn(UTILITY, 400);
        vm.prank(UTILITY);
        reduction.withdrawOwn(400);

        vm.assertEq(token.balanceOf(UTILITY), 400, "tokens");
        vm.assertEq(reduction.balanceOf(UTILITY), FUNDS - 400, "balance");
        vm.expectRevert(abi.encodeWithSelector(IReductionAuction.ReductionBalanceShort.selector, FUNDS - 400, FUNDS));
        vm.prank(UTILITY);
        reduction.withdrawOwn(FUNDS);
    }

    function test_AMetersOwnerWithdrawsItsBalance() public {
        vm.expectEmit(address(reduction));
        emit IReductionAuction.MeterWithdrawn(one, ONE, FUNDS);
        vm.prank(ONE);
        reduction.withdraw(one, FUNDS);

        vm.assertEq(token.balanceOf(ONE), FUNDS, "tokens");
        vm.expectRevert(abi.encodeWithSelector(IReductionAuction.ReductionBalanceShort.selector, 0, 1));
        vm.prank(ONE);
        reduction.withdraw(one, 1);
        vm.expectRevert(abi.encodeWithSelector(IReductionAuction.ReductionNotMeterOwner.selector, two, ONE));
        vm.prank(ONE);
        reduction.withdraw(two, 1);
    }

    function _refuse(IReductionAuction.Ask memory ask, bytes memory reason) private {
        bytes32 before = _picture();
        vm.expectRevert(reason);
        _request(ask);
        vm.assertEq(_picture(), before, "nothing changed");
    }

    function _window(IReductionAuction.Ask memory ask) private pure returns (bytes memory) {
        return abi.encodeWithSelector(
            IReductionAuction.ReductionWindowInvalid.selector, ask.first, ask.length, TODAY + 31 days
        );
    }

    function _closing(IReductionAuction.Ask memory ask) private pure returns (bytes memory) {
        return abi.encodeWithSelector(
            IReductionAuction.ReductionClosingInvalid.selector, ask.closesAt, uint256(ask.first) * INTERVAL
        );
    }
}
