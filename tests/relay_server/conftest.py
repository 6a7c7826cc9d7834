"""A played bus with port expanders on it."""

from collections.abc import Iterator

import pytest

from relay_server import expanders
from tests.parts.expander_bus import PlayedBus
from village.expanders import PlayedMcp23017, PlayedPcf8574


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> Iterator[PlayedBus]:
    bus = PlayedBus()
    bus.chips = {0x20: PlayedMcp23017(), 0x21: PlayedMcp23017(), 0x38: PlayedPcf8574()}
    monkeypatch.setattr(expanders, "open_bus", lambda _: bus)
    yield bus
