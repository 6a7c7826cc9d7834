"""A street whose homes trade by themselves in the interval auction: `python -m village --market`.

A forenoon of four homes; `PEERWATT_SOAK` plays the whole day of twelve.
"""

import csv
import json
import os
import subprocess
import sys

import pytest

IS_SOAK = "PEERWATT_SOAK" in os.environ
HOMES, HOURS = (12, 24) if IS_SOAK else (4, 3)
OPTIONS = ["--homes", f"{HOMES}", "--hours", f"{HOURS}"]
AT = [] if IS_SOAK else ["--hour", "10"]
WITHIN_S = 3600 if IS_SOAK else 1700

pytestmark = pytest.mark.timeout(WITHIN_S + 60)


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    return tmp_path_factory.mktemp("market")


@pytest.fixture(scope="module")
def day(directory):
    result, billed = directory / "result.json", directory / "billed"
    billed.mkdir()
    command = [
        sys.executable, "-m", "tests.parts.billed_market", str(billed), "--market", "--plain",
        "--directory", str(directory / "street"), "--json", str(result), *OPTIONS, *AT,
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=WITHIN_S, check=False)
    printed = done.stdout + done.stderr
    assert result.exists(), printed[-6000:]
    return done.returncode, printed[-8000:], json.loads(result.read_text())


@pytest.fixture(scope="module")
def billed(day, directory):
    """What the community's program wrote of that day, and what the sheet says of it."""
    (entries,) = directory.glob("billed/statements/*/entries.csv")
    sheet = json.loads((directory / "billed" / "sheet.json").read_text())
    with entries.open(newline="") as file:
        return sheet, list(csv.DictReader(file, delimiter=";"))


def test_every_interval_is_cleared_and_paired_before_its_delivery(day):
    status, printed, result = day

    assert (status, result["problems"]) == (0, []), printed
    assert result["intervals"] == result["with_orders"] == result["on_time"] == HOURS


def test_homes_trade_and_pay_no_more_than_without_the_market(day):
    _, printed, result = day

    assert result["traded_milliwh"] > 0, printed
    assert sorted(result["bills"]) == sorted(f"home{n}" for n in range(1, HOMES + 1))
    assert result["homes_with"] > result["homes_without"], printed


def test_all_bills_add_up_to_the_unit(day):
    _, printed, result = day

    assert sum(bill["with"] for bill in result["bills"].values()) == result["homes_with"]
    assert sum(bill["without"] for bill in result["bills"].values()) == result["homes_without"]
    assert -result["homes_with"] == result["utility_with"] + result["dust"], printed
    assert result["money_closes"]
    assert result["energy_closes"]


def test_nobody_sits_in_the_dark_and_contacts_follow_their_pairings(day):
    _, printed, result = day

    assert (result["dark_s"], result["parallel_sources"]) == (0, 0)
    assert result["followed"] == result["parts"], printed


def test_the_communitys_statements_are_the_sheets_bills_to_the_unit(day, billed):
    _, printed, _ = day
    sheet, entries = billed
    of_the_day = {f"auction, interval {interval}" for interval in sheet["intervals"]}
    found = {home: {"trade": 0, "grid": 0} for home in sheet["bills"]}
    for entry in entries:
        if entry["what"] in of_the_day:
            for part in ("trade", "grid"):
                found[entry["member"]][part] += int(entry[f"{part}_tokens"].replace(".", ""))

    assert sheet["status"] == 0, printed
    assert any(bill["trade"] for bill in sheet["bills"].values())
    assert found == sheet["bills"]
