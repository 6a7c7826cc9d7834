"""Count what neighbours have paid a home today, as the sale's confirmed redemptions say."""

from collections.abc import Iterable

from node.core.budget import Spent, spend, spent_today
from node.core.delivery.sales import redeemed_by
from node.core.facts import Fact, IntentConfirmed
from node.core.records import ChainView, Order
from node.core.units import proceeds_down


class Earning:
    """Hold the day's earnings, in base units; `kept` is what an earlier run had counted."""

    def __init__(self, account: str | None, kept: Spent) -> None:
        self.earned = kept
        self._account = account
        self._orders: dict[tuple[str, int], Order] = {}

    def look(self, facts: Iterable[Fact], view: ChainView | None, calendar_s: float) -> None:
        """Take confirmations in, each with its order as the chain showed it before."""
        for fact in facts:
            receipt = redeemed_by(fact.intent) if isinstance(fact, IntentConfirmed) else None
            if receipt is not None:
                order = self._orders.pop((receipt.buyer, receipt.number), None)
                if order is not None:
                    paid = proceeds_down(receipt.drawn_milliwh, order.price_per_kwh)
                    before = proceeds_down(order.drawn_milliwh, order.price_per_kwh)
                    self.earned = spend(self.earned, calendar_s, max(0, paid - before))
        if view is None:
            return
        for order in view.orders:
            if order.seller == self._account:
                # As it was first seen since: a redemption is in a view before it is confirmed.
                self._orders.setdefault((order.buyer, order.number), order)
        known = {(order.buyer, order.number) for order in view.orders}
        gone = [key for key in self._orders if key not in known]
        for key in gone[: max(0, len(gone) - _MOST_GONE_KNOWN)]:
            del self._orders[key]

    def today(self, calendar_s: float) -> int:
        """Give what was earned on the day of an instant, in base units."""
        return spent_today(self.earned, calendar_s)


_MOST_GONE_KNOWN = 16
"""Orders that the chain shows no more, and whose redemption is not deep enough yet."""
