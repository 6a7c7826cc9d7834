"""Flight records: files that somebody sends in with a report of trouble."""

from node.state.recorder import replay
from tests.factories.flight import PICTURES, flight
from tests.fuzz.campaign import Target
from tests.fuzz.files import scratch, written


def target(data: bytes) -> None:
    """Replay a file to its end; what is no record is a ValueError."""
    try:
        for _ in replay(written("flight.jsonl", data)):
            pass
    except ValueError:
        return


def _record(cycles: int) -> bytes:
    path = scratch() / "example.jsonl"
    flight(*PICTURES[:cycles]).dump(path)
    return path.read_bytes()


TARGET = Target(
    name="flight",
    run=target,
    examples=(_record(0), _record(1), _record(1), _record(2), _record(4)),
    tokens=(b'"type"', b'"format"', b'"settings"', b'"state"', b'"observation"', b'"commands"'),
)
