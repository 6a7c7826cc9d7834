"""Work out what a pairing licenses: which seller feeds this home now, and whom this home feeds.

A pairing licenses nothing by itself. What counts is the own fill under the result on the chain, as
deep as is configured; a published part that goes beyond it, or is not ours, licenses nothing. Pure
and without memory: it is worked out again in each cycle, from the newest view.
"""

from dataclasses import replace

from node.core.auction.clearing import Bid
from node.core.auction.licence import NO_RIGHTS, Licence, Rights, filled_milliwh, problem_of
from node.core.auction.market import HomeMarket, PlacedOrder
from node.core.auction.pairing import Part
from node.core.energy.interval import boundary_at_or_before
from node.core.observation import Observation
from node.core.trading.state import TradingSettings


def rights(observation: Observation, settings: TradingSettings) -> Rights:
    """Give a home's rights in the interval that is delivered now.

    Before the auction has been seen the sale is barred: nobody knows whose the interval is. It is
    barred, too, just before an interval with an own order, in which it may pay for nothing more.
    """
    view, market, now_s = observation.chain, observation.market, observation.chain_now_s
    if view is None or market is None or now_s is None:
        return _barred("the auction has not been seen yet")
    interval = boundary_at_or_before(now_s, market.rules.interval_s)
    placed = _standing(market, interval)
    if placed is None:
        soon_s = now_s + settings.let_go_s * observation.clock_speed
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
