// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

import {Base} from "../base/Base.sol";

contract EnergyTokenPermitTest is Base {
    bytes32 private constant _TYPEHASH =
        keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");

    address private immutable _HOLDER = _account("holder");

    function test_APermitOfAnotherKeyIsRefused() public {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(_key("stranger"), _digest(9, 0, START));

        vm.expectRevert(abi.encodeWithSelector(ERC20Permit.ERC2612InvalidSigner.selector, STRANGER, _HOLDER));
        token.permit(_HOLDER, STRANGER, 9, START, v, r, s);

        vm.assertEq(token.allowance(_HOLDER, STRANGER), 0, "allowance unchanged");
        vm.assertEq(token.nonces(_HOLDER), 0, "nonce unchanged");
    }

    function test_APermitAfterItsDeadlineIsRefused() public {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(_key("holder"), _digest(9, 0, START - 1));

        vm.expectRevert(abi.encodeWithSelector(ERC20Permit.ERC2612ExpiredSignature.selector, START - 1));
        token.permit(_HOLDER, STRANGER, 9, START - 1, v, r, s);

        vm.assertEq(token.allowance(_HOLDER, STRANGER), 0, "allowance unchanged");
    }

    function test_APermitWorksOnce() public {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(_key("holder"), _digest(9, 0, START));
        token.permit(_HOLDER, STRANGER, 9, START, v, r, s);
        vm.assertEq(token.allowance(_HOLDER, STRANGER), 9, "allowance");
        vm.assertEq(token.nonces(_HOLDER), 1, "nonce");

        vm.prank(_HOLDER);
        token.approve(STRANGER, 0);
        vm.expectRevert();
        token.permit(_HOLDER, STRANGER, 9, START, v, r, s);

        vm.assertEq(token.allowance(_HOLDER, STRANGER), 0, "allowance not given again");
    }

    function _digest(uint256 value, uint256 nonce, uint256 deadline) private view returns (bytes32) {
        bytes32 permit = keccak256(abi.encode(_TYPEHASH, _HOLDER, STRANGER, value, nonce, deadline));
        return keccak256(abi.encodePacked(hex"1901", token.DOMAIN_SEPARATOR(), permit));
    }
}
