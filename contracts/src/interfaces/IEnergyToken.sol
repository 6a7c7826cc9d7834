// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {IERC1363} from "@openzeppelin/contracts/interfaces/IERC1363.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";

/// @title The money of a street.
/// @notice ERC-20 with 6 decimals, approve-and-call and transfer-and-call (ERC-1363) and permits (ERC-2612). Every
/// amount is in base units, 10^-6 of a token; nothing is ever rounded.
///
/// Powers, all of them:
/// - `DEFAULT_ADMIN_ROLE` grants and revokes roles. It cannot move, freeze or burn anybody's tokens.
/// - `MINTER_ROLE` mints to anybody, **without limit**: give it to the operator of a test street, to a bridge, or to
///   nobody. It cannot take a token away.
/// - A holder burns its own. There is no pause, no freeze, no fee, no rebase and no upgrade.
///
/// Plain `transfer`, `transferFrom`, `mint` and `burn` call nobody. `approveAndCall` and `transferAndCall` call the
/// spender or receiver, which must have code and answer with its selector; otherwise the whole call reverts.
///
/// Warning: `approve` has the well-known race when an allowance that is not zero is replaced. Use `permit`, or
/// `approveAndCall`, which sets the allowance and spends it in one transaction.
interface IEnergyToken is IAccessControl, IERC20Metadata, IERC1363, IERC20Permit {
    /// @notice The role that may mint.
    function MINTER_ROLE() external view returns (bytes32);

    /// @notice Create tokens. Only `MINTER_ROLE`.
    /// @param to Who receives them; not the zero address.
    /// @param value Amount in base units.
    function mint(address to, uint256 value) external;

    /// @notice Destroy the caller's own tokens.
    /// @param value Amount in base units, at most the caller's balance.
    function burn(uint256 value) external;
}
