"""Work out what a pairing licenses: which seller feeds this home now, and whom this home feeds.

A pairing licenses nothing by itself. What counts is the own fill under the result on the chain, as
deep as is configured; a published part that goes beyond it, or is not ours, licenses nothing. Pure
and without memory: it is worked out again in each cycle, from the newest view.
"""

from dataclasses import dataclass, field, replace

from node.core.auction.clearing import Bid, Kind, fills
from node.core.auction.market import ClearedInterval, HomeMarket, PlacedOrder
from node.core.auction.pairing import Pairing, Part
from node.core.energy.interval import boundary_at_or_before
from node.core.observation import Observation, chain_time_s
from node.core.trading.state import TradingSettings
from node.core.units import format_wh


@dataclass(frozen=True, slots=True, kw_only=True)
class Licence:
    """Let energy of one part flow from its seller to its buyer, from `starts_s` until `ends_s`.

    Energy in milliwatt-hours, instants in chain time. The order of licences is the turn.
    """

    interval: int
    kind: str
    buyer: str
    seller: str
    energy_milliwh: int
    starts_s: int
    ends_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """Hold what the auction says about the contacts of a home in the interval now.

    `draws` are the licences as the buyer, `serves` as the seller. `bars_sale` says why nothing of
    the sale is drawn, bought or delivered in this interval, or is empty. `problem` says why the
    published pairing licenses nothing, or is empty. `settles_meter` says that an own order stands
    in the interval now, so that the auction settles whatever the meter tells of it.
    """

    draws: tuple[Licence, ...]
    serves: tuple[Licence, ...]
    bars_sale: str
    problem: str
    settles_meter: bool = field(default=False, compare=False)


NO_RIGHTS = Rights(draws=(), serves=(), bars_sale="", problem="")


def rights(observation: Observation, settings: TradingSettings) -> Rights:
    """Give a home's rights in the interval that is delivered now.

    Before the auction has been seen the sale is barred: nobody knows whose the interval is. It is
    barred, too, just before an interval with an own order, in which it may pay for nothing more.
    """
    view, market = observation.chain, observation.market
    if view is None or market is None:
        return _barred("the auction has not been seen yet")
    now_s = chain_time_s(view, observation.now_s, settings.clock_speed)
    interval = boundary_at_or_before(now_s, market.rules.interval_s)
    placed = _standing(market, interval)
    if placed is None:
        soon_s = now_s + settings.let_go_s * settings.clock_speed
        coming = boundary_at_or_before(soon_s, market.rules.interval_s)
        if _standing(market, coming) is None:
            return NO_RIGHTS
        return _barred(f"interval {coming}, in which it has an order, begins in a moment")
    found = _of_order(observation, market, settings, placed, view.block.number)
    return replace(found, settles_meter=True)


def _of_order(
    observation: Observation,
    market: HomeMarket,
    settings: TradingSettings,
    placed: PlacedOrder,
    block_number: int,
) -> Rights:
    """Give the rights in an interval with an own order, as of a block."""
    interval = placed.interval
    result = market.result(interval)
    if result is None:
        return _barred(f"its order in interval {interval} is not cleared yet")
    filled = filled_milliwh(market, placed, result)
    if not any(filled.values()):
        # The meter settles the order all the same: the grid bills what the sale would bill, too.
        return _barred(f"its order in interval {interval} has no fill, and settles its meter")
    if block_number - result.block.number + 1 < settings.confirmations:
        return _barred(f"the result of interval {interval} is not deep enough yet")
    pairing = next((p for p in observation.pairings if p.interval == interval), None)
    if pairing is None:
        return _barred(f"its fill in interval {interval} has no published pairing")
    problem = problem_of(pairing, placed, market, result)
    if problem:
        return _barred(f"the pairing of interval {interval} licenses nothing: {problem}", problem)
    licences = tuple(_licence(part, interval, market.rules.interval_s) for part in pairing.parts)
    bought = isinstance(placed.order, Bid)
    return Rights(
        draws=licences if bought else (),
        serves=() if bought else licences,
        bars_sale=f"interval {interval} is delivered by the auction's pairing",
        problem="",
    )


def filled_milliwh(
    market: HomeMarket, placed: PlacedOrder, result: ClearedInterval
) -> dict[str, int]:
    """Give what an order trades of each kind, by the kind's name in a pairing."""
    traded = fills(result.clearing, placed.order)
    unit = market.rules.unit_milliwh
    return {kind.name.lower(): traded.units(kind) * unit for kind in Kind}


def problem_of(
    pairing: Pairing, placed: PlacedOrder, market: HomeMarket, result: ClearedInterval
) -> str:
    """Say why a pairing does not fit the own fill on the chain; empty where it does."""
    left = filled_milliwh(market, placed, result)
    bought = isinstance(placed.order, Bid)
    seen: set[tuple[str, str]] = set()
    for part in pairing.parts:
        own, other = (part.buyer, part.seller) if bought else (part.seller, part.buyer)
        if own != placed.account or other == placed.account:
            return f"a part from {part.seller} to {part.buyer} is not this home's side"
        if part.kind not in left:
            return f"{part.kind} is no kind of energy"
        if (part.kind, other) in seen:
            return f"it names {other} twice for {part.kind}"
        if part.energy_milliwh <= 0:
            return f"a part of {format_wh(part.energy_milliwh)}"
        seen.add((part.kind, other))
        left[part.kind] -= part.energy_milliwh
        if left[part.kind] < 0:
            over = format_wh(-left[part.kind])
            return f"its {part.kind} parts are {over} more than the fill on the chain"
    return ""


def _standing(market: HomeMarket, interval: int) -> PlacedOrder | None:
    placed = market.order(interval)
    return placed if placed is not None and placed.order.energy_units else None


def _licence(part: Part, interval: int, interval_s: int) -> Licence:
    return Licence(
        interval=interval,
        kind=part.kind,
        buyer=part.buyer,
        seller=part.seller,
        energy_milliwh=part.energy_milliwh,
        starts_s=interval * interval_s,
        ends_s=(interval + 1) * interval_s,
    )


def _barred(sentence: str, problem: str = "") -> Rights:
    return Rights(draws=(), serves=(), bars_sale=sentence, problem=problem)
