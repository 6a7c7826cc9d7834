"""Speak with EnergyToken: balances, minting, and the one transaction that approves and buys."""

from node.ledger.contracts.artifacts import Artifact, artifact
from node.ledger.contracts.ask import Ask

_APPROVE_AND_CALL = "approveAndCall(address,uint256,bytes)"
_BALANCE_OF = "balanceOf(address)"
_TRANSFER_AND_CALL = "transferAndCall(address,uint256,bytes)"
_MINT = "mint(address,uint256)"
_TOTAL_SUPPLY = "totalSupply()"
_TRANSFER = "transfer(address,uint256)"


class TokenContract:
    """Build calls and questions to the token; amounts are base units."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._artifact: Artifact = artifact("EnergyToken")

    def balance_of(self, account: str) -> Ask[int]:
        """Ask for an account's balance."""
        return self._artifact.ask(self.address, int, _BALANCE_OF, account)

    def supply(self) -> Ask[int]:
        """Ask how many base units there are."""
        return self._artifact.ask(self.address, int, _TOTAL_SUPPLY)

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
