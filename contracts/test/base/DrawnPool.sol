// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CommitmentPool} from "../../src/CommitmentPool.sol";
import {EnergyToken} from "../../src/EnergyToken.sol";
import {MeterRegistry} from "../../src/MeterRegistry.sol";
import {ICommitmentPool} from "../../src/interfaces/ICommitmentPool.sol";
import {IMeterRegistry} from "../../src/interfaces/IMeterRegistry.sol";
import {AnyFeed} from "./AnyFeed.sol";
import {Cheats} from "./Cheats.sol";

/// @title A street of five homes and a pool under any settings that the constructor takes, drawn once.
// Numbers of the test itself.
// forge-lint: disable-next-item(unsafe-typecast)
abstract contract DrawnPool is Cheats {
    uint64 public constant HOMES = 5;
    uint8 internal constant PLACES = 3;

    EnergyToken public immutable TOKEN;

    /// @dev None until the first action.
    CommitmentPool public pool;
    MeterRegistry public registry;
    AnyFeed internal _oracle;

    /// @dev What went in and came out, counted at the token.
    uint256 public moneyIn;
    uint256 public moneyOut;

    uint256 internal _now = START;
    uint8 internal _decimals;

    constructor(EnergyToken token) {
        TOKEN = token;
    }

    /// @dev Draw the street once; every run has another one.
    modifier drawn(uint256 seed) {
        if (address(pool) == address(0)) _draw(uint256(keccak256(abi.encode(seed))));
        vm.warp(_now);
        _;
    }

    function account(uint256 home) public pure returns (address) {
        return vm.addr(1 + home % HOMES);
    }

    function _current() internal view returns (uint32) {
        return uint32(_now / pool.INTERVAL());
    }

    function _mint(address to, uint256 value) internal {
        vm.prank(ADMIN);
        TOKEN.mint(to, value);
    }

    function _pay(address from, uint64 meter, uint256 value) internal {
        _mint(from, value);
        vm.prank(from);
        TOKEN.transferAndCall(address(pool), value, abi.encode(meter));
        moneyIn += value;
    }

    /// @dev So many base units per kilowatt-hour, fresh now.
    function _say(uint256 price) internal {
        uint256 answer = _decimals > 6 ? price * 10 ** (_decimals - 6) : price / 10 ** (6 - _decimals);
        _oracle.say(uint80(_now), int256(answer), _now, uint80(_now));
    }

    function _draw(uint256 seed) private {
        uint32[4] memory lengths = [uint32(900), 3_600, 60, 86_400];
        uint32[3] memory rings = [uint32(16), 64, 128];
        uint8[4] memory decimals = [uint8(0), 6, 8, 18];
        registry = new MeterRegistry(ADMIN, lengths[seed % 4], rings[(seed >> 8) % 3]);
        _decimals = decimals[(seed >> 16) % 4];
        _oracle = new AnyFeed(_decimals);
        pool = new CommitmentPool(_settings(seed));
        IMeterRegistry.MeterKind[5] memory kinds = [
            IMeterRegistry.MeterKind.Solar,
            IMeterRegistry.MeterKind.Battery,
            IMeterRegistry.MeterKind.Chp,
            IMeterRegistry.MeterKind.Consumer,
            IMeterRegistry.MeterKind.Consumer
        ];
        for (uint256 home = 0; home < HOMES; ++home) {
            vm.prank(ADMIN);
            registry.install(account(home), account(home), kinds[home], type(uint32).max);
        }
    }

    function _settings(uint256 seed) private view returns (ICommitmentPool.Settings memory settings) {
        uint32 interval = registry.INTERVAL();
        (settings.token, settings.registry, settings.oracle) = (TOKEN, registry, _oracle);
        settings.staleAfterSeconds = 1 + uint32((seed >> 24) % 31 days);
        settings.recordDeadlineSeconds = uint32(_bound(seed >> 48, interval, uint256(registry.RING() - 6) * interval));
        settings.penaltyPercent = uint32((seed >> 80) % 101);
        settings.leastMilliWh = 1 + uint64((seed >> 88) % 2_000);
        settings.horizon = 1 + uint32((seed >> 104) % 96);
        settings.horizonPrice = 1 + uint32((seed >> 112) % settings.horizon);
        settings.ring = 256;
    }
}
