"""A home that steps through pictures as the control loop lets it, and keeps what it saw and did."""

from pathlib import Path

from node.core import home
from node.core.budget import Spent
from node.core.commands import Command
from node.core.home import HomeSettings, HomeState
from node.core.observation import Observation
from node.state.recorder import Cycle, Recorder, replay


class RecordedHome:
    """Hold a home's state, and every cycle since it last started."""

    def __init__(self, settings: HomeSettings, now_s: float) -> None:
        self.settings = settings
        self.start(now_s, Spent(day=0, amount=0))

    def start(self, now_s: float, spent: Spent) -> None:
        """Start, or start anew: only what was spent is remembered."""
        self.state: HomeState = home.initial(self.settings, now_s, spent, was_drawing=False)
        self.cycles: list[Cycle] = []

    def step(self, seen: Observation) -> tuple[Command, ...]:
        """Take one step; give its commands."""
        before = self.state
        self.state, commands = home.step(before, seen, self.settings)
        self.cycles.append(Cycle(state=before, observation=seen, commands=commands))
        return commands

    def ensure_replays(self, directory: Path) -> None:
        """See that each cycle's commands come again from its record."""
        recorder = Recorder(self.settings, capacity=len(self.cycles))
        for cycle in self.cycles:
            recorder.record(cycle)
        recorder.dump(directory / "flight.jsonl")

        assert [None] * len(self.cycles) == list(replay(directory / "flight.jsonl"))
