// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AuctionLens} from "../../src/AuctionLens.sol";
import {IntervalAuction} from "../../src/IntervalAuction.sol";
import {MeterRegistry} from "../../src/MeterRegistry.sol";
import {IIntervalAuction} from "../../src/interfaces/IIntervalAuction.sol";
import {IMeterRegistry} from "../../src/interfaces/IMeterRegistry.sol";
import {Base} from "./Base.sol";

/// @title An auction of quarter hours with a solar home, a CHP home and two consumers, all with money inside.
abstract contract AuctionBase is Base {
    uint32 internal constant INTERVAL = 900;
    uint32 internal constant RING = 128;
    uint32 internal constant UNIT = 1_000;
    uint32 internal constant LEAST = 10;
    uint32 internal constant LEAD = 60;
    uint32 internal constant MARGIN = 20;
    uint32 internal constant BLOCK = 2;
    uint32 internal constant DEADLINE = 1 days;
    uint64 internal constant FEED_IN = 100_000;
    uint64 internal constant TICK = 4_000;
    uint64 internal constant RETAIL = FEED_IN + 63 * TICK;
    uint256 internal constant FUNDS = 1e12;

    /// @dev The first interval whose gate is open at `START`.
    uint32 internal constant FIRST = START / INTERVAL + 1;

    address internal immutable SELLER = _account("seller");
    address internal immutable CHP_SELLER = _account("chp seller");
    address internal immutable BUYER = _account("buyer");
    address internal immutable OTHER = _account("other buyer");
    address internal immutable UTILITY = _account("utility");

    MeterRegistry internal registry;
    IntervalAuction internal auction;
    AuctionLens internal lens;
    uint64 internal seller;
    uint64 internal chpSeller;
    uint64 internal buyer;
    uint64 internal other;

    function setUp() public virtual override {
        super.setUp();
        registry = new MeterRegistry(ADMIN, INTERVAL, RING);
        auction = new IntervalAuction(_settings());
        lens = new AuctionLens(auction);
        vm.label(address(registry), "registry");
        vm.label(address(auction), "auction");
        seller = _home(SELLER, IMeterRegistry.MeterKind.Solar);
        chpSeller = _home(CHP_SELLER, IMeterRegistry.MeterKind.Chp);
        buyer = _home(BUYER, IMeterRegistry.MeterKind.Consumer);
        other = _home(OTHER, IMeterRegistry.MeterKind.Consumer);
        _fund(FUNDS);
    }

    function _settings() internal view returns (IIntervalAuction.Settings memory) {
        return IIntervalAuction.Settings({
            token: token,
            registry: registry,
            utility: UTILITY,
            feedInPerKWh: FEED_IN,
            tickSizePerKWh: TICK,
            unitMilliWh: UNIT,
            leastUnits: LEAST,
            gateLeadSeconds: LEAD,
            marginPercent: MARGIN,
            readingDeadlineSeconds: DEADLINE,
            blockSeconds: BLOCK,
            mostRetailPerKWh: 10 * RETAIL
        });
    }

    /* HOMES */

    /// @dev A meter of `account`, which reports for itself, and a balance in the auction.
    function _home(address account, IMeterRegistry.MeterKind kind) internal returns (uint64 meter) {
        vm.prank(ADMIN);
        meter = uint64(registry.install(account, account, kind, type(uint32).max));
        _pay(account, FUNDS, "");
    }

    function _pay(address account, uint256 value, bytes memory data) internal {
        _mint(account, value);
        vm.prank(account);
        token.transferAndCall(address(auction), value, data);
    }

    function _fund(uint256 value) internal {
        _pay(UTILITY, value, "");
        vm.prank(UTILITY);
        auction.fund(value);
    }

    /// @dev Money that lay there unneeded for the whole time; the clock then stands where it stood.
    function _withdrawUtility(uint256 value) internal {
        uint256 time = block.timestamp;
        vm.warp(time - auction.WITHDRAWAL_NOTICE());
        vm.prank(UTILITY);
        auction.announceWithdrawal(value);
        vm.warp(time);
        vm.prank(UTILITY);
        auction.executeWithdrawal();
    }

    function _sell(uint64 meter, uint8 tick, uint32 energy) internal {
        _place(_order(FIRST, IIntervalAuction.Side.SolarSeller, tick, 0, energy, meter));
    }

    function _sellChp(uint64 meter, uint8 tick, uint32 energy) internal {
        _place(_order(FIRST, IIntervalAuction.Side.ChpSeller, tick, 0, energy, meter));
    }

    function _buy(uint64 meter, uint8 tick, uint8 chpTick, uint32 energy) internal {
        _place(_order(FIRST, IIntervalAuction.Side.Buyer, tick, chpTick, energy, meter));
    }

    function _place(IIntervalAuction.Placement memory placement) internal {
        vm.prank(registry.ownerOf(placement.meter));
        auction.place(placement);
    }

    function _order(uint32 interval, IIntervalAuction.Side side, uint8 tick, uint8 chpTick, uint32 energy, uint64 meter)
        internal
        pure
        returns (IIntervalAuction.Placement memory)
    {
        return IIntervalAuction.Placement({
            interval: interval, side: side, tick: tick, chpTick: chpTick, energyUnits: energy, meter: meter
        });
    }

    /// @dev So much changes hands at tick 10.
    function _market(uint32 energy) internal {
        _sell(seller, 10, energy);
        _buy(buyer, 40, 0, energy);
        _clear(FIRST);
    }

    function _tariff(uint32 first, uint64 feedIn) internal {
        vm.prank(UTILITY);
        auction.setTariff(first, feedIn, TICK);
    }

    /* TIME */

    function _gate(uint32 interval) internal pure returns (uint256) {
        return uint256(interval) * INTERVAL - LEAD;
    }

    function _clear(uint32 interval) internal {
        vm.warp(_gate(interval));
        auction.clear(interval);
    }

    /// @dev Report both boundaries of an interval, with this energy between them.
    function _meter(uint64 meter, uint32 interval, uint112 imported, uint112 exported) internal {
        (address reporter, uint32 last,,) = registry.meters(meter);
        (, uint112 importedBefore, uint112 exportedBefore) = registry.lastReading(meter);
        if (block.timestamp < uint256(interval + 1) * INTERVAL) vm.warp(uint256(interval + 1) * INTERVAL);
        if (last < interval) {
            vm.prank(reporter);
            registry.report(meter, interval, importedBefore, exportedBefore);
        }
        vm.prank(reporter);
        registry.report(meter, interval + 1, importedBefore + imported, exportedBefore + exported);
    }

    function _settle(uint32 interval, uint64 meter) internal {
        uint64[] memory meters = new uint64[](1);
        meters[0] = meter;
        auction.settle(interval, meters);
    }

    /* PICTURES */

    function _result(uint32 interval) internal view returns (IIntervalAuction.Result memory) {
        return auction.resultOf(interval);
    }

    function _worthUp(uint256 energyUnits, uint256 price) internal pure returns (uint256) {
        return (energyUnits * UNIT * price + 999_999) / 1_000_000;
    }

    function _worthDown(uint256 energyUnits, uint256 price) internal pure returns (uint256) {
        return energyUnits * UNIT * price / 1_000_000;
    }

    function _assertUtility(uint256 expected, uint256 expectedOwed) internal view {
        (uint256 balance, uint256 owed) = auction.utility();
        vm.assertEq(balance, expected, "the utility's balance");
        vm.assertEq(owed, expectedOwed, "what it owes");
    }

    /// @dev Everything that a call could have changed, in one number.
    function _picture() internal view returns (bytes32 picture) {
        uint64[4] memory meters = [seller, chpSeller, buyer, other];
        for (uint32 interval = FIRST; interval < FIRST + 4; ++interval) {
            (uint32 held, bool cleared) = auction.laneOf(interval);
            picture = keccak256(abi.encode(picture, held, cleared, auction.resultOf(interval)));
            for (uint256 i = 0; i < meters.length; ++i) {
                IIntervalAuction.Order memory order = auction.orderAt(meters[i], interval);
                picture = keccak256(
                    abi.encode(
                        picture,
                        order,
                        lens.wantedAt(interval, order.tick, order.chpTick),
                        lens.offeredAt(interval, order.side, order.tick)
                    )
                );
            }
        }
        return keccak256(abi.encode(picture, _moneyPicture(), auction.tariffCount()));
    }

    function _moneyPicture() internal view returns (bytes32 picture) {
        address[6] memory accounts = [SELLER, CHP_SELLER, BUYER, OTHER, UTILITY, STRANGER];
        (uint256 balance, uint256 owed) = auction.utility();
        picture = keccak256(abi.encode(balance, owed, token.balanceOf(address(auction))));
        for (uint256 i = 0; i < accounts.length; ++i) {
            address account = accounts[i];
            picture = keccak256(
                abi.encode(picture, auction.balanceOf(account), auction.owedTo(account), token.balanceOf(account))
            );
        }
    }
}
