"""Play a CitizenWatt box: its API as the box answers it."""

import json
from collections.abc import Sequence
from urllib.parse import parse_qs


class CitizenWattBox:
    """Answer posts as a box does; `samples` are instants (its own clock) and watts."""

    def __init__(self, login: str, password: str) -> None:
        self._login = {"login": [login], "password": [password]}
        self.now_s = 0.0
        self.samples: Sequence[tuple[float, float]] = ()

    def answer(self, path: str, form: str) -> tuple[int, bytes]:
        """Give status and body; who is not let in is led to its page to log in."""
        if parse_qs(form) != self._login:
            return 303, b""
        if path == "/api/time":
            return 200, json.dumps({"data": self.now_s}).encode()
        _, _, sensor, _, _, _, since, until = path.split("/")
        kept = [
            {
                "id": number,
                "sensor": int(sensor),
                "value": watts,
                "timestamp": at_s,
                "night_rate": 0,
            }
            for number, (at_s, watts) in enumerate(self.samples)
            if float(since) <= at_s < float(until)
        ]
        return 200, json.dumps({"data": kept or None, "rate": "day"}).encode()
