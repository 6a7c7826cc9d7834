// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICommitmentPool} from "../../src/interfaces/ICommitmentPool.sol";
import {PoolMoney} from "../../src/libraries/PoolMoney.sol";
import {Cheats} from "../base/Cheats.sol";

/// @dev What one commitment comes to beside any others, for all energies, prices and penalties.
// Numbers of the test itself.
// forge-lint: disable-next-item(unsafe-typecast)
contract PoolMoneyTest is Cheats {
    struct Case {
        bool produces;
        uint48 amount;
        uint48 did;
        /// Of its side without it, and of the other.
        uint48 ownCommitted;
        uint48 ownDelivered;
        uint48 otherCommitted;
        uint48 otherDelivered;
        uint48 otherSilent;
        uint48 price;
        uint48 most;
        uint8 penalty;
    }

    uint48 private constant _BITS = type(uint48).max / 2;

    function testFuzz_NobodyIsChargedMoreThanItsCollateral(Case memory one, bool silent) public pure {
        _tame(one);

        (uint256 charged,) = _settle(one, silent);

        vm.assertLe(charged, PoolMoney.collateralUp(_side(one), one.amount, one.most, one.penalty), "at most");
    }

    function testFuzz_NobodyIsBetterOffSilent(Case memory one) public pure {
        _tame(one);

        (uint256 charged, uint256 received) = _settle(one, false);
        (uint256 silentCharged, uint256 silentReceived) = _settle(one, true);

        vm.assertEq(silentReceived, 0, "the silent receive nothing");
        vm.assertGe(silentCharged + received, charged, "and are left with no more");
    }

    /// @dev What is received is at most the price of what it did, and the other side's shortfall.
    function testFuzz_NobodyReceivesMoreThanOthersOwe(Case memory one) public pure {
        _tame(one);

        (, uint256 received) = _settle(one, false);

        uint256 missing = uint256(one.otherCommitted) - one.otherDelivered;
        uint256 worth = one.produces ? uint256(one.did) * one.price / 1e6 : 0;
        vm.assertLe(received, worth + missing * one.price / 1e6, "at most");
    }

    function _settle(Case memory one, bool silent) private pure returns (uint256 charged, uint256 received) {
        ICommitmentPool.Sums memory own = ICommitmentPool.Sums({
            committed: one.ownCommitted + one.amount,
            delivered: one.ownDelivered + (silent ? 0 : one.did),
            silent: silent && !one.produces ? one.amount : 0
        });
        ICommitmentPool.Sums memory other = ICommitmentPool.Sums({
            committed: one.otherCommitted, delivered: one.otherDelivered, silent: one.otherSilent
        });
        return
            PoolMoney.settle(_side(one), one.amount, silent ? 0 : one.did, silent, own, other, one.price, one.penalty);
    }

    function _side(Case memory one) private pure returns (ICommitmentPool.Side) {
        return one.produces ? ICommitmentPool.Side.Producer : ICommitmentPool.Side.Consumer;
    }

    function _tame(Case memory one) private pure {
        one.amount = 1 + one.amount % _BITS;
        one.did = one.did % (one.amount + 1);
        one.ownCommitted %= _BITS;
        one.ownDelivered %= one.ownCommitted + 1;
        one.otherCommitted %= _BITS;
        one.otherDelivered %= one.otherCommitted + 1;
        uint48 short = one.otherCommitted - one.otherDelivered;
        one.otherSilent = one.produces && short != 0 ? one.otherSilent % short : 0;
        one.most = one.most == 0 ? 1 : one.most;
        one.price = 1 + one.price % one.most;
        one.penalty %= 101;
    }
}
