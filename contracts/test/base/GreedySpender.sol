// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1363Spender} from "@openzeppelin/contracts/interfaces/IERC1363Spender.sol";

import {EnergyToken} from "../../src/EnergyToken.sol";

/// @title A spender that takes its approval as often as its caller's data say.
contract GreedySpender is IERC1363Spender {
    EnergyToken private immutable _TOKEN;

    constructor(EnergyToken token) {
        _TOKEN = token;
    }

    function onApprovalReceived(address owner, uint256 value, bytes calldata data) external returns (bytes4) {
        for (uint256 i = abi.decode(data, (uint256)); i > 0; --i) {
            require(_TOKEN.transferFrom(owner, address(this), value));
        }
        return IERC1363Spender.onApprovalReceived.selector;
    }
}
