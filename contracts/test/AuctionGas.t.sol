// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IIntervalAuction} from "../src/interfaces/IIntervalAuction.sol";
import {IMeterRegistry} from "../src/interfaces/IMeterRegistry.sol";
import {AuctionBase} from "./base/AuctionBase.sol";

/// @title A street of any number of homes whose orders are as random as the ancestor's workload.
abstract contract AuctionStreet is AuctionBase {
    /// @dev Shown by `forge test -vvv`.
    event Measured(string what, uint256 gas);

    uint256 internal constant CLEAR_BAR = 1_800_000;

    /// @dev EIP-7825: the most that one transaction may use on chains that cap it.
    uint256 internal constant TRANSACTION_CAP = 16_777_216;

    uint64[] internal _meters;
    uint256 private _random = 42;

    /// @dev Every second home sells: CHP with one in three.
    function _homes(uint256 more) internal {
        for (uint256 i = 0; i < more; ++i) {
            uint256 number = _meters.length;
            _meters.push(_home(vm.addr(1_000_000 + number), _kind(number)));
        }
    }

    /// @dev The same homes in one hand, so that only meters and orders are made.
    function _homesOfOne(uint256 more) internal {
        for (uint256 i = 0; i < more; ++i) {
            vm.prank(ADMIN);
            _meters.push(uint64(registry.install(SELLER, SELLER, _kind(i), type(uint32).max)));
        }
    }

    /// @dev Everybody places one order.
    function _round(uint32 interval, bool oneKind) internal returns (uint256 gas) {
        if (block.timestamp < _gate(interval) - INTERVAL) vm.warp(_gate(interval) - INTERVAL);
        for (uint256 i = 0; i < _meters.length; ++i) {
            uint32 energy = uint32(100 + _draw(4_901));
            uint8 tick = uint8(_draw(64));
            IIntervalAuction.Side side = IIntervalAuction.Side.Buyer;
            uint8 chpTick = oneKind ? 0 : uint8(_draw(64));
            if (i % 2 == 0) {
                side = i % 6 == 4 ? IIntervalAuction.Side.ChpSeller : IIntervalAuction.Side.SolarSeller;
                chpTick = 0;
            } else if (tick == 0) {
                tick = 63;
            }
            _place(_order(interval, side, tick, chpTick, energy, _meters[i]));
            gas += _lastGas();
        }
    }

    function _clearGas(uint32 interval) internal returns (uint256) {
        if (block.timestamp < _gate(interval)) vm.warp(_gate(interval));
        auction.clear(interval);
        return _lastGas();
    }

    /// @dev Everybody reports, so that the order can be settled.
    function _report(uint32 interval) internal {
        for (uint256 i = 0; i < _meters.length; ++i) {
            _meter(_meters[i], interval, 1_000_000, 1_000_000);
        }
    }

    function _kind(uint256 number) private pure returns (IMeterRegistry.MeterKind) {
        if (number % 2 == 1) return IMeterRegistry.MeterKind.Consumer;
        return number % 6 == 4 ? IMeterRegistry.MeterKind.Chp : IMeterRegistry.MeterKind.Solar;
    }

    function _draw(uint256 below) private returns (uint256) {
        _random = uint256(keccak256(abi.encode(_random)));
        return _random % below;
    }

    function _lastGas() internal view returns (uint256) {
        return vm.lastCallGas().gasTotalUsed;
    }

    function _assertUnder(uint256 gas, uint256 bar, string memory what) internal {
        emit Measured(what, gas);
        vm.assertLe(gas, bar, what);
    }
}

