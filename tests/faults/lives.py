"""Let a home's node die and live again, as systemd would, while a need goes on.

A death is seen, its contacts are watched until they rest (or it is started again at once), and it
is started again as an ordinary node.
"""

import random
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from os import kill
from pathlib import Path
from shutil import rmtree

from node.core.errors import NodeError
from tests.faults.problems import Problem, Stuck, Wrong
from tests.faults.trading import LEASE_S, Trading

REST_WITHIN_S = 10.0
"""Far more than a lease; how long it really took is in the table."""


class Lives:
    """Follow the nodes of both homes through one need."""

    def __init__(self, played: Trading, seed: int) -> None:
        self.endings: list[int] = []
        self.longest_rest_s = 0.0
        self.problems: list[Problem] = []
        self._played = played
        self._random = random.Random(seed)
        self._processes = played.street.processes

    @property
    def deaths(self) -> int:
        """Count the processes that died; `endings` has their exit statuses."""
        return len(self.endings)

    def start(self, home: str) -> None:
        """Start an ordinary node."""
        self._played.street.start(home)

    def start_crashing(self, home: str, trace: Path, point: str, kind: str) -> None:
        """Start a node that will crash at a step; see `tests.faults.crashing_node`."""
        trace.unlink(missing_ok=True)
        parameters = str(self._played.street.parameters(home))
        module = "tests.faults.crashing_node"
        plan = (str(trace), point, kind, "run", "--parameters", parameters)
        self._processes.start(home, [sys.executable, "-m", module, *plan])

    def forget(self, home: str) -> None:
        """Take a stopped home's journal away."""
        rmtree(self._played.street.places.home(home) / "state", ignore_errors=True)

    def is_dead(self, home: str) -> bool:
        """Say whether a home's process has ended."""
        return home in self._processes.ended()

    def kill(self, home: str) -> None:
        """Kill a home's process outright."""
        kill(self._processes.pid_of(home), signal.SIGKILL)
        self._played.until(lambda: self.is_dead(home), f"{home} is dead")

    def raise_dead(self, home: str) -> None:
        """Bury a process that has ended, see its contacts rest as often as not, start it again."""
        died_at_s = time.monotonic()
        self.endings.append(self._processes.stop(home))
        if self._random.random() < 0.5:
            self._watch_rest(home, died_at_s)
        self.start(home)

    def stop(self, home: str) -> None:
        """Stop an ordinary node; it is a problem if that does not end in an orderly way."""
        status = self._stopped(home)
        if status != 0:
            sentence = f"{home} ended with {status} when it was stopped"
            self.problems.append(Problem(wrong=Wrong.OTHER, sentence=sentence))

    def stop_crashing(self, home: str) -> None:
        """Stop a node that may crash at a step of its stopping."""
        status = self._stopped(home)
        if status != 0:
            self.endings.append(status)

    def wait_until_it_answers(self, home: str) -> None:
        """Wait until a started node shows its picture."""

        def answers() -> bool:
            with suppress(NodeError, OSError):
                return self._played.street.status(home).get("block") is not None
            return False

        self._played.until(answers, f"{home} answers")

    def _stopped(self, home: str) -> int:
        """Wait for an orderly end as long as a busy machine takes, and force it then."""
        if not self.is_dead(home):
            kill(self._processes.pid_of(home), signal.SIGTERM)
            with suppress(Stuck):
                self._played.until(lambda: self.is_dead(home), f"{home} ends")
        return self._processes.stop(home)

    def _watch_rest(self, home: str, died_at_s: float) -> None:
        ends_s = died_at_s + REST_WITHIN_S
        while self._played.world.closed:
            if time.monotonic() > ends_s:
                sentence = f"closed {REST_WITHIN_S:g} s after {home} died (lease {LEASE_S:g} s)"
                self.problems.append(Problem(wrong=Wrong.NOT_AT_REST, sentence=sentence))
                return
            time.sleep(0.01)
        self.longest_rest_s = max(self.longest_rest_s, time.monotonic() - died_at_s)


def through_one_need(played: Trading, lives: Lives, watch: Callable[[], None]) -> bool:
    """Live through a need that has begun; False where it did not come to its end."""
    try:
        played.live_through(watch)
    except Stuck as why:
        lives.problems.append(played.stuck(why))
        return False
    return True
