// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICommitmentPool} from "../../src/interfaces/ICommitmentPool.sol";
import {PoolBase} from "../base/PoolBase.sol";

// Numbers of the test itself.
// forge-lint: disable-next-item(unsafe-typecast)
contract CommitmentPoolSettleTest is PoolBase {
    function test_AsCommittedChangesHandsAtThePrice() public {
        _feed(producer, 2 * KWH);
        _draw(consumer, 2 * KWH);
        _meter(producer, FIRST, 0, 2 * KWH);
        _meter(consumer, FIRST, 2 * KWH, 0);

        vm.expectEmit(address(pool));
        emit ICommitmentPool.Recorded(FIRST, producer, 0, 2 * KWH, false, false);
        _record(FIRST, producer, 0);
        _record(FIRST, consumer, 0);
        vm.expectEmit(address(pool));
        emit ICommitmentPool.Claimed(FIRST, producer, 0, 0, 400_000, 500_000);
        _claim(FIRST, producer, 0);
        _claim(FIRST, consumer, 0);

        vm.assertEq(_balance(producer), FUNDS + 400_000, "paid, and its collateral is back");
        vm.assertEq(_balance(consumer), FUNDS - 400_000, "pays, and the rest is back");
        (, uint256 committed, uint256 delivered) = pool.profileOf(producer);
        vm.assertEq(committed, 2 * KWH, "committed");
        vm.assertEq(delivered, 2 * KWH, "delivered");
        vm.assertEq(pool.performanceOf(producer), 10_000, "all of it");
    }

    function test_AShortfallIsPaidFromCollateralToTheOtherSide() public {
        _feed(producer, 4 * KWH);
        _draw(consumer, KWH);
        _draw(other, 3 * KWH);
        _meter(producer, FIRST, 0, 3 * KWH);
        _meter(consumer, FIRST, KWH, 0);
        _meter(other, FIRST, 3 * KWH, 0);
        _settleAll();

        vm.assertEq(_balance(producer), FUNDS + 600_000 - 40_000, "a fifth of what is missing");
        vm.assertEq(_balance(consumer), FUNDS - 150_000 + 10_000, "a quarter of it");
        vm.assertEq(_balance(other), FUNDS - 450_000 + 30_000, "three quarters");
        vm.assertEq(pool.performanceOf(producer), 7_500, "three of four");
    }

    function test_NothingIsRecordedBeforeItsTimeOrWithoutAReading() public {
        _feed(producer, KWH);
        vm.warp(_end(FIRST) - 1);
        _skips(FIRST, producer, 0, true);
        vm.warp(_end(FIRST));
        _skips(FIRST, producer, 0, true);
        _skips(FIRST, producer, 1, true);
        _skips(FIRST, producer, 9, true);
        _skips(FIRST, 99, 0, true);
        _skips(FIRST + 1, producer, 0, true);
        _skips(FIRST - 1, producer, 0, true);
        _meter(producer, FIRST, 0, KWH);
        _record(FIRST, producer, 0);
        _skips(FIRST, producer, 0, true);
    }

    function test_NothingIsClaimedBeforeAllAreRecorded() public {
        _feed(producer, KWH);
        _draw(consumer, KWH);
        _meter(producer, FIRST, 0, KWH);
        _record(FIRST, producer, 0);
        _skips(FIRST, producer, 0, false);
        _meter(consumer, FIRST, KWH, 0);
        _record(FIRST, consumer, 0);
        _claim(FIRST, producer, 0);
        _skips(FIRST, producer, 0, false);
    }

    function test_APriceThatWasNotAgreedToLetsTheCommitmentLapse() public {
        ICommitmentPool.Pledge memory pledge = _pledge(producer, 0, FEEDS, LATER, 1, KWH);
        pledge.leastPerKWh = PRICE + 1;
        _commit(pledge);
        _commit(_pledge(consumer, 0, DRAWS, LATER, 1, KWH));
        vm.warp(uint256(LATER) * INTERVAL - 1);
        _post(PRICE);
        pool.fixPrice(LATER);
        vm.warp(_end(LATER));
        vm.expectEmit(address(pool));
        emit ICommitmentPool.Recorded(LATER, producer, 0, 0, true, false);
        _record(LATER, producer, 0);
        _meter(consumer, LATER, KWH, 0);
        _settle(LATER, consumer);
        _claim(LATER, producer, 0);

        vm.assertEq(_balance(producer), FUNDS, "all of it is back");
        vm.assertEq(pool.performanceOf(producer), 10_000, "nothing was committed");
        vm.assertEq(_balance(consumer), FUNDS, "nobody fed");
        vm.assertEq(pool.intervalAt(LATER).producers.committed, 0, "not in the sums");
    }

    function test_WhereNoPriceWasFixedAllLapse() public {
        _commit(_pledge(producer, 0, FEEDS, LATER, 1, KWH));
        _commit(_pledge(consumer, 0, DRAWS, LATER, 1, KWH));
        vm.warp(_end(LATER));
        _record(LATER, producer, 0);
        _settle(LATER, consumer);
        _claim(LATER, producer, 0);

        vm.assertEq(_balance(producer) + _balance(consumer), 2 * FUNDS, "all of it is back");
    }

    /// @dev Eight intervals, each recorded and claimed by itself, in any order; all that it did is kept.
    function test_EachIntervalOfALongOneSettlesByItself() public {
        _commit(_pledge(producer, 2, FEEDS, FIRST, 8, KWH));
        _commit(_pledge(consumer, 1, DRAWS, FIRST, 8, KWH));
        vm.warp(START + STALE);
        _post(PRICE);
        for (uint32 i = 4; i < 8; ++i) {
            vm.warp(uint256(FIRST + i) * INTERVAL - 1);
            pool.fixPrice(FIRST + i);
        }
        uint256 expected = FUNDS;
        for (uint32 i = 0; i < 8; ++i) {
            _meter(producer, FIRST + i, 0, (i + 1) * 100_000);
            _meter(consumer, FIRST + i, KWH, 0);
            expected = expected + (i + 1) * 20_000 - (9 - i) * 4_000;
        }
        for (uint32 i = 8; i != 0; --i) {
            _record(FIRST + i - 1, producer, 2);
            _record(FIRST + i - 1, consumer, 1);
        }
        for (uint32 i = 0; i < 8; ++i) {
            _claim(FIRST + i, consumer, 1);
            _claim(FIRST + i, producer, 2);
        }

        vm.assertEq(_balance(producer), expected, "each interval's");
        (, uint256 committed, uint256 delivered) = pool.profileOf(producer);
        vm.assertEq(committed, 8 * KWH, "committed");
        vm.assertEq(delivered, 3_600_000, "delivered");
        vm.assertEq(pool.performanceOf(producer), 4_500, "of all eight");
    }

    function test_ABatchIsNotHeldUpByOne() public {
        _feed(producer, KWH);
        _draw(consumer, KWH);
        _meter(producer, FIRST, 0, KWH);
        ICommitmentPool.Standing[] memory standing = new ICommitmentPool.Standing[](4);
        standing[0] = ICommitmentPool.Standing(consumer, 0);
        standing[1] = ICommitmentPool.Standing(producer, 0);
        standing[2] = ICommitmentPool.Standing(producer, 0);
        standing[3] = ICommitmentPool.Standing(99, 2);
        vm.expectEmit(address(pool));
        emit ICommitmentPool.Skipped(FIRST, consumer, 0);
        pool.record(FIRST, standing);
        vm.assertEq(pool.intervalAt(FIRST).recorded, 1, "one, once");
        _meter(consumer, FIRST, KWH, 0);
        pool.record(FIRST, standing);
        pool.claim(FIRST, standing);

        vm.assertEq(pool.intervalAt(FIRST).claimed, 2, "both, once");
        vm.assertEq(_balance(producer), FUNDS + 200_000, "paid once");
    }

    /// @dev The last 24 intervals and more, committed against actual.
    function test_HistoryHasWhatWasCommittedAndWhatWasDelivered() public {
        for (uint32 i = 0; i < 26; ++i) {
            vm.warp(uint256(NOW + i) * INTERVAL);
            _post(PRICE);
            _commit(_pledge(producer, uint8(i % 3), FEEDS, FIRST + i, 1, KWH));
            _meter(producer, FIRST + i, 0, 10_000 * (i + 1));
            _record(FIRST + i, producer, uint8(i % 3));
            _claim(FIRST + i, producer, uint8(i % 3));
        }

        ICommitmentPool.Interval[] memory past = pool.history(FIRST + 25, 26);
        for (uint32 i = 0; i < 26; ++i) {
            vm.assertEq(past[i].interval, FIRST + i, "oldest first");
            vm.assertEq(past[i].producers.committed, KWH, "committed");
            vm.assertEq(past[i].producers.delivered, 10_000 * (i + 1), "delivered");
            vm.assertEq(past[i].claimed, 1, "claimed");
        }
        past = pool.history(FIRST + 27, 3);
        vm.assertEq(past[0].committed, 1, "the last one");
        vm.assertEq(past[1].committed, 0, "none yet");
    }

    function test_HistoryHasItsLimits() public {
        vm.expectRevert(
            abi.encodeWithSelector(ICommitmentPool.PoolSettingOutOfRange.selector, "count", RING + 1, 1, RING)
        );
        pool.history(FIRST, RING + 1);
        vm.expectRevert(abi.encodeWithSelector(ICommitmentPool.PoolSettingOutOfRange.selector, "count", 0, 1, RING));
        pool.history(FIRST, 0);
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

    function _skips(uint32 interval, uint64 meter, uint8 place, bool records) private {
        bytes32 before = _picture();
        vm.expectEmit(address(pool));
        emit ICommitmentPool.Skipped(interval, meter, place);
        if (records) _record(interval, meter, place);
        else _claim(interval, meter, place);
        vm.assertEq(_picture(), before, "nothing has changed");
    }
}