/// @dev What the interval auction costs, as whole transactions: every call is isolated, so the 21,000 of the transaction,
/// its calldata, its cold slots and its refunds count, as in a receipt.
/// forge-config: default.isolate = true
contract AuctionGasTest is AuctionStreet {
    uint256 private constant _CLEAR_100_BAR = 700_000;
    uint256 private constant _ONE_KIND_BAR = 300_000;
    uint256 private constant _ALONE_BAR = 132_000;
    uint256 private constant _BATCHED_BAR = 97_500;

    /// @dev Of code: chains take 24,576 at most.
    uint256 private constant _MOST_BYTES = 24_000;

    function test_TheAuctionStaysBelowItsSize() public view {
        vm.assertLe(address(auction).code.length, _MOST_BYTES, "bytes");
    }

    function test_ClearingBothKindsOf100OrdersIsUnderItsBar() public {
        _homes(100);
        _round(FIRST, false);
        _assertUnder(_clearGas(FIRST), _CLEAR_100_BAR, "clear 100, first");
        _report(FIRST);
        _round(FIRST + 2, false);
        _assertUnder(_clearGas(FIRST + 2), _CLEAR_100_BAR, "clear 100, steady");
    }

    function test_ClearingOneKindIsUnderItsBarAtEveryNumber() public {
        _homes(100);
        _round(FIRST, true);
        _assertUnder(_clearGas(FIRST), _ONE_KIND_BAR, "clear 100 of one kind");
        _report(FIRST);
        _homes(900);
        _round(FIRST + 2, true);
        _assertUnder(_clearGas(FIRST + 2), _ONE_KIND_BAR, "clear 1,000 of one kind");
    }

    function test_ClearingWithEveryWordTouchedIsUnderItsBar() public {
        _homes(2);
        _touchAll(_meters[1]);
        _sell(_meters[0], 30, 5_000);

        _assertUnder(_clearGas(FIRST), CLEAR_BAR, "clear with all words touched");
    }

    /// @dev All that a home pays for in an interval, from its balance, once everything has been used: its order, its
    /// settlement, and its share of the clearing. Its report is not in it: that serves everything.
    function test_AParticipantIsUnderItsBarAllIncluded() public {
        _homes(100);
        _touchAll(_meters[1]);
        _round(FIRST, false);
        _clearGas(FIRST);
        _settleAll(FIRST);
        uint256 placed = _round(FIRST + 2, false) / 100;
        uint256 cleared = _clearGas(FIRST + 2) / 100;
        (uint256 alone, uint256 batch) = _settleAll(FIRST + 2);
        _round(FIRST + 4, false);
        cleared = _clearGas(FIRST + 4) / 100;
        _report(FIRST + 4);
        uint256 both = _round(FIRST + 6, false) / 100;

        emit Measured("place, steady", placed);
        emit Measured("settle alone, steady", alone);
        emit Measured("settle in a batch of 50", batch);
        emit Measured("place that settles the last order", both);
        _assertUnder(placed + alone + cleared, _ALONE_BAR, "participant, settled alone");
        _assertUnder(placed + batch + cleared, _BATCHED_BAR, "participant, settled in a batch");
        _assertUnder(both + cleared, _ALONE_BAR, "participant, settled by its next order");
    }

    /// @dev A lane that every tick has been in: a home wishes every cell in turn, and each change touches a word more.
    function _touchAll(uint64 meter) private {
        for (uint8 row = 0; row < 64; ++row) {
            for (uint8 column = 0; column < 64; column += 8) {
                _buy(meter, column + 1, row, 5_000);
            }
        }
    }

    /// @dev Half of them settle themselves, half are settled in a batch.
    function _settleAll(uint32 interval) private returns (uint256 alone, uint256 batch) {
        uint256 half = _meters.length / 2;
        uint64[] memory rest = new uint64[](half);
        _report(interval);
        for (uint256 i = 0; i < _meters.length; ++i) {
            if (i < half) {
                _settle(interval, _meters[i]);
                alone += _lastGas();
            } else {
                rest[i - half] = _meters[i];
            }
        }
        auction.settle(interval, rest);
        return (alone / half, _lastGas() / half);
    }
}

/// @dev Ten thousand homes; not isolated, because their orders are not what is measured, so the contract is made cold
/// before the call that is.
contract AuctionOfTenThousandTest is AuctionStreet {
    /// @dev What a transaction costs before its first step, and what writing the lane costs the first to do so.
    uint256 private constant _BESIDES = 21_000 + 500 + 2_800;

    function test_TenThousandOrdersAreClearedInOneTransaction() public {
        _homesOfOne(10_000);
        _round(FIRST, false);
        vm.cool(address(auction));

        uint256 gas = _clearGas(FIRST) + _BESIDES;

        _assertUnder(gas, CLEAR_BAR, "clear 10,000");
        vm.assertLe(gas, TRANSACTION_CAP, "one transaction");
        vm.assertTrue(_result(FIRST).cleared, "cleared");
    }
}

