// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EnergyToken} from "../../src/EnergyToken.sol";
import {ICommitmentPool} from "../../src/interfaces/ICommitmentPool.sol";
import {PoolBase} from "../base/PoolBase.sol";

/// @dev Only the account itself commits and lowers its balance.
contract CommitmentPoolIdentityTest is PoolBase {
    function test_ATransferOfNothingByAStrangerCommitsNothing() public {
        _refuseByTransfer(0);
    }

    function test_ATransferByAnAllowanceCommitsNothing() public {
        _mint(CONSUMER, 250_000);
        vm.prank(CONSUMER);
        token.approve(STRANGER, 250_000);

        _refuseByTransfer(250_000);
    }

    function test_AGiftByAnAllowanceOnlyRaises() public {
        _mint(CONSUMER, 9);
        vm.prank(CONSUMER);
        token.approve(STRANGER, 9);
        vm.prank(STRANGER);
        token.transferFromAndCall(CONSUMER, address(pool), 9, abi.encode(consumer));

        vm.assertEq(_balance(consumer), FUNDS + 9, "the balance rose");
    }

    function test_AnotherTokenIsNotTaken() public {
        EnergyToken fake = new EnergyToken("Fake", "FAKE", STRANGER);
        vm.startPrank(STRANGER);
        fake.mint(STRANGER, 100);
        vm.expectRevert(abi.encodeWithSelector(ICommitmentPool.PoolNotToken.selector, address(fake)));
        fake.transferAndCall(address(pool), 100, abi.encode(consumer));
        vm.expectRevert(abi.encodeWithSelector(ICommitmentPool.PoolNotToken.selector, address(fake)));
        fake.approveAndCall(address(pool), 100, abi.encode(consumer));
        vm.expectRevert(abi.encodeWithSelector(ICommitmentPool.PoolNotToken.selector, STRANGER));
        pool.onApprovalReceived(CONSUMER, 1, abi.encode(_pledge(consumer, 0, DRAWS, FIRST, 1, KWH)));
        vm.stopPrank();
    }

    /// @dev A standing allowance is nobody's to spend by commitments.
    function test_AStandingAllowanceIsNotTouched() public {
        _mint(CONSUMER, FUNDS);
        vm.prank(CONSUMER);
        token.approve(address(pool), FUNDS);
        _draw(consumer, KWH);

        vm.assertEq(token.balanceOf(CONSUMER), FUNDS, "its tokens are where they were");
    }

    function _refuseByTransfer(uint256 value) private {
        bytes memory data = abi.encode(_pledge(consumer, 0, DRAWS, FIRST, 1, KWH));
        bytes32 before = _picture();
        vm.expectRevert(abi.encodeWithSelector(ICommitmentPool.PoolNotByAccount.selector, STRANGER, CONSUMER));
        vm.prank(STRANGER);
        token.transferFromAndCall(CONSUMER, address(pool), value, data);
        vm.assertEq(_picture(), before, "nothing has changed");
    }
}
