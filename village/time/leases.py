"""Watch whether a lease or a consent ever runs out at the relay while its holder is well.

A home renews both at a third of their span, and a relay tells of renewals within a second, so what
was announced last is when a right ends by itself; an end by order comes well before.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from node.core.wire.announcement import AnnouncedConnection, Announcement

BLUR_S = 0.02
"""Seconds; an announcement tells spans in whole milliseconds, and is heard a little later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """Hold what was told of a connection last, and until when its rights last, in seconds."""

    told: AnnouncedConnection
    leased_until_s: float
    consent_until_s: float


class LeaseWatch:
    """Count what ran out; `is_well` tells of a home by name whether it could have renewed."""

    def __init__(self, now: Callable[[], float], is_well: Callable[[str], bool]) -> None:
        self.leases = 0
        self.consents = 0
        self._now = now
        self._is_well = is_well
        self._known: Mapping[int, _Known] = {}

    def see(self, state: Announcement | None) -> None:
        """Take a state of the relay; None while it is away, which ends every right."""
        now_s = self._now()
        connections = state.connections if state is not None else ()
        before, self._known = (
            self._known,
            {
                one.view.connection: _Known(
                    told=one,
                    leased_until_s=now_s + one.view.lease_left_s,
                    consent_until_s=now_s + one.view.consent_left_s,
                )
                for one in connections
            },
        )
        for number, now in self._known.items():
            if number in before:
                self._compare(before[number], now.told, now_s)

    def _compare(self, before: _Known, now: AnnouncedConnection, now_s: float) -> None:
        was, view, now_s = before.told.view, now.view, now_s + BLUR_S
        if was.closed and not view.closed and now_s >= before.leased_until_s:
            self.leases += self._is_well(view.load)
        if was.consents_stand and not view.consents_stand and now_s >= before.consent_until_s:
            self.consents += self._is_well(view.source)
