"""Measure the commitment pool on the ancestor's workload, W-DEM, on a real chain.

N users, in turn a producer and a consumer, of 1 to 50 kWh each as drawn; all of them keep to it.
"First" is a fresh contract, paid by approve-and-call; "steady" from the meter's balance, into
places and an entry of the ring that were used. "All included" is a commitment, its recording and
its claim; the report serves everything and is not in it. The ancestor's figures are those measured
on its own contracts: registering, committing, depositing and settling, which it did wrongly.
"""

from collections.abc import Iterator
from random import Random
from statistics import mean

from bench.chain.pool_street import all_included, pool_street
from bench.report import Row, row

NUMBERS = (10, 100, 500)
MOST_HOMES = 10_000
_FIRST, _STEADY = 350_000, 220_000
_MILLIWH = 10**6
_PRICE = 200_000

DEM_ALL = {10: 729_000, 100: 735_000, 500: 739_000}
"""Gas of everything for each user of the ancestor."""

DEM_PAID_FOR = {10: 175, 100: 1_810, 500: 9_781}
"""Units that the ancestor paid for on this workload, whatever could be matched."""

BARS = {
    **{(f"W-DEM {n}: all included, {mode}, first", "gas"): _FIRST
       for n in (*NUMBERS, MOST_HOMES) for mode in ("alone", "in a batch")},
    **{(f"W-DEM {n}: all included, {mode}, steady", "gas"): _STEADY
       for n in (*NUMBERS, MOST_HOMES) for mode in ("alone", "in a batch")},
}  # fmt: skip


def rows(quick: bool, seed: int) -> Iterator[Row]:
    """Play the workload; `quick` leaves the large ones out."""
    for number in NUMBERS[:2] if quick else (*NUMBERS, MOST_HOMES):
        yield from _dem(number, seed)


def workload(number: int, seed: int) -> list[int]:
    """Draw W-DEM: each user's milliwatt-hours, producers and consumers in turn."""
    random = Random(seed)
    return [random.randint(1, 50) * _MILLIWH for _ in range(number)]


def _dem(number: int, seed: int) -> Iterator[Row]:
    name = f"W-DEM {number}"
    with pool_street() as street:
        if number == NUMBERS[0]:
            yield row("gas", "deploy pool", 1, "gas", street.deployed, "gas")
        amounts = workload(number, seed)
        first = street.play(amounts, by_approval=True)
        street.fund()
        street.go_round()
        steady = street.play(workload(number, seed + 1), by_approval=False)
    for case, found in (("first", first), ("steady", steady)):
        yield row("gas", f"{name}: commit, {case}", number, "gas", round(mean(found.commit)), "gas")
        for mode, batched in (("alone", False), ("in a batch", True)):
            what = f"{name}: all included, {mode}, {case}"
            used = all_included(found, batched=batched)
            yield row("gas", what, number, "gas", round(used), "gas")
            if number in DEM_ALL:
                yield row("gas", what, 1, "ratio", used / DEM_ALL[number], "1")
    paid = sum(end.received for end in first.claimed) / _PRICE
    fed, drawn = (sum(amounts[side::2]) // _MILLIWH for side in (0, 1))
    yield row("gas", f"{name}: could be matched", 1, "energy", min(fed, drawn), "kWh")
    yield row("gas", f"{name}: paid for", 1, "energy", paid, "kWh")
    if number in DEM_PAID_FOR:
        what = f"{name}: paid for by the ancestor"
        yield row("gas", what, 1, "energy", DEM_PAID_FOR[number], "kWh")
