// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EnergyToken} from "../../src/EnergyToken.sol";
import {Base} from "../base/Base.sol";
import {Cheats} from "../base/Cheats.sol";

/// @title Three holders who mint, burn, move, approve and permit.
contract TokenHandler is Cheats {
    uint256 public constant HOLDERS = 3;

    EnergyToken public immutable TOKEN;

    constructor(EnergyToken token_) {
        TOKEN = token_;
    }

    function mint(uint256 to, uint128 value) external {
        vm.prank(ADMIN);
        TOKEN.mint(account(to), value);
    }

    function burn(uint256 from, uint256 value) external {
        value = _bound(value, 0, TOKEN.balanceOf(account(from)));
        vm.prank(account(from));
        TOKEN.burn(value);
    }

    function transfer(uint256 from, uint256 to, uint256 value) external {
        value = _bound(value, 0, TOKEN.balanceOf(account(from)));
        vm.prank(account(from));
        vm.assertTrue(TOKEN.transfer(account(to), value), "transfer");
    }

    function transferFrom(uint256 from, uint256 spender, uint256 value) external {
        value = _bound(value, 0, TOKEN.balanceOf(account(from)));
        vm.prank(account(from));
        vm.assertTrue(TOKEN.approve(account(spender), value), "approve");
        vm.prank(account(spender));
        vm.assertTrue(TOKEN.transferFrom(account(from), account(spender), value), "transfer from");
    }

    function account(uint256 seed) public pure returns (address) {
        return vm.addr(_key(vm.toString(seed % HOLDERS)));
    }
}

contract EnergyTokenInvariants is Base {
    TokenHandler private _handler;

    function setUp() public override {
        super.setUp();
        _handler = new TokenHandler(token);
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariant_TheSumOfBalancesIsTheSupply() external view {
        uint256 sum = 0;
        for (uint256 holder = 0; holder < _handler.HOLDERS(); ++holder) {
            sum += token.balanceOf(_handler.account(holder));
        }
        vm.assertEq(token.totalSupply(), sum, "supply");
    }
}
