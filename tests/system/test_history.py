"""A home's history as it is kept: real neighbours trade, one is killed, and everything adds up."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from node.core.errors import Refused
from node.core.units import proceeds_down
from node.links.status import ask
from tests.parts.neighbours import BUYER, SELLER, Neighbours, Pace, neighbours

PACE = Pace(speed=60.0, block_s=0.25, interval_s=60, waits=True)
LOW_PCT, WELL_PCT = 10.0, 90.0


@pytest.fixture
def street(tmp_path: Path):
    with neighbours(tmp_path, PACE) as street:
        for home in (BUYER, SELLER):
            street.start(home)
        street.until(lambda: street.mode(SELLER, "delivery") == "offering", "the seller offers", 90)
        yield street


def state_of(street: Neighbours, home: str) -> Path:
    return street.places.home(home) / "state"


def rows(street: Neighbours, home: str, what: str) -> list[dict[str, Any]]:
    request = {"do": "history", "what": what, "from": 0, "to": 2**40}
    answer = ask(state_of(street, home), request, 30.0)
    assert isinstance(answer, dict) and answer["more"] is False
    found = answer["rows"]
    assert isinstance(found, list)
    return found


def rows_more_than(street: Neighbours, home: str, count: int) -> bool:
    """Say whether a home that may not have started yet tells more intervals."""
    try:
        return len(rows(street, home, "intervals")) > count
    except Refused:
        return False


def exported(street: Neighbours, home: str, what: str) -> list[dict[str, Any]]:
    """Export as a person does: of the running node, or of the file where none runs."""
    words = ["export", "--what", what, "--format", "json", "--parameters"]
    done = subprocess.run(
        [sys.executable, "-m", "node", *words, str(street.parameters(home))],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    found = json.loads(done.stdout)
    assert isinstance(found, list)
    return found


def ensure_adds_up(found: list[dict[str, Any]]) -> None:
    """Sum the energies of each meter between its first and its last row, oldest first."""
    for meter in ("load", "connection"):
        for moved, register in (("imported", "import"), ("exported", "export")):
            read = [row for row in found if row[f"{meter}_{register}_milliwh"] is not None]
            first = read[0][f"{meter}_{register}_milliwh"] - read[0][f"{meter}_{moved}_milliwh"]
            total = sum(row[f"{meter}_{moved}_milliwh"] for row in read)
            assert first + total == read[-1][f"{meter}_{register}_milliwh"]


def test_export_adds_up_to_the_meters_and_the_chain_and_a_kill_loses_no_energy(
    street: Neighbours,
) -> None:
    before = {home: street.status(home)["tokens"] for home in (BUYER, SELLER)}
    street.world.soc_pct[BUYER] = LOW_PCT
    for home in (BUYER, SELLER):
        street.until(lambda home=home: rows(street, home, "trades"), f"{home}'s trade ends", 240)
    street.world.soc_pct[BUYER] = WELL_PCT
    street.until(lambda: not street.status(BUYER)["supply"]["closed"], "back on its own", 90)
    street.until(lambda: len(rows(street, BUYER, "intervals")) >= 2, "two quarter hours", 240)

    (bought,), (sold,) = rows(street, BUYER, "trades")[-1:], rows(street, SELLER, "trades")[-1:]
    assert (bought["side"], sold["side"], bought["number"], sold["number"]) == (
        "bought", "sold", 1, 1,
    )  # fmt: skip
    assert bought["drawn_milliwh"] == sold["drawn_milliwh"] == bought["energy_milliwh"]
    assert bought["paid"] == sold["earned"]
    assert bought["paid"] == proceeds_down(bought["drawn_milliwh"], bought["price_per_kwh"])
    # What the chain has moved, to the unit: all that was sold is paid, or in escrow still.
    earned = sum(row["earned"] for row in rows(street, SELLER, "trades"))
    assert street.status(SELLER)["tokens"] - before[SELLER] == earned
    assert [watts for _, watts in bought["curve_w"]].count(10.0) > 10
    modes = [row["state"] for row in rows(street, BUYER, "events") if row["part"] == "supply"]
    assert modes[0] == "own_source"
    assert {"purchasing", "on_seller"} <= set(modes)
    ensure_adds_up(exported(street, BUYER, "intervals"))

    os.kill(street.processes.pid_of(BUYER), signal.SIGKILL)
    street.processes.stop(BUYER)
    street.run(BUYER, "node", "run", "--parameters", str(street.parameters(BUYER)))
    street.until(lambda: rows_more_than(street, BUYER, 0), "a row after the kill", 240)
    kept = rows(street, BUYER, "intervals")
    street.processes.stop(BUYER)
    at_rest = exported(street, BUYER, "intervals")
    ensure_adds_up(at_rest)
    assert [row["at_s"] for row in at_rest[: len(kept)]] == [row["at_s"] for row in kept[::-1]]
    assert (state_of(street, BUYER) / "history.sqlite").stat().st_mode & 0o077 == 0
    events = exported(street, BUYER, "events")
    assert [row["state"] for row in events if row["part"] == "node"] == ["started", "stopped"]
