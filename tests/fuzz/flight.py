"""Flight records: files that somebody sends in with a report of trouble."""

from node.core import home
from node.core.purchase import Spent
from node.recorder import Cycle, Recorder, replay
from tests.factories import (
    DAY,
    NOW_S,
    chain_view,
    confirmed,
    drawing,
    observation,
    open_order,
    order,
    receipt,
)
from tests.factories_settings import settings
from tests.fuzz.campaign import Target
from tests.fuzz.files import scratch, written

_PICTURES = (
    observation(soc_pct=19.4),
    observation(
        NOW_S + 1,
        19.4,
        chain=chain_view(orders=(order(energy_milliwh=206_000),), last_number=7),
        facts=(confirmed(open_order()),),
    ),
    drawing(NOW_S + 7, 19.4, receipts=(receipt(),)),
    drawing(NOW_S + 8, None),
)


def target(data: bytes) -> None:
    """Replay a file to its end; what is no record is a ValueError."""
    try:
        for _ in replay(written("flight.jsonl", data)):
            pass
    except ValueError:
        return


def _record(cycles: int) -> bytes:
    chosen = settings()
    recorder = Recorder(chosen, len(_PICTURES))
    state = home.initial(chosen, NOW_S, Spent(day=DAY, amount=0), was_drawing=False)
    for seen in _PICTURES[:cycles]:
        before = state
        state, commands = home.step(before, seen, chosen)
        recorder.record(Cycle(state=before, observation=seen, commands=commands))
    path = scratch() / "example.jsonl"
    recorder.dump(path)
    return path.read_bytes()


TARGET = Target(
    name="flight",
    run=target,
    examples=(_record(0), _record(1), _record(1), _record(2), _record(4)),
    tokens=(b'"type"', b'"format"', b'"settings"', b'"state"', b'"observation"', b'"commands"'),
)
