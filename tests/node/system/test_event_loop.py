"""A program's loop on time that is handed out: its timers stand still when that does."""

import asyncio
import time

from node.system import event_loop
from node.system.followed_time import FollowedTime, HandedOut, HandingOut

S = 10**9


class Handed:
    """Time that a test hands out by the second."""

    def __init__(self, path):
        self._record = HandedOut(from_ns=S, real_ns=time.monotonic_ns(), until_ns=S, pace=1.0)
        self._giving = HandingOut(path, self._record)
        self.followed = FollowedTime(path)

    def pass_s(self, seconds):
        """Let so much time have passed at once."""
        until_ns = self._record.until_ns + int(seconds * S)
        self._record = HandedOut(from_ns=until_ns, real_ns=0, until_ns=until_ns, pace=1.0)
        self._giving.write(self._record)


def test_without_handed_out_time_the_loop_is_asyncios_own():
    async def kind():
        return type(asyncio.get_running_loop())

    assert event_loop.run(kind(), None) is asyncio.run(kind())


def test_a_timer_rings_when_its_time_is_handed_out_and_not_before(tmp_path):
    handed = Handed(tmp_path / "time")
    rung = []

    async def main():
        asyncio.get_running_loop().call_later(0.05, rung.append, "bell")
        for _ in range(10):
            # Real seconds pass, and handed-out ones do not.
            await asyncio.get_running_loop().run_in_executor(None, time.sleep, 0.02)
        before = list(rung)
        handed.pass_s(0.05)
        await asyncio.sleep(0)
        while not rung:
            await asyncio.get_running_loop().run_in_executor(None, time.sleep, 0.001)
        return before

    assert event_loop.run(main(), handed.followed) == []
    assert rung == ["bell"]


def test_a_deadline_of_an_hour_passes_as_soon_as_the_hour_is_handed_out(tmp_path):
    handed = Handed(tmp_path / "time")

    async def main():
        waiting = asyncio.ensure_future(asyncio.wait_for(asyncio.Event().wait(), 3600))
        await asyncio.sleep(0)
        handed.pass_s(3600)
        try:
            await waiting
        except TimeoutError:
            return "the hour is over"

    assert event_loop.run(main(), handed.followed) == "the hour is over"


def test_a_loop_that_waits_for_nothing_else_does_not_spin(tmp_path):
    """A last moment may have to wait long for others: it is looked for, but not without a pause."""
    handed = Handed(tmp_path / "time")
    looks = []

    class Counting(FollowedTime):
        def seconds(self):
            looks.append(None)
            return super().seconds()

    async def main():
        waiting = asyncio.ensure_future(asyncio.sleep(1e-6))
        asyncio.get_running_loop().run_in_executor(
            None, lambda: (time.sleep(0.3), handed.pass_s(1))
        )
        await waiting

    event_loop.run(main(), Counting(tmp_path / "time"))

    assert len(looks) < 2_000
