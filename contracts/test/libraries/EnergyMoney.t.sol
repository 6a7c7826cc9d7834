// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EnergyMoney} from "../../src/libraries/EnergyMoney.sol";
import {Base} from "../base/Base.sol";

contract EnergyMoneyTest is Base {
    function test_AnExactProductIsNotRounded() public pure {
        vm.assertEq(EnergyMoney.costUp(500_000, 180_000), 90_000, "half a kilowatt-hour to pay");
        vm.assertEq(EnergyMoney.proceedsDown(500_000, 180_000), 90_000, "half a kilowatt-hour to receive");
    }

    function test_ARemainderCostsAUnitAndEarnsNone() public pure {
        vm.assertEq(EnergyMoney.costUp(1, 1), 1, "the least energy at the least price to pay");
        vm.assertEq(EnergyMoney.proceedsDown(1, 1), 0, "the least energy at the least price to receive");
        vm.assertEq(EnergyMoney.costUp(999_999, 1), 1, "just under a unit to pay");
        vm.assertEq(EnergyMoney.proceedsDown(999_999, 1), 0, "just under a unit to receive");
    }

    function test_NoEnergyCostsNothing() public pure {
        vm.assertEq(EnergyMoney.costUp(0, type(uint64).max), 0, "to pay");
        vm.assertEq(EnergyMoney.proceedsDown(0, type(uint64).max), 0, "to receive");
    }

    function testFuzz_CostIsTheCeilingAndProceedsAreTheFloor(uint64 energy, uint64 price) public pure {
        uint256 exact = uint256(energy) * price;
        uint256 cost = EnergyMoney.costUp(energy, price);
        uint256 proceeds = EnergyMoney.proceedsDown(energy, price);

        vm.assertGe(cost * 1e6, exact, "the cost covers the energy");
        vm.assertLe(cost * 1e6, exact + 999_999, "the cost is the least that does");
        vm.assertLe(proceeds * 1e6, exact, "the proceeds are covered by the energy");
        vm.assertGe(proceeds * 1e6 + 999_999, exact, "the proceeds are the most that are");
        vm.assertLe(cost - proceeds, 1, "rounding is worth a unit at most");
    }

    function testFuzz_SplittingEarnsNothing(uint64 energy, uint64 part, uint64 price) public pure {
        part = uint64(_bound(part, 0, energy));

        uint256 parts = EnergyMoney.proceedsDown(part, price) + EnergyMoney.proceedsDown(energy - part, price);

        vm.assertLe(parts, EnergyMoney.proceedsDown(energy, price), "two parts earn no more than the whole");
    }
}