/// @dev The greatest batches that a node sends, each at its dearest: into slots that hold nothing yet.
// Numbers of the test itself.
// forge-lint: disable-next-item(unsafe-typecast)
/// forge-config: default.isolate = true
contract BatchGasTest is AuctionStreet {
    /// @dev Orders that the utility settles at once at most.
    uint256 private constant _MOST_SETTLED = 100;

    /// @dev What a node offers for a batch (`node/ledger/sending/calls.py`).
    uint256 private constant _SETTLE_OFFER = 100_000 + 84_000 * _MOST_SETTLED;
    uint256 private constant _REPORT_OFFER = 100_000 + 36_000 * 95;

    /// @dev The grid has nothing, so that each home gets a debt; none has a balance, so that each gets one.
    function test_ABatchOfSettlementsWhileTheGridIsShortFitsIntoATransaction() public {
        _withdrawUtility(FUNDS);
        _homes(_MOST_SETTLED);
        for (uint256 i = 0; i < _MOST_SETTLED; ++i) {
            IIntervalAuction.Side side = _sideOf(i);
            (uint8 tick, uint8 chpTick) = side == IIntervalAuction.Side.Buyer ? (uint8(40), uint8(41)) : (10, 0);
            _place(_order(FIRST, side, tick, chpTick, 500, _meters[i]));
            _takeAll(registry.ownerOf(_meters[i]));
        }
        _clearGas(FIRST);
        for (uint256 i = 0; i < _MOST_SETTLED; ++i) {
            _meter(_meters[i], FIRST, 0, 10_000_000);
        }
        vm.prank(UTILITY);
        auction.settle(FIRST, _meters);
        uint256 gas = _lastGas();

        (, uint256 owed) = auction.utility();
        vm.assertGe(owed, _MOST_SETTLED, "everybody is owed something");
        for (uint256 i = 0; i < _MOST_SETTLED; ++i) {
            vm.assertGe(auction.owedTo(registry.ownerOf(_meters[i])), 1, "each of them");
        }
        _assertUnder(gas, _SETTLE_OFFER, "settle 100 while the grid is short");
        vm.assertLe(_SETTLE_OFFER, TRANSACTION_CAP, "what is offered fits");
    }

    function test_ADayOfReadingsFitsIntoATransaction() public {
        IMeterRegistry.Reading[] memory readings = new IMeterRegistry.Reading[](registry.MOST_READINGS());
        bytes memory packed = "";
        for (uint256 i = 0; i < readings.length; ++i) {
            readings[i] = IMeterRegistry.Reading({importMilliWh: uint112(1 + i), exportMilliWh: uint112(2 + i)});
            packed = bytes.concat(packed, abi.encodePacked(uint112(1 + i), uint112(2 + i)));
        }
        vm.warp(START + uint256(INTERVAL) * readings.length);
        vm.prank(BUYER);
        registry.reportMany(buyer, FIRST, readings);
        _assertUnder(_lastGas(), _REPORT_OFFER, "report 96 by oneself");
        bytes memory signature = _sign("seller", registry.readingsDigest(seller, FIRST - 1, FIRST, packed));
        vm.prank(STRANGER);
        registry.reportSigned(seller, FIRST, packed, signature);

        _assertUnder(_lastGas(), _REPORT_OFFER, "report 96 by a carrier");
        vm.assertLe(_REPORT_OFFER, TRANSACTION_CAP, "what is offered fits");
    }

    function _takeAll(address account) private {
        uint256 value = auction.balanceOf(account);
        vm.prank(account);
        auction.withdraw(value);
    }

    function _sideOf(uint256 number) private pure returns (IIntervalAuction.Side) {
        if (number % 2 == 1) return IIntervalAuction.Side.Buyer;
        return number % 6 == 4 ? IIntervalAuction.Side.ChpSeller : IIntervalAuction.Side.SolarSeller;
    }
}
