// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IReductionAuction} from "../src/interfaces/IReductionAuction.sol";
import {ReductionBase} from "./base/ReductionBase.sol";

/// @dev What the reduction auction costs, as whole transactions: every call is isolated, so the 21,000 of the transaction,
/// its calldata, its cold slots and its refunds count, as in a receipt. The bench has more numbers, on a real chain.
// Numbers of the test itself.
// forge-lint: disable-next-item(unsafe-typecast)
/// forge-config: default.isolate = true
contract ReductionGasTest is ReductionBase {
    /// @dev Shown by `forge test -vvv`.
    event Measured(string what, uint256 gas);

    uint256 private constant _HOMES = 40;
    uint256 private constant _CLEAR_BAR = 120_000;
    uint256 private constant _ONE_BLOCK_BAR = 152_000;
    uint256 private constant _FOUR_BLOCKS_BAR = 170_000;

    /// @dev Of code: chains take 24,576 at most.
    uint256 private constant _MOST_BYTES = 24_000;

    uint64[] private _meters;

    function test_TheReductionAuctionStaysBelowItsSize() public view {
        vm.assertLe(address(reduction).code.length, _MOST_BYTES, "bytes");
    }

    /// @dev All that a home pays for in an event once everything has been used: its offer, its part of a batch, and of the
    /// clearing. Its reports serve everything and are not in it.
    function test_AParticipantIsUnderItsBarAllIncluded() public {
        _homes();
        _event(0, 1);
        _event(1, 4);
        _assertUnder(_event(2, 1), _ONE_BLOCK_BAR, "participant, one block");
        _assertUnder(_event(3, 4), _FOUR_BLOCKS_BAR, "participant, four blocks");
    }

    function test_ClearingIsUnderItsBarWithEveryTickUsed() public {
        _homes();
        uint32 number = _request(11_000 * 40);
        for (uint256 i = 0; i < _HOMES; ++i) {
            _offer(number, _meters[i], _four(i));
        }
        vm.warp(CLOSES);
        reduction.clear(number);
        _assertUnder(vm.lastCallGas().gasTotalUsed, _CLEAR_BAR, "clear with every word");
    }

    function _homes() private {
        for (uint256 i = 0; i < _HOMES; ++i) {
            _meters.push(_home(vm.addr(1_000 + i)));
        }
    }

    /// @dev An event of so many days later, each home offering so many blocks; gives a participant's gas.
    function _event(uint32 later, uint256 blocks) private returns (uint256) {
        IReductionAuction.Ask memory ask = _ask(1_000 * uint32(_HOMES), IReductionAuction.Pricing.Uniform);
        (ask.first, ask.closesAt) = (FIRST + (7 + later) * STEP, CLOSES + (7 + later) * 1 days);
        if (later == 0) _week();
        vm.warp(uint256(ask.closesAt) - 1 hours);
        uint32 number = _request(ask);
        uint256 gas = 0;
        for (uint256 i = 0; i < _HOMES; ++i) {
            _offer(number, _meters[i], blocks == 1 ? _blocks(uint8(i % 64), 500) : _four(i));
            gas += vm.lastCallGas().gasTotalUsed;
        }
        emit Measured("offer", gas / _HOMES);
        vm.warp(ask.closesAt);
        reduction.clear(number);
        gas += vm.lastCallGas().gasTotalUsed;
        vm.warp(uint256(ask.first + LENGTH) * INTERVAL);
        for (uint256 i = 0; i < _HOMES; ++i) {
            _tell(_meters[i], ask.first, 300_000);
        }
        reduction.settle(number, _meters);
        emit Measured("settle", vm.lastCallGas().gasTotalUsed / _HOMES);
        return (gas + vm.lastCallGas().gasTotalUsed) / _HOMES;
    }

    /// @dev A week of the window's boundaries.
    function _week() private {
        vm.warp(uint256(FIRST + 6 * STEP + LENGTH) * INTERVAL);
        for (uint256 i = 0; i < _HOMES; ++i) {
            for (uint32 day = 0; day < 7; ++day) {
                _tell(_meters[i], FIRST + day * STEP, 1_000_000);
            }
        }
    }

    function _tell(uint64 meter, uint32 first, uint112 drawn) private {
        (, uint112 imported,) = registry.lastReading(meter);
        address owner = registry.ownerOf(meter);
        vm.prank(owner);
        registry.report(meter, first, imported + 1, 0);
        vm.prank(owner);
        registry.report(meter, first + LENGTH, imported + 1 + drawn, 0);
    }

    function _four(uint256 index) private pure returns (IReductionAuction.Block[] memory blocks) {
        blocks = new IReductionAuction.Block[](4);
        for (uint256 i = 0; i < 4; ++i) {
            blocks[i] = IReductionAuction.Block({tick: uint8(i * 16 + index % 16), energyUnits: 125});
        }
    }

    function _assertUnder(uint256 gas, uint256 bar, string memory what) private {
        emit Measured(what, gas);
        vm.assertLe(gas, bar, what);
    }
}
