"""Watch whether trading brings anything over the contacts, and pause where it does not.

An order is filled by the chain, but its energy comes over a contact: where no pairing is to be had,
a neighbour does not consent, or a wire is broken, a home would go on paying the grid's spread for
every fill. So after some intervals in a row that brought next to nothing it pauses, ever longer,
until one works or the wiring changes. What no wire carries is not counted, nor is a home without a
relay.
"""

from dataclasses import dataclass, replace

from node.core.auction.licence import PartDraws, Rights, filled_milliwh
from node.core.energy.interval import boundary_at_or_before
from node.core.faults import Fault, FaultName, Severity
from node.core.holdoff import pause_after
from node.core.observation import Observation
from node.core.relay.connections import connections_as_source
from node.core.trading.state import TradingSettings, Watched, Worth

MOST_FRUITLESS = 3
"""Intervals in a row that bring nothing, before a home pauses."""
LEAST_SHARE = 0.1
"""Of what was paired: less over the contact is nothing."""
FIRST_PAUSE, LONGEST_PAUSE = 2, 96
"""Intervals."""
SEEN_FROM_SHARE = 1 / 12
"""Of an interval: whoever began to watch later than this does not judge it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Expected:
    energy_milliwh: int
    partners: tuple[str, ...]


_NOTHING = _Expected(energy_milliwh=0, partners=())


def follow(
    worth: Worth,
    observation: Observation,
    granted: Rights,
    drawn: PartDraws,
    settings: TradingSettings,
) -> Worth:
    """Count what flows in the interval that is delivered now, and judge those that are over."""
    now_s, market = observation.chain_now_s, observation.market
    if now_s is None or market is None or not settings.by_contacts:
        return worth
    interval_s = market.rules.interval_s
    now = boundary_at_or_before(now_s, interval_s)
    worth = _heed_wires(worth, observation.wires_hash)
    watched = worth.watched
    if watched is None or watched.interval != now:
        worth = _judge(worth, now) if watched is not None else worth
        is_whole = now_s <= (now + SEEN_FROM_SHARE) * interval_s
        watched = Watched(
            interval=now,
            is_whole=is_whole,
            paired_milliwh=0,
            moved_milliwh=0,
            partners=(),
            exported_milliwh=None,
        )
    expected = _expected(now, observation, granted)
    if expected.energy_milliwh > watched.paired_milliwh:
        watched = replace(
            watched, paired_milliwh=expected.energy_milliwh, partners=expected.partners
        )
    return replace(worth, watched=_moved(watched, observation, granted, drawn, settings))


def paused(worth: Worth, interval: int) -> str:
    """Say why nothing is ordered in an interval; empty where trading does not pause."""
    return worth.because if interval < worth.pause_until else ""


def pause_faults(worth: Worth, observation: Observation) -> tuple[Fault, ...]:
    """Notice a pause while it lasts."""
    market, view = observation.market, observation.chain
    if not worth.pause_until or market is None or view is None:
        return ()
    if view.block.timestamp_s >= worth.pause_until * market.rules.interval_s:
        return ()
    text = (
        f"{worth.because}: nothing is ordered before interval {worth.pause_until}"
        " (clears then, or when the wiring changes)"
    )
    return (Fault(name=FaultName.TRADING_PAUSED, severity=Severity.NOTICE, sentence=text),)


def _expected(interval: int, observation: Observation, granted: Rights) -> _Expected:
    """Give what should flow in an interval over this home's contacts, and with whom."""
    licences = [one for one in (*granted.draws, *granted.serves) if one.interval == interval]
    if licences:
        others = (one.seller if granted.draws else one.buyer for one in licences)
        energy_milliwh = sum(one.energy_milliwh for one in licences)
        return _Expected(energy_milliwh=energy_milliwh, partners=tuple(dict.fromkeys(others)))
    if any(pairing.interval == interval for pairing in observation.pairings):
        return _NOTHING
    market = observation.market
    placed = market.order(interval) if market is not None else None
    result = market.result(interval) if market is not None else None
    if market is None or placed is None or result is None:
        return _NOTHING
    filled = sum(filled_milliwh(market, placed, result).values())
    return _Expected(energy_milliwh=filled, partners=())


def _moved(
    watched: Watched,
    observation: Observation,
    granted: Rights,
    drawn: PartDraws,
    settings: TradingSettings,
) -> Watched:
    meter = observation.connection
    exported = meter.metered.export_milliwh if meter is not None else None
    moved = sum(p.drawn_milliwh for p in drawn if p.licence.interval == watched.interval)
    if granted.serves:
        moved = watched.moved_milliwh
        buyers = {one.buyer for one in granted.serves}
        sources = connections_as_source(observation.relay, settings.account)
        feeds = any(one.closed and one.holder in buyers for one in sources)
        if feeds and exported is not None and watched.exported_milliwh is not None:
            moved += max(0, exported - watched.exported_milliwh)
    moved = max(moved, watched.moved_milliwh)
    return replace(watched, moved_milliwh=moved, exported_milliwh=exported)


def _judge(worth: Worth, now: int) -> Worth:
    """Count an interval that is over; `now` is delivered, and may be ordered already."""
    watched = worth.watched
    if watched is None or not watched.is_whole or not watched.paired_milliwh:
        return worth
    if watched.moved_milliwh >= LEAST_SHARE * watched.paired_milliwh:
        return replace(worth, fruitless=0, pause=0, pause_until=0, because="", wires_hash=None)
    if watched.interval < worth.pause_until:
        # It was ordered before the pause began.
        return worth
    fruitless = worth.fruitless + 1
    if fruitless < MOST_FRUITLESS:
        return replace(worth, fruitless=fruitless)
    pause = int(pause_after(fruitless - MOST_FRUITLESS + 1, FIRST_PAUSE, LONGEST_PAUSE))
    return replace(
        worth,
        fruitless=fruitless,
        pause=pause,
        pause_until=now + 1 + pause,
        because=_because(watched),
    )


def _because(watched: Watched) -> str:
    if not watched.partners:
        return "the last intervals had no pairing, so that nothing came over a contact"
    partners = ", ".join(watched.partners)
    return f"the last intervals brought next to nothing over the contact with {partners}"


def _heed_wires(worth: Worth, wires_hash: bytes | None) -> Worth:
    """Begin anew where the wiring is another than when the pause began."""
    if not worth.pause_until or wires_hash is None:
        return worth
    if worth.wires_hash is None:
        return replace(worth, wires_hash=wires_hash)
    if worth.wires_hash == wires_hash:
        return worth
    return replace(worth, fruitless=0, pause=0, pause_until=0, because="", wires_hash=None)
