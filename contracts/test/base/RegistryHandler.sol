// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MeterRegistry} from "../../src/MeterRegistry.sol";
import {IMeterRegistry} from "../../src/interfaces/IMeterRegistry.sol";
import {Cheats} from "./Cheats.sol";

/// @title Two meters that report, lie, change hands and keys, and a book of every reading that was taken.
contract RegistryHandler is Cheats {
    struct Entry {
        uint32 boundary;
        uint112 importMilliWh;
        uint112 exportMilliWh;
    }

    uint256 public constant METERS = 2;

    /// @dev Most readings that one action adds to the book.
    uint256 public constant MOST_ADDED = 12;

    MeterRegistry public immutable REGISTRY;

    mapping(uint256 id => Entry[] entries) private _book;
    mapping(uint256 id => uint256 owner) private _owner;
    mapping(uint256 id => uint256 reporter) private _reporter;
    uint256 private _now = START;

    /// @dev The book begins with what an installation writes.
    constructor(MeterRegistry registry) {
        REGISTRY = registry;
        for (uint256 id = 1; id <= METERS; ++id) {
            _book[id].push(Entry(START / registry.INTERVAL(), 0, 0));
        }
    }

    /* ACTIONS */

    function report(uint256 id, uint8 skipped, uint112 imported, uint112 exported) external {
        id = 1 + id % METERS;
        Entry memory next = _next(last(id), 1 + skipped % 5, imported, exported);
        _reach(next.boundary);

        vm.prank(account(_reporter[id]));
        REGISTRY.report(id, next.boundary, next.importMilliWh, next.exportMilliWh);

        _book[id].push(next);
    }

    function reportMany(uint256 id, uint8 skipped, uint8 length, uint112 imported, uint112 exported) external {
        id = 1 + id % METERS;
        IMeterRegistry.Reading[] memory readings = new IMeterRegistry.Reading[](1 + length % MOST_ADDED);
        Entry memory entry = last(id);
        uint32 first = entry.boundary + 1 + skipped % 3;
        for (uint256 i = 0; i < readings.length; ++i) {
            entry = _next(entry, i == 0 ? first - entry.boundary : 1, imported, exported);
            readings[i] = IMeterRegistry.Reading(entry.importMilliWh, entry.exportMilliWh);
            _book[id].push(entry);
        }
        _reach(entry.boundary);

        vm.prank(account(_reporter[id]));
        REGISTRY.reportMany(id, first, readings);
    }

    /// @dev Anything at all, from anybody: the registry refuses it, or it was a reading within the rules.
    function lie(uint256 id, uint256 caller, uint32 boundary, uint112 imported, uint112 exported) external {
        id = 1 + id % METERS;
        Entry memory entry = last(id);
        boundary = uint32(_bound(boundary, entry.boundary > 20 ? entry.boundary - 20 : 0, entry.boundary + 20));
        vm.warp(_now);
        vm.prank(account(caller));
        try REGISTRY.report(id, boundary, imported, exported) {
            _book[id].push(Entry(boundary, imported, exported));
        } catch {}
    }

    function setReporter(uint256 id, uint256 reporter) external {
        id = 1 + id % METERS;
        vm.prank(account(_owner[id]));
        REGISTRY.setReporter(id, account(reporter));
        _reporter[id] = reporter;
    }

    function transfer(uint256 id, uint256 to) external {
        id = 1 + id % METERS;
        address owner = account(_owner[id]);
        vm.prank(owner);
        REGISTRY.transferFrom(owner, account(to), id);
        _owner[id] = to;
    }

    /* VIEWS */

    function account(uint256 seed) public pure returns (address) {
        return vm.addr(_key(vm.toString(seed % 3)));
    }

    function bookLength(uint256 id) external view returns (uint256) {
        return _book[id].length;
    }

    function bookEntry(uint256 id, uint256 index) external view returns (Entry memory) {
        return _book[id][index];
    }

    function last(uint256 id) public view returns (Entry memory) {
        return _book[id][_book[id].length - 1];
    }

    /* INTERNAL */

    function _next(Entry memory from, uint32 steps, uint112 imported, uint112 exported)
        private
        pure
        returns (Entry memory)
    {
        uint256 most = uint256(steps) * 1_000_000;
        return Entry({
            boundary: from.boundary + steps,
            importMilliWh: from.importMilliWh + uint112(_bound(imported, 0, most)),
            exportMilliWh: from.exportMilliWh + uint112(_bound(exported, 0, most))
        });
    }

    function _reach(uint32 boundary) private {
        uint256 time = uint256(boundary) * REGISTRY.INTERVAL();
        if (_now < time) _now = time;
        vm.warp(_now);
    }
}
