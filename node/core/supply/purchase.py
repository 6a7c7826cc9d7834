"""Choose what to buy, from whom, and for how much; or say why nothing can be bought."""

from dataclasses import dataclass
from math import gcd

from node.core.budget import Spent, spent_today
from node.core.commands import OpenOrder
from node.core.holdoff import HoldOffs, left_s
from node.core.observation import Observation
from node.core.records import ChainView, ConnectionView, Offer
from node.core.relay.connections import connection_to
from node.core.supply.credit import Draws
from node.core.units import MILLIWH_PER_KWH, MILLIWH_PER_WH, cost_up, format_tokens, format_wh

MOST_NUMBER = 2**32 - 1
"""The sale counts a buyer's orders in 32 bits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SellerSettings:
    """Hold one configured seller, in the order of the file.

    The wire to it is named by its channels or its number at the relay, or found by its account.
    """

    name: str
    account: str
    channels: tuple[int, ...] | None
    connection: int | None
    max_price_per_kwh: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseSettings:
    """Hold a buyer's limits. Energies in milliwatt-hours, money in base units."""

    account: str
    sellers: tuple[SellerSettings, ...]
    limit_soc_pct: float
    battery_milliwh: int
    margin_milliwh: int
    budget_per_day: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """Say why a seller cannot serve now; `held_off` when only a pause stands in the way."""

    sentence: str
    held_off: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """Hold an order that is under way: it may be on the chain, but is not confirmed.

    `day` is the calendar day on which its cost was counted in this run, None if it was not.
    `promised` says that the ledger will tell its outcome; else only a view can.
    """

    order: OpenOrder
    asked_at_s: float
    day: int | None
    promised: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BuyerMemory:
    """Gather what the choice needs of a buyer's own memory."""

    draws: Draws
    hold_offs: HoldOffs
    spent: Spent
    pending: tuple[Pending, ...]


def merit_order(
    settings: PurchaseSettings, view: ChainView
) -> tuple[tuple[SellerSettings, Offer | None], ...]:
    """Order the sellers by rising price, then as in the file; those without an offer last."""
    offers = {offer.seller: offer for offer in view.offers}
    paired = [(seller, offers.get(seller.account)) for seller in settings.sellers]
    return tuple(sorted(paired, key=lambda p: p[1].price_per_kwh if p[1] else float("inf")))


def reachable(
    seller: SellerSettings, observation: Observation, settings: PurchaseSettings
) -> ConnectionView | Obstacle:
    """Find the connection to a seller, if it consents and its source is free."""
    connection = connection_to(
        observation.relay,
        settings.account,
        seller.account,
        seller.channels,
        seller.connection,
    )
    if observation.relay_lost_at_s is not None:
        return _no(f"{seller.name}: the relay is away")
    if observation.relay is None or connection is None:
        return _no(f"{seller.name}: the relay has no connection to it for this home")
    if not connection.consents_stand:
        return _no(f"{seller.name}: no consent stands at the relay")
    if connection.barred_by:
        return _no(
            f"{seller.name}: a contact at the relay is stuck, channel {connection.barred_by[0]}"
        )
    if connection.source in observation.relay.busy_sources and not connection.closed:
        return _no(f"{seller.name}: its source feeds another home")
    return connection


