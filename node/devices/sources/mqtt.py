"""Hear a topic of a broker: a number alone, or JSON and pointers into it.

A retained value may be of any age: unless it says by itself when it was, it counts only once a
second one has come. An empty payload is the topic's end, and what was told is gone with it.
"""

from collections.abc import Callable
from urllib.parse import urlsplit

from node.core.records import MeterSample
from node.devices.sources.surroundings import Surroundings, password_of
from node.devices.sources.values import in_text, told_of
from node.devices.trouble import SensorImplausible
from node.mqtt.topics import TopicClient
from node.parameters.sections.source import DataSource
from node.ports import Topics
from node.system.words import told

DEFAULT_PORT = 1883
KEEPALIVE_EVERY_S = 30.0
"""Victron's programs fall silent 60 s after the last word of a listener."""


def make(name: str, source: DataSource, around: Surroundings) -> "Topic":
    """Build it; nothing is heard before the broker is there."""
    if not source.at.startswith("mqtt://"):
        return Topic(name, source, around, around.street, lambda: None)
    where = urlsplit(source.at)
    other = TopicClient(f"peerwatt-{name}", where.hostname or "", where.port or DEFAULT_PORT)
    topic = Topic(name, source, around, other, other.close)
    try:
        other.secure(source.user, password_of(source), None)
    except OSError as error:
        topic.fail(error)
    else:
        other.start()
    return topic


class Topic:
    """Give samples of what is said under one topic; `let_go` ends a broker of its own."""

    def __init__(
        self,
        name: str,
        source: DataSource,
        around: Surroundings,
        topics: Topics,
        let_go: Callable[[], None],
    ) -> None:
        self._name = name
        self._source = source
        self._clock = around.clock
        self._topics = topics
        self._last = around.last_told(name, source)
        self._asked_at_s = float("-inf")
        self._let_go = let_go
        topics.listen(topic_of(source), self._take)

    @property
    def name(self) -> str:
        """Give the source's name in the parameters."""
        return self._name

    def sample(self) -> MeterSample:
        """Give the newest that was heard.

        Raises:
            DeviceError: nothing is heard, it is stale, or it cannot be.
        """
        keepalive, now_s = self._source.keepalive, self._clock.monotonic_s()
        if keepalive is not None and now_s - self._asked_at_s >= KEEPALIVE_EVERY_S:
            self._asked_at_s = now_s
            self._topics.ask(keepalive)
        return self._last.sample()

    def close(self) -> None:
        """Let the broker go, where it is this source's own; may be called twice."""
        self._let_go()

    def fail(self, error: OSError) -> None:
        """Note why the broker cannot be spoken with at all."""
        self._last.fail(error)

    def _take(self, payload: bytes, retained: bool) -> None:
        if not payload:
            self._last.gone("its topic was removed (an empty message)")
            return
        try:
            heard = told_of(self._source, in_text(payload))
        except ValueError as error:
            self._last.fail(SensorImplausible(f"{self._name}: {told(error)}"))
            return
        if heard is None:
            self._last.gone("it says that it has no value")
        elif retained and heard.calendar_s is None:
            self._last.fail("only a retained value, of any age, has been heard so far")
        else:
            self._last.tell(heard)


def topic_of(source: DataSource) -> str:
    """Give the topic alone."""
    return source.at.removeprefix("mqtt://").partition("/")[2] if "://" in source.at else source.at
