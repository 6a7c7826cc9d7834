// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The cheat codes of forge that these tests use, and no more.
interface Vm {
    struct Gas {
        uint64 gasLimit;
        uint64 gasTotalUsed;
        uint64 gasMemoryUsed;
        int64 gasRefunded;
        uint64 gasRemaining;
    }

    struct Log {
        bytes32[] topics;
        bytes data;
        address emitter;
    }

    function addr(uint256 key) external pure returns (address);
    function sign(uint256 key, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);
    function warp(uint256 timestamp) external;
    function chainId(uint256 id) external;
    function assume(bool condition) external pure;
    function prank(address caller) external;
    function startPrank(address caller) external;
    function stopPrank() external;
    function snapshotState() external returns (uint256 id);
    function revertToState(uint256 id) external returns (bool done);
    function revertToStateAndDelete(uint256 id) external returns (bool done);
    function label(address account, string calldata name) external;
    function etch(address account, bytes calldata code) external;
    function cool(address target) external;
    function expectRevert(bytes calldata reason) external;
    function expectRevert() external;
    function expectEmit(address emitter) external;
    function recordLogs() external;
    function getRecordedLogs() external returns (Log[] memory);
    function lastCallGas() external view returns (Gas memory);
    function envOr(string calldata name, string calldata otherwise) external view returns (string memory);
    function readLine(string calldata path) external view returns (string memory);
    function readFile(string calldata path) external view returns (string memory);
    function keyExistsJson(string calldata json, string calldata key) external view returns (bool);
    function parseJson(string calldata json, string calldata key) external pure returns (bytes memory);
    function parseJsonString(string calldata json, string calldata key) external pure returns (string memory);
    function parseJsonBool(string calldata json, string calldata key) external pure returns (bool);
    function parseJsonUint(string calldata json, string calldata key) external pure returns (uint256);
    function parseJsonUintArray(string calldata json, string calldata key) external pure returns (uint256[] memory);
    function parseJsonIntArray(string calldata json, string calldata key) external pure returns (int256[] memory);
    function toString(uint256 value) external pure returns (string memory);
    function assertTrue(bool condition, string calldata label) external pure;
    function assertFalse(bool condition, string calldata label) external pure;
    function assertEq(uint256 actual, uint256 expected, string calldata label) external pure;
    function assertEq(int256 actual, int256 expected, string calldata label) external pure;
    function assertEq(address actual, address expected, string calldata label) external pure;
    function assertEq(bytes32 actual, bytes32 expected, string calldata label) external pure;
    function assertEq(string calldata actual, string calldata expected, string calldata label) external pure;
    function assertLe(uint256 actual, uint256 most, string calldata label) external pure;
    function assertGe(uint256 actual, uint256 least, string calldata label) external pure;
}
