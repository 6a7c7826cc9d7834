// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CommitmentPool} from "../../src/CommitmentPool.sol";
import {ICommitmentPool} from "../../src/interfaces/ICommitmentPool.sol";
import {IMeterRegistry} from "../../src/interfaces/IMeterRegistry.sol";
import {PoolBase} from "../base/PoolBase.sol";

// Numbers of the test itself.
// forge-lint: disable-next-item(unsafe-typecast)
contract CommitmentPoolCommitTest is PoolBase {
    ICommitmentPool.Pledge private _good;

    function setUp() public override {
        super.setUp();
        _good = _pledge(consumer, 1, DRAWS, FIRST, 2, KWH);
    }

    /* REFUSED */

    function test_APlaceOrALengthThatIsNoneIsRefused() public {
        ICommitmentPool.Pledge memory pledge = _good;
        pledge.place = 3;
        _refuse(pledge, abi.encodeWithSelector(ICommitmentPool.PoolShapeInvalid.selector, 3, 2));
        (pledge.place, pledge.length) = (1, 0);
        _refuse(pledge, abi.encodeWithSelector(ICommitmentPool.PoolShapeInvalid.selector, 1, 0));
        pledge.length = 9;
        _refuse(pledge, abi.encodeWithSelector(ICommitmentPool.PoolShapeInvalid.selector, 1, 9));
    }

    function test_LimitsTheWrongWayRoundAreRefused() public {
        ICommitmentPool.Pledge memory pledge = _good;
        (pledge.leastPerKWh, pledge.mostPerKWh) = (MOST + 1, MOST);
        _refuse(pledge, abi.encodeWithSelector(ICommitmentPool.PoolLimitsInvalid.selector, MOST + 1, MOST));
        (pledge.leastPerKWh, pledge.mostPerKWh) = (0, 0);
        _refuse(pledge, abi.encodeWithSelector(ICommitmentPool.PoolLimitsInvalid.selector, 0, 0));
    }

    function test_AnIntervalThatHasBegunOrIsTooFarIsRefused() public {
        ICommitmentPool.Pledge memory pledge = _good;
        pledge.first = NOW;
        _refuse(pledge, _outside(NOW, 2));
        pledge.first = NOW + HORIZON;
        _refuse(pledge, _outside(NOW + HORIZON, 2));
        pledge.length = 1;
        _commit(pledge);
    }

    function test_AnothersMeterIsRefused() public {
        vm.expectRevert(abi.encodeWithSelector(ICommitmentPool.PoolNotMeterOwner.selector, consumer, OTHER));
        vm.prank(OTHER);
        pool.commit(_good);
    }

    function test_AMeterThatAnotherMarketCountsIsRefused() public {
        bytes32 role = registry.MARKET_ROLE();
        vm.prank(ADMIN);
        registry.grantRole(role, ADMIN);
        vm.prank(ADMIN);
        registry.setMarket(consumer, 1);

        _refuse(_good, abi.encodeWithSelector(ICommitmentPool.PoolMeterInMarket.selector, consumer, 1));
    }

    function test_AConsumersMeterFeedsNothing() public {
        ICommitmentPool.Pledge memory pledge = _good;
        pledge.side = FEEDS;

        _refuse(
            pledge,
            abi.encodeWithSelector(ICommitmentPool.PoolCannotFeed.selector, consumer, IMeterRegistry.MeterKind.Consumer)
        );
    }

    function test_LessThanTheLeastIsRefused() public {
        ICommitmentPool.Pledge memory pledge = _good;
        pledge.amountMilliWh = uint48(LEAST) - 1;
        _refuse(pledge, abi.encodeWithSelector(ICommitmentPool.PoolEnergyBelowLeast.selector, LEAST - 1, LEAST));
    }

    /// @dev What a connection of 4,000 W carries in a quarter hour is 1 kWh.
    function test_MoreThanTheConnectionCarriesIsRefused() public {
        vm.prank(ADMIN);
        uint64 small = uint64(registry.install(CONSUMER, CONSUMER, IMeterRegistry.MeterKind.Consumer, 4_000));
        _pay(CONSUMER, small, FUNDS);
        ICommitmentPool.Pledge memory pledge = _good;
        (pledge.meter, pledge.amountMilliWh) = (small, KWH + 1);
        _refuse(pledge, abi.encodeWithSelector(ICommitmentPool.PoolEnergyAboveMost.selector, KWH + 1, KWH));
        vm.assertEq(pool.mostMilliWhOf(small), KWH, "most");
        pledge.amountMilliWh = KWH;
        _commit(pledge);
    }

    function test_AnIntervalInTwoPlacesIsRefused() public {
        _commit(_good);
        ICommitmentPool.Pledge memory pledge = _pledge(consumer, 2, DRAWS, FIRST + 1, 1, KWH);
        _refuse(pledge, abi.encodeWithSelector(ICommitmentPool.PoolIntervalTaken.selector, consumer, 1));
        (pledge.first, pledge.length) = (FIRST + 2, 8);
        _commit(pledge);
        pledge = _pledge(consumer, 0, DRAWS, FIRST + 9, 1, KWH);
        _refuse(pledge, abi.encodeWithSelector(ICommitmentPool.PoolIntervalTaken.selector, consumer, 2));
    }

    function test_AFourthIsRefusedWhileThreeAreOpen() public {
        for (uint8 place = 0; place < 3; ++place) {
            _commit(_pledge(consumer, place, DRAWS, FIRST + place, 1, KWH));
        }
        ICommitmentPool.Pledge memory pledge = _pledge(consumer, 2, DRAWS, FIRST + 3, 1, KWH);
        _refuse(pledge, abi.encodeWithSelector(ICommitmentPool.PoolPlaceTaken.selector, consumer, 2, FIRST + 2));
    }

    function test_ABalanceThatDoesNotCoverItIsRefused() public {
        vm.prank(CONSUMER);
        pool.withdraw(consumer, FUNDS - 499_999);

        _refuse(_good, abi.encodeWithSelector(ICommitmentPool.PoolBalanceShort.selector, consumer, 499_999, 500_000));
    }

    function test_APriceOutsideOfItsLimitsIsRefused() public {
        ICommitmentPool.Pledge memory pledge = _good;
        pledge.mostPerKWh = PRICE - 1;
        _refuse(pledge, abi.encodeWithSelector(ICommitmentPool.PoolPriceOutsideLimits.selector, FIRST, PRICE));
        (pledge.leastPerKWh, pledge.mostPerKWh) = (PRICE + 1, MOST);
        _refuse(pledge, abi.encodeWithSelector(ICommitmentPool.PoolPriceOutsideLimits.selector, FIRST, PRICE));
        (pledge.leastPerKWh, pledge.mostPerKWh) = (PRICE, PRICE);
        _commit(pledge);
    }

    /// @dev Nobody's meter fills it: two of the greatest that the registry knows do.
    function test_AnIntervalThatIsFullIsRefused() public {
        uint48 most = uint48(pool.mostMilliWhOf(consumer));
        for (uint256 left = 2 ** 48 - 2; left != 0;) {
            uint48 amount = left > most ? most : uint48(left);
            uint64 meter = _home(CONSUMER, IMeterRegistry.MeterKind.Consumer);
            ICommitmentPool.Pledge memory one = _pledge(meter, 0, DRAWS, FIRST, 1, amount);
            _pay(CONSUMER, meter, pool.collateralOf(one));
            _commit(one);
            left -= amount;
        }

        _refuse(_good, abi.encodeWithSelector(ICommitmentPool.PoolIntervalFull.selector, FIRST));
    }

    /* TAKEN */

    function test_ACommitmentStandsAndSetsItsCollateralAside() public {
        vm.expectEmit(address(pool));
        emit ICommitmentPool.PriceFixed(FIRST, PRICE);
        vm.expectEmit(address(pool));
        emit ICommitmentPool.PriceFixed(FIRST + 1, PRICE);
        vm.expectEmit(address(pool));
        emit ICommitmentPool.Committed(consumer, FIRST, 2, 1, DRAWS, KWH, 0, MOST, 500_000);
        _commit(_good);

        vm.assertEq(_balance(consumer), FUNDS - 500_000, "both intervals at the dearest price");
        ICommitmentPool.Commitment memory one = pool.commitmentAt(consumer, 1);
        vm.assertEq(one.first, FIRST, "first");
        vm.assertEq(one.length, 2, "length");
        vm.assertEq(one.amountMilliWh, KWH, "amount");
        vm.assertEq(one.mostPerKWh, MOST, "most");
        ICommitmentPool.Interval memory entry = pool.intervalAt(FIRST + 1);
        vm.assertEq(entry.consumers.committed, KWH, "its side's sum");
        vm.assertEq(entry.committed, 1, "how many");
        vm.assertEq(entry.pricePerKWh, PRICE, "price");
    }

    function test_AProducersCollateralIsItsPenalty() public {
        _feed(producer, KWH);

        vm.assertEq(_balance(producer), FUNDS - 50_000, "a fifth of its energy at the dearest price");
    }

    function test_AnApprovalPullsTheCollateralAlone() public {
        _mint(CONSUMER, 700_000);
        vm.prank(CONSUMER);
        token.approveAndCall(address(pool), 700_000, abi.encode(_good));

        vm.assertEq(token.balanceOf(CONSUMER), 200_000, "the rest stays");
        vm.assertEq(_balance(consumer), FUNDS, "its balance is not touched");
        vm.assertEq(pool.commitmentAt(consumer, 1).length, 2, "it stands");
        vm.expectRevert(abi.encodeWithSelector(ICommitmentPool.PoolChargeAboveValue.selector, 500_000, 499_999));
        ICommitmentPool.Pledge memory pledge = _pledge(consumer, 0, DRAWS, FIRST + 5, 2, KWH);
        vm.prank(CONSUMER);
        token.approveAndCall(address(pool), 499_999, abi.encode(pledge));
    }

    function test_ATransferIsTheCollateralExactly() public {
        _mint(CONSUMER, 500_001);
        vm.expectRevert(abi.encodeWithSelector(ICommitmentPool.PoolChargeAboveValue.selector, 500_000, 500_001));
        vm.prank(CONSUMER);
        token.transferAndCall(address(pool), 500_001, abi.encode(_good));
        vm.prank(CONSUMER);
        token.transferAndCall(address(pool), 500_000, abi.encode(_good));

        vm.assertEq(pool.commitmentAt(consumer, 1).length, 2, "it stands");
        vm.assertEq(_balance(consumer), FUNDS, "its balance is not touched");
    }

    function test_DataThatIsNeitherIsRefused() public {
        _mint(CONSUMER, 2);
        vm.startPrank(CONSUMER);
        vm.expectRevert(abi.encodeWithSelector(ICommitmentPool.PoolDataMalformed.selector, 0));
        token.transferAndCall(address(pool), 1, "");
        vm.expectRevert(abi.encodeWithSelector(ICommitmentPool.PoolDataMalformed.selector, 33));
        token.approveAndCall(address(pool), 1, new bytes(33));
        vm.stopPrank();
    }

    /* MONEY */

    function test_ADepositIsAnybodysAndOnlyRaises() public {
        _mint(STRANGER, 5);
        vm.expectEmit(address(pool));
        emit ICommitmentPool.Deposited(consumer, STRANGER, 5);
        vm.prank(STRANGER);
        token.transferAndCall(address(pool), 5, abi.encode(consumer));
        vm.assertEq(_balance(consumer), FUNDS + 5, "a gift");
        _mint(STRANGER, 7);
        vm.prank(STRANGER);
        token.approveAndCall(address(pool), 7, abi.encode(consumer));
        vm.assertEq(_balance(consumer), FUNDS + 12, "by approval, too");
        vm.prank(STRANGER);
        vm.expectRevert(abi.encodeWithSelector(ICommitmentPool.PoolNothingMoved.selector, consumer));
        token.transferAndCall(address(pool), 0, abi.encode(consumer));
    }

    function test_ADepositForNoMeterIsRefused() public {
        _mint(STRANGER, 5);
        vm.expectRevert(abi.encodeWithSignature("ERC721NonexistentToken(uint256)", 99));
        vm.prank(STRANGER);
        token.transferAndCall(address(pool), 5, abi.encode(uint64(99)));
    }

    function test_TheOwnerWithdrawsAndNobodyElse() public {
        vm.expectRevert(abi.encodeWithSelector(ICommitmentPool.PoolNotMeterOwner.selector, consumer, OTHER));
        vm.prank(OTHER);
        pool.withdraw(consumer, 1);
        vm.startPrank(CONSUMER);
        vm.expectRevert(abi.encodeWithSelector(ICommitmentPool.PoolNothingMoved.selector, consumer));
        pool.withdraw(consumer, 0);
        vm.expectRevert(abi.encodeWithSelector(ICommitmentPool.PoolBalanceShort.selector, consumer, FUNDS, FUNDS + 1));
        pool.withdraw(consumer, FUNDS + 1);
        pool.withdraw(consumer, FUNDS);
        vm.stopPrank();

        vm.assertEq(token.balanceOf(CONSUMER), FUNDS, "all of it");
        vm.assertEq(_balance(consumer), 0, "nothing is left");
    }

    function test_WithTheMeterGoesItsBalance() public {
        vm.prank(CONSUMER);
        registry.transferFrom(CONSUMER, OTHER, consumer);

        vm.expectRevert(abi.encodeWithSelector(ICommitmentPool.PoolNotMeterOwner.selector, consumer, CONSUMER));
        vm.prank(CONSUMER);
        pool.withdraw(consumer, FUNDS);
        vm.prank(OTHER);
        pool.withdraw(consumer, FUNDS);
        vm.assertEq(token.balanceOf(OTHER), FUNDS, "the new owner's");
    }

    function test_MoreThanCanBeCountedIsRefused() public {
        uint256 room = type(uint112).max - token.balanceOf(address(pool));
        _mint(STRANGER, room + 1);
        vm.startPrank(STRANGER);
        vm.expectRevert(
            abi.encodeWithSelector(ICommitmentPool.PoolFull.selector, uint256(type(uint112).max) + 1, type(uint112).max)
        );
        token.transferAndCall(address(pool), room + 1, abi.encode(consumer));
        vm.expectRevert(
            abi.encodeWithSelector(ICommitmentPool.PoolFull.selector, type(uint112).max - room, type(uint112).max)
        );
        token.approveAndCall(address(pool), room + 1, abi.encode(consumer));
        token.transferAndCall(address(pool), room, abi.encode(consumer));
        vm.stopPrank();
        vm.assertEq(_balance(consumer), FUNDS + room, "to the last unit");
    }

    /* HELP */

    function _refuse(ICommitmentPool.Pledge memory pledge, bytes memory reason) private {
        bytes32 before = _picture();
        address owner = registry.ownerOf(pledge.meter);
        vm.expectRevert(reason);
        vm.prank(owner);
        pool.commit(pledge);
        vm.assertEq(_picture(), before, "nothing has changed");
    }

    function _outside(uint32 first, uint8 length) private pure returns (bytes memory) {
        return
            abi.encodeWithSelector(ICommitmentPool.PoolOutsideHorizon.selector, first, length, NOW + 1, NOW + HORIZON);
    }
}
