// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";

import {IMeterRegistry} from "../../src/interfaces/IMeterRegistry.sol";
import {RegistryBase} from "../base/RegistryBase.sol";

contract MeterRegistryPostPriceTest is RegistryBase {
    function test_AStrangerMayNotPostAPrice() public {
        bytes32 role = registry.PRICE_ROLE();

        vm.expectRevert(
            abi.encodeWithSelector(IAccessControl.AccessControlUnauthorizedAccount.selector, STRANGER, role)
        );
        vm.prank(STRANGER);
        registry.postPrice(1);

        _assertNoPrice();
    }

    function test_APriceOfZeroIsRefused() public {
        vm.expectRevert(abi.encodeWithSelector(IMeterRegistry.RegistryZeroPrice.selector));
        vm.prank(ADMIN);
        registry.postPrice(0);

        _assertNoPrice();
    }

    function test_BeforeTheFirstPriceThereIsNone() public {
        _assertNoPrice();
    }

    function test_APriceIsInUseFromItsBlockOnAndRoundsRise() public {
        for (uint64 round = 1; round <= 3; ++round) {
            vm.warp(START + round);
            uint64 price = 180_000 + round;

            vm.expectEmit(address(registry));
            emit IMeterRegistry.PricePosted(round, price, START + round);
            vm.prank(ADMIN);
            registry.postPrice(price);

            (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound) =
                registry.latestRoundData();
            vm.assertEq(roundId, round, "round");
            vm.assertEq(answer, int256(uint256(price)), "answer");
            vm.assertEq(startedAt, START + round, "started at");
            vm.assertEq(updatedAt, START + round, "updated at");
            vm.assertEq(answeredInRound, round, "answered in round");
        }
    }

    function test_TheLargestPriceIsAPositiveAnswer() public {
        vm.prank(ADMIN);
        registry.postPrice(type(uint64).max);

        (, int256 answer,,,) = registry.latestRoundData();
        vm.assertEq(answer, int256(uint256(type(uint64).max)), "answer");
        vm.assertEq(registry.decimals(), 6, "decimals");
    }

    function _assertNoPrice() private {
        vm.expectRevert(abi.encodeWithSelector(IMeterRegistry.RegistryNoPrice.selector));
        registry.latestRoundData();
    }
}
