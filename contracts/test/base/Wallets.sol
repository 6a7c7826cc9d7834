// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";

import {EnergyToken} from "../../src/EnergyToken.sol";
import {IEnergySale} from "../../src/interfaces/IEnergySale.sol";

/// @title A buyer that is a contract, and knows nothing of signatures.
contract Buyer {
    function buy(EnergyToken token, IEnergySale sale, uint256 value, bytes calldata data) external {
        token.approveAndCall(address(sale), value, data);
    }
}

/// @title A buyer that signs by accepting digests.
contract Wallet is Buyer, IERC1271 {
    mapping(bytes32 digest => bool yes) private _accepted;

    function accept(bytes32 digest) external {
        _accepted[digest] = true;
    }

    function isValidSignature(bytes32 digest, bytes calldata) external view returns (bytes4) {
        return _accepted[digest] ? IERC1271.isValidSignature.selector : bytes4(0);
    }
}

/// @title A buyer that answers every call with the bytes it was given.
contract ParrotWallet is Buyer {
    bytes private _answer;

    constructor(bytes memory answer) {
        _answer = answer;
    }

    fallback(bytes calldata) external returns (bytes memory) {
        return _answer;
    }
}

/// @title A buyer that uses the signature check to call the sale again.
contract ReentrantWallet is Buyer {
    IEnergySale private immutable _SALE;
    address private immutable _SELLER;

    constructor(IEnergySale sale, address seller) {
        _SALE = sale;
        _SELLER = seller;
    }

    fallback(bytes calldata) external returns (bytes memory) {
        _SALE.acknowledge(_SELLER, 1, 1);
        return abi.encode(IERC1271.isValidSignature.selector);
    }
}

/// @title A buyer whose signature check burns whatever gas it is given.
contract GreedyWallet is Buyer {
    fallback(bytes calldata) external returns (bytes memory) {
        while (true) {}
        return "";
    }
}
