"""Tell the broker each meter's boundary readings, in order, until it has acknowledged them.

While the broker answers nothing of it goes to disk: what it acknowledges within moments would wear
the card for nothing. What waits while it is away is to be kept, until it is acknowledged.
"""

import asyncio
import logging
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace

from node.core.energy.interval import instant_of
from node.core.energy.spool import EMPTY, MOST_UNTOLD, Spool, added, without
from node.core.facts import Fact, ReadingAcknowledged, ReadingRefused
from node.core.records import Reading
from node.ports import Broker

log = logging.getLogger(__name__)

MOST_UNDER_WAY = 16
"""Readings sent and not acknowledged: what a broker takes at a time, and some room for values."""
RETRY_PAUSE_S = 60.0
SETTLE_S = 1.0
"""How long the end waits for what is under way; the next run would tell it again."""


class BrokerReadings:
    """Tell all readings that are added; without a spool (no broker is named), none.

    `spool` is what waits, and `kept` what of it is to be on disk.
    """

    def __init__(self, broker: Broker, interval_s: int, spool: Spool | None) -> None:
        self._broker = broker
        self._interval_s = interval_s
        self._is_telling = spool is not None
        self._under_way: set[Reading] = set()
        self._paused_at_s: float | None = None
        self._ended = asyncio.Event()
        self.spool = self.kept = spool or EMPTY

    def add(self, readings: Iterable[Reading]) -> None:
        """Take readings that are to be told."""
        if not self._is_telling:
            return
        for reading in readings:
            spool = added(self.spool, reading, MOST_UNTOLD)
            if spool.dropped > self.spool.dropped:
                log.warning("a reading for the broker was dropped (%d so far)", spool.dropped)
            self.spool = spool
        self.kept = replace(self.kept, dropped=self.spool.dropped)

    def absorb(self, fact: Fact, now_s: float) -> None:
        """Take what became of a reading."""
        match fact:
            case ReadingAcknowledged(reading=reading):
                self.spool = without(self.spool, (reading,), lost=False)
                self.kept = without(self.kept, (reading,), lost=False)
                self._end(reading)
            case ReadingRefused(reading=reading, sentence=sentence):
                log.warning("the broker refused a reading: %s", sentence)
                self._paused_at_s = now_s
                self._end(reading)
            case _:
                pass

    def send(self, now_s: float) -> None:
        """Send the oldest readings, so many at a time, while the broker takes them."""
        paused_at_s = self._paused_at_s
        is_paused = paused_at_s is not None and now_s - paused_at_s < RETRY_PAUSE_S
        if is_paused or self._broker.problem is not None:
            self.kept = self.spool
            return
        for reading in self.spool.waiting[: 2 * MOST_UNDER_WAY]:
            if len(self._under_way) == MOST_UNDER_WAY:
                return
            if reading not in self._under_way:
                self._under_way.add(reading)
                instant_s = instant_of(reading.boundary, self._interval_s)
                self._broker.send_reading(reading, instant_s)

    async def settle(self) -> None:
        """Wait a moment for what is under way; what waits then is to be kept."""
        with suppress(TimeoutError):
            async with asyncio.timeout(SETTLE_S):
                while self._under_way and self._broker.problem is None:
                    self._ended.clear()
                    await self._ended.wait()
        self.kept = self.spool

    def _end(self, reading: Reading) -> None:
        self._under_way.discard(reading)
        self._ended.set()
