"""Measure what every call of the contracts uses on a real chain.

Workload W-DAISEE, the ancestor's: one producer, two consumers, one token is one unit, purchases of
230 and consumption of 50. "First" is into slots that hold nothing, "steady" into used ones. The
ancestor's figures are those measured on its own contracts; its purchase is an approval and a
`buyEnergy`, and its day the loop of its scripts, a transaction every 16 seconds.
The interval auction's workloads are in `gas_auction`, the commitment pool's in `gas_pool`.
"""

from collections.abc import Iterator
from statistics import median

from bench.chain import gas_auction, gas_pool, gas_reduction
from bench.chain.gas_chain import BOUGHT_MILLIWH, GasChain, gas_chain
from bench.report import Row, row

PURCHASES_PER_DAY = 6
REPORTS_PER_DAY = 96
OFFERS_PER_DAY = 8
"""An offer of four hours (the default) is renewed when a quarter of it is left."""
DRAWN_MILLIWH = 50_000
ODD_PRICE_PER_KWH = 180_001
"""Leaves a rounding unit, which the redemption that closes has to return."""

BARS = {
    **gas_auction.BARS,
    **gas_reduction.BARS,
    **gas_pool.BARS,
    ("purchase, steady", "gas"): 73_000.0,
    ("purchase, steady, nothing else in escrow", "gas"): 95_000.0,
    ("report, ring gone round", "most"): 40_000.0,
    ("redeem, steady", "gas"): 60_000.0,
    ("redeem that closes", "gas"): 60_000.0,
    ("consumer's day, ring gone round", "gas"): 5_000_000.0,
    ("producer's day, ring gone round", "gas"): 5_000_000.0,
}

_APPROVE, _APPROVE_AGAIN = 44_237, 27_137
ANCESTOR = {
    "deploy token": 998_187,
    "deploy registry and sale": 507_736,
    "purchase, first": _APPROVE + 134_455,
    "purchase, steady": _APPROVE_AGAIN + 59_935,
    "report, first ring": 56_769,
    "report, ring gone round": 39_669,
    "consumer's day, first": 214_000_000,
    "consumer's day, ring gone round": 214_000_000,
    "producer's day, first": 153_000_000,
    "producer's day, ring gone round": 153_000_000,
}
"""Gas of the ancestor's counterpart, in the same order of first and repeated use."""


def rows(quick: bool, seed: int) -> Iterator[Row]:
    """Make every call of the sale, then both auctions' workloads, then the pool's."""
    yield from sale_rows(quick)
    yield from gas_auction.rows(quick, seed)
    yield from gas_reduction.rows(quick, seed)
    yield from gas_pool.rows(quick, seed)


def sale_rows(quick: bool) -> Iterator[Row]:
    """Make every call; without `quick` also whole days until the ring has gone round."""
    with gas_chain() as chain:
        yield from _deployment(chain)
        yield from _offers(chain)
        yield from _orders(chain)
        yield from _odd_price(chain)
        yield from _other_ends(chain)
        if not quick:
            yield from _days(chain)


def _deployment(chain: GasChain) -> Iterator[Row]:
    used = chain.deployed
    yield from _both("deploy token", used.token)
    yield from _both("deploy registry and sale", used.registry + used.sale)
    yield _gas("deploy registry", used.registry)
    yield _gas("deploy sale", used.sale)


def _offers(chain: GasChain) -> Iterator[Row]:
    yield _gas("post offer, first", chain.post_offer(900_000))
    yield _gas("post offer, steady", chain.post_offer(1_000_000))


