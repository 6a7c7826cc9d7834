// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";

import {IMeterRegistry} from "../../src/interfaces/IMeterRegistry.sol";
import {RegistryBase} from "../base/RegistryBase.sol";

// Numbers of the test itself.
// forge-lint: disable-next-item(unsafe-typecast)
contract MeterRegistryProposeReporterTest is RegistryBase {
    address internal immutable NEW = _account("new reporter");

    function test_AnybodyButTheInstallerMayNotPropose() public {
        address[3] memory callers = [OWNER, REPORTER, STRANGER];
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.expectRevert(
                abi.encodeWithSignature(
                    "AccessControlUnauthorizedAccount(address,bytes32)", callers[i], registry.INSTALLER_ROLE()
                )
            );
            vm.prank(callers[i]);
            registry.proposeReporter(id, NEW);
        }
    }

    function test_NoReporterAndNoMeterAreRefused() public {
        vm.expectRevert(abi.encodeWithSelector(IMeterRegistry.RegistryZeroReporter.selector));
        vm.prank(ADMIN);
        registry.proposeReporter(id, address(0));
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, 9));
        vm.prank(ADMIN);
        registry.proposeReporter(9, NEW);
    }

    /// @dev Whoever deployed was utility and installer, and could take a home's meter over in one transaction.
    function test_TheInstallersReporterWaitsAnIntervalAndAnybodyTakesIt() public {
        uint256 from = block.timestamp + registry.INTERVAL();
        vm.expectEmit(address(registry));
        emit IMeterRegistry.ReporterProposed(id, NEW, uint64(from));
        _propose(NEW);
        (address proposed, uint64 told) = registry.proposalOf(id);
        vm.assertEq(proposed, NEW, "proposed");
        vm.assertEq(told, from, "from");
        _assertReporter(REPORTER);

        vm.warp(from - 1);
        vm.expectRevert(abi.encodeWithSelector(IMeterRegistry.RegistryProposalWaits.selector, id, from));
        registry.takeReporter(id);
        vm.warp(from);
        vm.expectEmit(address(registry));
        emit IMeterRegistry.ReporterChanged(id, REPORTER, NEW);
        vm.prank(STRANGER);
        registry.takeReporter(id);

        _assertReporter(NEW);
        _assertNoProposal();
    }

    function test_TheOwnersChoiceEndsAProposal() public {
        _propose(NEW);
        vm.prank(OWNER);
        registry.setReporter(id, STRANGER);
        vm.warp(block.timestamp + registry.INTERVAL());

        _assertNoProposal();
        _assertReporter(STRANGER);
    }

    function test_AnotherProposalBeginsItsTimeAnew() public {
        _propose(NEW);
        vm.warp(block.timestamp + registry.INTERVAL() - 1);
        _propose(STRANGER);
        uint256 from = block.timestamp + registry.INTERVAL();
        vm.warp(from - 1);

        vm.expectRevert(abi.encodeWithSelector(IMeterRegistry.RegistryProposalWaits.selector, id, from));
        registry.takeReporter(id);
        vm.warp(from);
        registry.takeReporter(id);
        _assertReporter(STRANGER);
    }

    /// @dev Old owners and reporters went on being homes, and got gas for ever.
    function test_AMeterHasOneOwnerAndOneReporterAtATime() public {
        vm.prank(OWNER);
        registry.transferFrom(OWNER, STRANGER, id);
        vm.prank(STRANGER);
        registry.setReporter(id, NEW);

        (address owner,,,) = registry.meterOf(id);
        vm.assertEq(owner, STRANGER, "one owner");
        _assertReporter(NEW);
        _reach(first + 1);
        vm.expectRevert(abi.encodeWithSelector(IMeterRegistry.RegistryNotReporter.selector, id, REPORTER));
        vm.prank(REPORTER);
        registry.report(id, first + 1, 0, 0);
        vm.expectRevert(abi.encodeWithSelector(IMeterRegistry.RegistryNotOwner.selector, id, OWNER));
        vm.prank(OWNER);
        registry.setReporter(id, OWNER);
    }

    /* MARKET */

    function test_AStrangerAndTheAdminMayNotSetAMarket() public {
        address[3] memory callers = [STRANGER, OWNER, ADMIN];
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.expectRevert(
                abi.encodeWithSignature(
                    "AccessControlUnauthorizedAccount(address,bytes32)", callers[i], registry.MARKET_ROLE()
                )
            );
            vm.prank(callers[i]);
            registry.setMarket(id, 1);
        }
    }

    function test_AMarketIsSetAndClearedAndChangesNothingElse() public {
        vm.startPrank(ADMIN);
        registry.grantRole(registry.MARKET_ROLE(), ADMIN);
        vm.expectEmit(address(registry));
        emit IMeterRegistry.MarketChanged(id, 1);
        registry.setMarket(id, 1);
        vm.stopPrank();
        (address owner, uint32 power, IMeterRegistry.MeterKind kind, uint8 market) = registry.meterOf(id);
        vm.assertEq(owner, OWNER, "owner");
        vm.assertEq(power, POWER_W, "power");
        vm.assertEq(market, 1, "market");
        (,,, IMeterRegistry.MeterKind same) = registry.meters(id);
        vm.assertTrue(kind == same, "kind");
        _reach(first + 1);
        vm.prank(REPORTER);
        registry.report(id, first + 1, 1, 2);
        (,,, market) = registry.meterOf(id);
        vm.assertEq(market, 1, "a report keeps it");
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, 9));
        vm.prank(ADMIN);
        registry.setMarket(9, 1);
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, 9));
        registry.meterOf(9);
    }

    /* INTERNAL */

    function _propose(address reporter) private {
        vm.prank(ADMIN);
        registry.proposeReporter(id, reporter);
    }

    function _assertReporter(address expected) private view {
        (address reporter,,,) = registry.meters(id);
        vm.assertEq(reporter, expected, "reporter");
    }

    function _assertNoProposal() private {
        (address reporter, uint64 from) = registry.proposalOf(id);
        vm.assertEq(reporter, address(0), "nobody is proposed");
        vm.assertEq(from, 0, "for no time");
        vm.expectRevert(abi.encodeWithSelector(IMeterRegistry.RegistryNoProposal.selector, id));
        registry.takeReporter(id);
    }
}
