// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CommitmentPool} from "../../src/CommitmentPool.sol";
import {ICommitmentPool} from "../../src/interfaces/ICommitmentPool.sol";
import {AnyFeed} from "../base/AnyFeed.sol";
import {PoolBase} from "../base/PoolBase.sol";

contract CommitmentPoolPriceTest is PoolBase {
    function test_ThePriceOfAnIntervalIsThatOfItsFirstCommitment() public {
        _draw(consumer, KWH);
        _post(PRICE + 1);
        _draw(other, KWH);
        _commit(_pledge(producer, 0, FEEDS, FIRST + 1, 1, KWH));

        vm.assertEq(pool.intervalAt(FIRST).pricePerKWh, PRICE, "the first one's");
        vm.assertEq(pool.intervalAt(FIRST + 1).pricePerKWh, PRICE + 1, "another interval's");
    }

    /// @dev A crumb of energy does not fix the price of a day at a moment of one's choice.
    function test_AnIntervalThatIsFarHasNoPriceYet() public {
        _commit(_pledge(consumer, 0, DRAWS, LATER, 1, KWH));

        vm.assertEq(pool.intervalAt(LATER).pricePerKWh, 0, "not yet");
        _refuseFix(
            LATER,
            abi.encodeWithSelector(
                ICommitmentPool.PoolPriceNotDue.selector,
                LATER,
                uint256(LATER - HORIZON_PRICE) * INTERVAL,
                uint256(LATER) * INTERVAL
            )
        );
        vm.warp(uint256(LATER - HORIZON_PRICE) * INTERVAL);
        vm.expectEmit(address(pool));
        emit ICommitmentPool.PriceFixed(LATER, PRICE);
        vm.prank(STRANGER);
        pool.fixPrice(LATER);
        _refuseFix(LATER, abi.encodeWithSelector(ICommitmentPool.PoolPriceFixed.selector, LATER));
    }

    function test_ALaterCommitmentFixesItWhenItIsDue() public {
        _commit(_pledge(consumer, 0, DRAWS, LATER, 1, KWH));
        vm.warp(uint256(LATER - HORIZON_PRICE) * INTERVAL);
        _post(PRICE + 7);
        _commit(_pledge(producer, 0, FEEDS, LATER, 1, KWH));

        vm.assertEq(pool.intervalAt(LATER).pricePerKWh, PRICE + 7, "when it was due");
    }

    function test_NoPriceIsFixedOnceTheIntervalHasBegun() public {
        _commit(_pledge(consumer, 0, DRAWS, LATER, 1, KWH));
        uint256 begins = uint256(LATER) * INTERVAL;
        vm.warp(begins);
        _post(PRICE);

        _refuseFix(
            LATER,
            abi.encodeWithSelector(
                ICommitmentPool.PoolPriceNotDue.selector, LATER, begins - HORIZON_PRICE * INTERVAL, begins
            )
        );
    }

    function test_NoPriceIsFixedForAnIntervalWithoutCommitments() public {
        _refuseFix(FIRST, abi.encodeWithSelector(ICommitmentPool.PoolNoCommitments.selector, FIRST));
    }

    function test_AStalePriceIsRefused() public {
        vm.warp(START + STALE + 1);
        _refuse(_stale(START, 1, 1), _pledge(consumer, 0, DRAWS, (START + STALE) / INTERVAL + 1, 1, KWH));
        vm.warp(START + STALE);
        _commit(_pledge(consumer, 0, DRAWS, (START + STALE) / INTERVAL + 1, 1, KWH));
    }

    /// @dev What another's feed may answer, each refused by name, and taken once it is mended.
    function test_AnswersThatAreNoPriceAreRefused() public {
        AnyFeed feed = new AnyFeed(8);
        ICommitmentPool.Settings memory settings = _settings();
        settings.oracle = feed;
        pool = new CommitmentPool(settings);
        _pay(CONSUMER, consumer, FUNDS);
        ICommitmentPool.Pledge memory pledge = _pledge(consumer, 0, DRAWS, FIRST, 1, KWH);
        bytes4 unfit = ICommitmentPool.PoolPriceUnfit.selector;

        int256[5] memory answers = [int256(0), -1, 99, 100 * int256(uint256(type(uint48).max) + 1), type(int256).max];
        for (uint256 i = 0; i < answers.length; ++i) {
            feed.say(7, answers[i], START, 7);
            _refuse(abi.encodeWithSelector(unfit, answers[i]), pledge);
        }
        feed.say(7, 20_000_000, START + 1, 7);
        _refuse(_stale(START + 1, 7, 7), pledge);
        feed.say(7, 20_000_000, START, 6);
        _refuse(_stale(START, 7, 6), pledge);
        feed.say(7, 20_000_099, START, 7);
        _commit(pledge);
        vm.assertEq(pool.intervalAt(FIRST).pricePerKWh, PRICE, "eight decimals, rounded down");
    }

    function test_AFeedWithFewDecimalsIsMultiplied() public {
        AnyFeed feed = new AnyFeed(2);
        ICommitmentPool.Settings memory settings = _settings();
        settings.oracle = feed;
        pool = new CommitmentPool(settings);
        _pay(CONSUMER, consumer, FUNDS);
        feed.say(1, 20, START, 1);
        _draw(consumer, KWH);

        vm.assertEq(pool.intervalAt(FIRST).pricePerKWh, PRICE, "20 hundredths");
    }

    function _refuse(bytes memory reason, ICommitmentPool.Pledge memory pledge) private {
        vm.expectRevert(reason);
        vm.prank(CONSUMER);
        pool.commit(pledge);
    }

    function _refuseFix(uint32 interval, bytes memory reason) private {
        vm.expectRevert(reason);
        pool.fixPrice(interval);
    }

    function _stale(uint256 updatedAt, uint80 round, uint80 answeredIn) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ICommitmentPool.PoolPriceStale.selector, updatedAt, round, answeredIn);
    }
}
