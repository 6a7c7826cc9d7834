"""Take chain and broker away for a day, and see that all that was read arrives afterwards.

    python -m tests.faults.outage [--hours H]

Two neighbours on real processes, at `SPEED` times the pace of life. The buyer draws from the
seller when both go; its battery stays low. Exit 1 if anything is wrong.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from node.core.errors import NodeError
from node.core.records import MeterName
from tests.faults.outages import keep_sessions, lose_chain_and_broker, restore_chain_and_broker
from tests.faults.ram import Ram
from tests.faults.registers_heard import RegistersHeard
from tests.parts.meter_events import Row, reported, rises
from tests.parts.neighbours import BUYER, SELLER, Neighbours, Pace, neighbours
from tests.parts.readings_heard import ReadingsHeard
from village.households import COMMUNITY, LEASE_S

SPEED = 720.0
"""Calendar seconds in a real one: a day is two minutes."""
HOUR_S = 3600.0
INTERVAL_S = 900
PACE = Pace(speed=SPEED, block_s=0.25, interval_s=INTERVAL_S)
MOST_GAP_S = 20.0
"""Real seconds without a sample over which energy is still counted: two cores may be busy."""
FLAT_MB = 6.0
"""What a process may hold more at the end than at the beginning; a leak of a day is beyond it."""
BUSY_S = 4.0
"""Real seconds by which a node on two busy cores may see late that its credit has ended."""
LOOK_S = 0.02
DEADLINE_S = 120.0
HOMES = (BUYER, SELLER)


@dataclass(slots=True, kw_only=True)
class Outcome:
    """Hold what became of one home; `closings` counts its contact's while all was away.

    `lost` are those that waited and do not stand on the chain. By `opens_within_h` the credit at
    the beginning has ended, and with it the lease.
    """

    home: str
    hours: float
    waited: int
    arrived: int
    missing: int
    lost: int
    dropped: int
    waited_mqtt: int
    arrived_mqtt: int
    dropped_mqtt: int
    closings: int
    opened_after_h: float
    opens_within_h: float
    begin_mb: float
    growth_mb: float
    slope_kb_per_h: float
    problems: list[str] = field(default_factory=list)

    def row(self) -> str:
        """Write the outcome as a row of the table."""
        return (
            f"{self.home} | {self.hours:g} | {self.waited} | {self.arrived} | {self.missing} | "
            f"{self.dropped} | {self.waited_mqtt} | {self.arrived_mqtt} | {self.dropped_mqtt} | "
            f"{self.closings} | {self.opened_after_h:.2f} | {self.opens_within_h:.2f} | "
            f"{self.begin_mb:.1f} | "
            f"{self.growth_mb:+.2f} | {self.slope_kb_per_h:+.1f} | "
            f"{'; '.join(self.problems) or 'well'}"
        )


HEADER = (
    "home | hours away | readings waited | arrived | missing | dropped | waited for MQTT | "
    "arrived | dropped | closings while away | contact open after h | at the latest | "
    "MB at first | MB more | kB/h | verdict"
)


class Watch:
    """Follow the buyer's contact and both processes' memory while chain and broker are away."""

    def __init__(self, street: Neighbours) -> None:
        self.ram = {home: Ram(street.processes.pid_of(home)) for home in HOMES}
        self.closings = 0
        self.opened_after_s = float("inf") if street.world.closed else 0.0
        self.opens_within_s = _credit_s(street) + LEASE_S + BUSY_S
        self._street = street

    def follow(self, seconds: float) -> None:
        """Look again and again for so many real seconds."""
        began_s = time.monotonic()
        was_closed = self.opened_after_s > 0
        while (now_s := time.monotonic()) < began_s + seconds:
            closed = self._street.world.closed
            self.closings += closed and not was_closed
            if was_closed and not closed:
                self.opened_after_s = now_s - began_s
            was_closed = closed
            for ram in self.ram.values():
                ram.look(now_s)
            time.sleep(LOOK_S)


def play(street: Neighbours, hours: float) -> list[Outcome]:
    """Live through one outage; give what became of each home."""
    keep_sessions(street)
    told = ReadingsHeard(street.places.broker_port, COMMUNITY)
    street.until(lambda: told.is_listening, "the reader listens")
    settle(street)
    heard = RegistersHeard(street.places.broker_port)
    before = {home: _status(street, home) for home in HOMES}
    lose_chain_and_broker(street)
    watch = Watch(street)
    watch.follow(hours * HOUR_S / SPEED)
    away = {home: _status(street, home) for home in HOMES}
    restore_chain_and_broker(street)
    outcomes = []
    for home in HOMES:
        reached = int(away[home]["calendar_s"]) // INTERVAL_S
        street.until(
            lambda home=home, reached=reached: _has(street, home, reached),
            f"{home}'s readings arrive",
            DEADLINE_S,
        )
        street.until(lambda home=home: heard.since_return(home), f"{home} is heard", DEADLINE_S)
        street.until(
            lambda home=home, reached=reached: _was_told(told, home, reached),
            f"{home}'s readings are told",
            DEADLINE_S,
        )
        outcomes.append(_outcome(street, home, hours, before[home], away[home], watch, told))
    for reader in (heard, told):
        reader.close()
    _judge(street, outcomes, heard, told)
    return outcomes


def settle(street: Neighbours) -> None:
    """Start both homes, let the buyer draw, and let each report once."""

    def patient(content: dict[str, Any]) -> None:
        content["node"]["max_age_s"] = MOST_GAP_S
        # The ring is full before the outage begins, so that it is no growth.
        content["node"]["recorded_cycles"] = 64

    street.start(SELLER, patient)
    street.until(lambda: street.mode(SELLER, "delivery") == "offering", "the seller offers")
    street.start(BUYER, patient)
    street.world.soc_pct[BUYER] = 15.0
    street.until(lambda: street.world.closed, "the contact closes")
    for home in HOMES:
        street.until(lambda home=home: len(reported(street, home)) > 2, f"{home} reports")
    street.until(lambda: street.world.closed, "the buyer draws")


def _credit_s(street: Neighbours) -> float:
    """Say how many real seconds the buyer's credit lasts, as it knows it now."""
    left_wh = _status(street, BUYER)["supply"]["credit_milliwh"] / 1000
    return float(left_wh / street.world.load_w * HOUR_S / SPEED)


