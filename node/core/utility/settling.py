"""Decide which orders are settled together, and when a meter's silence is noted.

A batch that is refused is halved until what cannot be settled is alone, so that it holds up no
other. While the grid is short, a batch changes what the next one uses, so they go one by one.
"""

from collections.abc import Iterable, Iterator

from node.core.auction.clearing import Offer
from node.core.auction.market import ClearedInterval, PlacedOrder, UtilityView
from node.core.commands import NoteSilence, SettleOrders
from node.core.facts import Fact, IntentRefused
from node.core.units import cost_up
from node.core.utility.state import Split, UtilityState

MOST_SETTLED_AT_ONCE = 100
"""Orders of one batch: some three million gas, far below what a transaction may use."""
STRAGGLERS_SHARE = 0.25
"""Of an interval: how long after it the first batch waits for meters that report late."""
PAUSE_SHARE = 0.25
"""Of an interval: a longer gap between two blocks is a chain that stood still."""


def settlements(state: UtilityState, view: UtilityView) -> Iterator[SettleOrders]:
    """Give the batches that are due, of orders that no other batch has."""
    rested = (resting.intent for resting in state.underway.resting)
    waiting = [i for i in (*state.underway.intents, *rested) if isinstance(i, SettleOrders)]
    batches = list(_batches(state, view, waiting))
    if not _is_short(view):
        yield from batches
    elif not any(isinstance(intent, SettleOrders) for intent in state.underway.intents):
        yield from batches[:1]


def silences(state: UtilityState, view: UtilityView) -> Iterator[NoteSilence]:
    """Give the intervals whose deadline is over although an order of theirs has no reading.

    A chain that stood still made everybody silent: after that, an interval of time is left to
    those who have something to report.
    """
    now_s, boundaries, noted = view.block.timestamp_s, dict(view.boundaries), dict(view.noted)
    if now_s < state.pause_until_s:
        return
    for result in view.cleared:
        if result.interval in noted or now_s < view.rules.deadline_s(result.interval):
            continue
        if any(not _is_told(placed, boundaries) for placed in _orders_of(result, view)):
            yield NoteSilence(interval=result.interval)


def pause_after(state: UtilityState, view: UtilityView) -> int:
    """Give until when nobody's silence is noted: an interval after the chain went on again.

    Nor does a utility that has just started know whether the chain stood still.
    """
    now_s, interval_s = view.block.timestamp_s, view.rules.interval_s
    if state.block_s is None or now_s - state.block_s > PAUSE_SHARE * interval_s:
        return now_s + interval_s
    return state.pause_until_s


def splits_after(
    state: UtilityState, view: UtilityView, facts: tuple[Fact, ...]
) -> tuple[Split, ...]:
    """Give the bounds of batches, with those of the batches that were refused just now."""
    found = {(split.interval, split.meter_id): split.most for split in state.splits}
    for fact in facts:
        if isinstance(fact, IntentRefused) and isinstance(fact.intent, SettleOrders):
            half = max(1, len(fact.intent.meter_ids) // 2)
            found |= {(fact.intent.interval, meter): half for meter in fact.intent.meter_ids}
    left = {(placed.interval, placed.meter_id) for placed in view.orders}
    return tuple(
        Split(interval=interval, meter_id=meter_id, most=most)
        for (interval, meter_id), most in sorted(found.items())
        if (interval, meter_id) in left
    )


def _batches(
    state: UtilityState, view: UtilityView, elsewhere: Iterable[SettleOrders]
) -> Iterator[SettleOrders]:
    most = {(split.interval, split.meter_id): split.most for split in state.splits}
    taken = {(batch.interval, meter) for batch in elsewhere for meter in batch.meter_ids}
    for result in view.cleared:
        ready = (placed.meter_id for placed in _ready(result, view))
        meters = [meter for meter in ready if (result.interval, meter) not in taken]
        room_of = {
            meter: most.get((result.interval, meter), MOST_SETTLED_AT_ONCE) for meter in meters
        }
        batch: list[int] = []
        # The narrowest come last, so that none stands in a wider batch than its own.
        for meter, room in sorted(room_of.items(), key=lambda one: (-one[1], one[0])):
            if batch and len(batch) >= room:
                yield SettleOrders(interval=result.interval, meter_ids=tuple(batch))
                batch = []
            batch.append(meter)
        if batch:
            yield SettleOrders(interval=result.interval, meter_ids=tuple(batch))


def _ready(result: ClearedInterval, view: UtilityView) -> list[PlacedOrder]:
    boundaries, now_s, rules = dict(view.boundaries), view.block.timestamp_s, view.rules
    left = _orders_of(result, view)
    end_s = (result.interval + 1) * rules.interval_s
    counts_from_s = dict(view.noted).get(result.interval)
    is_noted = counts_from_s is not None and now_s >= counts_from_s
    ready = [placed for placed in left if is_noted or _is_told(placed, boundaries)]
    waits = now_s < end_s + STRAGGLERS_SHARE * rules.interval_s
    return [] if now_s < end_s or (waits and len(ready) < len(left)) else ready


def _is_told(placed: PlacedOrder, boundaries: dict[int, int]) -> bool:
    """Say whether a meter has both its readings of an interval, or will never have them."""
    return boundaries.get(placed.meter_id, 0) > placed.interval


def _orders_of(result: ClearedInterval, view: UtilityView) -> list[PlacedOrder]:
    return [placed for placed in view.orders if placed.interval == result.interval]


def _is_short(view: UtilityView) -> bool:
    """Say whether settling could use up what the grid has above its debts.

    The grid pays an offer feed-in for twice its energy at most, and a bid for its own.
    """
    feed_in = max((posted.tariff.feed_in_per_kwh for posted in view.tariffs), default=0)
    cleared = {result.interval for result in view.cleared}
    units = sum(
        placed.order.energy_units * (2 if isinstance(placed.order, Offer) else 1)
        for placed in view.orders
        if placed.interval in cleared
    )
    most_due = cost_up(units * view.rules.unit_milliwh, feed_in)
    return view.grid_balance - view.grid_owes < most_due
