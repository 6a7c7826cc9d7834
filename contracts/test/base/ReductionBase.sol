// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MeterRegistry} from "../../src/MeterRegistry.sol";
import {ReductionAuction} from "../../src/ReductionAuction.sol";
import {IMeterRegistry} from "../../src/interfaces/IMeterRegistry.sol";
import {IReductionAuction} from "../../src/interfaces/IReductionAuction.sol";
import {Base} from "./Base.sol";

/// @title A utility and three homes, each with money in its meter's balance and eight days of readings.
/// @dev Every home has drawn 1 kWh an hour at all times, so an hour's baseline is 1,000 units. It is a Monday, 00:00 UTC.
abstract contract ReductionBase is Base {
    uint32 internal constant INTERVAL = 900;
    uint32 internal constant RING = 1_024;
    uint32 internal constant UNIT = 1_000;
    uint32 internal constant LEAST = 10;
    uint32 internal constant BOND = 10;
    uint32 internal constant DEADLINE = 1 days;
    uint32 internal constant STEP = 1 days / INTERVAL;

    /// @dev Each tick is 0.01 token.
    uint64 internal constant MOST = 640_000;

    /// @dev Monday 2026-06-29; the homes' readings begin eight days before.
    uint32 internal constant TODAY = START + 8 days;

    /// @dev The window: 18:00 to 19:00.
    uint32 internal constant FIRST = TODAY / INTERVAL + 72;
    uint8 internal constant LENGTH = 4;
    uint40 internal constant CLOSES = uint40(TODAY + 12 hours);
    uint112 internal constant QUARTER = 250_000;
    uint256 internal constant FUNDS = 1e9;

    address internal immutable UTILITY = _account("utility");
    address internal immutable ONE = _account("home one");
    address internal immutable TWO = _account("home two");
    address internal immutable THREE = _account("home three");

    MeterRegistry internal registry;
    ReductionAuction internal reduction;
    uint64 internal one;
    uint64 internal two;
    uint64 internal three;

    function setUp() public virtual override {
        super.setUp();
        registry = new MeterRegistry(ADMIN, INTERVAL, RING);
        reduction = new ReductionAuction(_settings());
        vm.label(address(registry), "registry");
        vm.label(address(reduction), "reduction");
        one = _home(ONE);
        two = _home(TWO);
        three = _home(THREE);
        _pay(UTILITY, FUNDS, "");
        _live(TODAY / INTERVAL);
    }

    function _settings() internal view returns (IReductionAuction.Settings memory) {
        return IReductionAuction.Settings({
            token: token,
            registry: registry,
            unitMilliWh: UNIT,
            leastUnits: LEAST,
            bondPercent: BOND,
            days_: 5,
            backDays: 9,
            adjustPercent: 0,
            adjustIntervals: 0,
            utcOffsetSeconds: 0,
            readingDeadlineSeconds: DEADLINE
        });
    }

    /* HOMES */

    /// @dev A meter of `account`, which reports for itself, with a balance.
    function _home(address account) internal returns (uint64 meter) {
        vm.prank(ADMIN);
        meter = uint64(registry.install(account, account, IMeterRegistry.MeterKind.Consumer, 11_000));
        _pay(account, FUNDS, abi.encode(meter));
    }

    function _pay(address account, uint256 value, bytes memory data) internal {
        _mint(account, value);
        vm.prank(account);
        token.transferAndCall(address(reduction), value, data);
    }

    /// @dev All homes draw a quarter kilowatt-hour in each quarter until a boundary, which is now.
    function _live(uint32 boundary) internal {
        vm.warp(uint256(boundary) * INTERVAL);
        for (uint64 meter = 1; meter <= 3; ++meter) {
            _draw(meter, boundary, QUARTER);
        }
    }

    /// @dev One home draws so much in each interval until a boundary, which has come.
    function _draw(uint64 meter, uint32 boundary, uint112 each) internal {
        (uint32 last, uint112 imported, uint112 exported) = registry.lastReading(meter);
        (address reporter,,,) = registry.meters(meter);
        while (last < boundary) {
            uint256 length = boundary - last < 96 ? boundary - last : 96;
            IMeterRegistry.Reading[] memory readings = new IMeterRegistry.Reading[](length);
            for (uint256 i = 0; i < length; ++i) {
                imported += each;
                readings[i] = IMeterRegistry.Reading({importMilliWh: imported, exportMilliWh: exported});
            }
            vm.prank(reporter);
            registry.reportMany(meter, last + 1, readings);
            last += uint32(length);
        }
    }

    /// @dev Like `_draw`, from the window's first boundary to its end: so much in the whole window.
    function _use(uint64 meter, uint112 milliWh) internal {
        uint256 ends = uint256(FIRST + LENGTH) * INTERVAL;
        if (block.timestamp < ends) vm.warp(ends);
        _draw(meter, FIRST, QUARTER);
        (uint32 last, uint112 imported, uint112 exported) = registry.lastReading(meter);
        vm.assertEq(last, FIRST, "the window has not been told");
        (address reporter,,,) = registry.meters(meter);
        vm.prank(reporter);
        registry.report(meter, FIRST + LENGTH, imported + milliWh, exported);
    }

    /* REQUESTS */

    /// @dev Ask for so many watts less from 18:00 to 19:00; offers close at noon.
    function _ask(uint32 powerW, IReductionAuction.Pricing pricing)
        internal
        pure
        returns (IReductionAuction.Ask memory)
    {
        return IReductionAuction.Ask({
            first: FIRST,
            length: LENGTH,
            powerW: powerW,
            mostPricePerKWh: MOST,
            pricing: pricing,
            closesAt: CLOSES,
            registeredOnly: false
        });
    }

    function _request(uint32 powerW) internal returns (uint32) {
        return _request(_ask(powerW, IReductionAuction.Pricing.Uniform));
    }

    function _request(IReductionAuction.Ask memory ask) internal returns (uint32) {
        vm.prank(UTILITY);
        return reduction.request(ask);
    }

    function _blocks(uint8 tick, uint24 energy) internal pure returns (IReductionAuction.Block[] memory blocks) {
        blocks = new IReductionAuction.Block[](1);
        blocks[0] = IReductionAuction.Block({tick: tick, energyUnits: energy});
    }

    function _blocks(uint8 tick, uint24 energy, uint8 tick2, uint24 energy2)
        internal
        pure
        returns (IReductionAuction.Block[] memory blocks)
    {
        blocks = new IReductionAuction.Block[](2);
        blocks[0] = IReductionAuction.Block({tick: tick, energyUnits: energy});
        blocks[1] = IReductionAuction.Block({tick: tick2, energyUnits: energy2});
    }

    function _offer(uint32 number, uint64 meter, uint8 tick, uint24 energy) internal {
        _offer(number, meter, _blocks(tick, energy));
    }

    function _offer(uint32 number, uint64 meter, IReductionAuction.Block[] memory blocks) internal {
        vm.prank(registry.ownerOf(meter));
        reduction.offer(number, meter, blocks);
    }

    function _clear(uint32 number) internal {
        vm.warp(reduction.requestOf(number).closesAt);
        vm.prank(STRANGER);
        reduction.clear(number);
    }

    function _settle(uint32 number, uint64 meter) internal {
        uint64[] memory meters = new uint64[](1);
        meters[0] = meter;
        vm.prank(STRANGER);
        reduction.settle(number, meters);
    }

    /// @dev A request that one home has won with an offer of one block at tick 9, and how it ends.
    function _won(uint24 energy) internal returns (uint32 number) {
        number = _request(energy);
        _offer(number, one, 9, energy);
        _clear(number);
    }

    /* PICTURES */

    function _worth(uint256 energyUnits, uint256 tick) internal pure returns (uint256) {
        return energyUnits * UNIT * (MOST * (tick + 1) / 64) / 1e6;
    }

    function _bond(uint256 energyUnits) internal pure returns (uint256) {
        return energyUnits * UNIT * MOST * BOND / 100 / 1e6;
    }

    function _carry(uint64 meter) internal view returns (int256 carry) {
        (carry,,,) = reduction.standingOf(UTILITY, meter);
    }

    function _hasOffer(uint32 number, uint64 meter) internal view returns (bool) {
        (IReductionAuction.Block[] memory blocks,) = reduction.offerOf(number, meter);
        return blocks.length != 0;
    }

    /// @dev All money here: what can be withdrawn, what stands as bonds, and what is held.
    function _assertConserved() internal view {
        uint256 sum = reduction.balanceOf(UTILITY) + reduction.balanceOf(STRANGER);
        for (uint64 meter = 1; meter <= registry.meterCount(); ++meter) {
            sum += reduction.meterBalanceOf(meter);
            for (uint32 number = 1; number <= reduction.requestCount(); ++number) {
                (, uint64 bond) = reduction.offerOf(number, meter);
                sum += bond;
            }
        }
        for (uint32 number = 1; number <= reduction.requestCount(); ++number) {
            sum += reduction.requestOf(number).held;
        }
        vm.assertEq(token.balanceOf(address(reduction)), sum, "all money is somebody's");
    }

    /// @dev Everything that a call could have changed, in one number.
    function _picture() internal view returns (bytes32 picture) {
        for (uint32 number = 1; number <= reduction.requestCount(); ++number) {
            picture = keccak256(abi.encode(picture, reduction.requestOf(number)));
            for (uint64 meter = 1; meter <= 3; ++meter) {
                (IReductionAuction.Block[] memory blocks, uint64 bond) = reduction.offerOf(number, meter);
                picture = keccak256(abi.encode(picture, blocks, bond));
            }
            for (uint256 tick = 0; tick < 64; ++tick) {
                picture = keccak256(abi.encode(picture, reduction.offeredAt(number, tick)));
            }
        }
        for (uint64 meter = 1; meter <= 3; ++meter) {
            (int256 carry, uint32 newest, bool registered, uint64 posted) = reduction.standingOf(UTILITY, meter);
            picture = keccak256(abi.encode(picture, reduction.meterBalanceOf(meter), carry, newest, registered, posted));
        }
        return keccak256(
            abi.encode(
                picture,
                reduction.balanceOf(UTILITY),
                reduction.balanceOf(STRANGER),
                token.balanceOf(UTILITY),
                token.balanceOf(address(reduction))
            )
        );
    }
}
