// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICommitmentPool} from "../../src/interfaces/ICommitmentPool.sol";
import {IMeterRegistry} from "../../src/interfaces/IMeterRegistry.sol";
import {PoolBase} from "../base/PoolBase.sol";

/// @title The ancestor's defects that concern the contract, DEM's, each shown gone.
// Numbers of the test itself.
// forge-lint: disable-next-item(unsafe-typecast)
contract CommitmentPoolDefectsTest is PoolBase {
    /// @dev DEM 1: what nobody fed was paid for, up to two and a half times what could be matched.
    function test_DEM1_NoMoreIsPaidForThanWasFedAndDrawn() public {
        _feed(producer, 12 * KWH);
        _draw(consumer, 5 * KWH);
        _draw(other, 30 * KWH);
        _meter(producer, FIRST, 0, 12 * KWH);
        _meter(consumer, FIRST, 5 * KWH, 0);
        _meter(other, FIRST, 30 * KWH, 0);
        _settleAll();

        vm.assertEq(_balance(producer), FUNDS + 12 * 200_000, "twelve");
        uint256 paid = 2 * FUNDS - _balance(consumer) - _balance(other);
        vm.assertGe(paid, 12 * 200_000, "by those who drew");
        vm.assertLe(paid, 12 * 200_000 + 2, "but for their roundings");
    }

    /// @dev DEM 1: a consumer of ten units was billed for a hundred after a stranger's repeated calls.
    function test_DEM1_AStrangersRepeatedCallsBillNobody() public {
        _feed(producer, 10 * KWH);
        _draw(consumer, 10 * KWH);
        _meter(producer, FIRST, 0, 10 * KWH);
        _meter(consumer, FIRST, 10 * KWH, 0);
        vm.startPrank(STRANGER);
        for (uint256 i = 0; i < 10; ++i) {
            _record(FIRST, producer, 0);
            _record(FIRST, consumer, 0);
        }
        for (uint256 i = 0; i < 10; ++i) {
            _claim(FIRST, consumer, 0);
            _claim(FIRST, producer, 0);
        }
        vm.stopPrank();

        vm.assertEq(_balance(consumer), FUNDS - 2_000_000, "once");
        vm.assertEq(_balance(producer), FUNDS + 2_000_000, "once");
    }

    /// @dev DEM 2: a stranger marked a producer as settled, which then withdrew its collateral.
    function test_DEM2_CollateralLeavesBySettlementAlone() public {
        _feed(producer, KWH);
        vm.startPrank(STRANGER);
        _record(FIRST, producer, 0);
        _claim(FIRST, producer, 0);
        vm.stopPrank();
        uint256 free = _balance(producer);

        vm.assertEq(free, FUNDS - 50_000, "it is set aside");
        vm.expectRevert(abi.encodeWithSelector(ICommitmentPool.PoolBalanceShort.selector, producer, free, free + 1));
        vm.prank(PRODUCER);
        pool.withdraw(producer, free + 1);
    }

    /// @dev DEM 3: one poor consumer blocked settlement for all.
    function test_DEM3_APoorConsumerBlocksNobody() public {
        _feed(producer, KWH);
        _draw(consumer, KWH);
        vm.startPrank(CONSUMER);
        pool.withdraw(consumer, _balance(consumer));
        vm.stopPrank();
        _meter(producer, FIRST, 0, KWH);
        _meter(consumer, FIRST, KWH, 0);
        _record(FIRST, producer, 0);
        _record(FIRST, consumer, 0);
        _claim(FIRST, producer, 0);

        vm.assertEq(_balance(producer), FUNDS + 200_000, "paid from what was set aside");
        _claim(FIRST, consumer, 0);
        vm.assertEq(_balance(consumer), 50_000, "the rest of its own");
    }

    /// @dev DEM 4: an expired commitment that met nobody locked its collateral for ever.
    function test_DEM4_AnExpiredCommitmentsCollateralReturns() public {
        _draw(consumer, KWH);
        vm.warp(_end(FIRST) + DEADLINE);
        pool.noteSilence(FIRST);
        vm.warp(block.timestamp + 2 * INTERVAL);
        vm.prank(STRANGER);
        _settle(FIRST, consumer);

        vm.assertEq(_balance(consumer), FUNDS, "all of it is back");
        vm.startPrank(CONSUMER);
        pool.withdraw(consumer, FUNDS);
        vm.stopPrank();
        vm.assertEq(token.balanceOf(CONSUMER), FUNDS, "and out");
    }

    /// @dev DEM 4: nobody needs to ask for it: the next commitment in its place settles it.
    function test_DEM4_AnExpiredOneSettlesByTheNextInItsPlace() public {
        _draw(consumer, KWH);
        _meter(consumer, FIRST, KWH, 0);
        vm.warp(_end(FIRST));
        _post(PRICE);
        _commit(_pledge(consumer, 0, DRAWS, FIRST + 2, 1, KWH));

        vm.assertEq(_balance(consumer), FUNDS - 250_000, "the new one's alone is set aside");
        vm.assertEq(pool.commitmentAt(consumer, 0).first, FIRST + 2, "it stands");
    }

    /// @dev DEM 5: a meter could in practice commit once.
    function test_DEM5_AMeterCommitsAgainAndAgain() public {
        for (uint32 i = 0; i < 12; ++i) {
            vm.warp(uint256(NOW + i) * INTERVAL);
            _post(PRICE);
            _commit(_pledge(consumer, uint8(i % 3), DRAWS, FIRST + i, 1, KWH));
            _meter(consumer, FIRST + i, KWH, 0);
        }
        vm.assertEq(pool.intervalAt(FIRST + 8).claimed, 1, "settled on the way");
        vm.assertEq(pool.commitmentAt(consumer, 2).first, FIRST + 11, "the twelfth");
    }

    /// @dev DEM 6: what was committed counted as done, meters were never asked, and 10^9 were accepted.
    function test_DEM6_TheMeterDecidesAndItsConnectionBounds() public {
        vm.prank(ADMIN);
        uint64 small = uint64(registry.install(CONSUMER, CONSUMER, IMeterRegistry.MeterKind.Consumer, 4_000));
        _pay(CONSUMER, small, FUNDS);
        vm.expectRevert(abi.encodeWithSelector(ICommitmentPool.PoolEnergyAboveMost.selector, 1_000 * KWH, KWH));
        vm.prank(CONSUMER);
        pool.commit(_pledge(small, 0, DRAWS, FIRST, 1, 1_000 * KWH));
        _feed(producer, KWH);
        _draw(consumer, KWH);
        _meter(producer, FIRST, 0, KWH / 4);
        _meter(consumer, FIRST, KWH, 0);
        _record(FIRST, producer, 0);
        _settle(FIRST, consumer);
        _claim(FIRST, producer, 0);

        vm.assertEq(pool.performanceOf(producer), 2_500, "a quarter was fed");
        vm.assertEq(_balance(producer), FUNDS + 50_000 - 30_000, "and paid for");
    }

    /// @dev DEM 7: a place that was used again charged the new commitment for the old one.
    function test_DEM7_APlaceIsUsedAgainOnlyWhenItsCommitmentIsClaimed() public {
        _feed(producer, KWH);
        _draw(consumer, KWH);
        vm.warp(_end(FIRST));
        _post(PRICE);
        vm.expectRevert(abi.encodeWithSelector(ICommitmentPool.PoolPlaceTaken.selector, consumer, 0, FIRST));
        vm.prank(CONSUMER);
        pool.commit(_pledge(consumer, 0, DRAWS, FIRST + 2, 1, 7 * KWH));
        _meter(producer, FIRST, 0, KWH);
        _meter(consumer, FIRST, KWH, 0);
        _record(FIRST, producer, 0);
        _commit(_pledge(consumer, 0, DRAWS, FIRST + 2, 1, 7 * KWH));

        vm.assertEq(_balance(consumer), FUNDS - 200_000 - 7 * 250_000, "the old one by its own terms");
    }

    /// @dev DEM 8: an interval rolled only when somebody came, so idle hours vanished, and one paid for all.
    function test_DEM8_IdleIntervalsAreIntervalsAndCostNobody() public {
        _draw(consumer, KWH);
        _meter(consumer, FIRST, KWH, 0);
        _settle(FIRST, consumer);
        vm.warp(START + 30 days);
        _post(PRICE);
        uint32 first = uint32(block.timestamp / INTERVAL) + 1;
        _commit(_pledge(consumer, 0, DRAWS, first, 1, KWH));

        vm.assertEq(pool.intervalAt(first).committed, 1, "by the clock alone");
        vm.assertEq(pool.intervalAt(first - 1).committed, 0, "nothing was committed while nobody came");
        vm.assertLe(vm.lastCallGas().gasTotalUsed, 200_000, "and it costs what it always does");
    }

    /// @dev An entry whose interval is not claimed is nobody's to use again; anybody can help.
    function test_DEM8_AnEntryIsUsedAgainOnlyWhenAllIsClaimed() public {
        _draw(other, KWH);
        vm.warp(uint256(FIRST + RING - 1) * INTERVAL);
        _post(PRICE);
        ICommitmentPool.Pledge memory pledge = _pledge(consumer, 0, DRAWS, FIRST + RING, 1, KWH);
        vm.expectRevert(abi.encodeWithSelector(ICommitmentPool.PoolIntervalUnclaimed.selector, FIRST));
        vm.prank(CONSUMER);
        pool.commit(pledge);
        _meter(other, FIRST + RING - 2, KWH, 0);
        vm.prank(STRANGER);
        _settle(FIRST, other);
        _commit(pledge);

        vm.assertEq(pool.intervalAt(FIRST).committed, 0, "the old one is gone");
        vm.assertEq(pool.intervalAt(FIRST + RING).committed, 1, "the new one is there");
    }

    /// @dev DEM 9: a consumer that was served in part was billed in full again at the next call.
    function test_DEM9_WhatIsServedInPartIsPaidForInPartAndOnce() public {
        _feed(producer, KWH);
        _draw(consumer, 4 * KWH);
        _meter(producer, FIRST, 0, KWH);
        _meter(consumer, FIRST, 4 * KWH, 0);
        _record(FIRST, producer, 0);
        _settle(FIRST, consumer);
        _claim(FIRST, producer, 0);
        _settle(FIRST, consumer);

        vm.assertEq(_balance(consumer), FUNDS - 200_000, "one of four, once");
    }

    /// @dev DEM 10: no price was ever too old.
    function test_DEM10_AStalePriceFixesNothing() public {
        vm.warp(START + STALE + 1);
        vm.expectRevert(abi.encodeWithSelector(ICommitmentPool.PoolPriceStale.selector, START, 1, 1));
        vm.prank(CONSUMER);
        pool.commit(_pledge(consumer, 0, DRAWS, uint32(block.timestamp / INTERVAL) + 1, 1, KWH));
    }

    function _settleAll() private {
        uint64[3] memory meters = [producer, consumer, other];
        for (uint256 i = 0; i < 3; ++i) {
            _record(FIRST, meters[i], 0);
        }
        for (uint256 i = 0; i < 3; ++i) {
            _claim(FIRST, meters[i], 0);
        }
    }
}
