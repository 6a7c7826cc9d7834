// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AuctionLens} from "../../src/AuctionLens.sol";
import {EnergyToken} from "../../src/EnergyToken.sol";
import {IntervalAuction} from "../../src/IntervalAuction.sol";
import {MeterRegistry} from "../../src/MeterRegistry.sol";
import {IIntervalAuction} from "../../src/interfaces/IIntervalAuction.sol";
import {IMeterRegistry} from "../../src/interfaces/IMeterRegistry.sol";
import {Cheats} from "./Cheats.sol";

/// @title A street of six homes and a utility under any settings that the constructors take, drawn once.
// Numbers of the test itself.
// forge-lint: disable-next-item(unsafe-typecast)
abstract contract DrawnStreet is Cheats {
    uint64 public constant HOMES = 6;

    EnergyToken public immutable TOKEN;
    address public immutable UTILITY;

    /// @dev None until the first action.
    IntervalAuction public auction;
    AuctionLens public lens;
    MeterRegistry public registry;

    /// @dev What went in and came out, counted at the token.
    uint256 public moneyIn;
    uint256 public moneyOut;

    uint256 internal _now = START;

    constructor(EnergyToken token, address utility) {
        (TOKEN, UTILITY) = (token, utility);
    }

    /// @dev Draw the street once; every run has another one.
    modifier drawn(uint256 seed) {
        if (address(auction) == address(0)) _draw(uint256(keccak256(abi.encode(seed))));
        vm.warp(_now);
        _;
    }

    /* VIEWS */

    function account(uint256 home) public pure returns (address) {
        return vm.addr(1 + home % HOMES);
    }

    function sideOf(uint64 meter) public pure returns (IIntervalAuction.Side) {
        if (meter > 3) return IIntervalAuction.Side.Buyer;
        return meter == 3 ? IIntervalAuction.Side.ChpSeller : IIntervalAuction.Side.SolarSeller;
    }

    function nextGate() external view returns (uint32) {
        return _nextGate();
    }

    /// @dev What the roundings of an order, and the part of a unit at the margin, are worth at most, in base units.
    function dustPerOrder() external view returns (uint256) {
        uint256 dearest = 1e9 + 64 * 1e7;
        return 4 + 2 * auction.UNIT() * dearest / 1e6;
    }

    /* TIME AND MONEY */

    function _warp() internal {
        vm.warp(_now);
    }

    function _nextGate() internal view returns (uint32) {
        return uint32((_now + auction.GATE_LEAD()) / auction.INTERVAL() + 1);
    }

    function _pay(address from, uint256 value) internal {
        _mint(from, value);
        vm.prank(from);
        TOKEN.transferAndCall(address(auction), value, "");
        moneyIn += value;
    }

    function _mint(address to, uint256 value) internal {
        vm.prank(ADMIN);
        TOKEN.mint(to, value);
    }

    /* DRAWING */

    /// @dev Any settings that both constructors take: short intervals, high margins, odd units and prices.
    function _draw(uint256 seed) private {
        uint32[4] memory lengths = [uint32(900), 3_600, 60, 86_400];
        uint32[3] memory rings = [uint32(16), 64, 128];
        registry = new MeterRegistry(ADMIN, lengths[seed % 4], rings[(seed >> 8) % 3]);
        auction = new IntervalAuction(_settings(seed));
        lens = new AuctionLens(auction);
        _install(seed);
    }

    function _settings(uint256 seed) private view returns (IIntervalAuction.Settings memory settings) {
        uint32[4] memory units = [uint32(1), 1_000, 7, 999_983];
        uint32 interval = registry.INTERVAL();
        uint32 blockSeconds = 1 + uint32((seed >> 16) % ((interval - 1) / 8));
        (settings.token, settings.registry, settings.utility) = (TOKEN, registry, UTILITY);
        settings.feedInPerKWh = uint64((seed >> 32) % 1e9);
        settings.tickSizePerKWh = 1 + uint64((seed >> 64) % 1e7);
        settings.mostRetailPerKWh = type(uint64).max;
        settings.unitMilliWh = units[(seed >> 96) % 4];
        settings.leastUnits = 1 + uint32((seed >> 104) % 20);
        settings.blockSeconds = blockSeconds;
        settings.gateLeadSeconds = uint32(_bound(seed >> 112, 4 * blockSeconds, (interval - 1) / 2));
        settings.marginPercent = 1 + uint32((seed >> 144) % 100);
        settings.readingDeadlineSeconds = uint32(_bound(seed >> 160, interval, uint256(registry.RING() - 6) * interval));
    }

    function _install(uint256 seed) private {
        IMeterRegistry.MeterKind[6] memory kinds = [
            IMeterRegistry.MeterKind.Solar,
            IMeterRegistry.MeterKind.Battery,
            IMeterRegistry.MeterKind.Chp,
            IMeterRegistry.MeterKind.Consumer,
            IMeterRegistry.MeterKind.Solar,
            IMeterRegistry.MeterKind.Consumer
        ];
        for (uint256 home = 0; home < HOMES; ++home) {
            uint32 power = home == 5 ? 1 + uint32((seed >> 200) % 5_000) : type(uint32).max;
            vm.prank(ADMIN);
            registry.install(account(home), account(home), kinds[home], power);
        }
    }
}
