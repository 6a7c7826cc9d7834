"""Post news to where a person gets them, on a thread of its own, and never more than a few an hour.

What comes while nothing may be posted, or nobody answers, waits and goes as one message. What waits
is bounded: the oldest of it is left out and counted. The home never waits for any of it.
"""

import http.client
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from node.core.holdoff import pause_after
from node.links.alerts.messages import Message, Told
from node.system.words import told

log = logging.getLogger(__name__)

MOST_WAITING = 32
TIMEOUT_S = 10.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 10.0, 900.0
"""How long it waits after a post that failed; longer after each in a row."""
SECONDS_PER_HOUR = 3600.0

Write = Callable[[Sequence[Told], int], Message]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Hold where news are posted, and how they are written there; the address may be a secret."""

    url: str
    write: Write

    @property
    def host(self) -> str:
        """Give what of the address may be told."""
        return urlsplit(self.url).hostname or "?"


class Sender:
    """Post to one target; `most_per_hour` messages at most, which may come at once."""

    def __init__(
        self, target: Target, most_per_hour: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._target = target
        self._most_per_hour = most_per_hour
        self._clock = clock
        self._waiting: deque[Told] = deque()
        self._left_out = 0
        self._posted: deque[float] = deque(maxlen=most_per_hour)
        self._failures = 0
        self._again_at_s = 0.0
        self._changed = threading.Condition()
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name="alerts", daemon=True)

    @property
    def host(self) -> str:
        """Give where it posts to, as far as that may be told."""
        return self._target.host

    def start(self) -> None:
        """Begin to post; returns at once."""
        self._thread.start()

    def tell(self, news: Sequence[Told]) -> None:
        """Take news; never waits."""
        with self._changed:
            self._waiting.extend(news)
            while len(self._waiting) > MOST_WAITING:
                self._waiting.popleft()
                self._left_out += 1
            self._changed.notify()

    def close(self) -> None:
        """Stop; what waits is dropped, and a post that is under way ends by itself."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()

    def _run(self) -> None:
        while (taken := self._next()) is not None:
            news, left_out = taken
            try:
                post(self._target.url, self._target.write(news, left_out))
            except (OSError, http.client.HTTPException) as error:
                self._put_back(news, left_out, told(error))
            else:
                self._failures = 0
                self._posted.append(self._clock())

    def _next(self) -> tuple[tuple[Told, ...], int] | None:
        """Wait until there is something to post, and it may be; None at the end."""
        with self._changed:
            while not self._is_closed:
                pause_s = self._pause_s()
                if self._waiting and pause_s <= 0:
                    news, left_out = tuple(self._waiting), self._left_out
                    self._waiting.clear()
                    self._left_out = 0
                    return news, left_out
                self._changed.wait(pause_s if self._waiting else None)
        return None

    def _pause_s(self) -> float:
        now_s, free_at_s = self._clock(), 0.0
        if len(self._posted) == self._most_per_hour:
            free_at_s = self._posted[0] + SECONDS_PER_HOUR
        return max(free_at_s, self._again_at_s) - now_s

    def _put_back(self, news: Sequence[Told], left_out: int, why: str) -> None:
        self._failures += 1
        pause_s = pause_after(self._failures, FIRST_PAUSE_S, LONGEST_PAUSE_S)
        if self._failures == 1:
            log.warning("%s does not take alerts, which wait: %s", self._target.host, why)
        with self._changed:
            self._again_at_s = self._clock() + pause_s
            self._waiting.extendleft(reversed(news))
            self._left_out += left_out
        self.tell(())


def post(url: str, message: Message) -> None:
    """Post once.

    Raises:
        OSError: nobody answered in time, or not with a success.
        HTTPException: what answered speaks no HTTP.
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port
    connection = (
        http.client.HTTPSConnection(host, port, timeout=TIMEOUT_S)
        if parts.scheme == "https"
        else http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)
    )
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, message.body, dict(message.headers))
        answer = connection.getresponse()
        if not 200 <= answer.status < 300:
            raise OSError(f"it answers with status {answer.status}")
    finally:
        connection.close()
