"""Measure the reduction auction on the ancestor's workload (BEMC), on a real chain.

W-BEMC is N bids of a power and a price for the whole bid, drawn as there; the target is half of all
power. A wei there is a billionth of a base unit here. "First" is a fresh contract, "steady" a later
event of the same homes, by a baseline of five days. "All included" is a home's offer from its
meter's balance, its part of batches of 100 settlements, of the request and of the clearing; its
reports serve everything and are not in it. The ancestor's figures are measured on its own contract.

What the utility pays stands beside the ancestor's, which pays each winner the dearest winner's
price whatever its energy, and beside one price per kilowatt-hour for exactly the target, which
sorts the bids as they were drawn. Ours are on ticks, below a most price of twice that price.
"""

from collections.abc import Iterator, Sequence
from random import Random

from bench.chain.reduction_street import asked, reduction_street
from bench.report import Row, row
from node.core.reduction.clearing import Ask, Block, PricingRule, Result, awards, clear, money_down

NUMBERS = (10, 100, 500)
MOST_OFFERS = 10_000
_CLEAR, _ONE_BLOCK, _FOUR_BLOCKS, _ADJUST = 120_000, 125_000, 140_000, 40_000
_WEI = 10**9
"""Of a base unit."""

ANCESTOR_CLEAR = {10: 312_737, 100: 3_782_277, 500: 51_847_345}
"""Gas of the ancestor's selection, steady, half of the power as drawn."""
ANCESTOR_ALL = {10: 131_000, 100: 133_000, 500: 199_000}
"""Gas of everything for each bidder, steady."""

BARS = {
    **{(f"W-BEMC {n}: clear, {case}", "gas"): _CLEAR for n in NUMBERS
       for case in ("first", "steady")},
    (f"W-BEMC {MOST_OFFERS}: clear, first", "gas"): _CLEAR,
    # Each of ten bears a tenth of the utility's own calls, and is above both bars.
    **{(f"W-BEMC {n}: all included, one block, steady", "gas"): _ONE_BLOCK for n in (100, 500)},
    **{(f"W-BEMC {n}: all included, four blocks, steady", "gas"): _FOUR_BLOCKS
       for n in (100, 500)},
    ("W-BEMC 100: the adjustment adds", "gas"): _ADJUST,
    **{(f"W-BEMC {n}: paid as bid, beside one price", "ratio"): 1.0 for n in NUMBERS},
}  # fmt: skip

Bid = tuple[int, int]
"""Power in Wh, and the price in wei of all of it."""


def bemc(number: int, seed: int) -> list[Bid]:
    """Draw W-BEMC: the power, then the price."""
    random = Random(seed)
    return [(random.randint(100, 5_000), random.randint(10**12, 10**15)) for _ in range(number)]


def rows(quick: bool, seed: int) -> Iterator[Row]:
    """Play the workload, each event drawn by the next seed; `quick` leaves the large ones out."""
    for number in NUMBERS[: 2 if quick else None]:
        yield from _gas_of(number, seed)
    yield from _adjustment(seed)
    for number in NUMBERS:
        yield from _paid(number, bemc(number, seed))
    if not quick:
        bids = bemc(MOST_OFFERS, seed)
        with reduction_street() as street:
            street.settle_in(MOST_OFFERS)
            ask, offers = on_ticks(bids)
            _request, _offers, used = street.clear_only(ask, offers)
        yield _gas(f"W-BEMC {MOST_OFFERS}: clear, first", MOST_OFFERS, used)


def _gas_of(number: int, seed: int) -> Iterator[Row]:
    name = f"W-BEMC {number}"
    with reduction_street() as street:
        street.settle_in(number)
        for later, case in enumerate(("first", "second", "third", "steady")):
            found = street.play(*on_ticks(bemc(number, seed + later)))
            if case not in ("first", "steady"):
                continue
            yield _gas(f"{name}: clear, {case}", number, found.clear)
            yield _gas(f"{name}: request, {case}", 1, found.request)
            yield _gas(f"{name}: offer, {case}", number, found.offers / number)
            yield _gas(f"{name}: settle in a batch, {case}", number, found.settled / number)
            used = found.participant(number)
            yield _gas(f"{name}: all included, one block, {case}", number, used)
        yield _ancestor(f"{name}: clear, steady", ANCESTOR_CLEAR[number])
        yield _ancestor(f"{name}: all included, one block, steady", ANCESTOR_ALL[number])
        for _ in range(2):
            ask, offers = on_ticks(bemc(number, seed + 4))
            found = street.play(ask, [_in_four(blocks[0]) for blocks in offers])
        used = found.participant(number)
        yield _gas(f"{name}: all included, four blocks, steady", number, used)


