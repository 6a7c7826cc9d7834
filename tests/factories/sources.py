"""Build what sources are asked with: a clock that a test sets, and a broker that it speaks for."""

from pathlib import Path

from node.devices.sources.surroundings import Surroundings

CALENDAR_S = 1_700_000_000.0


class SetClock:
    """A clock that stands until a test lets it pass."""

    speed = 1.0

    def __init__(self):
        self.now_s = 1000.0

    def monotonic_s(self):
        """Read the instant."""
        return self.now_s

    def calendar_s(self):
        """Read the calendar, which keeps with it."""
        return CALENDAR_S + self.now_s - 1000.0

    def pass_s(self, seconds):
        """Let time pass."""
        self.now_s += seconds


class SetTopics:
    """What a broker says to its listeners is what a test says."""

    def __init__(self):
        self.takers = {}
        self.asked = []

    def listen(self, topic, take):
        """Note who listens."""
        self.takers[topic] = take

    def ask(self, topic):
        """Note what was asked."""
        self.asked.append(topic)

    def say(self, topic, payload, retained=False):
        """Say something to who listens."""
        self.takers[topic](payload, retained)


def around(directory=Path("/nowhere"), clock=None, street=None):
    """Surround a source."""
    return Surroundings(
        clock=clock or SetClock(), street=street or SetTopics(), directory=directory
    )
