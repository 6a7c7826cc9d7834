"""A real home process whose file names meters alone: no chip, no chain, no relay, no key."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from node.core.errors import Refused
from node.links.status import ask
from tests.parts.waiting import until
from village.processes import Processes


class MeteredHome:
    """One `python -m node run`, and what its person would see of it."""

    def __init__(
        self, directory: Path, sources: Mapping[str, Any], broker_port: int | None
    ) -> None:
        self.path = directory / "parameters.yml"
        self.state = directory / "state"
        self.state.mkdir()
        content: dict[str, Any] = {
            "node": {
                "name": "home1",
                "state_directory": str(self.state),
                "sample_period_s": 0.2,
                "sources": dict(sources),
            }
        }
        if broker_port is not None:
            content["mqtt"] = {"host": "127.0.0.1", "port": broker_port}
        self.path.write_text(yaml.safe_dump(content), encoding="utf-8")
        self._processes = Processes(directory)
        self.start()

    def start(self) -> None:
        """Start the node."""
        self._processes.start(
            "node", [sys.executable, "-m", "node", "run", "--parameters", str(self.path)]
        )

    def stop(self) -> None:
        """End it in an orderly way."""
        self._processes.stop("node")

    @property
    def log(self) -> str:
        """Read what it has logged."""
        return self._processes.log_of("node").read_text(encoding="utf-8")

    def status(self) -> dict[str, Any]:
        """Ask it what it is doing; nothing while it starts."""
        try:
            answer = ask(self.state, {"do": "status"})
        except Refused:
            return {}
        assert isinstance(answer, dict)
        return answer

    def until(self, condition: Any, what: str) -> dict[str, Any]:
        """Wait for a condition on its status, and give that; a failure shows its log."""
        try:
            return until(lambda: (seen := self.status()) and condition(seen) and seen, what)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.log[-3000:]}") from None

    def power_w(self, meter: str, power_w: float | None) -> dict[str, Any]:
        """Wait until a meter shows a power, or none."""
        return self.until(
            lambda seen: (seen.get(meter) or {"power_w": "no meter"})["power_w"] == power_w,
            f"{meter} shows {power_w} W",
        )

    def close(self) -> None:
        """End it, unless it has ended; may be called twice."""
        self._processes.stop_all()


@contextmanager
def metered_home(
    directory: Path, broker_port: int | None = None, **sources: Any
) -> Iterator[MeteredHome]:
    """Run a home for a while."""
    home = MeteredHome(directory, sources, broker_port)
    try:
        yield home
    finally:
        home.close()
