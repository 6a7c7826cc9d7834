// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MeterRegistry} from "../../src/MeterRegistry.sol";
import {IMeterRegistry} from "../../src/interfaces/IMeterRegistry.sol";
import {RegistryBase} from "../base/RegistryBase.sol";

contract MeterRegistryReportSignedTest is RegistryBase {
    function test_AnybodyCarriesWhatTheReporterSigned() public {
        bytes memory readings = abi.encodePacked(uint112(7), uint112(9), uint112(8), uint112(11));
        bytes memory signature = _signed(first, first + 1, readings);
        _reach(first + 2);

        vm.expectEmit(address(registry));
        emit IMeterRegistry.ReadingsCarried(id, STRANGER, first + 1, first + 2, 8, 11);
        vm.prank(STRANGER);
        registry.reportSigned(id, first + 1, readings, signature);

        _assertReading(first + 1, 7, 9);
        _assertReading(first + 2, 8, 11);
        _assertLast(first + 2);
    }

    function test_APackageCountsOnce() public {
        bytes memory readings = abi.encodePacked(uint112(7), uint112(9));
        bytes memory signature = _signed(first, first + 1, readings);
        _reach(first + 1);
        registry.reportSigned(id, first + 1, readings, signature);

        _refuse(first + 1, first + 1, readings, signature);
    }

    /// @dev Tomorrow's package first would make today a gap.
    function test_ACarrierThatReordersIsRefused() public {
        bytes memory today = abi.encodePacked(uint112(7), uint112(9));
        bytes memory tomorrow = abi.encodePacked(uint112(8), uint112(9));
        bytes memory signature = _signed(first, first + 1, today);
        bytes memory second = _signed(first + 1, first + 2, tomorrow);
        _reach(first + 2);

        _refuse(first, first + 2, tomorrow, second);
        registry.reportSigned(id, first + 1, today, signature);
        registry.reportSigned(id, first + 2, tomorrow, second);
        _assertLast(first + 2);
    }

    function test_AnotherKeyAnotherTextAndAnotherContractAreRefused() public {
        bytes memory readings = abi.encodePacked(uint112(7), uint112(9));
        bytes memory other = abi.encodePacked(uint112(7), uint112(10));
        bytes memory signature = _signed(first, first + 1, readings);
        _reach(first + 2);

        _refuse(first, first + 1, readings, _sign("owner", registry.readingsDigest(id, first, first + 1, readings)));
        _refuse(first, first + 1, other, signature);
        _refuse(first, first + 2, readings, signature);
        _refuse(first, first + 1, readings, new bytes(65));
        _refuse(first, first + 1, readings, "");
        MeterRegistry elsewhere = new MeterRegistry(ADMIN, INTERVAL, RING);
        bytes memory there = _sign("reporter", elsewhere.readingsDigest(id, first, first + 1, readings));
        _refuse(first, first + 1, readings, there);
        vm.prank(OWNER);
        registry.setReporter(id, STRANGER);
        _refuse(first, first + 1, readings, signature);
    }

    function test_AMeterThatDoesNotExistIsRefused() public {
        bytes memory readings = abi.encodePacked(uint112(7), uint112(9));
        bytes memory signature = _sign("reporter", registry.readingsDigest(9, 0, first + 1, readings));
        vm.expectRevert(abi.encodeWithSelector(IMeterRegistry.RegistryReadingsNotSigned.selector, 9, 0));
        registry.reportSigned(9, first + 1, readings, signature);
        vm.expectRevert(abi.encodeWithSelector(IMeterRegistry.RegistryReadingsNotSigned.selector, 9, 0));
        registry.reportSigned(9, first + 1, readings, new bytes(65));
    }

    function test_APackageOfAnotherLengthIsRefused() public {
        uint256[4] memory lengths = [uint256(0), 27, 29, 97 * 28];
        for (uint256 i = 0; i < lengths.length; ++i) {
            bytes memory readings = new bytes(lengths[i]);
            bytes memory signature = _signed(first, first + 1, readings);
            vm.expectRevert(abi.encodeWithSelector(IMeterRegistry.RegistryPackageLength.selector, lengths[i], 28, 96));
            registry.reportSigned(id, first + 1, readings, signature);
        }
    }

    function test_ThePackageMayHoldAsMuchAsADay() public {
        uint32 most = uint32(registry.MOST_READINGS());
        bytes memory readings;
        for (uint112 i = 1; i <= most; ++i) {
            readings = abi.encodePacked(readings, i, uint112(0));
        }
        _reach(first + most);

        registry.reportSigned(id, first + 1, readings, _signed(first, first + 1, readings));

        _assertLast(first + most);
    }

    function test_EveryRuleOfAReadingHoldsAndAllOrNothing() public {
        bytes memory falls = abi.encodePacked(uint112(7), uint112(9), uint112(6), uint112(9));
        bytes memory signature = _signed(first, first + 1, falls);
        _reach(first + 2);
        bytes32 before = _picture();
        vm.expectRevert(
            abi.encodeWithSelector(
                IMeterRegistry.RegistryRegisterFalls.selector, id, IMeterRegistry.Register.Import, 6, 7
            )
        );
        registry.reportSigned(id, first + 1, falls, signature);
        bytes memory dear = abi.encodePacked(uint112(0), MOST_RISE + 1);
        bytes memory second = _signed(first, first + 1, dear);
        vm.expectRevert(
            abi.encodeWithSelector(
                IMeterRegistry.RegistryRiseAboveMaximum.selector,
                id,
                IMeterRegistry.Register.Export,
                MOST_RISE + 1,
                MOST_RISE
            )
        );
        registry.reportSigned(id, first + 1, dear, second);
        vm.assertEq(_picture(), before, "nothing changed");
    }

    function test_TheDigestIsTheStandardsWordForWord() public view {
        bytes memory readings = abi.encodePacked(uint112(7), uint112(9));
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("MeterRegistry"),
                keccak256("1"),
                block.chainid,
                address(registry)
            )
        );
        bytes32 text = keccak256(
            abi.encode(
                keccak256("Readings(uint256 id,uint32 previous,uint32 first,bytes readings)"),
                id,
                uint256(first),
                uint256(first + 1),
                keccak256(readings)
            )
        );

        vm.assertEq(
            registry.readingsDigest(id, first, first + 1, readings),
            keccak256(abi.encodePacked(hex"1901", domain, text)),
            "digest"
        );
    }

    function testFuzz_WhatIsCarriedIsWhatWouldBeReported(uint112[4] memory rises, uint8 count) public {
        count = uint8(_bound(count, 1, 4));
        bytes memory readings;
        IMeterRegistry.Reading[] memory told = new IMeterRegistry.Reading[](count);
        (uint112 imported, uint112 exported) = (0, 0);
        for (uint256 i = 0; i < count; ++i) {
            imported += rises[i] % (MOST_RISE + 1);
            exported += (rises[i] >> 20) % (MOST_RISE + 1);
            told[i] = IMeterRegistry.Reading(imported, exported);
            readings = abi.encodePacked(readings, imported, exported);
        }
        bytes memory signature = _signed(first, first + 1, readings);
        _reach(first + count);
        uint256 snapshot = vm.snapshotState();
        vm.prank(REPORTER);
        registry.reportMany(id, first + 1, told);
        bytes32 reported = _picture();
        vm.revertToState(snapshot);

        registry.reportSigned(id, first + 1, readings, signature);

        vm.assertEq(_picture(), reported, "the same");
    }

    /* SUMS */

    function test_RisesTellEachIntervalAndLeaveGapsOut() public {
        _report(first + 1, 10, 100);
        _report(first + 2, 30, 150);
        _report(first + 4, 60, 160);

        (uint256[] memory words, uint32 last) = registry.rises(id, first, 4);

        vm.assertEq(last, first + 4, "last boundary");
        vm.assertEq(words[0], _word(10, 100), "the first");
        vm.assertEq(words[1], _word(20, 50), "the second");
        vm.assertEq(words[2], 0, "its end is missing");
        vm.assertEq(words[3], 0, "its beginning is missing");
        (words,) = registry.rises(id, type(uint32).max, 2);
        vm.assertEq(words[0] + words[1], 0, "beyond the last boundary of all");
        vm.expectRevert();
        registry.rises(9, first, 1);
    }

    function test_RisesBackSumWindowsAndLeaveOutSkippedAndIncompleteOnes() public {
        for (uint32 i = 1; i <= 7; ++i) {
            if (i != 4) _report(first + i, 10 * i, 100 * i);
        }

        (uint256 imported, uint256 exported, uint256 count) = registry.risesBack(id, first + 7, 1, 2, 3, 0);
        // Back two: 5 to 6; back four: 3 to 4, which is missing; back six: 1 to 2.
        vm.assertEq(count, 2, "complete windows");
        vm.assertEq(imported, 20, "import");
        vm.assertEq(exported, 200, "export");

        (imported,, count) = registry.risesBack(id, first + 7, 1, 2, 3, 2);
        vm.assertEq(count, 1, "bit one leaves out the first step back");
        vm.assertEq(imported, 10, "the third is left");
        (imported,, count) = registry.risesBack(id, first + 6, 2, 1, 31, 0);
        // Back one: 5 to 7; two: 4 is missing; three: 3 to 5; four: 2 to 4; five: 1 to 3; six: 0 is overwritten or kept.
        vm.assertEq(count, 4, "windows of two");
        vm.assertEq(imported, 80, "each of two steps");
        (,, count) = registry.risesBack(id, 5, 1, 3, 31, 0);
        vm.assertEq(count, 0, "before 1970 there is nothing");
        vm.expectRevert(abi.encodeWithSelector(IMeterRegistry.RegistryTimesAboveMost.selector, 32, 31));
        registry.risesBack(id, first, 1, 1, 32, 0);
    }

    function testFuzz_RisesBackAreTheSumsOfReadings(uint32 back, uint32 length, uint32 step, uint8 times, uint32 skip)
        public
    {
        for (uint32 i = 1; i <= 7; ++i) {
            if (i % 3 != 0) _report(first + i, 11 * i, 7 * i * i);
        }
        (length, step, times) = (length % 4, step % 3, times % 32);
        uint32 from = first + back % 10;
        // Import, export, windows.
        uint256[3] memory expected;
        for (uint32 i = 1; i <= times; ++i) {
            if ((skip >> i) & 1 == 0) _addWindow(expected, from - i * step, length);
        }

        uint256[3] memory sums;
        (sums[0], sums[1], sums[2]) = registry.risesBack(id, from, length, step, times, skip);

        vm.assertEq(keccak256(abi.encode(sums)), keccak256(abi.encode(expected)), "import, export, windows");
    }

    /* INTERNAL */

    function _addWindow(uint256[3] memory sums, uint32 from, uint32 length) private view {
        (bool found, uint112 import0, uint112 export0) = registry.readingAt(id, from);
        (bool ended, uint112 import1, uint112 export1) = registry.readingAt(id, from + length);
        if (!found || !ended) return;
        sums[0] += import1 - import0;
        sums[1] += export1 - export0;
        ++sums[2];
    }

    function _signed(uint32 previous, uint32 from, bytes memory readings) private view returns (bytes memory) {
        return _sign("reporter", registry.readingsDigest(id, previous, from, readings));
    }

    function _word(uint256 imported, uint256 exported) private pure returns (uint256) {
        return 1 | (imported << 32) | (exported << 144);
    }

    function _refuse(uint32 previous, uint32 from, bytes memory readings, bytes memory signature) private {
        bytes32 before = _picture();

        vm.expectRevert(abi.encodeWithSelector(IMeterRegistry.RegistryReadingsNotSigned.selector, id, previous));
        vm.prank(STRANGER);
        registry.reportSigned(id, from, readings, signature);

        vm.assertEq(_picture(), before, "nothing changed");
    }
}
