// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MeterRegistry} from "../../src/MeterRegistry.sol";
import {ReductionAuction} from "../../src/ReductionAuction.sol";
import {IMeterRegistry} from "../../src/interfaces/IMeterRegistry.sol";
import {IReductionAuction} from "../../src/interfaces/IReductionAuction.sol";
import {Base} from "../base/Base.sol";

/// @dev Plays `tests/vectors/reduction.jsonl`, or the file that REDUCTION_VECTORS names, which the rule in Python wrote
/// (`tests/reduction_vectors.py` says what the numbers mean), through the contract: a street a line, to the unit.
// Numbers of the test itself.
// forge-lint: disable-next-item(unsafe-typecast)
contract ReductionAuctionVectorsTest is Base {
    uint256 private constant _FUNDS = 2 ** 90;

    MeterRegistry private _registry;
    ReductionAuction private _auction;
    int256[] private _readings;
    uint256 private _told;
    uint256 private _back;

    function test_StreetsEndAsInPython() public {
        string memory path = vm.envOr("REDUCTION_VECTORS", "../tests/vectors/reduction.jsonl");
        uint256 played = 0;
        for (;; ++played) {
            string memory line = vm.readLine(path);
            if (bytes(line).length == 0) break;
            uint256 snapshot = vm.snapshotState();
            this.play(line);
            // Kept, a thousand of them fill a machine's memory.
            vm.revertToStateAndDelete(snapshot);
        }
        vm.assertGe(played, 24, "all streets are there");
    }

    /// @dev A call of its own, so that its memory is free afterwards.
    function play(string calldata line) external {
        int256[] memory posted = vm.parseJsonIntArray(line, ".posted");
        vm.warp(vm.parseJsonUint(line, ".start"));
        _build(vm.parseJsonIntArray(line, ".settings"), posted);
        _readings = vm.parseJsonIntArray(line, ".readings");
        uint256[] memory requests = vm.parseJsonUintArray(line, ".requests");
        uint256[] memory offers = vm.parseJsonUintArray(line, ".offers");
        uint256[] memory results = vm.parseJsonUintArray(line, ".results");
        int256[] memory ends = vm.parseJsonIntArray(line, ".ends");
        for (uint32 number = 1; number <= requests.length / 8; ++number) {
            _ask(requests, number);
            _offer(offers, number);
            _clear(requests, results, number);
            _end(requests, ends, number);
        }
        vm.assertEq(int256(_back), vm.parseJsonIntArray(line, ".utility")[0], "what the utility has back");
        _assertConserved(posted.length, requests.length / 8);
    }

    /* STREET */

    function _build(int256[] memory settings, int256[] memory posted) private {
        _registry = new MeterRegistry(ADMIN, uint32(int32(settings[0])), uint32(int32(settings[10])));
        _auction = new ReductionAuction(
            IReductionAuction.Settings({
                token: token,
                registry: _registry,
                unitMilliWh: uint32(int32(settings[1])),
                leastUnits: uint32(int32(settings[2])),
                bondPercent: uint32(int32(settings[3])),
                days_: uint32(int32(settings[4])),
                backDays: uint32(int32(settings[5])),
                adjustPercent: uint32(int32(settings[6])),
                adjustIntervals: uint32(int32(settings[7])),
                utcOffsetSeconds: int32(settings[8]),
                readingDeadlineSeconds: uint32(int32(settings[9]))
            })
        );
        for (uint256 i = 0; i < posted.length; ++i) {
            vm.prank(ADMIN);
            uint64 meter =
                uint64(_registry.install(address(this), STRANGER, IMeterRegistry.MeterKind.Consumer, type(uint32).max));
            _mint(address(this), _FUNDS);
            token.transferAndCall(address(_auction), _FUNDS, abi.encode(meter));
            if (posted[i] != 0) _auction.postBaseline(meter, uint64(uint256(posted[i])), 0);
        }
    }

    function _ask(uint256[] memory requests, uint32 number) private {
        uint256 at = (number - 1) * 8;
        vm.warp(requests[at]);
        bytes memory ask = abi.encode(
            IReductionAuction.Ask({
                first: uint32(requests[at + 1]),
                length: uint8(requests[at + 2]),
                powerW: uint32(requests[at + 3]),
                mostPricePerKWh: uint64(requests[at + 4]),
                pricing: IReductionAuction.Pricing(requests[at + 5]),
                closesAt: uint40(requests[at + 6]),
                registeredOnly: false
            })
        );
        _mint(address(this), _FUNDS);
        token.approveAndCall(address(_auction), _FUNDS, ask);
    }

    function _offer(uint256[] memory offers, uint32 number) private {
        for (uint256 at = 0; at < offers.length; at += 10) {
            if (offers[at] != number) continue;
            uint256 count = 0;
            while (count < 4 && offers[at + 3 + 2 * count] != 0) ++count;
            IReductionAuction.Block[] memory blocks = new IReductionAuction.Block[](count);
            for (uint256 i = 0; i < count; ++i) {
                blocks[i] = IReductionAuction.Block({
                    tick: uint8(offers[at + 2 + 2 * i]), energyUnits: uint24(offers[at + 3 + 2 * i])
                });
            }
            _auction.offer(number, uint64(offers[at + 1]), blocks);
        }
    }

    function _clear(uint256[] memory requests, uint256[] memory results, uint32 number) private {
        uint256 at = (number - 1) * 4;
        vm.warp(requests[(number - 1) * 8 + 6]);
        _auction.clear(number);
        IReductionAuction.Request memory found = _auction.requestOf(number);
        vm.assertEq(found.openUnits, results[at], "accepted");
        vm.assertEq(found.marginalTick, results[at + 1], "tick");
        vm.assertEq(found.fraction, results[at + 2], "fraction");
        vm.assertEq(found.held, results[at + 3], "held");
    }

    function _end(uint256[] memory requests, int256[] memory ends, uint32 number) private {
        uint256 settledAt = requests[(number - 1) * 8 + 7];
        vm.warp(settledAt);
        _tell(settledAt / _registry.INTERVAL());
        for (uint256 at = 0; at < ends.length; at += 6) {
            if (ends[at] != int256(uint256(number))) continue;
            uint64 meter = uint64(uint256(ends[at + 1]));
            (uint256 expected, uint256 days_) = _auction.baselineOf(number, meter);
            vm.assertEq(expected, uint256(ends[at + 2]), "baseline");
            vm.assertEq(days_, uint256(ends[at + 3]), "days");
            uint64[] memory meters = new uint64[](1);
            meters[0] = meter;
            _auction.settle(number, meters);
            int256 balance = int256(_auction.meterBalanceOf(meter)) - int256(_FUNDS);
            vm.assertEq(balance, ends[at + 4], "balance");
            (int256 carry,,,) = _auction.standingOf(address(this), meter);
            vm.assertEq(carry, ends[at + 5], "carry");
        }
        try _auction.reclaim(number) {} catch {}
        _back = _auction.balanceOf(address(this));
    }

    function _tell(uint256 boundary) private {
        for (; _told < _readings.length && uint256(_readings[_told + 1]) <= boundary; _told += 4) {
            vm.prank(STRANGER);
            _registry.report(
                uint256(_readings[_told]),
                uint32(uint256(_readings[_told + 1])),
                uint112(uint256(_readings[_told + 2])),
                uint112(uint256(_readings[_told + 3]))
            );
        }
    }

    function _assertConserved(uint256 meters, uint256 requests) private view {
        uint256 sum = _auction.balanceOf(address(this));
        for (uint64 meter = 1; meter <= meters; ++meter) {
            sum += _auction.meterBalanceOf(meter);
        }
        for (uint32 number = 1; number <= requests; ++number) {
            sum += _auction.requestOf(number).held;
        }
        vm.assertEq(token.balanceOf(address(_auction)), sum, "all money is somebody's");
    }
}
