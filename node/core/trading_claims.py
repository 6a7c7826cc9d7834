"""Get a home's money out of the auction: clear and settle what nobody did, withdraw what lies idle.

The utility clears and settles; a home does it only for its own orders, later, and each at another
moment of its own, so that one transaction frees all who waited.
"""

from collections.abc import Iterator

from node.core.commands import ClearInterval, SettleOrders, WithdrawBalance
from node.core.gate import LANES
from node.core.market import HomeMarket
from node.core.records import ChainView
from node.core.trading_state import TradingSettings

CLEAR_SHARE = 0.25
"""Of an interval: how long after its end a home leaves the clearing to others."""
SETTLE_SHARE = 1.0
"""Of an interval: how long after its end, or the readings' deadline, it leaves the settling."""


def due_claims(
    market: HomeMarket, view: ChainView, chain_now_s: float, settings: TradingSettings
) -> Iterator[ClearInterval | SettleOrders | WithdrawBalance]:
    """Give what is due, in the order of its haste."""
    interval_s = market.rules.interval_s
    own_s = lot(settings.account) * CLEAR_SHARE * interval_s
    for placed in sorted(market.orders, key=lambda placed: placed.interval):
        interval, end_s = placed.interval, (placed.interval + 1) * interval_s
        if market.result(interval) is None:
            if chain_now_s >= end_s + CLEAR_SHARE * interval_s + own_s:
                yield ClearInterval(interval=interval)
            continue
        is_read = view.meter is not None and view.meter.boundary > interval
        from_s = end_s if is_read else market.rules.deadline_s(interval)
        if chain_now_s >= from_s + SETTLE_SHARE * interval_s + own_s:
            yield SettleOrders(interval=interval, meter_ids=(settings.meter_id,))
    # What the newest orders have deposited, the next ones will need again.
    idle = market.balance - LANES * max((placed.deposit for placed in market.orders), default=0)
    if idle >= settings.withdraw_from:
        yield WithdrawBalance(amount=idle)


def lot(account: str) -> float:
    """Give an account's own place between 0 and 1, from its last byte."""
    return int(account[-2:], 16) / 256
