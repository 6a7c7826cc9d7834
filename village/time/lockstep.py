"""Play in step: all of the village lives by one time, whose calendar and blocks go with it."""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from node.system.clock import Clock
from village.chain import NEVER, Miner
from village.chains import USUAL, ChainKind
from village.contacts import ContactFollower
from village.households import FULL_SPEED, SAMPLE_PERIOD_S
from village.plant.stage import Stage
from village.time.leases import LeaseWatch
from village.time.parts import BLUR_S, LATE_S, ChainPart, HomePart, RelayPart
from village.time.tempo import Late, Tempo
from village.time.timekeeper import Timekeeper

START_WITHIN_S = 120.0
"""Real seconds: a dozen programs start on a machine that may be busy."""
LOOK_EVERY_S = 0.1


class Lockstep:
    """Own the village's time and the miner of its chain.

    `speed` is calendar seconds per real second, at most; `is_running` tells of a process by name.
    """

    def __init__(
        self,
        file: Path,
        *,
        speed: float,
        chain_port: int,
        is_running: Callable[[str], bool],
        tell: Callable[[str], None],
        chain: ChainKind = USUAL,
    ) -> None:
        self._chain = chain
        self.file = file
        self._speed = speed
        self._chain_port = chain_port
        self._is_running = is_running
        self._tell = tell
        self._keeper = Timekeeper(file, pace=speed / FULL_SPEED, tell=tell)
        self._keeper.start()
        self._miner: Miner | None = None
        self._stage: Stage | None = None
        self._began_s = 0.0
        self.leases = LeaseWatch(self._keeper.time.seconds, is_running)

    def found(self, calendar_s: float) -> Clock:
        """Give a calendar that begins now, without the day's haste."""
        return self._clock_from(calendar_s, 1.0)

    def hold(self, calendar_s: float, chain_stands_s: tuple[float, float] = NEVER) -> Clock:
        """Let time stand still until the day begins; give its calendar, which begins there.

        In the span of the calendar `chain_stands_s` no block will come.
        """
        self._keeper.hold()
        clock = self._clock_from(calendar_s, FULL_SPEED)
        self.mine(clock, chain_stands_s)
        return clock

    def stand_still(self) -> None:
        """Let time stand still until nobody is waited for any more."""
        self._keeper.hold()

    def mine(self, clock: Clock, stands_s: tuple[float, float] = NEVER) -> None:
        """Let blocks come by a calendar; the chain answers already."""
        if self._miner is not None:
            self._miner.close()
        self._miner = Miner(
            self._chain_port,
            clock,
            self._chain.block_s,
            stands_s=stands_s,
            only_with_work=self._chain.only_with_work,
            block=self._chain.program.block,
        )
        self._miner.start()

    def begin(self, stage: Stage, follower: ContactFollower) -> None:
        """Let the day begin once every home has sampled: a slow start is no part of it."""
        self._stage = stage
        self._wait_for_homes(stage)
        for bus in stage.buses.values():
            bus.late_after_s = SAMPLE_PERIOD_S + LATE_S + BLUR_S
        self._keeper.watch(
            HomePart(name=name, bus=bus, is_running=partial(self._is_running, name))
            for name, bus in stage.buses.items()
        )
        relay, chain = partial(self._is_running, "relay"), partial(self._is_running, "chain")
        self._keeper.watch([RelayPart(name="relay", follower=follower, is_running=relay)])
        if self._miner is not None:
            self._keeper.watch([ChainPart(name="chain", miner=self._miner, is_running=chain)])
        self._keeper.each_turn = stage.play
        self._began_s = time.monotonic()
        self._keeper.go_on()

    def forget(self, home: str) -> None:
        """Wait no longer for a home that is told to stop: it samples no more."""
        self._keeper.forget(home)

    def wait_for_nobody(self) -> None:
        """Let time pass as it may, whoever is there; may be called twice."""
        self._keeper.forget_all()

    def tempo(self, calendar_s: float) -> Tempo:
        """Say how fast so much of the calendar was played."""
        buses = self._stage.buses.values() if self._stage is not None else ()
        return Tempo(
            calendar_s=calendar_s,
            real_s=time.monotonic() - self._began_s,
            most=self._speed,
            blocks=self._miner.mined if self._miner is not None else 0,
            waits=self._keeper.waits(),
            late=Late(
                samples=sum(bus.late for bus in buses),
                leases=self.leases.leases,
                consents=self.leases.consents,
            ),
        )

    def close(self) -> None:
        """Let no block come, and time stand still for good; may be called twice."""
        if self._miner is not None:
            self._miner.close()
        self._keeper.close()

    def _clock_from(self, calendar_s: float, speed: float) -> Clock:
        handed_out = self._keeper.time
        return Clock(
            speed=speed,
            origin_real_s=handed_out.seconds(),
            origin_calendar_s=calendar_s,
            followed=handed_out,
        )

    def _wait_for_homes(self, stage: Stage) -> None:
        ends_s = time.monotonic() + START_WITHIN_S
        missing = list(stage.buses)
        while missing and time.monotonic() < ends_s:
            time.sleep(LOOK_EVERY_S)
            missing = [name for name in missing if not stage.buses[name].samples]
        if missing:
            self._tell(f"the day begins without {', '.join(missing)}")
