// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EnergyMoney} from "../../src/libraries/EnergyMoney.sol";
import {Symbolic} from "../base/Symbolic.sol";

/// @dev Proofs of the rounding alone, which knows its two factors by their product only: here those below 2^24.
contract EnergyMoneySymbolic is Symbolic {
    function check_TheCostIsTheProceedsOrAUnitMore(uint24 product) public pure {
        uint256 cost = EnergyMoney.costUp(product, 1);
        uint256 proceeds = EnergyMoney.proceedsDown(product, 1);

        vm.assertLe(proceeds, cost, "no more is paid out than came in");
        vm.assertLe(cost - proceeds, 1, "nor more than a unit less");
    }

    function check_LessIsNeverWorthMore(uint24 less, uint24 more) public pure {
        vm.assume(less <= more);

        vm.assertLe(EnergyMoney.proceedsDown(less, 1), EnergyMoney.proceedsDown(more, 1), "it rises with the product");
    }
}
