// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMeterRegistry} from "../../src/interfaces/IMeterRegistry.sol";
import {IReductionAuction} from "../../src/interfaces/IReductionAuction.sol";
import {TickMath} from "../../src/libraries/TickMath.sol";
import {ReductionBase} from "../base/ReductionBase.sol";

contract ReductionAuctionOfferTest is ReductionBase {
    uint32 private _number;

    function setUp() public override {
        super.setUp();
        _number = _request(2_000);
    }

    /* REFUSALS */

    function test_AnOfferToNobodyIsRefused() public {
        _refuse(7, one, _blocks(9, 100), abi.encodeWithSelector(IReductionAuction.ReductionUnknown.selector, 7));
    }

    function test_OnlyTheMetersOwnerOffers() public {
        bytes32 before = _picture();
        vm.expectRevert(abi.encodeWithSelector(IReductionAuction.ReductionNotMeterOwner.selector, one, TWO));
        vm.prank(TWO);
        reduction.offer(_number, one, _blocks(9, 100));
        vm.assertEq(_picture(), before, "nothing changed");
    }

    function test_AnUnregisteredMeterIsRefusedWhereTheRequestWantsRegisteredOnes() public {
        IReductionAuction.Ask memory ask = _ask(1_000, IReductionAuction.Pricing.Uniform);
        ask.registeredOnly = true;
        uint32 number = _request(ask);

        _refuse(
            number, one, _blocks(9, 100), abi.encodeWithSelector(IReductionAuction.ReductionNotRegistered.selector, one)
        );
        vm.prank(UTILITY);
        reduction.register(one);
        _offer(number, one, 9, 100);
    }

    function test_BlocksAreWithinTheirRangesAndRise() public {
        _refuse(_number, one, _blocks(64, 100), _block(0, 64, 100));
        _refuse(_number, one, _blocks(9, 9), _block(0, 9, 9));
        _refuse(_number, one, _blocks(9, 100, 8, 100), _block(1, 8, 100));
        _offer(_number, one, _blocks(9, 10, 9, 10));
    }

    function test_MoreThanFourBlocksAreRefused() public {
        IReductionAuction.Block[] memory blocks = new IReductionAuction.Block[](5);
        for (uint8 i = 0; i < 5; ++i) {
            blocks[i] = IReductionAuction.Block({tick: i, energyUnits: 100});
        }
        _refuse(_number, one, blocks, abi.encodeWithSelector(IReductionAuction.ReductionTooManyBlocks.selector, 5, 4));
    }

    function test_MoreThanTheConnectionCarriesIsRefused() public {
        _offer(_number, one, 9, 11_000);
        _refuse(
            _number,
            two,
            _blocks(9, 11_001),
            abi.encodeWithSelector(IReductionAuction.ReductionEnergyAboveMost.selector, 11_001, 11_000)
        );
    }

    function test_ABondMustBeInTheMetersBalance() public {
        vm.prank(ONE);
        reduction.withdraw(one, FUNDS - _bond(100) + 1);

        _refuse(
            _number,
            one,
            _blocks(9, 100),
            abi.encodeWithSelector(IReductionAuction.ReductionBalanceShort.selector, _bond(100) - 1, _bond(100))
        );
    }

    function test_AFullTickIsRefused() public {
        vm.prank(ADMIN);
        uint64 large = uint64(registry.install(ONE, ONE, IMeterRegistry.MeterKind.Consumer, type(uint32).max));
        _pay(ONE, 1e15, abi.encode(large));
        IReductionAuction.Block[] memory blocks = new IReductionAuction.Block[](4);
        for (uint8 i = 0; i < 4; ++i) {
            blocks[i] = IReductionAuction.Block({tick: 7, energyUnits: type(uint24).max});
        }
        _offer(_number, large, blocks);
        for (uint256 i = 0; i < 3; ++i) {
            vm.prank(ADMIN);
            large = uint64(registry.install(ONE, ONE, IMeterRegistry.MeterKind.Consumer, type(uint32).max));
            _pay(ONE, 1e15, abi.encode(large));
            _offer(_number, large, blocks);
        }
        _offer(_number, one, 7, 15);
        _refuse(_number, two, _blocks(7, 10), abi.encodeWithSelector(TickMath.AuctionTickFull.selector, 7, 10));
    }

    function test_TwoWindowsThatOverlapAreRefused() public {
        _offer(_number, one, 9, 100);
        IReductionAuction.Ask memory ask = _ask(1_000, IReductionAuction.Pricing.Uniform);
        ask.first = FIRST + LENGTH - 1;
        uint32 late = _request(ask);

        _refuse(
            late,
            one,
            _blocks(9, 100),
            abi.encodeWithSelector(IReductionAuction.ReductionWindowTaken.selector, one, _number)
        );
        _offer(late, two, 9, 100);
        _refuse(
            _number,
            two,
            _blocks(9, 100),
            abi.encodeWithSelector(IReductionAuction.ReductionWindowTaken.selector, two, late)
        );
    }

    function test_WindowsThatMeetAreTaken() public {
        _offer(_number, one, 9, 100);
        IReductionAuction.Ask memory ask = _ask(1_000, IReductionAuction.Pricing.Uniform);
        ask.first = FIRST + LENGTH;
        uint32 late = _request(ask);

        _offer(late, one, 9, 100);
        vm.assertTrue(_hasOffer(_number, one) && _hasOffer(late, one), "both stand");
    }

    function test_AnEarlierOfferThatCannotBeSettledKeepsItsPlace() public {
        _offer(_number, one, 9, 100);
        _clear(_number);
        IReductionAuction.Ask memory ask = _ask(1, IReductionAuction.Pricing.Uniform);
        (ask.first, ask.closesAt) = (FIRST + STEP, CLOSES + 1 days);
        _request(ask);
        uint32 third = _request(ask);

        _refuse(
            third,
            one,
            _blocks(9, 100),
            abi.encodeWithSelector(IReductionAuction.ReductionOfferUnsettled.selector, one, _number)
        );
        _use(one, 900_000);
        _offer(third, one, 9, 100);
        vm.assertEq(reduction.meterBalanceOf(one), FUNDS + _worth(100, 9) - _bond(100), "the first is paid on the way");
        _assertConserved();
    }

    /* TAKEN */

    function test_AnOfferSetsItsBondAside() public {
        vm.expectEmit(address(reduction));
        emit IReductionAuction.Offered(
            _number, one, uint120(uint256(9) << 24 | 400 | (uint256(19) << 24 | 600) << 30), uint64(_bond(1_000))
        );
        _offer(_number, one, _blocks(9, 400, 19, 600));

        (IReductionAuction.Block[] memory blocks, uint64 bond) = reduction.offerOf(_number, one);
        vm.assertEq(blocks.length, 2, "blocks");
        vm.assertEq(blocks[0].tick, 9, "tick");
        vm.assertEq(blocks[1].energyUnits, 600, "energy");
        vm.assertEq(bond, _bond(1_000), "bond");
        vm.assertEq(reduction.meterBalanceOf(one), FUNDS - _bond(1_000), "balance");
        vm.assertEq(reduction.offeredAt(_number, 9), 400, "sum at tick 9");
        vm.assertEq(reduction.offeredAt(_number, 19), 600, "sum at tick 19");
        _assertConserved();
    }

    function test_AnOfferReplacesTheFormerOne() public {
        _offer(_number, one, _blocks(9, 400, 19, 600));
        _offer(_number, one, 9, 50);

        vm.assertEq(reduction.offeredAt(_number, 9), 50, "sum at tick 9");
        vm.assertEq(reduction.offeredAt(_number, 19), 0, "sum at tick 19");
        vm.assertEq(reduction.meterBalanceOf(one), FUNDS - _bond(50), "the rest of the bond is back");
        _assertConserved();
    }

    /// @dev Opting out before the offers close is free.
    function test_AnOfferIsTakenBackForNothing() public {
        _offer(_number, one, 9, 400);
        _offer(_number, one, new IReductionAuction.Block[](0));

        vm.assertEq(reduction.meterBalanceOf(one), FUNDS, "the bond is back");
        vm.assertEq(reduction.offeredAt(_number, 9), 0, "the sum is empty");
        vm.assertFalse(_hasOffer(_number, one), "no offer");
        _clear(_number);
        vm.expectRevert(abi.encodeWithSelector(IReductionAuction.ReductionNoAward.selector, one, _number));
        vm.prank(ONE);
        reduction.optOut(_number, one);
        _assertConserved();
    }

    function test_WhoOwesSetsAsideWhatItOwes() public {
        _offer(_number, one, 9, 800);
        _clear(_number);
        _use(one, 1_500_000);
        _settle(_number, one);
        vm.assertEq(_carry(one), int256(-500_000), "it owes half a kilowatt-hour");
        IReductionAuction.Ask memory ask = _ask(1_000, IReductionAuction.Pricing.Uniform);
        (ask.first, ask.closesAt) = (FIRST + STEP, CLOSES + 1 days);
        uint32 next = _request(ask);

        _offer(next, one, 9, 10);
        (, uint64 bond) = reduction.offerOf(next, one);
        vm.assertEq(bond, 320_000, "half a kilowatt-hour at the most price");
    }

    function _refuse(uint32 number, uint64 meter, IReductionAuction.Block[] memory blocks, bytes memory reason)
        private
    {
        bytes32 before = _picture();
        address owner = registry.ownerOf(meter);
        vm.expectRevert(reason);
        vm.prank(owner);
        reduction.offer(number, meter, blocks);
        vm.assertEq(_picture(), before, "nothing changed");
    }

    function _block(uint256 index, uint8 tick, uint24 energy) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IReductionAuction.ReductionBlockInvalid.selector, index, tick, energy);
    }
}
