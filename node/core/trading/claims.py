"""Get a home's money out of the auction: clear and settle what nobody did, withdraw what lies idle.

What the grid could not pay at a settlement is collected once it has money again.

The utility clears and settles; a home does it only for its own orders, later, and each at another
moment of its own, so that one transaction frees all who waited. An interval that is not cleared
half of the lead after its gate is cleared before its delivery, in the turn of those who have an
order in it: without a result nobody could be paired.
"""

from collections.abc import Iterator

from node.core.auction.gate import LANES
from node.core.auction.market import HomeMarket
from node.core.commands import ClearInterval, CollectOwed, SettleOrders, WithdrawBalance
from node.core.observation import Observation
from node.core.records import ChainView
from node.core.trading.state import TradingSettings

TURN_LEAD_SHARE = 0.5
"""Of the lead, after the gate: how long the clearing is left to the utility."""
LEAST_TURN_S = 2.0
"""Real seconds from one home's turn to the next one's, and a block at least."""
CLEAR_SHARE = 0.25
"""Of an interval: how long after its end a home leaves the clearing to others."""
SETTLE_SHARE = 1.0
"""Of an interval: how long after its end it leaves the settling."""


def turn_to_clear(
    market: HomeMarket,
    view: ChainView,
    chain_now_s: float,
    observation: Observation,
) -> ClearInterval | None:
    """Give the clearing that is this home's turn, before delivery; None where none is due."""
    rules = market.rules
    turn_s = max(LEAST_TURN_S, view.block_period_s) * observation.clock_speed
    for interval, place in observation.turns:
        due_s = rules.gate_s(interval) + TURN_LEAD_SHARE * rules.gate_lead_s + place * turn_s
        starts_s = interval * rules.interval_s
        if market.result(interval) is None and due_s <= chain_now_s < starts_s and due_s < starts_s:
            return ClearInterval(interval=interval)
    return None


def due_claims(
    market: HomeMarket, view: ChainView, chain_now_s: float, settings: TradingSettings
) -> Iterator[ClearInterval | SettleOrders | CollectOwed | WithdrawBalance]:
    """Give what is due, in the order of its haste."""
    interval_s = market.rules.interval_s
    own_s = lot(settings.account) * CLEAR_SHARE * interval_s
    for placed in sorted(market.orders, key=lambda placed: placed.interval):
        interval, end_s = placed.interval, (placed.interval + 1) * interval_s
        if market.result(interval) is None:
            if chain_now_s >= end_s + CLEAR_SHARE * interval_s + own_s:
                yield ClearInterval(interval=interval)
            continue
        # Who has told nothing pays the worst: its own order waits for its reading.
        is_read = view.meter is not None and view.meter.boundary > interval
        if is_read and chain_now_s >= end_s + SETTLE_SHARE * interval_s + own_s:
            yield SettleOrders(interval=interval, meter_ids=(settings.meter_id,))
    if market.owed >= settings.withdraw_from:
        yield CollectOwed(owed=market.owed)
    # What the newest orders have deposited, the next ones will need again.
    idle = market.balance - LANES * max((placed.deposit for placed in market.orders), default=0)
    if idle >= settings.withdraw_from:
        yield WithdrawBalance(amount=idle)


def lot(account: str) -> float:
    """Give an account's own place between 0 and 1, from its last byte."""
    return int(account[-2:], 16) / 256
