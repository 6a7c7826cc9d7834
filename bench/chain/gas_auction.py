"""Measure the interval auction on the ancestors' workloads, on a real chain.

W-LEM is N orders, half of them sellers, of two kinds; W-EC is N pairs of one kind (`workloads`).
"First" is a fresh contract, "second" the next round of the same homes, "steady" after every word
of both lanes has been used once. "All included" is a home's order from its balance, its settlement
and its part of the clearing; its report serves everything and is not in it. The ancestors' figures
are those measured on their own contracts: LEM's variant that settles, energy-chain without money.
"""

from collections.abc import Iterator, Mapping, Sequence
from statistics import mean

from bench.chain.auction_street import AuctionStreet, Round, auction_street
from bench.market import workloads
from bench.report import Row, row
from node.core.auction.clearing import Kind, Offer, Order

NUMBERS = (10, 100, 500)
MOST_ORDERS = 10_000
_CLEAR_100, _CLEAR_ANY, _ONE_KIND = 700_000, 1_800_000, 300_000
_PARTICIPANT = (132_000, 97_500, 132_000)
"""By the way of settling; the last one where it is settled by its next order."""

LEM_CLEAR = {
    10: (2_610_270, 1_157_294),
    100: (37_107_735, 24_093_934),
    500: (490_748_450, 435_990_101),
}
"""Gas of the ancestor's auction that settles, first and steady, by the number of orders."""

LEM_ALL = {10: (507_000, 279_000), 100: (612_000, 400_000), 500: (1_222_000, 1_031_000)}
"""Gas of everything for each order: approval, order, auction."""

LEM_PLACE = {"first": 46_039 + 224_500, "second": 46_039 + 137_000}
"""Approval and order, in the middle of what was measured for its two sides."""

ENERGY_CHAIN_ALL = {"first": 117_500, "second": 70_500}
"""Post and match for each participant, without money; 101 of a side it cannot hold."""

_MODES = ("settled alone", "settled in a batch", "settled by its next order")

BARS: Mapping[tuple[str, str], float] = {
    **{(f"W-LEM {n}: clear, {r}", "gas"): _CLEAR_ANY for n in (10, 500)
       for r in ("first", "second", "steady")},
    **{(f"W-LEM 100: clear, {r}", "gas"): _CLEAR_100 for r in ("first", "second", "steady")},
    (f"W-LEM {MOST_ORDERS}: clear, first", "gas"): _CLEAR_ANY,
    **{(f"W-LEM solar {n}: clear", "gas"): _ONE_KIND for n in (*NUMBERS, MOST_ORDERS)},
    **{(f"W-EC {n}: clear, {r}", "gas"): _ONE_KIND for n in NUMBERS
       for r in ("first", "second")},
    **{(f"W-LEM {n}: all included, {mode}, steady", "gas"): bar for n in (100, 500)
       for mode, bar in zip(_MODES, _PARTICIPANT, strict=True)},
}  # fmt: skip


def rows(quick: bool, seed: int) -> Iterator[Row]:
    """Play the workloads, each round drawn by the next seed; `quick` leaves the large ones out."""
    for number in NUMBERS[: 2 if quick else None]:
        yield from _lem(number, seed)
        yield from _energy_chain(number, seed)
    for number in NUMBERS[: 2 if quick else None] + (() if quick else (MOST_ORDERS,)):
        with auction_street() as street:
            solar = [_of_solar(order) for order in workloads.lem(number, seed)]
            yield _gas(f"W-LEM solar {number}: clear", number, street.clear_only(solar))
    if not quick:
        with auction_street() as street:
            used = street.clear_only(workloads.lem(MOST_ORDERS, seed))
            yield _gas(f"W-LEM {MOST_ORDERS}: clear, first", MOST_ORDERS, used)


def _lem(number: int, seed: int) -> Iterator[Row]:
    """Play W-LEM's rounds: two as the ancestor's, then steady ones."""
    name = f"W-LEM {number}"
    with auction_street() as street:
        if number == NUMBERS[0]:
            yield _gas("deploy auction", 1, street.deployed)
        played = {
            "first": street.play(workloads.lem(number, seed)),
            "second": street.play(workloads.lem(number, seed + 1)),
        }
        street.fill_lanes()
        street.play(workloads.lem(number, seed + 2))
        played["steady"] = street.play(workloads.lem(number, seed + 2))
        approved = street.play(workloads.lem(number, seed + 2), by_approval=True)
        for case, found in played.items():
            ancestor = 0 if case == "first" else 1
            clearing = LEM_CLEAR[number][ancestor]
            yield from _beside(f"{name}: clear, {case}", number, found.clear, clearing)
            place = mean(found.place)
            beside = LEM_PLACE["first" if case == "first" else "second"]
            yield from _beside(f"{name}: place, {case}", number, place, beside)
            yield _gas(f"{name}: settle alone, {case}", len(found.alone), mean(found.alone))
            yield _gas(f"{name}: settle in a batch, {case}", number // 2, found.batched)
            yield from _participant(name, case, number, found, LEM_ALL[number][ancestor])
        used = mean(approved.place)
        yield _gas(f"{name}: place by approve-and-call, steady", number, used)
        yield from _by_next_order(name, number, seed, street)


def _participant(name: str, case: str, number: int, found: Round, ancestor: int) -> Iterator[Row]:
    share = mean(found.place) + found.clear / number
    for mode, settled in zip(_MODES, (mean(found.alone), found.batched), strict=False):
        what = f"{name}: all included, {mode}, {case}"
        yield from _beside(what, number, share + settled, ancestor)


def _by_next_order(name: str, number: int, seed: int, street: AuctionStreet) -> Iterator[Row]:
    """Measure a home that trades in every interval of a lane: its order settles the last one."""
    place, clear = street.play_on(workloads.lem(number, seed + 2))
    used = mean(place) + clear / number
    case = f"{name}: all included, {_MODES[2]}, steady"
    yield from _beside(case, number, used, LEM_ALL[number][1])


def _energy_chain(number: int, seed: int) -> Iterator[Row]:
    """Play W-EC's two rounds; the ancestor holds a hundred of a side."""
    with auction_street() as street:
        for later, case in enumerate(("first", "second")):
            found = street.play(workloads.energy_chain(number, seed + later))
            name = f"W-EC {number}"
            yield _gas(f"{name}: clear, {case}", number, found.clear)
            used = mean(found.place) + found.batched + found.clear / (2 * number)
            what = f"{name}: all included, settled in a batch, {case}"
            if number <= 100:
                yield from _beside(what, 2 * number, used, ENERGY_CHAIN_ALL[case])
            else:
                yield _gas(what, 2 * number, used)


def _of_solar(order: Order) -> Order:
    """Take CHP out of a market: its sellers sell solar, its buyers want nothing else."""
    if isinstance(order, Offer):
        return Offer(kind=Kind.SOLAR, tick=order.tick, energy_units=order.energy_units)
    return type(order)(solar_tick=order.solar_tick, chp_tick=0, energy_units=order.energy_units)


def _gas(case: str, n: int, used: float) -> Row:
    return row("gas", case, n, "gas", round(used), "gas")


def _beside(case: str, n: int, used: float, ancestor: float) -> Sequence[Row]:
    """Give our figure, the ancestor's, and the ratio of ours to it."""
    return (
        _gas(case, n, used),
        row("gas", case, 1, "ancestor", ancestor, "gas"),
        row("gas", case, 1, "ratio", used / ancestor, "1"),
    )
