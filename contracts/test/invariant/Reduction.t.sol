// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ReductionAuction} from "../../src/ReductionAuction.sol";
import {IReductionAuction} from "../../src/interfaces/IReductionAuction.sol";
import {Base} from "../base/Base.sol";
import {ReductionHandler} from "../base/ReductionHandler.sol";

/// @dev What holds after any calls, under any settings that the constructor takes. Each step lives days of four homes, so
/// a sample is smaller than the others'.
/// forge-config: default.invariant.runs = 12
contract ReductionAuctionInvariantTest is Base {
    struct FuzzSelector {
        address target;
        bytes4[] selectors;
    }

    ReductionHandler private _handler;

    function setUp() public override {
        super.setUp();
        _handler = new ReductionHandler(token);
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function excludeSelectors() external view returns (FuzzSelector[] memory excluded) {
        excluded = new FuzzSelector[](1);
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = ReductionHandler.windUp.selector;
        excluded[0] = FuzzSelector({target: address(_handler), selectors: selectors});
    }

    /// @dev Before the first action there is no auction.
    modifier begun() {
        if (address(_auction()) != address(0)) _;
    }

    function _auction() private view returns (ReductionAuction) {
        return _handler.auction();
    }

    function invariant_AllMoneyIsSomebodys() external view begun {
        uint256 held = _handler.moneyIn() - _handler.moneyOut();
        uint256 sum = 0;
        for (uint256 i = 0; i < _handler.UTILITIES(); ++i) {
            sum += _auction().balanceOf(_handler.utility(i));
        }
        for (uint64 meter = 1; meter <= _handler.HOMES(); ++meter) {
            sum += _auction().meterBalanceOf(meter) + _auction().balanceOf(_handler.home(meter - 1));
        }
        for (uint32 number = 1; number <= _auction().requestCount(); ++number) {
            sum += _auction().requestOf(number).held;
            for (uint64 meter = 1; meter <= _handler.HOMES(); ++meter) {
                (, uint64 bond) = _auction().offerOf(number, meter);
                sum += bond;
            }
        }

        vm.assertEq(token.balanceOf(address(_auction())), held, "tokens in = tokens out + held");
        vm.assertEq(sum, held, "all of it is somebody's, to the unit");
    }

    function invariant_AResultNeverChanges() external view begun {
        vm.assertTrue(_handler.resultsStand(), "results stand");
    }

    function invariant_WhatIsHeldCoversWhatIsOpenAndNobodyOwesLessThanNothing() external view begun {
        for (uint32 number = 1; number <= _auction().requestCount(); ++number) {
            IReductionAuction.Request memory one = _auction().requestOf(number);
            vm.assertLe(one.openUnits, one.targetUnits, "no more than the target is awarded");
        }
        for (uint256 i = 0; i < _handler.UTILITIES(); ++i) {
            for (uint64 meter = 1; meter <= _handler.HOMES(); ++meter) {
                (int256 carry,,,) = _auction().standingOf(_handler.utility(i), meter);
                vm.assertTrue(carry <= 0, "nothing is carried in a meter's favour");
            }
        }
    }

    function invariant_SumsAreTheOffersThatStand() external view begun {
        for (uint32 number = 1; number <= _auction().requestCount(); ++number) {
            if (_auction().requestOf(number).cleared) continue;
            uint256[64] memory sums;
            for (uint64 meter = 1; meter <= _handler.HOMES(); ++meter) {
                (IReductionAuction.Block[] memory blocks,) = _auction().offerOf(number, meter);
                for (uint256 i = 0; i < blocks.length; ++i) {
                    sums[blocks[i].tick] += blocks[i].energyUnits;
                }
            }
            for (uint256 tick = 0; tick < 64; ++tick) {
                vm.assertEq(_auction().offeredAt(number, tick), sums[tick], "a tick is the sum of its blocks");
            }
        }
    }

    /// @dev After every run: whoever is silent, everybody's money comes out, all of it.
    function afterInvariant() external begun {
        _handler.windUp();

        vm.assertEq(token.balanceOf(address(_auction())), 0, "nothing is left inside");
    }
}
