"""Run a target on many inputs, and measure: crashes, time, the slowest input, growth.

A crash is any error that the target does not name. The slowest input is the one that takes most of
the processor, however busy the machine is. A watchdog ends the process only when one input takes
far longer than any parser may.
"""

import faulthandler
import gc
import hashlib
import logging
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import psutil

from tests.fuzz.mutator import Mutator

HANG_S = 60.0
_WATCH_EVERY = 256
_WARM_UP_SHARE = 0.1
_MOST_CRASHES_KEPT = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Hold one parser: `run` may raise nothing; what the parser names, it catches itself.

    `processes` are others, by id, that must not grow either.
    """

    name: str
    run: Callable[[bytes], None]
    examples: Sequence[bytes]
    tokens: Sequence[bytes] = ()
    sample: int = 3_000
    soak: int = 1_000_000
    processes: Callable[[], Sequence[int]] = tuple


@dataclass(slots=True, kw_only=True)
class Outcome:
    """Hold what a campaign found; `crashes` has one input for each place that failed."""

    target: str
    seed: int = 0
    inputs: int = 0
    seconds: float = 0.0
    slowest_ms: float = 0.0
    slowest_input: bytes = b""
    growth_mb: float = 0.0
    crashed: int = 0
    crashes: dict[str, bytes] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """Give what JSON can write."""
        crashes = {place: data.hex() for place, data in self.crashes.items()}
        return {**asdict(self), "slowest_input": self.slowest_input.hex(), "crashes": crashes}

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Outcome":
        """Take back what `plain` gave."""
        crashes = {place: bytes.fromhex(data) for place, data in row["crashes"].items()}
        slowest = bytes.fromhex(row["slowest_input"])
        return cls(**{**row, "slowest_input": slowest, "crashes": crashes})

    def row(self) -> str:
        """Write the outcome as a row of the table."""
        return (
            f"{self.target:<16} {self.inputs:>10,} {self.seconds:>9.1f} {self.crashed:>8,} "
            f"{self.slowest_ms:>11.1f} {self.growth_mb:>10.1f}"
        )


def added(name: str, outcomes: Sequence[Outcome]) -> Outcome:
    """Give one outcome of several: sums, the slowest input, and the greatest growth."""
    slowest = max(outcomes, key=lambda found: found.slowest_ms, default=Outcome(target=name))
    return Outcome(
        target=name,
        inputs=sum(found.inputs for found in outcomes),
        seconds=sum(found.seconds for found in outcomes),
        slowest_ms=slowest.slowest_ms,
        slowest_input=slowest.slowest_input,
        growth_mb=max((found.growth_mb for found in outcomes), default=0.0),
        crashed=sum(found.crashed for found in outcomes),
        crashes={place: data for found in outcomes for place, data in found.crashes.items()},
    )


HEADER = (
    f"{'target':<16} {'inputs':>10} {'seconds':>9} {'crashes':>8} {'slowest ms':>11} "
    f"{'growth MB':>10}"
)


def run(
    target: Target, *, inputs: int, seed: int, tell: Callable[[str], None] | None = None
) -> Outcome:
    """Try so many inputs of one seed; `tell` hears of the progress."""
    mutator = Mutator(seed, target.examples, target.tokens)
    outcome = Outcome(target=target.name, seed=seed)
    logging.disable(logging.CRITICAL)
    warm_at = max(1, min(int(inputs * _WARM_UP_SHARE), 50_000))
    began_s = told_s = time.perf_counter()
    begin_mb = 0.0
    try:
        for number in range(inputs):
            if number % _WATCH_EVERY == 0:
                faulthandler.dump_traceback_later(HANG_S, exit=True)
                now_s = time.perf_counter()
                if tell is not None and now_s - told_s >= 30:
                    told_s = now_s
                    tell(f"{target.name}: {number:,} of {inputs:,} in {now_s - began_s:.0f} s")
            if number == warm_at:
                # Caches and imports that the first inputs fill are no growth.
                begin_mb = _resident_mb(target)
            _try(target, mutator.next(), outcome)
        outcome.seconds = time.perf_counter() - began_s
        outcome.growth_mb = _resident_mb(target) - begin_mb if inputs > warm_at else 0.0
    finally:
        faulthandler.cancel_dump_traceback_later()
        logging.disable(logging.NOTSET)
    return outcome


def _try(target: Target, data: bytes, outcome: Outcome) -> None:
    outcome.inputs += 1
    began_s = time.process_time()
    try:
        target.run(data)
    except Exception as error:  # noqa: BLE001 - whatever a target does not name is the finding
        outcome.crashed += 1
        place = _place_of(error)
        kept = outcome.crashes.get(place)
        if (kept is None and len(outcome.crashes) < _MOST_CRASHES_KEPT) or (
            kept is not None and len(data) < len(kept)
        ):
            outcome.crashes[place] = data
    took_ms = (time.process_time() - began_s) * 1000
    if took_ms > outcome.slowest_ms:
        outcome.slowest_ms, outcome.slowest_input = took_ms, data


def _place_of(error: Exception) -> str:
    """Name what failed and where, in our own code if it passed there."""
    trace, frames = error.__traceback__, []
    while trace is not None:
        code = trace.tb_frame.f_code
        frames.append(f"{code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return f"{type(error).__name__} at {' < '.join(reversed(frames[-4:]))}"


def fingerprint(data: bytes) -> int:
    """Give a number that depends on an input alone, for what a target must choose."""
    return int.from_bytes(hashlib.blake2b(data, digest_size=4).digest(), "big")


def _resident_mb(target: Target) -> float:
    gc.collect()
    ids = (os.getpid(), *target.processes())
    return sum(float(psutil.Process(number).memory_info().rss) for number in ids) / 1e6
