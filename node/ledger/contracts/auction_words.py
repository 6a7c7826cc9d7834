"""Turn an order and a result into the auction's words and back."""

from collections.abc import Sequence

from node.core.auction.clearing import Bid, Kind, Offer, Order, Step
from node.ledger.contracts.artifacts import UnexpectedAnswer

_BUYER = 0


def members(interval: int, meter_id: int, order: Order) -> tuple[int, ...]:
    """Give a placement's members in the contract's order."""
    if isinstance(order, Bid):
        side, tick, chp_tick = _BUYER, order.solar_tick, order.chp_tick
    else:
        side, tick, chp_tick = 1 + order.kind.value, order.tick, 0
    return interval, side, tick, chp_tick, order.energy_units, meter_id


def order_of(side: int, tick: int, chp_tick: int, energy_units: int) -> Order:
    """Give the order of its words.

    Raises:
        UnexpectedAnswer: it is none that we know.
    """
    if side == _BUYER:
        return Bid(solar_tick=tick, chp_tick=chp_tick, energy_units=energy_units)
    if side > len(Kind):
        raise UnexpectedAnswer(f"the auction has an order of an unknown side, {side}")
    return Offer(kind=Kind(side - 1), tick=tick, energy_units=energy_units)


def step_of(volume_units: int, parts: Sequence[int]) -> Step:
    """Give how a kind cleared, by its volume and its part of the result."""
    price_tick, marginal_tick, seller_fraction, buyer_fraction = parts
    return Step(
        volume_units=volume_units,
        price_tick=price_tick,
        marginal_tick=marginal_tick,
        seller_fraction=seller_fraction,
        buyer_fraction=buyer_fraction,
    )
