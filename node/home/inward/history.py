"""What a home has seen of its intervals: its energies, and what it expects of prices, as texts.

Kept are the energies alone: what a forecast learns from them is worked out again at a start. One
text holds a calendar day, so that what is written is little: see `changed`.
"""

import json
import logging
from collections.abc import Iterator, Mapping

from node.core.auction.clearing import Kind
from node.core.auction.tariff import HIGHEST_TICK
from node.core.forecast.need import DAY_S, ERROR_DAYS
from node.core.trading.prices import PriceMemory
from node.core.wire.json_text import read_json

log = logging.getLogger(__name__)

KEPT_DAYS = ERROR_DAYS + 1
"""As far back as a forecast looks for errors, and the day that is under way."""
PREFIX = "interval/"
_ENERGIES = f"{PREFIX}energies/"
_TICKS = f"{PREFIX}ticks/"
_RESULT = f"{PREFIX}result"
_MOST_MILLIWH = 2**63 - 1
_MOST_INTERVAL = 2**32 - 1

Energies = tuple[int, int]
"""An interval's load and solar energy in milliwatt-hours."""


class History:
    """Hold a month of energies by interval, the expected prices, and what of both is not saved.

    `prices` are the expected ticks of each kind, `newest_result` the interval that they were
    learned from last (0: none). A text that cannot be read is as good as lost.
    """

    def __init__(self, interval_s: int, prices: Mapping[Kind, PriceMemory]) -> None:
        self.prices = dict(prices)
        self.newest_result = 0
        self._slots = DAY_S // interval_s
        self._days: dict[int, dict[int, Energies]] = {}
        self._unsaved: set[str] = set()

    @property
    def newest_interval(self) -> int | None:
        """Give the newest interval that is known."""
        day = max(self._days, default=None)
        return None if day is None else day * self._slots + max(self._days[day])

    def energies(self) -> Iterator[tuple[int, Energies]]:
        """Give every interval that is known, oldest first."""
        for day in sorted(self._days):
            for slot in sorted(self._days[day]):
                yield day * self._slots + slot, self._days[day][slot]

    def add(self, interval: int, energies: Energies) -> None:
        """Enter an interval that has ended; the oldest days make room."""
        day, slot = divmod(interval, self._slots)
        self._days.setdefault(day, {})[slot] = energies
        self._unsaved.add(f"{_ENERGIES}{day}")
        while len(self._days) > KEPT_DAYS:
            self._drop(min(self._days))

    def forget_after(self, interval: int) -> None:
        """Forget the intervals after one: the clock was wrong."""
        last, slot = divmod(interval, self._slots)
        for day in [day for day in self._days if day > last]:
            self._drop(day)
        kept = {at: found for at, found in self._days.get(last, {}).items() if at <= slot}
        if last in self._days:
            self._drop(last)
        if kept:
            self._days[last] = kept

    def learn(self, kind: Kind, memory: PriceMemory, interval: int) -> None:
        """Enter what is expected of a kind's price since an interval's result."""
        self.prices[kind] = memory
        self.newest_result = max(self.newest_result, interval)
        self._unsaved |= {f"{_TICKS}{kind.name.lower()}", _RESULT}

    def changed(self) -> dict[str, str | None]:
        """Give, once, the texts that are to be saved; None where one is to be forgotten."""
        unsaved, self._unsaved = self._unsaved, set()
        return {key: self._text(key) for key in sorted(unsaved)}

    def recall(self, texts: Mapping[str, str]) -> None:
        """Take in what was saved."""
        for key, text in texts.items():
            try:
                self._take(key, read_json(text))
            except ValueError as error:
                log.error("%s in the journal cannot be read and is taken for lost: %s", key, error)
                self._unsaved.add(key)
        while len(self._days) > KEPT_DAYS:
            self._drop(min(self._days))

    def _take(self, key: str, found: object) -> None:
        kinds = {f"{_TICKS}{kind.name.lower()}": kind for kind in Kind}
        if key in kinds:
            ticks = _wholes(found, len(self.prices[kinds[key]].ticks), HIGHEST_TICK)
            self.prices[kinds[key]] = PriceMemory(ticks=ticks)
        elif key == _RESULT:
            self.newest_result = _whole(found, _MOST_INTERVAL)
        else:
            name = key.removeprefix(_ENERGIES)
            day = _whole(int(name), _MOST_INTERVAL // self._slots - 1)
            if name != str(day):
                raise ValueError(f"{name:.20} is no day")
            if entries := _day(found, self._slots):
                self._days[day] = entries

    def _text(self, key: str) -> str | None:
        if key == _RESULT:
            return str(self.newest_result)
        for kind, memory in self.prices.items():
            if key == f"{_TICKS}{kind.name.lower()}":
                return _plain(memory.ticks)
        name = key.removeprefix(_ENERGIES)
        day = self._days.get(int(name)) if name.isdecimal() else None
        if not day:
            return None
        return _plain([day.get(slot) for slot in range(max(day) + 1)])

    def _drop(self, day: int) -> None:
        del self._days[day]
        self._unsaved.add(f"{_ENERGIES}{day}")


def _day(found: object, slots: int) -> dict[int, Energies]:
    if not isinstance(found, list) or len(found) > slots:
        raise ValueError(f"a day is a list of at most {slots} intervals")
    day = {}
    for slot, pair in enumerate(found):
        if pair is not None:
            load, solar = _wholes(pair, 2, _MOST_MILLIWH)
            day[slot] = (load, solar)
    return day


def _wholes(found: object, count: int, highest: int) -> tuple[int, ...]:
    if not isinstance(found, list) or len(found) != count:
        raise ValueError(f"a list of {count} numbers is wanted")
    return tuple(_whole(one, highest) for one in found)


def _whole(found: object, highest: int) -> int:
    if type(found) is not int or not 0 <= found <= highest:
        raise ValueError(f"a whole number from 0 to {highest} is wanted")
    return found


def _plain(found: object) -> str:
    return json.dumps(found, separators=(",", ":"))
