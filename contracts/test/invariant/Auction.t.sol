// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AuctionLens} from "../../src/AuctionLens.sol";
import {IntervalAuction} from "../../src/IntervalAuction.sol";
import {IIntervalAuction} from "../../src/interfaces/IIntervalAuction.sol";
import {AuctionHandler} from "../base/AuctionHandler.sol";
import {Base} from "../base/Base.sol";

/// forge-config: default.invariant.runs = 64
/// forge-config: soak.invariant.runs = 1024
contract IntervalAuctionInvariants is Base {
    /// @dev As forge reads it.
    struct FuzzSelector {
        address target;
        bytes4[] selectors;
    }

    address private immutable _UTILITY = _account("utility");

    AuctionHandler private _handler;

    function setUp() public override {
        super.setUp();
        _handler = new AuctionHandler(token, _UTILITY);
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function excludeSelectors() external view returns (FuzzSelector[] memory excluded) {
        excluded = new FuzzSelector[](1);
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = AuctionHandler.windUp.selector;
        excluded[0] = FuzzSelector({target: address(_handler), selectors: selectors});
    }

    /// @dev Before the first action there is no auction.
    modifier begun() {
        if (address(_auction()) != address(0)) _;
    }

    function _auction() private view returns (IntervalAuction) {
        return _handler.auction();
    }

    function _lens() private view returns (AuctionLens) {
        return _handler.lens();
    }

    function invariant_TokensInAreTokensOutAndHeld() external view begun {
        uint256 held = _handler.moneyIn() - _handler.moneyOut();

        vm.assertEq(token.balanceOf(address(_auction())), held, "tokens in = tokens out + held");
    }

    function invariant_WhatIsHeldCoversBalancesAndTheUtility() external view begun {
        (uint256 sum,) = _auction().utility();
        (uint256 leaving,) = _auction().leaving();
        sum += leaving + _auction().balanceOf(_UTILITY);
        for (uint256 home = 0; home < _handler.HOMES(); ++home) {
            sum += _auction().balanceOf(_handler.account(home));
        }

        vm.assertLe(sum, token.balanceOf(address(_auction())), "held covers what can be withdrawn");
    }

    function invariant_WhatTheGridOwesIsTheSumOfWhatHomesAreOwed() external view begun {
        uint256 sum = 0;
        for (uint256 home = 0; home < _handler.HOMES(); ++home) {
            sum += _auction().owedTo(_handler.account(home));
        }
        (, uint256 owed) = _auction().utility();

        vm.assertEq(owed, sum, "owed");
    }

    function invariant_AResultNeverChanges() external view begun {
        vm.assertTrue(_handler.resultsStand(), "results stand");
    }

    function invariant_SumsAreTheOrdersThatStand() external view begun {
        uint32 first = _handler.nextGate();
        for (uint32 interval = first; interval < first + 2; ++interval) {
            for (uint64 meter = 1; meter <= _handler.HOMES(); ++meter) {
                IIntervalAuction.Order memory order = _auction().orderAt(meter, interval);
                if (order.energyUnits == 0) continue;
                uint256 expected = 0;
                for (uint64 one = 1; one <= _handler.HOMES(); ++one) {
                    IIntervalAuction.Order memory found = _auction().orderAt(one, interval);
                    bool alike = found.side == order.side && found.tick == order.tick && found.chpTick == order.chpTick;
                    if (alike) expected += found.energyUnits;
                }
                uint256 sum = order.side == IIntervalAuction.Side.Buyer
                    ? _lens().wantedAt(interval, order.tick, order.chpTick)
                    : _lens().offeredAt(interval, order.side, order.tick);
                vm.assertEq(sum, expected, "a cell is the sum of its orders");
            }
        }
    }

    /// @dev After every run: whoever is silent, everybody's money comes out, but for a rounding an order.
    function afterInvariant() external begun {
        _handler.windUp();

        vm.assertLe(
            token.balanceOf(address(_auction())),
            _handler.dustPerOrder() * (1 + _handler.settled()),
            "nothing but dust is left inside"
        );
    }
}
