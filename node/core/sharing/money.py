"""Turn shared energy into money that closes: all that is paid is received, to the last unit.

Each interval's energy times its price is kept exact, in base units times milliwatt-hours per
kilowatt-hour, and only the sums of a period are rounded, once.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from node.core.sharing.keys import Contract, Shared
from node.core.sharing.split import apportion
from node.core.units import MILLIWH_PER_KWH


@dataclass(slots=True, kw_only=True)
class Account:
    """Add up what each member pays and receives over a period, exactly."""

    pays: list[int]
    receives: list[int]

    @classmethod
    def of(cls, members: int) -> "Account":
        """Begin an account for so many members."""
        return cls(pays=[0] * members, receives=[0] * members)

    def add(self, shared: Shared, price_per_kwh: int) -> None:
        """Add an interval with one price for all."""
        for place, energy in enumerate(shared.got):
            if energy:
                self.pays[place] += energy * price_per_kwh
        for place, energy in enumerate(shared.given):
            if energy:
                self.receives[place] += energy * price_per_kwh

    def add_contracts(self, contracts: Sequence[Contract], energies: Sequence[int]) -> None:
        """Add an interval with a price for each contract."""
        for contract, energy in zip(contracts, energies, strict=True):
            value = energy * contract.price_per_kwh
            self.pays[contract.taker] += value
            self.receives[contract.giver] += value

    def rounded(self, unit: int = 1) -> tuple[list[int], list[int]]:
        """Give what each pays and receives in units of so many base units; both add up to the same.

        The total is rounded half up, and so is nobody wronged by a unit: each amount is its exact
        one, rounded up or down (see `split`).
        """
        whole = MILLIWH_PER_KWH * unit
        total = (sum(self.pays) + whole // 2) // whole
        return apportion(total, self.pays, whole), apportion(total, self.receives, whole)
