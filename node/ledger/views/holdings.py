"""What an account has and sees at one block, of which a quiet block changes nothing."""

from dataclasses import dataclass

from node.core.auction.market import HomeMarket
from node.core.records import Offer, Order, Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """Hold an account's part of a view: what contracts say at the block of the last whole one."""

    tokens: int
    allowed: int | None
    last_number: int
    offers: tuple[Offer, ...]
    orders: tuple[Order, ...]
    meter: Reading | None
    meter_max_power_w: int | None
    meter_owner: str | None
    market: HomeMarket | None


NOTHING = Holdings(
    tokens=0,
    allowed=None,
    last_number=0,
    offers=(),
    orders=(),
    meter=None,
    meter_max_power_w=None,
    meter_owner=None,
    market=None,
)
