"""Build a flight record: a home buys, draws, and loses its gauge."""

from node.core import home
from node.core.budget import Spent
from node.core.observation import Observation
from node.state.recorder import Cycle, Recorder
from tests.factories.home import (
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
from tests.factories.settings import settings

PICTURES = (
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


def flight(*pictures: Observation, capacity: int = 100) -> Recorder:
    """Fly a home through what it sees."""
    chosen = settings()
    recorder = Recorder(chosen, capacity)
    state = home.initial(chosen, NOW_S, Spent(day=DAY, amount=0), was_drawing=False)
    for seen in pictures:
        before = state
        state, commands = home.step(before, seen, chosen)
        recorder.record(Cycle(state=before, observation=seen, commands=commands))
    return recorder
