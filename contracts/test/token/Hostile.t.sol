// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

import {EnergyToken} from "../../src/EnergyToken.sol";
import {Base} from "../base/Base.sol";
import {GreedySpender} from "../base/GreedySpender.sol";

/// @dev Permits that are bent or brought elsewhere, and a spender that wants more than it was given.
contract EnergyTokenHostileTest is Base {
    bytes32 private constant _TYPEHASH =
        keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");

    /// @dev Half the order of the curve: s and its mirror are both valid signatures without the low-s rule.
    uint256 private constant _CURVE_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;

    address private immutable _HOLDER = _account("holder");

    function test_AMirroredPermitIsRefused() public {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(_key("holder"), _digest(token, 9));
        bytes32 mirrored = bytes32(_CURVE_ORDER - uint256(s));

        _refuse(v == 27 ? 28 : 27, r, mirrored, abi.encodeWithSelector(ECDSA.ECDSAInvalidSignatureS.selector, mirrored));
    }

    function test_APermitOfAnotherChainIsRefused() public {
        uint256 chain = block.chainid;
        vm.chainId(chain + 1);
        bytes32 digest = _digest(token, 9);
        vm.chainId(chain);

        _refuseDigest(digest);
    }

    function test_APermitOfAnotherTokenIsRefused() public {
        _refuseDigest(_digest(new EnergyToken("Street Token", "STREET", ADMIN), 9));
    }

    function test_APermitForLessDoesNotAllowMore() public {
        _refuseDigest(_digest(token, 8));
    }

    function test_ASpenderThatIsCalledTakesNoMoreThanItsApproval() public {
        GreedySpender greedy = new GreedySpender(token);
        _mint(_HOLDER, 100);

        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(greedy), 0, 40)
        );
        vm.prank(_HOLDER);
        token.approveAndCall(address(greedy), 40, abi.encode(uint256(2)));

        vm.assertEq(token.balanceOf(_HOLDER), 100, "holder's balance unchanged");
        vm.assertEq(token.allowance(_HOLDER, address(greedy)), 0, "allowance unchanged");
    }

    function test_ASpenderThatIsCalledTakesItsApprovalOnce() public {
        GreedySpender greedy = new GreedySpender(token);
        _mint(_HOLDER, 100);

        vm.prank(_HOLDER);
        token.approveAndCall(address(greedy), 40, abi.encode(uint256(1)));

        vm.assertEq(token.balanceOf(_HOLDER), 60, "holder's balance");
        vm.assertEq(token.allowance(_HOLDER, address(greedy)), 0, "allowance is spent");
    }

    function _refuseDigest(bytes32 digest) private {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(_key("holder"), digest);
        address recovered = ecrecover(_digest(token, 9), v, r, s);

        _refuse(v, r, s, abi.encodeWithSelector(ERC20Permit.ERC2612InvalidSigner.selector, recovered, _HOLDER));
    }

    function _refuse(uint8 v, bytes32 r, bytes32 s, bytes memory reason) private {
        vm.expectRevert(reason);
        token.permit(_HOLDER, STRANGER, 9, START, v, r, s);

        vm.assertEq(token.allowance(_HOLDER, STRANGER), 0, "allowance unchanged");
        vm.assertEq(token.nonces(_HOLDER), 0, "nonce unchanged");
    }

    function _digest(EnergyToken of_, uint256 value) private view returns (bytes32) {
        bytes32 permit = keccak256(abi.encode(_TYPEHASH, _HOLDER, STRANGER, value, 0, START));
        return keccak256(abi.encodePacked(hex"1901", of_.DOMAIN_SEPARATOR(), permit));
    }
}
