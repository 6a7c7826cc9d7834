// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";

import {EnergySale} from "../../src/EnergySale.sol";
import {EnergyToken} from "../../src/EnergyToken.sol";
import {IEnergySale} from "../../src/interfaces/IEnergySale.sol";
import {Vm} from "./Vm.sol";

/// @title What the symbolic prover adds to the cheat codes.
interface Svm {
    /// @dev Any call of any function of the named contract that changes state, with any arguments.
    function createCalldata(string calldata name) external returns (bytes memory);
}

/// @title A buyer that signs whatever is brought: nobody could hold more receipts than its sellers do.
contract SignsAnything is IERC1271 {
    function isValidSignature(bytes32, bytes calldata) external pure returns (bytes4) {
        return IERC1271.isValidSignature.selector;
    }
}

/// @title What every proof begins with: a time, a token and accounts whose addresses are plain numbers, not keys.
abstract contract Symbolic {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    Svm internal constant svm = Svm(address(uint160(uint256(keccak256("svm cheat code")))));

    uint32 internal constant START = 1_782_000_000;

    address internal constant ADMIN = address(0xAD);
    address internal constant SELLER = address(0x5E);

    EnergyToken internal token;

    function setUp() public virtual {
        vm.warp(START);
        token = new EnergyToken("Street Token", "STREET", ADMIN);
    }
}

/// @title A sale in which one order was opened, for any energy at any price.
abstract contract SymbolicSale is Symbolic {
    uint32 internal constant GRACE = 1 hours;
    uint32 internal constant DURATION = 2 hours;

    /// @dev No order costs more: two factors of 64 bits, over a million.
    uint256 internal constant FUNDS = type(uint128).max;

    /// @dev Others' escrow: without it whoever were paid too much would only be refused.
    uint256 internal constant OTHERS = FUNDS;

    address internal buyer;
    EnergySale internal sale;

    function setUp() public virtual override {
        super.setUp();
        sale = new EnergySale(token, GRACE);
        buyer = address(new SignsAnything());
        vm.prank(ADMIN);
        token.mint(buyer, FUNDS);
        vm.prank(ADMIN);
        token.mint(address(sale), OTHERS);
    }

    /// @dev Open order `number`, and tell its deposit.
    function _open(uint32 number, uint64 energy, uint64 price) internal returns (uint256 deposit) {
        vm.prank(SELLER);
        sale.postOffer(price, energy, 1, START + 1 days, DURATION);
        bytes memory purchase = abi.encode(
            IEnergySale.Purchase({
                seller: SELLER,
                number: number,
                energyMilliWh: energy,
                maxPricePerKWh: price,
                maxDurationSeconds: DURATION
            })
        );
        uint256 before = token.balanceOf(buyer);
        vm.prank(buyer);
        token.approveAndCall(address(sale), FUNDS, purchase);
        return before - token.balanceOf(buyer);
    }

    function _acknowledge(uint32 number, uint64 drawn) internal {
        vm.prank(buyer);
        sale.acknowledge(SELLER, number, drawn);
    }
}
