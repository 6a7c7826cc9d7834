"""Speak with EnergyToken: balances, minting, and the one transaction that approves and buys."""

from collections.abc import Callable, Mapping

from node.core.units import format_tokens
from node.ledger.contracts.artifacts import Artifact, artifact
from node.ledger.contracts.ask import Ask
from node.ledger.contracts.known import Known
from node.system.words import local_time

_ALLOWANCE = "allowance(address,address)"
_APPROVE = "approve(address,uint256)"
_APPROVE_AND_CALL = "approveAndCall(address,uint256,bytes)"
_BALANCE_OF = "balanceOf(address)"
_TRANSFER_AND_CALL = "transferAndCall(address,uint256,bytes)"
_MINT = "mint(address,uint256)"
_TOTAL_SUPPLY = "totalSupply()"
_TRANSFER = "transfer(address,uint256)"


_SENTENCES: Mapping[str, Callable[..., str]] = {
    "ERC20InsufficientBalance": lambda account, balance, needed: (
        f"{account} has {format_tokens(balance)} tokens, and {format_tokens(needed)} are needed"
    ),
    "ERC20InsufficientAllowance": lambda spender, allowance, needed: (
        f"{spender} may take {format_tokens(allowance)} tokens, "
        f"and {format_tokens(needed)} are needed"
    ),
    "ERC20InvalidApprover": lambda account: f"{account} cannot approve",
    "ERC20InvalidReceiver": lambda account: f"{account} cannot receive tokens",
    "ERC20InvalidSender": lambda account: f"{account} cannot send tokens",
    "ERC20InvalidSpender": lambda account: f"{account} cannot spend tokens",
    "ERC1363ApproveFailed": lambda spender, value: (
        f"approving {format_tokens(value)} tokens for {spender} failed"
    ),
    "ERC1363InvalidReceiver": lambda account: f"{account} does not take transfer-and-call",
    "ERC1363InvalidSpender": lambda account: f"{account} does not take approve-and-call",
    "ERC1363TransferFailed": lambda to, value: (
        f"sending {format_tokens(value)} tokens to {to} failed"
    ),
    "ERC1363TransferFromFailed": lambda sender, to, value: (
        f"sending {format_tokens(value)} tokens from {sender} to {to} failed"
    ),
    "ERC2612ExpiredSignature": lambda deadline: f"the permit ended at {local_time(deadline)}",
    "ERC2612InvalidSigner": lambda signer, owner: f"the permit is signed by {signer}, not {owner}",
    "InvalidAccountNonce": lambda account, nonce: f"the permit of {account} is not number {nonce}",
    "SafeERC20FailedOperation": lambda token: f"the token {token} did not move the money",
}
TOKEN = Known(
    name="EnergyToken",
    key="token",
    takes=("name", "symbol", "operator"),
    sentences=_SENTENCES,
)


class TokenContract:
    """Build calls and questions to the token; amounts are base units."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._artifact: Artifact = artifact(TOKEN.name)

    def balance_of(self, account: str) -> Ask[int]:
        """Ask for an account's balance."""
        return self._artifact.ask(self.address, int, _BALANCE_OF, account)

    def supply(self) -> Ask[int]:
        """Ask how many base units there are."""
        return self._artifact.ask(self.address, int, _TOTAL_SUPPLY)

    def allowance(self, owner: str, spender: str) -> Ask[int]:
        """Ask how much of an account's tokens a contract may take."""
        return self._artifact.ask(self.address, int, _ALLOWANCE, owner, spender)

    def approve(self, spender: str, amount: int) -> str:
        """Let a contract take so much in all; 0 takes the allowance back."""
        return self._artifact.call_data(_APPROVE, spender, amount)

    def approve_and_call(self, spender: str, amount: int, data: bytes) -> str:
        """Let a contract take an amount, and call it at once."""
        return self._artifact.call_data(_APPROVE_AND_CALL, spender, amount, data)

    def transfer_and_call(self, to: str, amount: int, data: bytes) -> str:
        """Pay an amount to a contract, and call it at once."""
        return self._artifact.call_data(_TRANSFER_AND_CALL, to, amount, data)

    def transfer(self, to: str, amount: int) -> str:
        """Pay an amount to an account."""
        return self._artifact.call_data(_TRANSFER, to, amount)

    def mint(self, to: str, amount: int) -> str:
        """Create tokens; the minter alone may."""
        return self._artifact.call_data(_MINT, to, amount)
