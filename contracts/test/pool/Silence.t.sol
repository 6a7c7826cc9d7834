// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICommitmentPool} from "../../src/interfaces/ICommitmentPool.sol";
import {PoolBase} from "../base/PoolBase.sol";

contract CommitmentPoolSilenceTest is PoolBase {
    function setUp() public override {
        super.setUp();
        _feed(producer, 2 * KWH);
        _draw(consumer, 2 * KWH);
        _meter(producer, FIRST, 0, 2 * KWH);
        _record(FIRST, producer, 0);
    }

    function test_SilenceCanBeNotedOnceAfterTheDeadline() public {
        uint256 from = _end(FIRST) + DEADLINE;
        vm.warp(from - 1);
        _refuse(abi.encodeWithSelector(ICommitmentPool.PoolSilenceTooEarly.selector, FIRST, from));
        vm.warp(from);
        vm.expectEmit(address(pool));
        emit ICommitmentPool.SilenceNoted(FIRST, from + 2 * INTERVAL);
        vm.prank(STRANGER);
        pool.noteSilence(FIRST);
        _refuse(abi.encodeWithSelector(ICommitmentPool.PoolSilenceNoted.selector, FIRST));
    }

    function test_AnIntervalWithoutCommitmentsHasNoSilence() public {
        vm.expectRevert(abi.encodeWithSelector(ICommitmentPool.PoolNoCommitments.selector, FIRST + 1));
        pool.noteSilence(FIRST + 1);
    }

    function test_ASilentConsumerPaysForAllThatItMayHaveDrawn() public {
        uint256 heard = _note();
        vm.warp(heard - 1);
        _record(FIRST, consumer, 0);
        vm.assertEq(pool.intervalAt(FIRST).recorded, 1, "not before it is heard");
        vm.warp(heard);
        vm.expectEmit(address(pool));
        emit ICommitmentPool.Recorded(FIRST, consumer, 0, 0, false, true);
        _settle(FIRST, consumer);
        _claim(FIRST, producer, 0);

        vm.assertEq(_balance(consumer), FUNDS - 400_000, "all of it");
        vm.assertEq(_balance(producer), FUNDS + 400_000, "to whom it may have drawn from");
        vm.assertEq(pool.performanceOf(consumer), 0, "nothing was delivered");
    }

    /// @dev A chain that stood still harms nobody who reports later.
    function test_AReadingThatIsToldBeforeItIsHeardCounts() public {
        uint256 heard = _note();
        vm.warp(heard - 1);
        _meter(consumer, FIRST, 2 * KWH, 0);
        vm.warp(heard + 1 days);
        _settle(FIRST, consumer);

        vm.assertEq(_balance(consumer), FUNDS - 400_000, "what it drew");
        vm.assertEq(pool.performanceOf(consumer), 10_000, "all was delivered");
    }

    /// @dev By the meter's own word, at once.
    function test_AGapIsSilence() public {
        vm.warp(_end(FIRST) + INTERVAL);
        vm.prank(CONSUMER);
        registry.report(consumer, FIRST + 2, 5 * KWH, 0);
        _settle(FIRST, consumer);

        vm.assertEq(_balance(consumer), FUNDS - 400_000, "all of it");
    }

    function test_ASilentProducerHasFedNothing() public {
        _commit(_pledge(chp, 0, FEEDS, FIRST + 3, 1, KWH));
        _commit(_pledge(other, 0, DRAWS, FIRST + 3, 1, KWH));
        _meter(other, FIRST + 3, KWH, 0);
        _record(FIRST + 3, other, 0);
        vm.warp(_end(FIRST + 3) + DEADLINE);
        pool.noteSilence(FIRST + 3);
        vm.warp(block.timestamp + 2 * INTERVAL);
        _settle(FIRST + 3, chp);
        _claim(FIRST + 3, other, 0);

        vm.assertEq(_balance(chp), FUNDS - 40_000, "the penalty");
        vm.assertEq(_balance(other), FUNDS + 40_000, "to whom it failed");
    }

    function _note() private returns (uint256 heard) {
        vm.warp(_end(FIRST) + DEADLINE);
        pool.noteSilence(FIRST);
        return block.timestamp + 2 * INTERVAL;
    }

    function _refuse(bytes memory reason) private {
        vm.expectRevert(reason);
        pool.noteSilence(FIRST);
    }
}
