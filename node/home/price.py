"""What a kilowatt-hour from a neighbour costs a home: of the energy that comes now, or would."""

from node.core.auction.clearing import Kind
from node.core.auction.licence import Licence
from node.core.auction.market import HomeMarket, tariff_in
from node.core.home import HomeState
from node.core.observation import Observation


def neighbours_price(state: HomeState, observation: Observation) -> int | None:
    """Give the price in base units per kWh; None where it is not known.

    It is the fill's or the order's that feeds the home, else that of the order it would draw from
    next, else of the cheapest offer on the chain.
    """
    supply, chain = state.supply, observation.chain
    if supply is None:
        return None
    if supply.contact.paired is not None and supply.contact.closed_at_s is not None:
        return _cleared_price(supply.contact.paired, observation.market)
    feeds = supply.contact.seller
    draws = sorted(supply.draws, key=lambda draw: (draw.seller != feeds, draw.number))
    for draw in draws:
        if draw.remaining_milliwh:
            return draw.price_per_kwh
    if draws:
        # The last of an order still comes while its successor is bought.
        return draws[0].price_per_kwh
    offers = chain.offers if chain is not None else ()
    return min((o.price_per_kwh for o in offers if o.available_milliwh), default=None)


def _cleared_price(licence: Licence, market: HomeMarket | None) -> int | None:
    result = market.result(licence.interval) if market is not None else None
    if market is None or result is None:
        return None
    tick = result.clearing.step(Kind[licence.kind.upper()]).price_tick
    return tariff_in(licence.interval, market.tariffs).price_per_kwh(tick)
