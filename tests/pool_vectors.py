"""The pool's intervals that Python and Solidity must agree on, and how they are written down.

`python -m tests.pool_vectors` writes `tests/vectors/pool.json` anew from the rule in Python;
`tests/node/core/commitment/test_vectors.py` holds the file against the rule, and the contract's
`test/pool/Vectors.t.sol` plays it through the contract. A commitment is `[side, mWh, least price,
most price]`, side 0 a consumer, 1 a producer; metered are mWh, -1 a meter that is silent for ever;
the price is 0 where none was fixed; money is `[collateral, charged, received]` of each.
"""

from pathlib import Path
from random import Random

from node.core.commitment.settlement import Commitment, Side, Terms, settle
from tests.auction_vectors import render

FILE = Path(__file__).parent / "vectors" / "pool.json"
SILENT = -1
KWH = 1_000_000
STREET = [20, 200_000]
"""Penalty in per cent, and price."""


def draw(amount, most=250_000, least=0):
    return [0, amount, least, most]


def feed(amount, most=250_000, least=0):
    return [1, amount, least, most]


CASES = {
    "as committed": (STREET, [feed(2 * KWH), draw(2 * KWH)], [2 * KWH, 2 * KWH]),
    "more than committed": (STREET, [feed(2 * KWH), draw(2 * KWH)], [9 * KWH, 7 * KWH]),
    "fewer fed than drawn": (
        STREET, [feed(3 * KWH), draw(KWH), draw(3 * KWH)], [3 * KWH, KWH, 3 * KWH],
    ),
    "fewer drawn than fed": (
        STREET, [feed(3 * KWH), feed(KWH), draw(KWH)], [3 * KWH, KWH, KWH],
    ),
    "a producer is short": (
        STREET, [feed(4 * KWH), draw(KWH), draw(3 * KWH)], [3 * KWH, KWH, 3 * KWH],
    ),
    "a consumer is short": (STREET, [feed(2 * KWH), draw(2 * KWH)], [2 * KWH, KWH]),
    "both are short": (STREET, [feed(4 * KWH), draw(3 * KWH)], [KWH, 2 * KWH]),
    "nobody drew": (STREET, [feed(2 * KWH), draw(2 * KWH)], [KWH, 0]),
    "nobody fed": (STREET, [feed(2 * KWH), draw(2 * KWH)], [0, KWH]),
    "producers alone": (STREET, [feed(2 * KWH), feed(KWH)], [KWH, SILENT]),
    "consumers alone": (STREET, [draw(2 * KWH), draw(KWH)], [KWH, SILENT]),
    "a silent consumer": (
        STREET, [feed(2 * KWH), draw(KWH), draw(KWH)], [2 * KWH, SILENT, 600_000],
    ),
    "a silent producer": (
        STREET, [feed(2 * KWH), feed(KWH), draw(3 * KWH)], [SILENT, KWH, 3 * KWH],
    ),
    "all are silent": (STREET, [feed(2 * KWH), draw(2 * KWH)], [SILENT, SILENT]),
    "no price was fixed": ([20, 0], [feed(2 * KWH), draw(2 * KWH)], [KWH, SILENT]),
    "above a consumer's limit": (
        STREET, [feed(KWH), draw(KWH), draw(KWH, 199_999)], [KWH, KWH, KWH],
    ),
    "below a producer's limit": (
        STREET, [feed(KWH, least=200_001), feed(KWH), draw(2 * KWH)], [KWH, KWH, 2 * KWH],
    ),
    "at both limits": (
        STREET, [feed(KWH, 200_000, 200_000), draw(KWH, 200_000, 200_000)], [KWH, 999_999],
    ),
    "no penalty": ([0, 200_000], [feed(2 * KWH), draw(2 * KWH)], [KWH, 1]),
    "a whole penalty": ([100, 200_000], [feed(2 * KWH), draw(3 * KWH)], [KWH, 1]),
    "thirds of a milliwatt-hour": (
        [7, 333_333], [feed(2, 10**6), draw(1, 10**6), draw(1, 10**6), draw(1, 10**6)],
        [2, 1, 1, 1],
    ),
    "dearest price, greatest energies": (
        [99, 2**48 - 1],
        [feed(10**12, 2**48 - 1), draw(10**12, 2**48 - 1), draw(7, 2**48 - 1)],
        [10**12 - 3, 10**12 - 1, SILENT],
    ),
}  # fmt: skip


def commitment_of(row):
    """Make a commitment of its row."""
    side, amount, least, most = row
    return Commitment(
        side=Side(side), amount_milliwh=amount, least_per_kwh=least, most_per_kwh=most
    )


def settled(name, terms, rows, metered):
    """Settle an interval, and write down everybody's money."""
    told = [
        (commitment_of(row), None if reading == SILENT else reading)
        for row, reading in zip(rows, metered, strict=True)
    ]
    ends = settle(told, Terms(penalty_percent=terms[0], price_per_kwh=terms[1]))
    money = [[end.collateral, end.charged, end.received] for end in ends]
    return {
        "name": name, "terms": terms, "commitments": rows, "metered": metered, "money": money,
    }  # fmt: skip


def workload(number, seed):
    """Draw W-DEM as an interval: producers and consumers in turn, 1 to 50 kWh each, as promised."""
    random = Random(seed)
    amounts = [random.randint(1, 50) * KWH for _ in range(number)]
    rows = [[1 - index % 2, amount, 0, 250_000] for index, amount in enumerate(amounts)]
    return STREET, rows, amounts


def vectors():
    """Give the whole file's content."""
    cases = CASES | {f"W-DEM, {number} users": workload(number, 42) for number in (10, 100)}
    return {
        "about": "Made by `python -m tests.pool_vectors`, which says what the rows mean.",
        "intervals": [settled(name, *case) for name, case in cases.items()],
    }


if __name__ == "__main__":
    FILE.write_text(render(vectors()), encoding="utf-8")