def _orders(chain: GasChain) -> Iterator[Row]:
    one, other = chain.buyers
    yield from _both("purchase, first", chain.buy(one, 1))
    yield _gas("purchase, first in the second place", chain.buy(one, 2))
    yield _gas("redeem, the seller's first", chain.redeem(one, 1, DRAWN_MILLIWH))
    chain.redeem_and_close(one, 2, DRAWN_MILLIWH)
    chain.redeem(one, 1, BOUGHT_MILLIWH)
    empty = "purchase, steady, nothing else in escrow"
    yield _gas(empty, chain.buy(one, 3))
    yield _gas("purchase, another buyer's first", chain.buy(other, 1))
    yield from _both("purchase, steady", chain.buy(one, 4))
    yield _gas("redeem, steady", chain.redeem(one, 3, DRAWN_MILLIWH))
    yield _gas("redeem that closes", chain.redeem(one, 3, BOUGHT_MILLIWH))
    yield _gas("redeem and close", chain.redeem_and_close(one, 4, DRAWN_MILLIWH))


def _odd_price(chain: GasChain) -> Iterator[Row]:
    one, price = chain.buyers[0], ODD_PRICE_PER_KWH
    chain.post_offer(price)
    chain.buy(one, 5, price)
    chain.redeem(one, 5, DRAWN_MILLIWH)
    yield _gas("redeem that closes, with a rounding unit", chain.redeem(one, 5, BOUGHT_MILLIWH))
    chain.post_offer(1_000_000)


def _other_ends(chain: GasChain) -> Iterator[Row]:
    one, other = chain.buyers
    yield _gas("purchase by transfer-and-call, steady", chain.buy_by_transfer(one, 6))
    yield _gas("acknowledge", chain.acknowledge(one, 6, DRAWN_MILLIWH))
    yield _gas("refund", chain.refund(one, 6))
    chain.redeem(other, 1, BOUGHT_MILLIWH)


def _days(chain: GasChain) -> Iterator[Row]:
    """Play three days of a consumer and its producer: fresh ring, half round, gone round."""
    meter = chain.install()
    first_order = 2
    for name in ("first", None, "ring gone round"):
        reports, purchases, redeems, offers = _day(chain, meter, first_order)
        first_order += PURCHASES_PER_DAY
        if name is None:
            continue
        case = "report, first ring" if name == "first" else "report, ring gone round"
        yield row("gas", case, len(reports), "most", max(reports), "gas")
        yield from _both(case, round(median(reports)), metric="median", n=len(reports))
        # A home pays for its own reports; what a purchase needs of its seller is the redemption.
        consumer = sum(reports) + sum(purchases) + sum(redeems)
        yield from _both(f"consumer's day, {name}", consumer)
        yield from _both(f"producer's day, {name}", sum(reports) + sum(redeems) + sum(offers))
    batch = chain.report(meter, DRAWN_MILLIWH, REPORTS_PER_DAY)
    yield _gas("report of a day in one batch, ring gone round", batch)


def _day(
    chain: GasChain, meter: int, first_order: int
) -> tuple[list[int], list[int], list[int], list[int]]:
    """Play a day; give the gas of its reports, purchases, redemptions and offers."""
    buyer = chain.buyers[1]
    reports: list[int] = []
    purchases: list[int] = []
    redeems: list[int] = []
    offers: list[int] = []
    for quarter in range(REPORTS_PER_DAY):
        if quarter % (REPORTS_PER_DAY // OFFERS_PER_DAY) == 0:
            offers.append(chain.post_offer(1_000_000))
        if quarter % (REPORTS_PER_DAY // PURCHASES_PER_DAY) == 0:
            number = first_order + len(purchases)
            purchases.append(chain.buy(buyer, number))
            redeems.append(chain.redeem(buyer, number, BOUGHT_MILLIWH))
        reports.append(chain.report(meter, DRAWN_MILLIWH))
    return reports, purchases, redeems, offers


def _gas(case: str, used: int) -> Row:
    return row("gas", case, 1, "gas", used, "gas")


def _both(case: str, used: int, *, metric: str = "gas", n: int = 1) -> Iterator[Row]:
    """Give our figure, the ancestor's, and the ratio of ours to it."""
    yield row("gas", case, n, metric, used, "gas")
    yield row("gas", case, 1, "ancestor", ANCESTOR[case], "gas")
    yield row("gas", case, 1, "ratio", used / ANCESTOR[case], "1")
