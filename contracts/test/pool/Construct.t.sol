// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {CommitmentPool} from "../../src/CommitmentPool.sol";
import {MeterRegistry} from "../../src/MeterRegistry.sol";
import {ICommitmentPool} from "../../src/interfaces/ICommitmentPool.sol";
import {AnyFeed} from "../base/AnyFeed.sol";
import {PoolBase} from "../base/PoolBase.sol";

// Numbers of the test itself.
// forge-lint: disable-next-item(unsafe-typecast)
contract CommitmentPoolConstructTest is PoolBase {
    function test_ATokenWithoutCodeIsRefused() public {
        ICommitmentPool.Settings memory settings = _settings();
        settings.token = IERC20(STRANGER);
        vm.expectRevert(abi.encodeWithSelector(ICommitmentPool.PoolTokenWithoutCode.selector, STRANGER));
        this.deploy(settings);
    }

    function test_SettingsOutOfTheirRangeAreRefused() public {
        ICommitmentPool.Settings memory settings = _settings();
        settings.staleAfterSeconds = 0;
        _refuse(settings, "stale after", 0, 1, 31 days);
        settings.staleAfterSeconds = 31 days + 1;
        _refuse(settings, "stale after", 31 days + 1, 1, 31 days);
        settings = _settings();
        settings.penaltyPercent = 101;
        _refuse(settings, "penalty", 101, 0, 100);
        settings = _settings();
        settings.leastMilliWh = 0;
        _refuse(settings, "least energy", 0, 1, 2 ** 48 - 2);
        settings.leastMilliWh = 2 ** 48 - 1;
        _refuse(settings, "least energy", 2 ** 48 - 1, 1, 2 ** 48 - 2);
        settings = _settings();
        settings.horizon = 0;
        _refuse(settings, "horizon", 0, 1, 96);
        settings.horizon = 97;
        _refuse(settings, "horizon", 97, 1, 96);
        settings = _settings();
        settings.horizonPrice = 0;
        _refuse(settings, "price horizon", 0, 1, HORIZON);
        settings.horizonPrice = HORIZON + 1;
        _refuse(settings, "price horizon", HORIZON + 1, 1, HORIZON);
    }

    /// @dev When it is reached, both boundaries must still be in the registry's ring.
    function test_ADeadlineThatTheRegistryDoesNotOutlastIsRefused() public {
        ICommitmentPool.Settings memory settings = _settings();
        uint256 most = (REGISTRY_RING - 6) * INTERVAL;
        settings.recordDeadlineSeconds = uint32(most) + 1;
        _refuse(settings, "record deadline", most + 1, INTERVAL, most);
        settings.recordDeadlineSeconds = INTERVAL - 1;
        _refuse(settings, "record deadline", INTERVAL - 1, INTERVAL, most);
        settings.registry = new MeterRegistry(ADMIN, INTERVAL, 4);
        _refuse(settings, "registry ring", 4, 7, type(uint32).max);
        settings.registry = new MeterRegistry(ADMIN, 1 days + 1, 128);
        _refuse(settings, "interval", 1 days + 1, 1, 1 days);
    }

    /// @dev An entry is used again only long after all of its interval can be claimed.
    function test_ARingThatIsTooShortOrNoPowerOfTwoIsRefused() public {
        ICommitmentPool.Settings memory settings = _settings();
        uint256 least = HORIZON + DEADLINE / INTERVAL + 36;
        settings.ring = 64;
        _refuse(settings, "ring", 64, least, 4096);
        settings.ring = 8192;
        _refuse(settings, "ring", 8192, least, 4096);
        settings.ring = 192;
        vm.expectRevert(abi.encodeWithSelector(ICommitmentPool.PoolRingNotPowerOfTwo.selector, 192));
        this.deploy(settings);
    }

    function test_AnOracleOfTooManyDecimalsIsRefused() public {
        ICommitmentPool.Settings memory settings = _settings();
        settings.oracle = new AnyFeed(19);
        _refuse(settings, "oracle decimals", 19, 0, 18);
    }

    function test_ItKeepsItsSettings() public view {
        vm.assertEq(address(pool.TOKEN()), address(token), "token");
        vm.assertEq(address(pool.REGISTRY()), address(registry), "registry");
        vm.assertEq(address(pool.ORACLE()), address(registry), "oracle");
        vm.assertEq(pool.INTERVAL(), INTERVAL, "the registry's interval");
        vm.assertEq(pool.STALE_AFTER(), STALE, "stale after");
        vm.assertEq(pool.RECORD_DEADLINE(), DEADLINE, "record deadline");
        vm.assertEq(pool.PENALTY(), PENALTY, "penalty");
        vm.assertEq(pool.LEAST_ENERGY(), LEAST, "least energy");
        vm.assertEq(pool.HORIZON(), HORIZON, "horizon");
        vm.assertEq(pool.HORIZON_PRICE(), HORIZON_PRICE, "price horizon");
        vm.assertEq(pool.RING(), RING, "ring");
    }

    /// @dev A call of its own: where tests are linked while they run (tools/mutation), a refusal is seen only of a call.
    function deploy(ICommitmentPool.Settings calldata settings) external {
        new CommitmentPool(settings);
    }

    function _refuse(
        ICommitmentPool.Settings memory settings,
        string memory name,
        uint256 value,
        uint256 least,
        uint256 most
    ) private {
        vm.expectRevert(
            abi.encodeWithSelector(ICommitmentPool.PoolSettingOutOfRange.selector, name, value, least, most)
        );
        this.deploy(settings);
    }
}
