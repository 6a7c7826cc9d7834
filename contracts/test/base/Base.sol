// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EnergyToken} from "../../src/EnergyToken.sol";
import {Cheats} from "./Cheats.sol";

/// @title What every test begins with: a time and a token.
abstract contract Base is Cheats {
    EnergyToken internal token;

    function setUp() public virtual {
        vm.warp(START);
        token = new EnergyToken("Street Token", "STREET", ADMIN);
        vm.label(address(token), "token");
    }

    function _mint(address to, uint256 value) internal {
        vm.prank(ADMIN);
        token.mint(to, value);
    }
}
