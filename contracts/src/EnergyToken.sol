// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {ERC1363} from "@openzeppelin/contracts/token/ERC20/extensions/ERC1363.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";

import {IEnergyToken} from "./interfaces/IEnergyToken.sol";

/// @title EnergyToken, the money of a street.
/// @dev Invariants: the sum of balances equals the supply; a permit works once.
contract EnergyToken is ERC1363, ERC20Permit, AccessControl, IEnergyToken {
    /* CONSTANTS */

    /// @inheritdoc IEnergyToken
    bytes32 public constant MINTER_ROLE = keccak256("MINTER_ROLE");

    /// @dev As many as the currencies that streets are billed in have through their bridges, so prices fit 64 bits.
    uint8 private constant _DECIMALS = 6;

    /* CONSTRUCTOR */

    /// @param name_ Name, also of the ERC-2612 domain (version "1").
    /// @param symbol_ Ticker.
    /// @param admin First holder of `DEFAULT_ADMIN_ROLE` and `MINTER_ROLE`.
    constructor(string memory name_, string memory symbol_, address admin) ERC20(name_, symbol_) ERC20Permit(name_) {
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
        _grantRole(MINTER_ROLE, admin);
    }

    /* ENTRY POINTS */

    /// @inheritdoc IEnergyToken
    function mint(address to, uint256 value) external onlyRole(MINTER_ROLE) {
        _mint(to, value);
    }

    /// @inheritdoc IEnergyToken
    function burn(uint256 value) external {
        _burn(msg.sender, value);
    }

    /* VIEWS */

    /// @inheritdoc IERC20Metadata
    function decimals() public pure override(ERC20, IERC20Metadata) returns (uint8) {
        return _DECIMALS;
    }

    /// @inheritdoc IERC20Permit
    function nonces(address owner) public view override(ERC20Permit, IERC20Permit) returns (uint256) {
        return super.nonces(owner);
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 interfaceId)
        public
        view
        override(ERC1363, AccessControl, IERC165)
        returns (bool)
    {
        return super.supportsInterface(interfaceId);
    }
}
