// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CommitmentPool} from "../../src/CommitmentPool.sol";
import {MeterRegistry} from "../../src/MeterRegistry.sol";
import {ICommitmentPool} from "../../src/interfaces/ICommitmentPool.sol";
import {IMeterRegistry} from "../../src/interfaces/IMeterRegistry.sol";
import {AnyFeed} from "../base/AnyFeed.sol";
import {PoolBase} from "../base/PoolBase.sol";

/// @dev Plays `tests/vectors/pool.json`, which the rule in Python wrote (`tests/pool_vectors.py` says what the rows mean),
/// through the contract: everybody's collateral, charge and receipt.
// Numbers of the test itself.
// forge-lint: disable-next-item(unsafe-typecast)
contract CommitmentPoolVectorsTest is PoolBase {
    string private _json;
    ICommitmentPool.Standing[] private _standing;
    AnyFeed private _feed6;

    function test_IntervalsSettleAsInPython() public {
        _json = vm.readFile("../tests/vectors/pool.json");
        uint256 played = 0;
        for (; vm.keyExistsJson(_json, _case(played)); ++played) {
            _play(_case(played));
        }
        vm.assertGe(played, 24, "all intervals are there");
    }

    function _play(string memory place) private {
        string memory name = vm.parseJsonString(_json, string.concat(place, ".name"));
        uint256[] memory terms = vm.parseJsonUintArray(_json, string.concat(place, ".terms"));
        uint256[][] memory rows = _rows(place, ".commitments");
        uint256[][] memory money = _rows(place, ".money");
        int256[] memory metered = vm.parseJsonIntArray(_json, string.concat(place, ".metered"));
        _fresh(uint32(terms[0]));
        for (uint256 i = 0; i < rows.length; ++i) {
            _standing.push(ICommitmentPool.Standing(_enter(vm.addr(1 + i), rows[i], money[i][0]), 0));
        }
        if (terms[1] != 0) {
            vm.warp(uint256(LATER) * INTERVAL - 1);
            _feed6.say(1, int256(terms[1]), block.timestamp, 1);
            pool.fixPrice(LATER);
        }
        vm.warp(_end(LATER));
        for (uint256 i = 0; i < rows.length; ++i) {
            if (metered[i] >= 0) _tell(_standing[i].meter, rows[i][0] == 0, uint112(uint256(metered[i])));
        }
        vm.warp(_end(LATER) + DEADLINE);
        pool.noteSilence(LATER);
        vm.warp(block.timestamp + 2 * INTERVAL);
        pool.record(LATER, _standing);
        pool.claim(LATER, _standing);

        for (uint256 i = 0; i < rows.length; ++i) {
            vm.assertEq(
                _balance(_standing[i].meter), money[i][0] - money[i][1] + money[i][2], string.concat(name, ": money")
            );
        }
    }

    /// @dev A home with exactly its collateral, all of which is set aside.
    function _enter(address account, uint256[] memory row, uint256 collateral) private returns (uint64 meter) {
        IMeterRegistry.MeterKind kind = row[0] == 0 ? IMeterRegistry.MeterKind.Consumer : IMeterRegistry.MeterKind.Solar;
        vm.prank(ADMIN);
        meter = uint64(registry.install(account, account, kind, type(uint32).max));
        ICommitmentPool.Pledge memory pledge = _pledge(meter, 0, ICommitmentPool.Side(row[0]), LATER, 1, uint48(row[1]));
        (pledge.leastPerKWh, pledge.mostPerKWh) = (uint48(row[2]), uint48(row[3]));
        if (collateral != 0) _pay(account, meter, collateral);
        vm.prank(account);
        pool.commit(pledge);
        vm.assertEq(_balance(meter), 0, "all of it is set aside");
    }

    function _tell(uint64 meter, bool draws, uint112 energy) private {
        _meter(meter, LATER, draws ? energy : 0, draws ? 0 : energy);
    }

    /// @dev A street of its own, with this penalty.
    function _fresh(uint32 penalty) private {
        delete _standing;
        vm.warp(START);
        registry = new MeterRegistry(ADMIN, INTERVAL, REGISTRY_RING);
        _feed6 = new AnyFeed(6);
        ICommitmentPool.Settings memory settings = _settings();
        (settings.registry, settings.oracle, settings.penaltyPercent) = (registry, _feed6, penalty);
        settings.leastMilliWh = 1;
        pool = new CommitmentPool(settings);
    }

    function _case(uint256 index) private pure returns (string memory) {
        return string.concat(".intervals[", vm.toString(index), "]");
    }

    function _rows(string memory place, string memory key) private view returns (uint256[][] memory) {
        return abi.decode(vm.parseJson(_json, string.concat(place, key)), (uint256[][]));
    }
}
