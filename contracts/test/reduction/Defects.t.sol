// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IReductionAuction} from "../../src/interfaces/IReductionAuction.sol";
import {ReductionBase} from "../base/ReductionBase.sol";

/// @dev A winner that refuses whatever comes, as the ancestor's market died of.
contract RefusingWinner {
    function call(address to, bytes calldata data) external {
        (bool done, bytes memory answer) = to.call(data);
        if (done) return;
        assembly {
            revert(add(answer, 32), mload(answer))
        }
    }

    receive() external payable {
        revert("no");
    }
}

/// @title The ancestor's defects (BEMC), each named after what went wrong, and gone.
contract ReductionAuctionDefectsTest is ReductionBase {
    /// @dev 1: rewards were pushed, so one bidder that refused them stopped every selection, for ever.
    function test_ARefusingWinnerBlocksNobody() public {
        RefusingWinner winner = new RefusingWinner();
        vm.prank(ONE);
        registry.transferFrom(ONE, address(winner), one);
        uint32 number = _request(1_000);
        winner.call(address(reduction), abi.encodeCall(reduction.offer, (number, one, _blocks(0, 400))));
        _offer(number, two, 9, 600);
        _clear(number);
        _use(one, 600_000);
        _use(two, 400_000);
        uint64[] memory meters = new uint64[](2);
        (meters[0], meters[1]) = (one, two);
        reduction.settle(number, meters);

        vm.assertEq(reduction.meterBalanceOf(two), FUNDS + _worth(600, 9), "the other is paid");
        vm.assertEq(reduction.meterBalanceOf(one), FUNDS + _worth(400, 9), "its own lies there");
        IReductionAuction.Ask memory ask = _ask(1_000, IReductionAuction.Pricing.Uniform);
        (ask.first, ask.closesAt) = (FIRST + STEP, CLOSES + 1 days);
        _request(ask);
    }

    /// @dev 2: without a bid the deposit was trapped.
    function test_WithoutBidsTheDepositComesBack() public {
        uint32 number = _request(2_000);
        _clear(number);

        vm.assertEq(reduction.balanceOf(UTILITY), FUNDS, "all of it, at once");
        vm.assertEq(reduction.requestOf(number).held, 0, "nothing is held");
        vm.prank(UTILITY);
        reduction.withdrawOwn(FUNDS);
        vm.assertEq(token.balanceOf(UTILITY), FUNDS, "and can be withdrawn");
    }

    /// @dev 3: a deposit below the winners' prices made the selection revert until the utility paid more.
    function test_ADepositCoversWhateverIsOffered() public {
        uint32 number = _request(1_000);
        _offer(number, one, 63, 11_000);
        _offer(number, two, 63, 11_000);
        _clear(number);

        vm.assertEq(reduction.requestOf(number).openUnits, 1_000, "no more than the target");
        vm.assertEq(reduction.requestOf(number).held, 640_000, "at the most price the deposit is just enough");
    }

    /// @dev 4: bids were ranked by their price whatever their energy; a watt-hour was paid like a megawatt-hour.
    function test_ATinyBlockIsPaidForItsEnergyAlone() public {
        uint32 number = _request(1_010);
        _offer(number, one, 0, 10);
        _offer(number, two, 9, 1_000);
        _clear(number);
        _use(one, 0);
        _settle(number, one);

        vm.assertEq(reduction.meterBalanceOf(one), FUNDS + _worth(10, 9), "ten watt-hours at tick 9");
    }

    /// @dev 5: a bid of 10^12 Wh at price 0 won alone, and was believed.
    function test_FakePowerWinsNothingThatItsMeterDoesNotShow() public {
        uint32 number = _request(1_000);
        vm.expectRevert(
            abi.encodeWithSelector(IReductionAuction.ReductionEnergyAboveMost.selector, type(uint24).max, 11_000)
        );
        vm.prank(ONE);
        reduction.offer(number, one, _blocks(0, type(uint24).max));
        _offer(number, one, 0, 11_000);
        _clear(number);
        _use(one, 1_000_000);
        _settle(number, one);

        vm.assertEq(reduction.meterBalanceOf(one), FUNDS - _bond(11_000), "nothing is paid, its bond is gone");
        reduction.reclaim(number);
        // Of its part a unit was rounded away; what that would have cost is held until the end.
        vm.assertEq(reduction.balanceOf(UTILITY), FUNDS + _bond(11_000) - 10, "the utility has both");
    }

    /// @dev 6: bids came before any request, after the window, and from unregistered accounts.
    function test_LateBidsAndBidsWithoutARequestAreRefused() public {
        vm.expectRevert(abi.encodeWithSelector(IReductionAuction.ReductionUnknown.selector, 1));
        vm.prank(ONE);
        reduction.offer(1, one, _blocks(9, 100));
        uint32 number = _request(1_000);
        vm.warp(CLOSES);
        vm.expectRevert(abi.encodeWithSelector(IReductionAuction.ReductionOffersClosed.selector, number, CLOSES));
        vm.prank(ONE);
        reduction.offer(number, one, _blocks(9, 100));
    }

    /// @dev 6, too: what was left over joined the next round.
    function test_WhatIsNotAcceptedDoesNotJoinTheNextRequest() public {
        uint32 number = _request(100);
        _offer(number, one, 9, 100);
        _offer(number, two, 30, 500);
        _clear(number);
        IReductionAuction.Ask memory ask = _ask(100, IReductionAuction.Pricing.Uniform);
        ask.closesAt = CLOSES + 1 hours;
        _request(ask);
        uint32 third = _request(ask);

        vm.assertEq(reduction.offeredAt(third, 30), 0, "the same lane begins empty");
        vm.warp(ask.closesAt);
        reduction.clear(third);
        vm.assertEq(reduction.requestOf(third).openUnits, 0, "nothing is accepted");
        _settle(number, two);
        vm.assertEq(reduction.meterBalanceOf(two), FUNDS, "who lost has its bond back");
    }

    /// @dev 7: there was no reserve price, so a single watt-hour could ask whatever it liked.
    function test_NobodyAsksMoreThanTheMostPrice() public {
        uint32 number = _request(1_000);
        _offer(number, one, 63, 10);
        _clear(number);
        _use(one, 0);
        _settle(number, one);

        vm.assertEq(reduction.meterBalanceOf(one), FUNDS + 10 * 640, "at the most price");
    }

    /// @dev 9: winners carried no round, so a consumer that came later had lost it.
    function test_AnOlderRequestsResultIsThereWhileNewerOnesRun() public {
        uint32 number = _won(500);
        IReductionAuction.Ask memory ask = _ask(100, IReductionAuction.Pricing.Uniform);
        (ask.first, ask.closesAt) = (FIRST + STEP, CLOSES + 1 days);
        _request(ask);
        _request(ask);
        _use(one, 500_000);
        _settle(number, one);

        vm.assertEq(reduction.meterBalanceOf(one), FUNDS + _worth(500, 9), "paid");
        vm.assertEq(reduction.requestOf(number).marginalTick, 9, "its result");
    }

    /// @dev A stranger's repeated call moved what was another's.
    function test_AStrangersRepeatedCallChangesNothing() public {
        uint32 number = _won(500);
        uint64[] memory meters = new uint64[](3);
        (meters[0], meters[1], meters[2]) = (one, one, one);
        _use(one, 500_000);
        vm.prank(STRANGER);
        reduction.settle(number, meters);
        bytes32 before = _picture();
        vm.prank(STRANGER);
        reduction.settle(number, meters);
        vm.expectRevert(abi.encodeWithSelector(IReductionAuction.ReductionAlreadyCleared.selector, number));
        vm.prank(STRANGER);
        reduction.clear(number);

        vm.assertEq(_picture(), before, "nothing changed");
        vm.assertEq(reduction.meterBalanceOf(one), FUNDS + _worth(500, 9), "paid once");
    }

    /// @dev A stuck deposit: the utility is gone, and so is every home; strangers bring all to its owner.
    function test_NoDepositIsStuckWhoeverIsGone() public {
        uint32 number = _won(500);
        uint256 from = uint256(FIRST + LENGTH) * INTERVAL + DEADLINE;
        vm.warp(from);
        vm.startPrank(STRANGER);
        reduction.noteSilence(number);
        vm.warp(from + 2 * INTERVAL);
        vm.stopPrank();
        _settle(number, one);
        vm.prank(STRANGER);
        reduction.reclaim(number);

        vm.assertEq(reduction.requestOf(number).held, 0, "nothing is held");
        vm.assertEq(reduction.balanceOf(UTILITY), FUNDS + _bond(500), "the deposit, and the bond");
        _assertConserved();
    }
}
