// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title What a spender of the old tutorial's token implements.
interface IOldSpender {
    function receiveApproval(address from, uint256 value, address token, bytes calldata data) external;
}

/// @title A token as there were before ERC-1363: what the tests' other tokens have in common.
abstract contract OtherToken {
    mapping(address account => uint256 value) public balanceOf;
    mapping(address owner => mapping(address spender => uint256 value)) public allowance;

    uint256 public totalSupply;

    /// @dev Anybody may: it is played with, and no money.
    function mint(address to, uint256 value) external {
        balanceOf[to] += value;
        totalSupply += value;
    }

    function _move(address from, address to, uint256 value) internal virtual {
        balanceOf[from] -= value;
        balanceOf[to] += value;
    }

    function _approve(address spender, uint256 value) internal {
        allowance[msg.sender][spender] = value;
    }

    function _spend(address from, address to, uint256 value) internal {
        allowance[from][msg.sender] -= value;
        _move(from, to, value);
    }
}

/// @title The old tutorial's token: its approve-and-call calls `receiveApproval`.
contract OldToken is OtherToken {
    function approve(address spender, uint256 value) public returns (bool) {
        _approve(spender, value);
        return true;
    }

    function approveAndCall(address spender, uint256 value, bytes calldata data) external returns (bool) {
        approve(spender, value);
        IOldSpender(spender).receiveApproval(msg.sender, value, address(this), data);
        return true;
    }

    function transfer(address to, uint256 value) external returns (bool) {
        _move(msg.sender, to, value);
        return true;
    }

    function transferFrom(address from, address to, uint256 value) external virtual returns (bool) {
        _spend(from, to, value);
        return true;
    }
}