def _has(street: Neighbours, home: str, boundary: int) -> bool:
    rows = reported(street, home)
    return bool(rows) and rows[-1][0] >= boundary


def _was_told(told: ReadingsHeard, home: str, boundary: int) -> bool:
    heard = (told.rows(home, meter) for meter in MeterName)
    return all(rows and rows[-1][0] >= boundary for rows in heard)


def _outcome(
    street: Neighbours,
    home: str,
    hours: float,
    before: dict[str, Any],
    away: dict[str, Any],
    watch: Watch,
    told: ReadingsHeard,
) -> Outcome:
    rows, now = reported(street, home), _status(street, home)
    ram = watch.ram[home]
    return Outcome(
        home=home,
        hours=hours,
        waited=away["readings_waiting"],
        arrived=sum(_was_away(row, before, away) for row in rows),
        missing=_missing(rows),
        lost=away["readings_waiting"] - sum(_waited(row, away) for row in rows),
        dropped=now["readings_dropped"] - before["readings_dropped"],
        waited_mqtt=away["readings_waiting_mqtt"],
        arrived_mqtt=sum(
            _was_away(row, before, away) for meter in MeterName for row in told.rows(home, meter)
        ),
        dropped_mqtt=now["readings_dropped_mqtt"],
        closings=watch.closings,
        opened_after_h=watch.opened_after_s * SPEED / HOUR_S,
        opens_within_h=watch.opens_within_s * SPEED / HOUR_S,
        begin_mb=ram.begin_mb,
        growth_mb=ram.growth_mb,
        slope_kb_per_h=ram.slope_mb_per_s * 1000 * HOUR_S / SPEED,
        problems=[] if rises(rows) else ["a boundary came twice or out of order"],
    )


def _judge(
    street: Neighbours, outcomes: Sequence[Outcome], heard: RegistersHeard, told: ReadingsHeard
) -> None:
    """Note on each outcome what must not be."""
    for outcome in outcomes:
        wrong = {
            "readings are missing": outcome.missing > 0,
            "readings were dropped": outcome.dropped > 0,
            "not all that waited arrived": outcome.lost > 0,
            "readings for the broker were dropped": outcome.dropped_mqtt > 0,
            "fewer were told than waited": outcome.arrived_mqtt < outcome.waited_mqtt,
            "readings are missing on MQTT, or came twice": bool(told.wrong(outcome.home)),
            "a contact closed without a chain": outcome.closings > 0,
            "the contact stayed closed after its credit": _is_late(outcome),
            "memory grew": outcome.growth_mb > FLAT_MB,
            "the broker was told a falling register": heard.fell(outcome.home),
            "the broker was told a value twice": heard.repeated(outcome.home),
            "the process ended": outcome.home in street.processes.ended(),
        }
        outcome.problems += [sentence for sentence, is_so in wrong.items() if is_so]


def _is_late(outcome: Outcome) -> bool:
    """An outage that ends before the credit does shows nothing."""
    return min(outcome.opened_after_h, outcome.hours) > outcome.opens_within_h


def _waited(row: Row, away: dict[str, Any]) -> bool:
    """Say of a row whether it is of the newest ones, as many as waited."""
    reached = int(away["calendar_s"]) // INTERVAL_S
    return reached - away["readings_waiting"] < row[0] <= reached


def _was_away(row: Row, before: dict[str, Any], away: dict[str, Any]) -> bool:
    return before["calendar_s"] <= row[0] * INTERVAL_S <= away["calendar_s"]


def _missing(rows: Sequence[Row]) -> int:
    return rows[-1][0] - rows[0][0] + 1 - len(rows)


def _status(street: Neighbours, home: str) -> dict[str, Any]:
    ends_s = time.monotonic() + DEADLINE_S
    while True:
        try:
            return street.status(home)
        except (NodeError, OSError):
            if time.monotonic() > ends_s:
                raise
            time.sleep(LOOK_S)


def campaign(hours: float) -> Iterator[Outcome]:
    """Play one outage on a street of its own."""
    with tempfile.TemporaryDirectory() as directory, neighbours(Path(directory), PACE) as street:
        yield from play(street, hours)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the campaign, and print its table."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.outage", description=__doc__)
    parser.add_argument("--hours", type=float, default=24.0, help="simulated hours (default 24)")
    outcomes = list(campaign(parser.parse_args(arguments).hours))
    print(HEADER)
    for outcome in outcomes:
        print(outcome.row())
    return 1 if any(outcome.problems for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
