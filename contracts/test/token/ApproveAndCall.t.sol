// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC1363Utils} from "@openzeppelin/contracts/token/ERC20/utils/ERC1363Utils.sol";

import {Base} from "../base/Base.sol";

contract EnergyTokenApproveAndCallTest is Base {
    function test_ASpenderWithoutTheCallbackRevertsWhole() public {
        // The token itself has code and no callback.
        vm.expectRevert(abi.encodeWithSelector(ERC1363Utils.ERC1363InvalidSpender.selector, address(token)));
        vm.prank(STRANGER);
        token.approveAndCall(address(token), 5, "");

        vm.assertEq(token.allowance(STRANGER, address(token)), 0, "allowance unchanged");
    }

    function test_ASpenderWithoutCodeRevertsWhole() public {
        vm.expectRevert(abi.encodeWithSelector(ERC1363Utils.ERC1363InvalidSpender.selector, ADMIN));
        vm.prank(STRANGER);
        token.approveAndCall(ADMIN, 5, "");

        vm.assertEq(token.allowance(STRANGER, ADMIN), 0, "allowance unchanged");
    }

    function test_APlainTransferToAContractCallsNobody() public {
        _mint(STRANGER, 5);

        vm.prank(STRANGER);
        bool done = token.transfer(address(token), 5);

        vm.assertTrue(done, "transfer answers true");
        vm.assertEq(token.balanceOf(address(token)), 5, "receiver's balance");
        vm.assertEq(token.balanceOf(STRANGER), 0, "sender's balance");
    }

    function test_ATransferAndCallWithoutTheCallbackRevertsWhole() public {
        _mint(STRANGER, 5);

        vm.expectRevert(abi.encodeWithSelector(ERC1363Utils.ERC1363InvalidReceiver.selector, address(token)));
        vm.prank(STRANGER);
        token.transferAndCall(address(token), 5, "");

        vm.assertEq(token.balanceOf(STRANGER), 5, "sender's balance unchanged");
    }

    function test_TransferFromAndCallNeedsAnAllowance() public {
        _mint(ADMIN, 5);

        vm.expectRevert();
        vm.prank(STRANGER);
        token.transferFromAndCall(ADMIN, address(token), 5, "");

        vm.assertEq(token.balanceOf(ADMIN), 5, "holder's balance unchanged");
    }
}
