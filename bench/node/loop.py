"""Measure how fast a home gets its neighbour's energy, and that a hung chain never slows its tick.

`purchase`: from the sample that completes the settled condition to the closed contact, with the
dead time and everything between: decision, transaction, block, receipt, lease, interlock, and the
relay's push of its state. `tick`: how late the control loop's ticks are while it trades, with the
chain answering and with the chain's process stopped.
"""

import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.node.street import (
    BUYER,
    LIMIT_PCT,
    LOW_PCT,
    PRICE_PER_KWH,
    SELLER,
    BenchSettings,
    BenchStreet,
    until,
)
from bench.report import Row, percentile, row, statistics_of
from node.core.units import TOKEN

BARS = {
    ("purchase", "median"): 1.0,
    ("purchase", "p99"): 1.6,
    ("tick, chain hangs", "p99"): 50.0,
}

PURCHASES, QUICK_PURCHASES = 50, 5
HANG_S, QUICK_HANG_S = 60.0, 10.0

SAMPLE_PERIOD_S = 0.17
"""No whole part of a block time: so the samples fall on every phase of a block alike."""
SETTLE_SAMPLES = 3
KEEP_PCT = LIMIT_PCT + 5.0
"""Below the limit, and between limit and resume, where a home keeps what it has."""
ORDER_WH = 0.004
BASE_A = 0.01
"""Draws a hundred times less than an order in the time that buying again would need."""
DRAIN_A = 28.0
"""Draws a whole order between two samples, so that its credit ends without a successor."""

_DEADLINE_S = 60.0
_METRICS = ("min", "median", "p90", "p99", "max")
_SHORT_ROUNDS = {"sample_period_s": SAMPLE_PERIOD_S, "hold_off_s": 1, "hold_off_max_s": 2}
SETTINGS = BenchSettings(
    buyer={
        "node": {**_SHORT_ROUNDS, "min_dwell_s": 1, "battery_wh": None, "delta": ORDER_WH},
    },
    seller={
        "node": {
            **_SHORT_ROUNDS,
            "receipt_slack_wh": 10,
            "offer": {"price": PRICE_PER_KWH / TOKEN, "least_wh": 0.001},
        }
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tick:
    at_s: float
    late_s: float


def rows(quick: bool, seed: int) -> Iterator[Row]:
    """Buy again and again, and then stop the chain's process while a home draws."""
    purchases = QUICK_PURCHASES if quick else PURCHASES
    with BenchStreet(SETTINGS) as street:
        bench = Rounds(street, random.Random(seed))
        bench.start()
        yield from bench.purchases(purchases)
        yield from bench.hang(QUICK_HANG_S if quick else HANG_S)


class Rounds:
    """Drive one buyer through its rounds."""

    def __init__(self, street: BenchStreet, chance: random.Random) -> None:
        self._street = street
        self._chance = chance

    def start(self) -> None:
        """Start both homes, and have one purchase that does not count: it loads libraries."""
        street = self._street
        street.buyer.soc_pct = KEEP_PCT
        street.draw(BASE_A)
        street.start_home(SELLER)
        self._ticks = street.start_watched_home(BUYER)
        until(lambda: len(street.buyer.reads) > SETTLE_SAMPLES, "samples", _DEADLINE_S)
        self.buy()
        self.drain()

    def purchases(self, number: int) -> Iterator[Row]:
        """Buy so many times."""
        street = self._street
        began_s, block, order = time.monotonic(), street.block_number(), street.last_order()
        spans_s = []
        for _ in range(number):
            spans_s.append(self.buy())
            self.drain()
        block_s = (time.monotonic() - began_s) / (street.block_number() - block)
        bought = street.last_order() - order
        if bought != number:
            raise RuntimeError(f"{bought} orders in {number} rounds")
        yield row("loop", "chain", number, "block time", block_s, "s")
        yield from statistics_of("loop", "purchase, seconds", spans_s, "s", _METRICS)
        in_blocks = [span_s / block_s for span_s in spans_s]
        yield from statistics_of("loop", "purchase", in_blocks, "block times", _METRICS)

    def hang(self, span_s: float) -> Iterator[Row]:
        """Trade for a while with the chain answering, and as long with its process stopped."""
        self.buy()
        calm = self._watch(span_s)
        self.drain()
        self.buy()
        stopped_s = time.monotonic()
        with self._stopped("chain"):
            # The battery runs low besides, so that the home would buy if it could.
            self._street.buyer.soc_pct = LOW_PCT
            hung = self._watch(span_s)
            if is_kept := self._street.contact.is_closed:
                # Low still when the chain is back, it would buy a successor that nobody draws.
                self._keep()
        if not is_kept:
            # Given up meanwhile, as a busy machine may make a home do: low, it takes it again.
            self._street.contact.wait(closed=True, since_s=stopped_s, deadline_s=_DEADLINE_S)
            self._keep()
        self.drain()
        self.buy()
        calm_ms, hung_ms = ([tick.late_s * 1000 for tick in ticks] for ticks in (calm, hung))
        for case, late_ms in (("tick, chain answers", calm_ms), ("tick, chain hangs", hung_ms)):
            yield from statistics_of("loop", case, late_ms, "ms", ("median", "p99", "max"))
        for metric, percent in (("median", 50), ("p99", 99)):
            ratio = percentile(hung_ms, percent) / percentile(calm_ms, percent)
            yield row("loop", "tick, hangs / answers", len(hung_ms), metric, ratio, "1")

    def buy(self) -> float:
        """Let the battery run low; give the seconds from the settling sample to the contact."""
        street, home = self._street, self._street.buyer
        # Any phase of a block, whatever the round before has waited for.
        time.sleep(self._chance.uniform(0, 1))
        first, began_s = len(home.reads), time.monotonic()
        home.soc_pct = LOW_PCT
        closed_s = street.contact.wait(closed=True, since_s=began_s, deadline_s=_DEADLINE_S)
        settled_s = home.settled_below(LIMIT_PCT, SETTLE_SAMPLES, first)
        # Still low when its credit ends, it would buy another order that nobody draws.
        self._keep()
        if settled_s is None:
            raise RuntimeError("the contact closed before the state of charge had settled")
        return closed_s - settled_s

    def drain(self) -> None:
        """Use the credit up, and wait until the seller is paid and the order closed."""
        street, began_s = self._street, time.monotonic()
        street.draw(DRAIN_A)
        if street.contact.is_closed:
            street.contact.wait(closed=False, since_s=began_s, deadline_s=_DEADLINE_S)
        street.draw(BASE_A)
        until(lambda: street.open_orders() == 0, "the order is redeemed", _DEADLINE_S)

    def _keep(self) -> None:
        """Let the home keep what it has, and see that it may: one sample may have begun before."""
        reads = self._street.buyer.reads
        self._street.buyer.soc_pct, seen = KEEP_PCT, len(reads) + 2
        until(lambda: len(reads) >= seen, "samples", _DEADLINE_S)

    def _watch(self, span_s: float) -> list[_Tick]:
        began_s = time.monotonic()
        time.sleep(span_s)
        return [tick for tick in _read(self._ticks) if tick.at_s >= began_s]

    @contextmanager
    def _stopped(self, name: str) -> Iterator[None]:
        pid = self._street.processes.pid_of(name)
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)


def _read(path: Path) -> list[_Tick]:
    text = path.read_text(encoding="ascii")
    whole = text[: text.rfind("\n") + 1]
    numbers = [line.split() for line in whole.splitlines()]
    return [_Tick(at_s=float(at), late_s=float(late)) for at, late in numbers]
