"""Learn a price from elsewhere: a file, a page of a web server, or a topic of a broker.

What is said may be a number alone, or JSON with a pointer into it (RFC 6901). A source says how old
its word is: by a pointer to its time, else a file was written then, and a page or a message is new
when it comes; a retained message is of any age, so without its own time it never counts.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

from node.core.units import TOKEN
from node.devices.sources.values import in_text, instant, number
from node.devices.sources.web import ask_web
from node.mqtt.topics import TopicClient
from node.system.foreign_text import MOST_BYTES, bytes_of

_MQTT_PORT = 1883


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Hold what a source said: base units of the token per kilowatt-hour, and when that was."""

    price_per_kwh: int
    at_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Picks:
    """Say where in what is told the price stands, by what it is multiplied to be tokens per
    kilowatt-hour, and where its time stands, if it tells one."""

    price: str
    factor: Decimal
    time: str | None


class SaysNothing(ValueError):
    """Say that a source answers, but has no price."""


def read_price(payload: bytes, picks: Picks, came_at_s: float) -> Heard:
    """Read a payload that came, or was written, at an instant.

    Raises:
        ValueError: a pointer leads nowhere, or what stands there is no number or no instant.
    """
    find = in_text(payload)
    found = number(find(picks.price))
    if found is None:
        raise SaysNothing("it says that it has no price")
    at_s = came_at_s if picks.time is None else instant(find(picks.time))
    # A float's shortest form is what the source wrote.
    price = Decimal(repr(found)) * picks.factor * TOKEN
    return Heard(price_per_kwh=int(price.to_integral_value()), at_s=at_s)


class PriceFile:
    """Read a file that another program replaces whole."""

    def __init__(self, path: Path, picks: Picks) -> None:
        self._path, self._picks = path, picks

    def ask(self) -> Heard:
        """Give what it says now.

        Raises:
            OSError: it cannot be read.
            ValueError: it says no price.
        """
        written_s = self._path.stat().st_mtime
        return read_price(bytes_of(self._path, MOST_BYTES), self._picks, written_s)

    def close(self) -> None:
        """Hold nothing open; may be called twice."""


class PricePage:
    """Ask a web server."""

    def __init__(self, url: str, picks: Picks, now_s: Callable[[], float] = time.time) -> None:
        self._url, self._picks, self._now_s = url, picks, now_s

    def ask(self) -> Heard:
        """Give what it says now.

        Raises:
            OSError: nobody answers, or the answer is a refusal.
            ValueError: it says no price.
        """
        return read_price(ask_web(self._url), self._picks, self._now_s())

    def close(self) -> None:
        """Hold nothing open; may be called twice."""


class PriceTopic:
    """Listen to a topic of a broker, without a login."""

    def __init__(self, url: str, picks: Picks, now_s: Callable[[], float] = time.time) -> None:
        where = urlsplit(url)
        self._picks, self._now_s = picks, now_s
        self._newest: tuple[bytes, float] | None = None
        self._broker = TopicClient(
            f"peerwatt-price-{os.getpid()}", where.hostname or "", where.port or _MQTT_PORT
        )
        self._broker.listen(where.path.removeprefix("/"), self._take)
        self._broker.start()

    def ask(self) -> Heard:
        """Give what was said last.

        Raises:
            OSError: nothing was, or the broker is not there.
            ValueError: it was no price.
        """
        newest = self._newest
        if newest is None:
            raise OSError(self._broker.trouble or "nothing was said on that topic yet")
        return read_price(newest[0], self._picks, newest[1])

    def close(self) -> None:
        """Let the broker go; may be called twice."""
        self._broker.close()

    def _take(self, payload: bytes, retained: bool) -> None:
        # Of any age, and so of none, unless it tells its own.
        if payload and (not retained or self._picks.time is not None):
            self._newest = (payload, self._now_s())


def source_at(place: str, picks: Picks) -> PriceFile | PricePage | PriceTopic:
    """Give what speaks with a source, by how it is written: `http://...`, `https://...`,
    `mqtt://HOST[:PORT]/TOPIC`, else a file's path."""
    if place.startswith(("http://", "https://")):
        return PricePage(place, picks)
    if place.startswith("mqtt://"):
        return PriceTopic(place, picks)
    return PriceFile(Path(place), picks)
