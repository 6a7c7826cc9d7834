// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CommitmentPool} from "../../src/CommitmentPool.sol";
import {ICommitmentPool} from "../../src/interfaces/ICommitmentPool.sol";
import {Base} from "../base/Base.sol";
import {PoolHandler} from "../base/PoolHandler.sol";

/// forge-config: default.invariant.runs = 16
/// forge-config: soak.invariant.runs = 1024
contract CommitmentPoolInvariants is Base {
    /// @dev As forge reads it.
    struct FuzzSelector {
        address target;
        bytes4[] selectors;
    }

    PoolHandler private _handler;

    function setUp() public override {
        super.setUp();
        _handler = new PoolHandler(token);
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function excludeSelectors() external view returns (FuzzSelector[] memory excluded) {
        excluded = new FuzzSelector[](1);
        bytes4[] memory selectors = new bytes4[](2);
        (selectors[0], selectors[1]) = (PoolHandler.windUp.selector, PoolHandler.pricesStand.selector);
        excluded[0] = FuzzSelector({target: address(_handler), selectors: selectors});
    }

    /// @dev Before the first action there is no pool.
    modifier begun() {
        if (address(_pool()) != address(0)) _;
    }

    function _pool() private view returns (CommitmentPool) {
        return _handler.pool();
    }

    function invariant_TokensInAreTokensOutAndHeld() external view begun {
        uint256 held = _handler.moneyIn() - _handler.moneyOut();

        vm.assertEq(token.balanceOf(address(_pool())), held, "tokens in = tokens out + held");
    }

    function invariant_WhatIsHeldCoversBalancesAndOpenCollateral() external view begun {
        uint256 sum = 0;
        for (uint64 meter = 1; meter <= _handler.HOMES(); ++meter) {
            (uint256 balance, uint256 committed, uint256 delivered) = _pool().profileOf(meter);
            sum += balance + _handler.openCollateral(meter);
            vm.assertLe(delivered, committed, "no more was delivered than committed");
        }

        vm.assertLe(sum, token.balanceOf(address(_pool())), "held covers what is anybody's");
    }

    function invariant_SumsAreTheCommitmentsThatStand() external view begun {
        uint32 next = _handler.current() + 1;
        for (uint256 i = 0; i < _handler.intervalCount(); ++i) {
            uint32 interval = _handler.intervals(i);
            if (interval < next) continue;
            ICommitmentPool.Interval memory entry = _pool().intervalAt(interval);
            uint256 drawn = _handler.committedIn(interval, ICommitmentPool.Side.Consumer);
            uint256 fed = _handler.committedIn(interval, ICommitmentPool.Side.Producer);
            vm.assertEq(entry.consumers.committed, drawn, "consumers");
            vm.assertEq(entry.producers.committed, fed, "producers");
        }
    }

    function invariant_AnIntervalsPriceNeverChanges() external begun {
        vm.assertTrue(_handler.pricesStand(), "prices stand");
    }

    /// @dev After every run: whoever is silent, everybody's money comes out, but for a rounding a claim: of a payment, a
    /// receipt, a pot's share and a pot each below one base unit, and a unit of energy at the dearest price.
    function afterInvariant() external begun {
        _handler.windUp();

        vm.assertLe(
            token.balanceOf(address(_pool())), (1 + _handler.claims()) * (4 + 2 * 1e9 / 1e6), "nothing but dust is left"
        );
    }
}
