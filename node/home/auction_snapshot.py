"""Say what a home does at the auction, for its person and the broker: one plain dictionary."""

from statistics import median

from node.core.auction.clearing import Bid, Kind
from node.core.auction.licence import PartDraws, filled_milliwh
from node.core.auction.market import HomeMarket, PlacedOrder, tariff_in
from node.core.forecast.records import Accuracy
from node.core.home import HomeState
from node.core.observation import Observation
from node.core.wire.codec import Plain


def market_snapshot(state: HomeState, observation: Observation, accuracy: Accuracy | None) -> Plain:
    """Picture a home's trading; None where it takes no part. Energies in mWh, money in base units.

    A limit or price is per kWh. `expected_milliwh` is the middle of what is expected of an
    interval, need above zero and surplus below; the two errors are means over the last weeks.
    """
    trading, market = state.trading, observation.market
    if trading is None:
        return None
    parts = state.supply.parts if state.supply is not None else ()
    return {
        "reason": trading.reason,
        "waiting": trading.waiting,
        "balance": market.balance if market is not None else None,
        "owed": market.owed if market is not None else None,
        "orders": [
            _order(market, placed) | {"largest_seller_pct": _largest(observation, placed)}
            for placed in market.orders
        ]
        if market
        else [],
        "parts": _parts(observation, parts),
        "expected": [
            {
                "interval": outlook.interval,
                "expected_milliwh": round(median(outlook.outcomes_milliwh)),
            }
            for outlook in observation.outlooks
        ],
        # Without the kept energies, or the chain, nothing can be expected of an old home either.
        "learning": accuracy is not None and market is not None and not observation.outlooks,
        "forecast_error_milliwh": accuracy.error_milliwh if accuracy is not None else None,
        "as_the_last_error_milliwh": accuracy.plain_milliwh if accuracy is not None else None,
    }


def _largest(observation: Observation, placed: PlacedOrder) -> Plain:
    """Give the largest seller's share of each kind that was sold beside this order."""
    for interval, *shares in observation.largest_sellers:
        if interval == placed.interval:
            named = zip(("solar", "chp"), shares, strict=True)
            return {kind: share for kind, share in named if share is not None}
    return {}


def _order(market: HomeMarket, placed: PlacedOrder) -> dict[str, Plain]:
    order, tariff = placed.order, tariff_in(placed.interval, market.tariffs)
    buys = isinstance(order, Bid)
    ticks = (
        {kind: order.tick(kind) for kind in Kind if order.tick(kind)}
        if isinstance(order, Bid)
        else {order.kind: order.tick}
    )
    result = market.result(placed.interval)
    filled = filled_milliwh(market, placed, result) if result is not None else None
    return {
        "interval": placed.interval,
        "side": "buys" if buys else "sells",
        "energy_milliwh": order.energy_units * market.rules.unit_milliwh,
        "limits": {kind.name.lower(): tariff.price_per_kwh(tick) for kind, tick in ticks.items()},
        "deposit": placed.deposit,
        "filled_milliwh": dict(filled) if filled is not None else None,
        "prices": {
            kind.name.lower(): tariff.price_per_kwh(result.clearing.step(kind).price_tick)
            for kind in Kind
            if result.clearing.step(kind).volume_units
        }
        if result is not None
        else None,
    }


def _parts(observation: Observation, drawn: PartDraws) -> Plain:
    """Give the published parts; what was drawn is known of those that this home buys."""
    counts = {
        (one.licence.interval, one.licence.kind, one.licence.seller): one.drawn_milliwh
        for one in drawn
    }
    return [
        {
            "interval": pairing.interval,
            "kind": part.kind,
            "buyer": part.buyer,
            "seller": part.seller,
            "energy_milliwh": part.energy_milliwh,
            "drawn_milliwh": counts.get((pairing.interval, part.kind, part.seller)),
        }
        for pairing in observation.pairings
        for part in pairing.parts
    ]
