"""Turn a reduction's award and the meter's word into money: what is paid, returned, and carried.

The same rule as the contract's, to the base unit. A home is paid for what its meter shows below the
baseline, never for its bid, and never for more than its award. No baseline is exact, so a single
event pays luck: an event counts within its award both ways, and what one shows above the baseline
is carried over to the home's next ones with the same utility, which pay it back first. Whoever
tells no reading, or leaves after the offers closed, is taken at the worst, so that nobody is better
off silent or out.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from node.core.reduction.baseline import DAY_S
from node.core.reduction.clearing import Ask, Block, Result, awards, money_down
from node.core.units import MILLIWH_PER_KWH, cost_up

CARRY_S = 32 * DAY_S
"""How long what is carried lives, from the newest event's begin to the next one's."""
_PERCENT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Hold how a meter stands with one utility.

    `carry_milliwh` is what its events left to be paid back, 0 or below; `newest_s` when the newest
    event that it had an award in began, 0 for none.
    """

    carry_milliwh: int
    newest_s: int

    def carry_at(self, window_s: int) -> int:
        """Give what is carried into a window that begins then."""
        return self.carry_milliwh if window_s <= self.newest_s + CARRY_S else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """Hold the end of an offer: its award and what is paid of it, in milliwatt-hours, and money.

    `returned` and `forfeited` are the two parts of its bond.
    """

    award_milliwh: int
    paid_milliwh: int
    money: int
    returned: int
    forfeited: int
    carry_milliwh: int


def bond_up(ask: Ask, blocks: Sequence[Block], bond_percent: int, carry_milliwh: int) -> int:
    """Give what an offer must set aside: a part of its worth, and no less than what it owes."""
    energy = sum(block.energy_units for block in blocks) * ask.unit_milliwh
    worth = energy * ask.most_price_per_kwh * bond_percent
    return max(
        -(-worth // (MILLIWH_PER_KWH * _PERCENT)),
        cost_up(-carry_milliwh, ask.most_price_per_kwh),
    )


def settle(
    result: Result,
    ask: Ask,
    blocks: Sequence[Block],
    bond: int,
    carry_milliwh: int,
    reduced_milliwh: int | None,
) -> Paid:
    """Settle an offer by how far its meter stayed below its baseline (above it: below 0).

    None is a reading that is missing, or a home that has left. Without an award nothing happens but
    that the bond comes back.
    """
    award = sum(awards(result, blocks)) * ask.unit_milliwh
    if award == 0:
        return Paid(
            award_milliwh=0,
            paid_milliwh=0,
            money=0,
            returned=bond,
            forfeited=0,
            carry_milliwh=carry_milliwh,
        )
    shown = -award if reduced_milliwh is None else max(-award, min(award, reduced_milliwh))
    due = shown + carry_milliwh
    paid = max(0, due)
    returned = bond * paid // award
    return Paid(
        award_milliwh=award,
        paid_milliwh=paid,
        money=money_down(result, ask, blocks, paid),
        returned=returned,
        forfeited=bond - returned,
        carry_milliwh=min(0, due),
    )
