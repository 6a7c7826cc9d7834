"""The relay's file of switch counts, as a worn card may give it back."""

from relay_server.counts import SwitchCounts
from tests.fuzz.campaign import Target
from tests.fuzz.files import scratch, written

_CHANNELS = 4


def target(data: bytes) -> None:
    """Begin with this file: what cannot be used is a warning, and counting goes on."""
    written("switch_counts.json", data)
    counts = SwitchCounts(scratch(), _CHANNELS, 100)
    before = counts.operations
    assert len(before) == _CHANNELS
    counts.add(range(_CHANNELS))
    assert counts.operations == tuple(count + 1 for count in before)
    assert all(isinstance(warning, str) for warning in counts.warnings)


TARGET = Target(
    name="switch_counts",
    run=target,
    examples=(
        b'{"operations": [1, 2, 3, 4]}',
        b'{"operations": []}',
        b'{"operations": [1, 2, 3, 4, 5, 6, 7, 8]}',
    ),
    tokens=(b'"operations"', b"[", b"]"),
)
