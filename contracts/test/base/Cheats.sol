// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Vm} from "./Vm.sol";

/// @title What every test and every handler has: the cheat codes, a calendar, named accounts and their keys.
abstract contract Cheats {
    /// @dev Where forge listens for cheat codes.
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    /// @dev A boundary of every interval in use: 2026-06-21 00:00 UTC.
    uint32 internal constant START = 1_782_000_000;

    address internal immutable ADMIN = _account("admin");
    address internal immutable STRANGER = _account("stranger");

    function _key(string memory name) internal pure returns (uint256) {
        return uint256(keccak256(bytes(name)));
    }

    function _account(string memory name) internal returns (address account) {
        account = vm.addr(_key(name));
        vm.label(account, name);
    }

    function _sign(string memory name, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(_key(name), digest);
        return abi.encodePacked(r, s, v);
    }

    /// @dev A number within both limits, for fuzzed arguments: bounded, not assumed away. Not for the range of all
    /// numbers, whose own count no number can hold.
    function _bound(uint256 number, uint256 least, uint256 most) internal pure returns (uint256) {
        return least + number % (most - least + 1);
    }
}
