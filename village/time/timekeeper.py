"""Hand out the village's time: as fast as is asked for, and never past its slowest part.

A played day is 720 times as fast as a real one, so a tenth of a second more or less for a busy
process would be a minute of the street. Here time waits instead. It passes as real time does, at
`pace` of it, but at most so far past the newest sign of each part: a home's bus that was read, the
relay's answer, the block that was due. Nobody waits for what cannot come, such as a process that
has ended or is stopped, and for nothing longer than `PATIENCE_S` of real time, which is said.
"""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from node.system.followed_time import NANOSECONDS, FollowedTime, HandedOut, HandingOut

PATIENCE_S = 10.0
"""Real seconds; a part that shows no sign for so long is gone on without, until it shows one."""
TURN_S = 0.01
"""Real seconds between two looks at the parts."""
AHEAD_S = 0.1
"""So far ahead time is handed out where there is nobody to wait for."""
BEGINS_S = 1000.0
"""The first instant handed out: none of the programs has to think of a time before 0."""


class Part(Protocol):
    """Give the signs of one part of the village; time is that which is handed out, in seconds."""

    @property
    def name(self) -> str:
        """Give what people call it."""
        ...

    def may_run_to_s(self) -> float:
        """Give the instant that time may reach by the newest sign."""
        ...

    def is_waited_for(self) -> bool:
        """Tell whether a sign can come: asked only while time stands still for this part."""
        ...


@dataclass(slots=True)
class _Waited:
    """Hold since when and for how long time has stood still for a part, in real seconds."""

    since_s: float | None = None
    all_s: float = 0.0
    is_given_up: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """Say for which parts time has stood still, and for how many real seconds, longest first.

    `given_up` counts how often it went on without one.
    """

    seconds: tuple[tuple[str, float], ...]
    given_up: int


class Timekeeper:
    """Own the file of handed-out time, and the thread that moves its end on.

    `each_turn` is called at each turn of that thread, a few milliseconds apart.
    """

    def __init__(
        self,
        path: Path,
        *,
        pace: float,
        tell: Callable[[str], None],
        each_turn: Callable[[], None] = lambda: None,
    ) -> None:
        self._pace = pace
        self._tell = tell
        self.each_turn = each_turn
        now_ns, begins_ns = time.monotonic_ns(), int(BEGINS_S * NANOSECONDS)
        self._record = HandedOut(from_ns=begins_ns, real_ns=now_ns, until_ns=begins_ns, pace=pace)
        self._file = HandingOut(path, self._record)
        self.time = FollowedTime(path)
        self._parts: dict[str, Part] = {}
        self._waited: dict[str, _Waited] = {}
        self._given_up = 0
        self._is_held = False
        self._turned_at_s = 0.0
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="time", daemon=True)

    def start(self) -> None:
        """Let time pass."""
        self._thread.start()

    def close(self) -> None:
        """Let time stand still for good; may be called twice."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def hold(self) -> None:
        """Let time stand still from now on, with nobody to blame, until `go_on`."""
        self._is_held = True
        # What is handed out already passes: no clock goes back.
        while self._record.at_ns(time.monotonic_ns()) < self._record.until_ns:
            time.sleep(TURN_S)

    def go_on(self) -> None:
        """Let time pass again."""
        self._is_held = False

    def watch(self, parts: Iterable[Part]) -> None:
        """Wait for these parts, too; one of the same name takes the other's place."""
        with self._lock:
            self._parts |= {part.name: part for part in parts}

    def forget(self, name: str) -> None:
        """Wait for a part no longer; may be called twice."""
        with self._lock:
            self._parts.pop(name, None)

    def forget_all(self) -> None:
        """Wait for no part any more; may be called twice."""
        with self._lock:
            self._parts.clear()
        self._is_held = False

    def waits(self) -> Waits:
        """Give what time has waited for so far."""
        seconds = [(name, waited.all_s) for name, waited in tuple(self._waited.items())]
        longest = sorted(seconds, key=lambda one: -one[1])
        return Waits(seconds=tuple(longest), given_up=self._given_up)

    def _run(self) -> None:
        while not self._stop.wait(TURN_S):
            self._take_turn(time.monotonic_ns())
            self.each_turn()

    def _take_turn(self, real_ns: int) -> None:
        """Move the end on to where every part is waited for no longer."""
        with self._lock:
            parts = tuple(self._parts.values())
        now_ns = self._record.at_ns(real_ns)
        ends_ns = [now_ns + int(AHEAD_S * NANOSECONDS)]
        for part in parts:
            # Whole nanoseconds, as time itself: less than one would be a sign for ever.
            may_run_to_ns = int(part.may_run_to_s() * NANOSECONDS)
            if may_run_to_ns > now_ns:
                self._take_sign(part)
            elif not part.is_waited_for() or self._is_given_up(part, real_ns / NANOSECONDS):
                continue
            ends_ns.append(may_run_to_ns)
        until_ns = min(ends_ns)
        if until_ns > self._record.until_ns and not self._is_held:
            self._hand_out(now_ns, real_ns, until_ns)
        self._turned_at_s = real_ns / NANOSECONDS

    def _hand_out(self, now_ns: int, real_ns: int, until_ns: int) -> None:
        # Where time stood still at the old end, it goes on from there and makes nothing up.
        stood = now_ns >= self._record.until_ns
        self._record = HandedOut(
            from_ns=now_ns if stood else self._record.from_ns,
            real_ns=real_ns if stood else self._record.real_ns,
            until_ns=until_ns,
            pace=self._pace,
        )
        self._file.write(self._record)

    def _take_sign(self, part: Part) -> None:
        """Note that time need not wait for a part now."""
        waited = self._waited.get(part.name)
        if waited is not None:
            waited.since_s, waited.is_given_up = None, False

    def _is_given_up(self, part: Part, real_s: float) -> bool:
        """Count for how long a part has been waited for; say whether it no longer is."""
        if self._is_held:
            return False
        waited = self._waited.setdefault(part.name, _Waited())
        if waited.is_given_up:
            return True
        if waited.since_s is not None:
            waited.all_s += real_s - self._turned_at_s
        else:
            waited.since_s = real_s
        if real_s - waited.since_s < PATIENCE_S:
            return False
        waited.is_given_up = True
        self._given_up += 1
        self._tell(f"{part.name} has shown no sign for {PATIENCE_S:g} s: going on without it")
        return True
