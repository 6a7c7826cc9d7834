"""Picture the community: who feeds whom, by which name each home goes, and how each home is.

For whoever looks at it on this machine; the broker is not told, for of a large street it is long.
"""

from dataclasses import dataclass

from node.core.auction.market import UtilityView
from node.core.relay.connections import names_of
from node.core.wire.codec import Plain, to_plain
from node.utility.pairings import Pairings

LATE_INTERVALS = 2
"""A reading comes after its interval is over; a home that misses a whole one more is silent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeNow:
    """Hold how a home is: gas in wei, money at the auction, and its meter's newest boundary.

    None of a meter that has reported nothing, or is not known.
    """

    account: str
    meter_id: int
    gas_wei: int
    balance: int
    last_reading_s: int | None


def homes_of(view: UtilityView) -> list[HomeNow]:
    """Give each home; its meter is also known by its orders, and by them the newest boundary."""
    newest = dict(view.boundaries)
    meters = {placed.account: placed.meter_id for placed in view.orders}
    found = []
    for home in view.homes:
        meter_id = home.meter_id or meters.get(home.account, 0)
        told = [one for one in (home.boundary, newest.get(meter_id)) if one]
        found.append(
            HomeNow(
                account=home.account,
                meter_id=meter_id,
                gas_wei=home.balance_wei,
                balance=home.balance,
                last_reading_s=max(told) * view.rules.interval_s if told else None,
            )
        )
    return found


def community(view: UtilityView | None, pairings: Pairings) -> dict[str, Plain]:
    """Picture it; before the chain was seen there are only the relays' words."""
    picture: dict[str, Plain] = {
        "names": {**names_of(pairings.connections)},
        "connections": [
            {"load": one.load, "source": one.source, "closed": one.closed}
            for one in pairings.connections
        ],
    }
    if view is None:
        return picture
    rules, now_s = view.rules, view.block.timestamp_s
    interval = now_s // rules.interval_s
    told = pairings.told.get(interval)
    silent_before_s = now_s - LATE_INTERVALS * rules.interval_s
    return {
        **picture,
        "chain_s": now_s,
        "interval_s": rules.interval_s,
        "interval": interval,
        "parts": to_plain(told.pairing.parts) if told is not None else [],
        "homes": [
            {
                **to_plain(home),
                "silent": home.last_reading_s is None or home.last_reading_s <= silent_before_s,
            }
            for home in homes_of(view)
        ],
    }