def order_from(
    seller: SellerSettings,
    offer: Offer | None,
    observation: Observation,
    settings: PurchaseSettings,
    memory: BuyerMemory,
) -> OpenOrder | Obstacle:
    """Work out the order for one seller, or what forbids it; the relay is not asked here."""
    view, chain_now_s = observation.chain, observation.chain_now_s
    if view is None or chain_now_s is None or offer is None or offer.available_milliwh == 0:
        return _no(f"{seller.name}: no offer")
    pause_s = left_s(memory.hold_offs, seller.account, observation.now_s)
    if pause_s > 0:
        return Obstacle(sentence=f"{seller.name}: held off for {pause_s:.0f} s", held_off=True)
    if offer.until_s <= chain_now_s:
        return _no(f"{seller.name}: its offer has run out")
    if offer.price_per_kwh > seller.max_price_per_kwh:
        return _no(
            f"{seller.name}: {format_tokens(offer.price_per_kwh)}/kWh is above the limit"
            f" {format_tokens(seller.max_price_per_kwh)}/kWh"
        )
    number = _next_number(seller.account, view, memory)
    if number is None:
        return _no(f"{seller.name}: no number is free, for its places hold open orders")
    energy = _energy(offer, observation, settings, view, memory)
    if isinstance(energy, Obstacle):
        return _no(f"{seller.name}: {energy.sentence}")
    return OpenOrder(
        seller=seller.account,
        number=number,
        energy_milliwh=energy,
        max_price_per_kwh=offer.price_per_kwh,
        max_duration_s=offer.duration_s,
        max_cost=cost_up(energy, offer.price_per_kwh),
    )


def _energy(
    offer: Offer,
    observation: Observation,
    settings: PurchaseSettings,
    view: ChainView,
    memory: BuyerMemory,
) -> int | Obstacle:
    soc_pct = observation.battery.soc_pct
    short_pct = max(0.0, settings.limit_soc_pct - soc_pct) if soc_pct is not None else 0.0
    wanted = int(settings.battery_milliwh * short_pct / 100) + settings.margin_milliwh
    budget = settings.budget_per_day - spent_today(memory.spent, observation.calendar_s)
    if budget <= 0:
        return _no(f"the day's budget {format_tokens(settings.budget_per_day)} is spent")
    allowed = view.tokens if view.allowed is None else view.allowed
    have = min(budget, view.tokens, allowed)
    affordable = have * MILLIWH_PER_KWH // offer.price_per_kwh
    step = _exact_step(offer.price_per_kwh)
    wanted += -wanted % step
    energy = min(max(wanted, offer.least_milliwh), offer.available_milliwh, affordable)
    if energy - energy % step >= max(1, offer.least_milliwh):
        energy -= energy % step
    if energy >= max(1, offer.least_milliwh):
        return energy
    if affordable < offer.least_milliwh:
        least = format_wh(offer.least_milliwh)
        if allowed < min(budget, view.tokens):
            return _no(
                f"the sale may take {format_tokens(have)} tokens, which do not buy the least order"
                f" {least} (`node allow` lets it take more)"
            )
        return _no(f"{format_tokens(max(0, have))} tokens do not buy the least order {least}")
    return _no(
        f"{format_wh(offer.available_milliwh)} on offer is below the least order"
        f" {format_wh(offer.least_milliwh)}"
    )


def _exact_step(price_per_kwh: int) -> int:
    """Give the energy of which every multiple costs whole base units, if that is a small one.

    An order of such an energy leaves no rounding unit to return, which saves its last redemption
    a transfer.
    """
    step = MILLIWH_PER_KWH // gcd(price_per_kwh, MILLIWH_PER_KWH)
    return step if step <= MILLIWH_PER_WH else 1


def _next_number(seller: str, view: ChainView, memory: BuyerMemory) -> int | None:
    """Give the chain's newest number plus 1 or 2, which reach both places of every seller.

    A pair has one place per parity of the number, and the sale takes no wider step. Whatever was
    asked for and refused leaves its number free; what an endpoint says of a number lasts as long
    as its view.
    """
    held = {
        *((draw.seller, draw.number) for draw in memory.draws),
        *((order.seller, order.number) for order in view.orders),
        *((asked.order.seller, asked.order.number) for asked in memory.pending),
    }
    numbers = {number for _, number in held}
    places = {number & 1 for account, number in held if account == seller}
    for number in range(view.last_number + 1, min(view.last_number + 2, MOST_NUMBER) + 1):
        if number not in numbers and number & 1 not in places:
            return number
    return None


def _no(sentence: str) -> Obstacle:
    return Obstacle(sentence=sentence, held_off=False)
