"""Ask a CitizenWatt box by its own API: its clock, and the watts since the last question.

Its energy is added up here over every sample that it kept, each half of the span to its neighbours:
what comes late, or while nobody asked, is counted once. A sample that comes again is none.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from node.core.wire.json_text import read_json
from node.devices.sources.own_thread import OwnThread
from node.devices.sources.polled import polled
from node.devices.sources.surroundings import Surroundings, password_of
from node.devices.sources.told import Told
from node.devices.sources.values import number
from node.devices.sources.web import ask_web
from node.parameters.sections.source import DataSource
from node.system.clock import Clock

LOOK_BACK_S = 600
"""How much is asked for at first, and at most: 75 samples of eight seconds."""
MOST_SPAN_S = 60.0
"""Over a longer one nothing is counted: the sensor was away."""
_WH_PER_WS = 1 / 3600

Post = Callable[[str], bytes]


@dataclass(slots=True)
class _Sums:
    """Hold the newest sample (seconds by the box's clock, watts), and the energy up to it."""

    at_s: float = 0.0
    power_w: float = 0.0
    energy_wh: float = 0.0

    def add(self, at_s: float, power_w: float) -> bool:
        """Count on to a sample; say whether it is newer than the ones before."""
        if at_s <= self.at_s:
            return False
        span_s = at_s - self.at_s
        if span_s <= MOST_SPAN_S:
            self.energy_wh += (self.power_w + power_w) / 2 * span_s * _WH_PER_WS
        self.at_s, self.power_w = at_s, power_w
        return True


class Box:
    """Ask one sensor of a box; `post` gives what it answers under a path."""

    def __init__(self, sensor: str, post: Post, clock: Clock) -> None:
        self._sensor = sensor
        self._post = post
        self._clock = clock
        self._sums = _Sums()

    def ask(self) -> Iterator[Told]:
        """Ask for what is new, and give each sample that is.

        Raises:
            OSError: nobody answers, or the login is refused.
            ValueError: what is answered is no measurement.
        """
        now_s = number(_data(self._post("/api/time")))
        if now_s is None:
            raise ValueError("the box does not know the time")
        ahead_s = now_s - self._clock.calendar_s()
        since_s = max(self._sums.at_s, now_s - LOOK_BACK_S)
        path = f"/api/{self._sensor}/get/watts/by_time/{int(since_s)}/{int(now_s) + 1}"
        for at_s, power_w in sorted(_samples(_data(self._post(path)))):
            if self._sums.add(at_s, power_w):
                yield Told(
                    power_w=power_w,
                    imported_wh=self._sums.energy_wh,
                    calendar_s=at_s - ahead_s,
                )


def make(name: str, source: DataSource, around: Surroundings) -> OwnThread:
    """Build it; nothing is asked before its first sample."""

    def post(path: str) -> bytes:
        login = {"login": source.user or "", "password": password_of(source) or ""}
        return ask_web(source.at.rstrip("/") + path, form=login)

    box = Box(source.power or "1", post, around.clock)
    return polled(name, around.last_told(name, source), source.every_s, box.ask)


def _data(said: bytes) -> object:
    try:
        return read_json(said)["data"]
    except (ValueError, KeyError, TypeError):
        # A box that does not know the user shows its page to log in.
        raise OSError("it answers no data: is user and password_file right?") from None


def _samples(data: object) -> Iterator[tuple[float, float]]:
    """Give instant and watts of each sample; none where the box has none (null, or empty)."""
    if not data:
        return
    for row in data if isinstance(data, list) else [data]:
        if not isinstance(row, dict):
            raise ValueError(f"{row!r:.40} is no measurement")
        at_s, power_w = number(row.get("timestamp")), number(row.get("value"))
        if at_s is None:
            raise ValueError("a measurement without a timestamp")
        if power_w is not None:
            yield at_s, power_w