def _adjustment(seed: int) -> Iterator[Row]:
    """Measure what the adjustment by the same day adds to a settlement."""
    settled = []
    for percent in (0, 20):
        with reduction_street(percent) as street:
            street.settle_in(100)
            for later in range(3):
                found = street.play(*on_ticks(bemc(100, seed + later)))
            settled.append(found.settled / 100)
    yield _gas("W-BEMC 100: the adjustment adds", 100, settled[1] - settled[0])


def on_ticks(bids: Sequence[Bid]) -> tuple[Ask, list[list[Block]]]:
    """Ask for half of all power, at twice the price that meets it at most; dearer bids stay away.

    A home that asks more than the most price offers its least at the highest tick, so that every
    account takes part.
    """
    target = sum(power for power, _ in bids) // 2
    ask = asked(target, 2 * _one_price(bids, target))
    return ask, [[_block(ask, bid)] for bid in bids]


def _block(ask: Ask, bid: Bid) -> Block:
    power, wei = bid
    limit = -(-wei * 1_000 // (power * _WEI))
    if limit > ask.most_price_per_kwh:
        return Block(tick=63, energy_units=1)
    return Block(tick=ask.offer_tick(limit), energy_units=power)


def _one_price(bids: Sequence[Bid], target: int) -> int:
    """Give the exact marginal price in base units per kWh, rounded up."""
    left = target
    for power, wei in sorted(bids, key=lambda bid: bid[1] / bid[0]):
        left -= power
        if left <= 0:
            return -(-wei * 1_000 // (power * _WEI))
    raise ValueError("the bids do not meet the target")


def _paid(number: int, bids: Sequence[Bid]) -> Iterator[Row]:
    """Give what the utility pays for the target, in tokens, and the ratio to one exact price."""
    ask, offers = on_ticks(bids)
    blocks = [block for offer in offers for block in offer]
    result = clear(ask.target_units, blocks)
    one_price = ask.target_units * _one_price(bids, ask.target_units) / 1_000
    as_bid = Ask(
        target_units=ask.target_units,
        unit_milliwh=ask.unit_milliwh,
        most_price_per_kwh=ask.most_price_per_kwh,
        rule=PricingRule.PAY_AS_BID,
    )
    for what, paid in (
        ("paid uniformly", _cost(result, ask, blocks)),
        ("paid as bid", _cost(result, as_bid, blocks)),
        ("the ancestor pays", _ancestors_cost(bids, ask.target_units)),
    ):
        case = f"W-BEMC {number}: {what}, beside one price"
        yield row("gas", case, number, "tokens", paid / 10**6, "tokens")
        yield row("gas", case, number, "ratio", paid / one_price, "1")


def _cost(result: Result, ask: Ask, blocks: Sequence[Block]) -> int:
    return sum(
        money_down(result, ask, [block], awards(result, [block])[0] * ask.unit_milliwh)
        for block in blocks
    )


def _ancestors_cost(bids: Sequence[Bid], target: int) -> float:
    """Give what its rule pays: the cheapest bids whatever their power, each the dearest's price."""
    left, winners, price = target, 0, 0
    for power, wei in sorted(bids, key=lambda bid: bid[1]):
        if left <= 0:
            break
        left, winners, price = left - power, winners + 1, wei
    return winners * price / _WEI


def _in_four(block: Block) -> list[Block]:
    """Cut a block into four of rising ticks."""
    part = max(1, block.energy_units // 4)
    first = min(block.tick, 60)
    return [Block(tick=first + index, energy_units=part) for index in range(4)]


def _gas(case: str, n: int, used: float) -> Row:
    return row("gas", case, n, "gas", round(used), "gas")


def _ancestor(case: str, used: int) -> Row:
    return row("gas", case, 1, "ancestor", used, "gas")
