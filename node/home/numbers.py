"""Name the numbers that a home's person may change over the broker, and in Home Assistant.

Each is a wish of `node.parameters.wishes`, whose bounds are the scheme's. The broker's rules
(`install/broker_rules.py`) are made from the same names, so this file needs no package.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """Hold a number's name (of its command, its id and its place in `state`), key and title."""

    name: str
    key: str
    title: str


NUMBERS = (
    Number(name="limit", key="node.limit", title="Buy below"),
    Number(name="resume", key="node.resume", title="Own source again from"),
    Number(name="delta", key="node.delta", title="Bought beyond the shortfall"),
    Number(name="sell_floor", key="node.sell_floor", title="Sell only above"),
    Number(
        name="budget_tokens_per_day", key="node.budget.tokens_per_day", title="Most to spend a day"
    ),
    Number(name="budget_max_price", key="node.budget.max_price", title="Highest price to pay"),
    Number(name="offer_price", key="node.offer.price", title="Own price"),
    Number(
        name="auction_buy_max_solar",
        key="node.auction.buy_max_solar",
        title="Highest bid for solar",
    ),
    Number(name="auction_buy_max_chp", key="node.auction.buy_max_chp", title="Highest bid for CHP"),
    Number(
        name="auction_sell_min", key="node.auction.sell_min", title="Lowest price at the auction"
    ),
)
"""To add one: its row, and its key in `WISHED`. No name is ever another one's later."""
