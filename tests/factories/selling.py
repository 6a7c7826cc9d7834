"""Build the worlds of a seller: this home is the source of a neighbour's connection."""

from node.core.auction.licence import NO_RIGHTS
from node.core.commands import GiveConsent, PostOffer
from node.core.delivery import step as delivery
from node.core.delivery.state import Delivery
from tests.factories.home import (
    CALENDAR_S,
    NOW_S,
    chain_view,
    connection,
    delivery_state_in,
    meter,
    observation,
    offer,
    order,
    relay_view,
)
from tests.factories.settings import HOME, NEIGHBOUR, PRICE1, delivery_settings

CONSENT = GiveConsent(connection=5, consent_s=60.0)
WITHDRAWAL = GiveConsent(connection=5, consent_s=0.0)
SALE = order(buyer=NEIGHBOUR, seller=HOME)


def step(state, seen, faults=(), *, draws_itself=False, rights=NO_RIGHTS, **settings):
    """Take one step of the selling side."""
    chosen = delivery_settings(**settings)
    return delivery.step(state, seen, faults, chosen, draws_itself, rights)


def to_neighbour(**changes):
    """See the relay with this home as the source of a neighbour's connection."""
    plain = {
        "connection": 5,
        "load": "neighbour",
        "source": "home",
        "holder": NEIGHBOUR,
        "consents": (HOME,),
    }
    return relay_view(connection(0, **{**plain, **changes}))


def posted(available_milliwh=200_000, **changes):
    """Post an offer for an hour."""
    plain = {
        "price_per_kwh": PRICE1,
        "available_milliwh": available_milliwh,
        "least_milliwh": 10_000,
        "until_s": CALENDAR_S + 3_600,
        "duration_s": 3_600,
    }
    return PostOffer(**{**plain, **changes})


def standing(available_milliwh=200_000, now_s=NOW_S, orders=(), **changes):
    """See the chain with this home's own offer."""
    own = offer(HOME, available_milliwh=available_milliwh, **changes)
    return chain_view(now_s, offers=(own,), orders=orders)


def selling(now_s=NOW_S, soc_pct=50.0, **changes):
    """Picture the home as a seller whose offer stands and whose neighbour is at rest."""
    plain = {"chain": standing(now_s=now_s), "relay": to_neighbour()}
    return observation(now_s, soc_pct, **{**plain, **changes})


def delivering(now_s=NOW_S, export_milliwh=0, **changes):
    """Picture the home while its neighbour draws 60 W on an order of 200 Wh."""
    plain = {
        "chain": standing(now_s=now_s, available_milliwh=0, orders=(SALE,)),
        "relay": to_neighbour(closed=True),
        "connection": meter(export_milliwh=export_milliwh, power_w=-60.0),
    }
    return selling(now_s, 32.0, **{**plain, **changes})


def offering(**changes):
    """Offer since two minutes ago, with a consent given a second ago."""
    plain = {"consents": ((5, NOW_S - 1),), "export_milliwh": 0, "opened_at_s": NOW_S - 120}
    return delivery_state_in(Delivery.OFFERING, **{**plain, **changes})


def in_delivery(**changes):
    """Deliver since two minutes ago."""
    plain = {"consents": ((5, NOW_S - 1),), "export_milliwh": 0, "opened_at_s": None}
    return delivery_state_in(Delivery.DELIVERING, **{**plain, **changes})
