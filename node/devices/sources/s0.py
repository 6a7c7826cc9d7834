"""Count the pulses of a meter's S0 output on a pin (IEC 62053-31, before it DIN 43864).

A pulse is a contact that closes for 30 ms at least, and is open for as long at least; each is the
same energy. The line says nothing of a meter without power or a broken wire: that looks as no use.
One that stays closed is no pulse. Pulses while the program does not run are not counted.
"""

import threading
from collections.abc import Iterable

from node.devices.pulse_line import Edge, opened
from node.devices.sources.own_thread import OwnThread, Tell, note_failure, reopened
from node.devices.sources.surroundings import Surroundings
from node.devices.sources.told import Told
from node.parameters.sections.source import DataSource

LEAST_APART_S = 0.05
"""The standard's 60 ms, less what the kernel's clocks and a debounced edge may be off by."""
STUCK_S = 2.0
"""No meter's pulse is so long."""
DEBOUNCE_MS = 5.0
WAIT_S = 0.5
_WH_PER_KWH = 1000.0
_S_PER_HOUR = 3600.0


class Pulses:
    """Count what closes; `speed` is how many calendar seconds a second is."""

    def __init__(self, pulses_per_kwh: float, speed: float) -> None:
        self._pulse_wh = _WH_PER_KWH / pulses_per_kwh
        self._speed = speed
        self._count = 0
        self._edge: Edge | None = None
        self._closed_at_s: float | None = None
        self._apart_s: float | None = None

    def begin(self, edge: Edge) -> None:
        """Take how the contact stands when it is looked at, for the first time or again."""
        self._edge = edge
        self._closed_at_s = self._apart_s = None

    def take(self, edges: Iterable[Edge]) -> None:
        """Count edges.

        Raises:
            ValueError: pulses come faster than the standard has them; they are not counted.
        """
        too_fast_s: float | None = None
        for edge in edges:
            before, self._edge = self._edge, edge
            if before is None:
                continue
            passed = edge.number - before.number
            # They take turns, so every other one of those that were lost has closed it.
            closings = (passed + (not before.is_closed)) // 2
            self._count += max(0, closings - edge.is_closed)
            if not edge.is_closed:
                continue
            closed_at_s, self._closed_at_s = self._closed_at_s, edge.at_s
            apart_s = None if closed_at_s is None else edge.at_s - closed_at_s
            if apart_s is not None and apart_s < LEAST_APART_S:
                too_fast_s = apart_s
                continue
            self._count += 1
            self._apart_s = apart_s if passed == 1 else None
        if too_fast_s is not None:
            raise ValueError(
                f"pulses {too_fast_s * 1000:.0f} ms apart are not of S0, which has 60 at least:"
                " is it noise? See debounce_ms"
            )

    def told(self, now_s: float) -> Told:
        """Tell the energy so far, and the power that the last two pulses or the silence mean.

        Raises:
            ValueError: the contact stays closed.
        """
        edge = self._edge
        if edge is not None and edge.is_closed and now_s - edge.at_s > STUCK_S:
            raise ValueError(
                f"its contact is closed for {now_s - edge.at_s:.0f} s: a short circuit, or S0+ and"
                " S0- are the wrong way round"
            )
        return Told(power_w=self._power_w(now_s), imported_wh=self._count * self._pulse_wh)

    def _power_w(self, now_s: float) -> float | None:
        if self._apart_s is None or self._closed_at_s is None:
            return None
        apart_s = max(self._apart_s, now_s - self._closed_at_s)
        return self._pulse_wh * _S_PER_HOUR / (apart_s * self._speed)


def make(name: str, source: DataSource, around: Surroundings) -> OwnThread:
    """Build it; no pin is held before its first sample."""
    last, clock = around.last_told(name, source), around.clock
    assert source.pulses_per_kwh is not None  # the rules of the parameters have seen to it
    pulses = Pulses(source.pulses_per_kwh, clock.speed)
    debounce_s = (source.debounce_ms or DEBOUNCE_MS) / 1000

    def listen(ended: threading.Event, tell: Tell) -> None:
        with opened(source.at, debounce_s, clock.monotonic_s) as (stands, wait):
            pulses.begin(stands)
            edges: list[Edge] = []
            while not ended.is_set():
                try:
                    pulses.take(edges)
                    tell(pulses.told(clock.monotonic_s()))
                except ValueError as error:
                    note_failure(name, last, error)
                edges = wait(WAIT_S)

    return OwnThread(name, last, reopened(last, listen))
