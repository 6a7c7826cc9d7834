// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";

import {MeterFeed} from "../../src/MeterFeed.sol";
import {IMeterRegistry} from "../../src/interfaces/IMeterRegistry.sol";
import {RegistryBase} from "../base/RegistryBase.sol";

contract MeterFeedTest is RegistryBase {
    function test_AFeedOfAMeterThatDoesNotExistIsRefused() public {
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, 9));
        this.deploy(9);
    }

    /// @dev A call of its own: where tests are linked while they run (tools/mutation), a refusal is seen only of a call.
    function deploy(uint256 meter) external {
        new MeterFeed(registry, meter, IMeterRegistry.Register.Import);
    }

    function test_AFeedAnswersWhatTheRegistryAnswers() public {
        _report(first + 1, 100, 7);
        MeterFeed feed = new MeterFeed(registry, id, IMeterRegistry.Register.Export);

        (uint80 round, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredIn) = feed.latestRoundData();
        vm.assertEq(round, first + 1, "round");
        vm.assertEq(answer, 7, "answer");
        vm.assertEq(startedAt, uint256(first + 1) * INTERVAL, "started at");
        vm.assertEq(updatedAt, uint256(first + 1) * INTERVAL, "updated at");
        vm.assertEq(answeredIn, first + 1, "answered in");
        vm.assertEq(feed.decimals(), 6, "decimals");
    }

    function test_AFeedFollowsItsMeter() public {
        MeterFeed feed = new MeterFeed(registry, id, IMeterRegistry.Register.Import);

        _report(first + 1, 100, 7);
        (, int256 answer,,,) = feed.latestRoundData();
        vm.assertEq(answer, 100, "first answer");
        _report(first + 2, 150, 7);
        (, answer,,,) = feed.latestRoundData();
        vm.assertEq(answer, 150, "second answer");
    }

    function test_AFeedKeepsWhatItIsOf() public {
        MeterFeed feed = new MeterFeed(registry, id, IMeterRegistry.Register.Export);

        vm.assertEq(address(feed.REGISTRY()), address(registry), "registry");
        vm.assertEq(feed.ID(), id, "meter");
        vm.assertEq(uint256(feed.REGISTER()), uint256(IMeterRegistry.Register.Export), "register");
    }
}
