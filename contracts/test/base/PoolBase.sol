// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CommitmentPool} from "../../src/CommitmentPool.sol";
import {MeterRegistry} from "../../src/MeterRegistry.sol";
import {ICommitmentPool} from "../../src/interfaces/ICommitmentPool.sol";
import {IMeterRegistry} from "../../src/interfaces/IMeterRegistry.sol";
import {Base} from "./Base.sol";

/// @title A pool of quarter hours with two homes that feed and two that draw, all with money inside. The registry's price
/// in use is its oracle.
abstract contract PoolBase is Base {
    uint32 internal constant INTERVAL = 900;
    uint32 internal constant REGISTRY_RING = 128;
    uint32 internal constant DEADLINE = 6 hours;
    uint32 internal constant STALE = 1 hours;
    uint32 internal constant PENALTY = 20;
    uint64 internal constant LEAST = 1_000;
    uint32 internal constant HORIZON = 24;
    uint32 internal constant HORIZON_PRICE = 4;
    uint32 internal constant RING = 128;
    uint48 internal constant PRICE = 200_000;
    uint48 internal constant MOST = 250_000;
    uint48 internal constant KWH = 1_000_000;
    uint256 internal constant FUNDS = 1e12;

    uint32 internal constant NOW = START / INTERVAL;
    /// @dev The first interval that can be committed at `START`; its price is due.
    uint32 internal constant FIRST = NOW + 1;
    /// @dev The first whose price is not due.
    uint32 internal constant LATER = NOW + HORIZON_PRICE + 1;

    ICommitmentPool.Side internal constant DRAWS = ICommitmentPool.Side.Consumer;
    ICommitmentPool.Side internal constant FEEDS = ICommitmentPool.Side.Producer;

    address internal immutable PRODUCER = _account("producer");
    address internal immutable CHP = _account("chp producer");
    address internal immutable CONSUMER = _account("consumer");
    address internal immutable OTHER = _account("other consumer");

    MeterRegistry internal registry;
    CommitmentPool internal pool;
    uint64 internal producer;
    uint64 internal chp;
    uint64 internal consumer;
    uint64 internal other;

    function setUp() public virtual override {
        super.setUp();
        registry = new MeterRegistry(ADMIN, INTERVAL, REGISTRY_RING);
        pool = new CommitmentPool(_settings());
        vm.label(address(registry), "registry");
        vm.label(address(pool), "pool");
        producer = _home(PRODUCER, IMeterRegistry.MeterKind.Solar);
        chp = _home(CHP, IMeterRegistry.MeterKind.Chp);
        consumer = _home(CONSUMER, IMeterRegistry.MeterKind.Consumer);
        other = _home(OTHER, IMeterRegistry.MeterKind.Consumer);
        _post(PRICE);
    }

    function _settings() internal view returns (ICommitmentPool.Settings memory) {
        return ICommitmentPool.Settings({
            token: token,
            registry: registry,
            oracle: registry,
            staleAfterSeconds: STALE,
            recordDeadlineSeconds: DEADLINE,
            penaltyPercent: PENALTY,
            leastMilliWh: LEAST,
            horizon: HORIZON,
            horizonPrice: HORIZON_PRICE,
            ring: RING
        });
    }

    /* HOMES */

    /// @dev A meter of `account`, which reports for itself, and money on it.
    function _home(address account, IMeterRegistry.MeterKind kind) internal returns (uint64 meter) {
        vm.prank(ADMIN);
        meter = uint64(registry.install(account, account, kind, type(uint32).max));
        _pay(account, meter, FUNDS);
    }

    function _pay(address account, uint64 meter, uint256 value) internal {
        _mint(account, value);
        vm.prank(account);
        token.transferAndCall(address(pool), value, abi.encode(meter));
    }

    function _post(uint64 price) internal {
        vm.prank(ADMIN);
        registry.postPrice(price);
    }

    function _feed(uint64 meter, uint48 amount) internal {
        _commit(_pledge(meter, 0, FEEDS, FIRST, 1, amount));
    }

    function _draw(uint64 meter, uint48 amount) internal {
        _commit(_pledge(meter, 0, DRAWS, FIRST, 1, amount));
    }

    function _commit(ICommitmentPool.Pledge memory pledge) internal {
        vm.prank(registry.ownerOf(pledge.meter));
        pool.commit(pledge);
    }

    function _pledge(uint64 meter, uint8 place, ICommitmentPool.Side side, uint32 first, uint8 length, uint48 amount)
        internal
        pure
        returns (ICommitmentPool.Pledge memory)
    {
        return ICommitmentPool.Pledge({
            meter: meter,
            place: place,
            side: side,
            first: first,
            length: length,
            amountMilliWh: amount,
            leastPerKWh: 0,
            mostPerKWh: MOST
        });
    }

    /* TIME */

    function _end(uint32 interval) internal pure returns (uint256) {
        return uint256(interval + 1) * INTERVAL;
    }

    /// @dev Report both boundaries of an interval, with this energy between them.
    function _meter(uint64 meter, uint32 interval, uint112 imported, uint112 exported) internal {
        if (block.timestamp < _end(interval)) vm.warp(_end(interval));
        (address reporter, uint32 last,,) = registry.meters(meter);
        (, uint112 importedBefore, uint112 exportedBefore) = registry.lastReading(meter);
        if (last < interval) {
            vm.prank(reporter);
            registry.report(meter, interval, importedBefore, exportedBefore);
        }
        vm.prank(reporter);
        registry.report(meter, interval + 1, importedBefore + imported, exportedBefore + exported);
    }

    /// @dev Record and claim a meter's commitment in its first place.
    function _settle(uint32 interval, uint64 meter) internal {
        _record(interval, meter, 0);
        _claim(interval, meter, 0);
    }

    function _record(uint32 interval, uint64 meter, uint8 place) internal {
        pool.record(interval, _one(meter, place));
    }

    function _claim(uint32 interval, uint64 meter, uint8 place) internal {
        pool.claim(interval, _one(meter, place));
    }

    function _one(uint64 meter, uint8 place) internal pure returns (ICommitmentPool.Standing[] memory standing) {
        standing = new ICommitmentPool.Standing[](1);
        standing[0] = ICommitmentPool.Standing(meter, place);
    }

    /* PICTURES */

    function _balance(uint64 meter) internal view returns (uint256 balance) {
        (balance,,) = pool.profileOf(meter);
    }

    function _cost(uint256 energy, uint256 price) internal pure returns (uint256) {
        return (energy * price + 999_999) / 1_000_000;
    }

    /// @dev Everything that a call could have changed, in one number.
    function _picture() internal view returns (bytes32 picture) {
        uint64[4] memory meters = [producer, chp, consumer, other];
        picture = keccak256(abi.encode(token.balanceOf(address(pool)), token.balanceOf(STRANGER)));
        for (uint32 interval = FIRST; interval < FIRST + 30; ++interval) {
            picture = keccak256(abi.encode(picture, pool.intervalAt(interval)));
        }
        for (uint256 i = 0; i < meters.length; ++i) {
            (uint256 balance, uint256 committed, uint256 delivered) = pool.profileOf(meters[i]);
            picture = keccak256(
                abi.encode(picture, balance, committed, delivered, token.balanceOf(registry.ownerOf(meters[i])))
            );
            for (uint8 place = 0; place < 3; ++place) {
                picture = keccak256(abi.encode(picture, pool.commitmentAt(meters[i], place)));
            }
        }
    }
}
