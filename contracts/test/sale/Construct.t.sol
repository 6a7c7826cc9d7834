// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {EnergySale} from "../../src/EnergySale.sol";
import {IEnergySale} from "../../src/interfaces/IEnergySale.sol";
import {SaleBase} from "../base/SaleBase.sol";

contract EnergySaleConstructTest is SaleBase {
    function test_ATokenWithoutCodeIsRefused() public {
        vm.expectRevert(abi.encodeWithSelector(IEnergySale.SaleTokenWithoutCode.selector, STRANGER));
        this.deploy(IERC20(STRANGER), GRACE);
    }

    function test_AGraceOutOfItsLimitsIsRefused() public {
        uint32[3] memory graces = [uint32(0), 59, 7 days + 1];
        for (uint256 i = 0; i < graces.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IEnergySale.SaleGraceOutOfRange.selector, graces[i], 60, 7 days));
            this.deploy(token, graces[i]);
        }
    }

    /// @dev A call of its own: where tests are linked while they run (tools/mutation), a refusal is seen only of a call.
    function deploy(IERC20 money, uint32 grace) external {
        new EnergySale(money, grace);
    }

    function test_AGraceAtItsLimitsIsTaken() public {
        vm.assertEq(new EnergySale(token, 60).GRACE(), 60, "least");
        vm.assertEq(new EnergySale(token, 7 days).GRACE(), 7 days, "most");
    }

    function test_ItKeepsItsTokenAndTellsItsDomain() public view {
        vm.assertEq(address(sale.TOKEN()), address(token), "token");
        (bytes1 fields, string memory name, string memory version, uint256 chain, address verifier,,) =
            sale.eip712Domain();
        vm.assertEq(uint8(fields), 0x0f, "name, version, chain and contract");
        vm.assertEq(name, "EnergySale", "name");
        vm.assertEq(version, "1", "version");
        vm.assertEq(chain, block.chainid, "chain");
        vm.assertEq(verifier, address(sale), "contract");
    }
}
