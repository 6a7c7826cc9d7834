// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EnergySale} from "../src/EnergySale.sol";
import {MeterRegistry} from "../src/MeterRegistry.sol";
import {IEnergySale} from "../src/interfaces/IEnergySale.sol";
import {IMeterRegistry} from "../src/interfaces/IMeterRegistry.sol";
import {Base} from "./base/Base.sol";

/// @dev What a home pays for in a whole day, as whole transactions: every call is isolated, so the 21,000 of the
/// transaction, its calldata, its cold slots and its refunds count, as in a receipt. The street is the ancestor's: one
/// producer, two consumers, purchases of 230 Wh, consumption of 50 Wh.
/// forge-config: default.isolate = true
contract GasTest is Base {
    /// @dev Shown by `forge test -vvvv`.
    event Measured(string what, uint256 gas);

    uint256 private constant _PURCHASE_BAR = 95_000;
    /// @dev By an allowance that stands: nothing of it is written anew.
    uint256 private constant _OPEN_BAR = 95_000;

    uint256 private constant _REPORT_BAR = 40_000;
    uint256 private constant _REDEEM_BAR = 60_000;

    /// @dev The receipt that ends an order pays two homes: the seller, and the buyer what is left.
    uint256 private constant _LAST_REDEEM_BAR = 67_000;

    /// @dev Ninety-six readings at 11,000 each, and the transaction.
    uint256 private constant _BATCH_BAR = 1_100_000;

    uint64 private constant _PRICE = 180_001;
    uint64 private constant _BOUGHT = 230_000;
    uint64 private constant _DRAWN = 50_000;
    uint256 private constant _COST = 41_401;
    uint32 private constant _RING = 128;

    /// @dev A terawatt-hour since ever: more than any home's registers, so that calldata is not flattered.
    uint112 private constant _OLD_REGISTER = 1e15;

    address private immutable _SELLER = _account("seller");

    EnergySale private _sale;
    MeterRegistry private _registry;

    function setUp() public override {
        super.setUp();
        _sale = new EnergySale(token, 1 hours);
        vm.prank(_SELLER);
        _sale.postOffer(_PRICE, 1e9, 1_000, START + 1 days, 2 hours);
        string[2] memory buyers = ["consumer 1", "consumer 2"];
        for (uint256 i = 0; i < buyers.length; ++i) {
            _mint(_account(buyers[i]), 1e9);
            // Both places have been used, and everybody has a balance: the steady state.
            for (uint32 number = 1; number <= 2; ++number) {
                _approveAndCall(buyers[i], number);
                _redeem(buyers[i], number, _DRAWN);
                _close(buyers[i], number);
            }
        }
    }

    function test_ASteadyPurchaseIsUnderItsBar() public {
        _assertUnder(_approveAndCall("consumer 1", 3), _PURCHASE_BAR, "purchase while the sale holds nothing");
        _assertUnder(_approveAndCall("consumer 2", 3), _PURCHASE_BAR, "purchase");
        _assertUnder(_approveAndCall("consumer 1", 4), _PURCHASE_BAR, "purchase of a successor");
        _assertUnder(_transferAndCall("consumer 2", 4), _PURCHASE_BAR, "purchase by transfer-and-call");
    }

    function test_APurchaseByAnAllowanceIsUnderItsBar() public {
        vm.prank(_account("consumer 1"));
        token.approve(address(_sale), 1e9);
        vm.prank(_account("consumer 1"));
        _sale.open(_ordered(3));

        _assertUnder(_lastGas(), _OPEN_BAR, "purchase by an allowance");
    }

    function test_ARedeemIsUnderItsBar() public {
        _approveAndCall("consumer 1", 3);
        _approveAndCall("consumer 2", 3);

        _assertUnder(_redeem("consumer 1", 3, _DRAWN), _REDEEM_BAR, "first redeem of an order");
        _assertUnder(_redeem("consumer 1", 3, 2 * _DRAWN), _REDEEM_BAR, "second redeem of an order");
    }

    function test_ARedeemThatEndsAnOrderIsUnderItsBar() public {
        for (uint32 number = 3; number <= 4; ++number) {
            _approveAndCall("consumer 1", number);
            _approveAndCall("consumer 2", number);
        }

        _assertUnder(_redeem("consumer 1", 3, _BOUGHT), _LAST_REDEEM_BAR, "redeem of all");
        _assertUnder(_redeemAndClose("consumer 1", 4, _DRAWN), _LAST_REDEEM_BAR, "redeem and close");
        _assertUnder(_redeem("consumer 2", 3, _BOUGHT), _LAST_REDEEM_BAR, "another's redeem of all");
        _assertUnder(_redeemAndClose("consumer 2", 4, _DRAWN), _LAST_REDEEM_BAR, "redeem and close, the last order");
    }

    function test_AReportAfterTheRingHasGoneRoundIsUnderItsBar() public {
        (uint256 id, uint32 boundary) = _oldMeter();

        _assertUnder(_report(id, boundary + 1, _OLD_REGISTER + 1e6), _REPORT_BAR, "report");
    }

    function test_ABatchOfADayAfterTheRingHasGoneRoundIsUnderItsBar() public {
        (uint256 id, uint32 boundary) = _oldMeter();

        _assertUnder(_reportMany(id, boundary + 1, 96, _OLD_REGISTER), _BATCH_BAR, "a day's readings");
    }

    /// @dev A meter of the largest registers that any home has, all of whose ring is in use.
    function _oldMeter() private returns (uint256 id, uint32 boundary) {
        _registry = new MeterRegistry(ADMIN, 900, _RING);
        vm.prank(ADMIN);
        id = _registry.install(STRANGER, STRANGER, IMeterRegistry.MeterKind.Solar, type(uint32).max);
        // So late that a full register is within the maximum power.
        boundary = START / 900 + 1_000;
        _report(id, boundary, _OLD_REGISTER);
        for (uint256 i = 0; i < 2; ++i) {
            _reportMany(id, boundary + 1, 96, _OLD_REGISTER);
            boundary += 96;
        }
    }

    function _report(uint256 id, uint32 boundary, uint112 register) private returns (uint256) {
        vm.warp(uint256(boundary) * 900 + 7);
        vm.prank(STRANGER);
        _registry.report(id, boundary, register, register);
        return _lastGas();
    }

    function _reportMany(uint256 id, uint32 first, uint256 length, uint112 register) private returns (uint256) {
        IMeterRegistry.Reading[] memory readings = new IMeterRegistry.Reading[](length);
        for (uint256 i = 0; i < length; ++i) {
            readings[i] = IMeterRegistry.Reading(register, register);
        }
        vm.warp((uint256(first) + length) * 900);
        vm.prank(STRANGER);
        _registry.reportMany(id, first, readings);
        return _lastGas();
    }

    function _approveAndCall(string memory buyer, uint32 number) private returns (uint256) {
        (address account, bytes memory data) = (_account(buyer), _purchase(number));
        vm.prank(account);
        token.approveAndCall(address(_sale), _COST, data);
        return _lastGas();
    }

    function _transferAndCall(string memory buyer, uint32 number) private returns (uint256) {
        (address account, bytes memory data) = (_account(buyer), _purchase(number));
        vm.prank(account);
        token.transferAndCall(address(_sale), _COST, data);
        return _lastGas();
    }

    function _redeem(string memory buyer, uint32 number, uint64 drawn) private returns (uint256) {
        (address account, bytes memory receipt) = (_account(buyer), _receipt(buyer, number, drawn));
        vm.prank(STRANGER);
        _sale.redeem(account, _SELLER, number, drawn, receipt);
        return _lastGas();
    }

    function _redeemAndClose(string memory buyer, uint32 number, uint64 drawn) private returns (uint256) {
        (address account, bytes memory receipt) = (_account(buyer), _receipt(buyer, number, drawn));
        vm.prank(_SELLER);
        _sale.redeemAndClose(account, number, drawn, receipt);
        return _lastGas();
    }

    function _close(string memory buyer, uint32 number) private {
        address account = _account(buyer);
        vm.prank(_SELLER);
        _sale.close(account, number);
    }

    function _purchase(uint32 number) private view returns (bytes memory) {
        return abi.encode(_ordered(number));
    }

    function _ordered(uint32 number) private view returns (IEnergySale.Purchase memory) {
        return IEnergySale.Purchase({
            seller: _SELLER,
            number: number,
            energyMilliWh: _BOUGHT,
            maxPricePerKWh: 2 * _PRICE,
            maxDurationSeconds: type(uint32).max
        });
    }

    function _receipt(string memory buyer, uint32 number, uint64 drawn) private returns (bytes memory) {
        return _sign(buyer, _sale.receiptDigest(_account(buyer), _SELLER, number, drawn));
    }

    function _lastGas() private view returns (uint256) {
        return vm.lastCallGas().gasTotalUsed;
    }

    function _assertUnder(uint256 gas, uint256 bar, string memory what) private {
        emit Measured(what, gas);
        vm.assertLe(gas, bar, what);
    }
}
