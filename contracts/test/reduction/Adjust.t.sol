// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ReductionAuction} from "../../src/ReductionAuction.sol";
import {IReductionAuction} from "../../src/interfaces/IReductionAuction.sol";
import {ReductionBase} from "../base/ReductionBase.sol";

/// @dev With an adjustment of a fifth by the hour before the request, which is made at noon.
contract ReductionAuctionAdjustTest is ReductionBase {
    uint32 private constant _NOON = TODAY / INTERVAL + 48;

    function setUp() public override {
        super.setUp();
        IReductionAuction.Settings memory settings = _settings();
        (settings.adjustPercent, settings.adjustIntervals, settings.backDays) = (20, 4, 8);
        reduction = new ReductionAuction(settings);
        _pay(UTILITY, FUNDS, "");
        _live(_NOON - 4);
        vm.warp(uint256(_NOON) * INTERVAL);
    }

    function test_TheSameDayMovesTheMeanByAFifthAtMost() public {
        _assertBaseline(QUARTER, 1_000_000);
        _assertBaseline(QUARTER + 12_500, 1_050_000);
        _assertBaseline(QUARTER - 12_500, 950_000);
        _assertBaseline(10 * QUARTER, 1_200_000);
        _assertBaseline(0, 800_000);
    }

    /// @dev A rise rounds down and a fall up: 5 days of 1,000,000 against a milliwatt-hour less.
    function test_WhatAHomeIsPaidByRoundsDown() public {
        _draw(one, _NOON - 1, QUARTER);
        (, uint112 imported,) = registry.lastReading(one);
        vm.prank(ONE);
        registry.report(one, _NOON, imported + QUARTER - 1, 0);
        _assertNow(999_999);
    }

    function test_WhoDoesNotTellTheSameDayIsTakenForTheLowest() public {
        _draw(one, _NOON - 1, QUARTER);
        _assertNow(800_000);
    }

    function test_HoursAfterTheRequestNeverCount() public {
        _draw(one, _NOON, QUARTER);
        uint32 number = _ask();
        vm.warp(uint256(_NOON + 4) * INTERVAL);
        _draw(one, _NOON + 4, 10 * QUARTER);

        (uint256 expected,) = reduction.baselineOf(number, one);
        vm.assertEq(expected, 1_000_000, "what is burnt for it is not seen");
    }

    function test_AWindowOfAnotherDayIsNotAdjusted() public {
        _draw(one, _NOON, 0);
        IReductionAuction.Ask memory ask = _ask(1_000, IReductionAuction.Pricing.Uniform);
        (ask.first, ask.closesAt) = (FIRST + STEP, uint40(block.timestamp + 1));
        uint32 number = _request(ask);

        (uint256 expected,) = reduction.baselineOf(number, one);
        vm.assertEq(expected, 1_000_000, "the mean as it is");
    }

    function _assertBaseline(uint112 quarter, uint256 expected) private {
        uint256 snapshot = vm.snapshotState();
        _draw(one, _NOON, quarter);
        _assertNow(expected);
        vm.revertToState(snapshot);
    }

    function _assertNow(uint256 expected) private {
        (uint256 found, uint256 days_) = reduction.baselineOf(_ask(), one);
        vm.assertEq(found, expected, "baseline");
        vm.assertEq(days_, 5, "days");
    }

    function _ask() private returns (uint32) {
        IReductionAuction.Ask memory ask = _ask(1_000, IReductionAuction.Pricing.Uniform);
        ask.closesAt = uint40(block.timestamp + 3 hours);
        return _request(ask);
    }
}
