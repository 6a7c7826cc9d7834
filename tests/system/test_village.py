"""The whole street as a person runs it: `python -m village`."""

import json
import subprocess
import sys

import pytest

from node.state.recorder import replay


def play(directory, *options):
    """Run a village to its end; give its exit status, what it printed, and its result."""
    result = directory / "result.json"
    command = [
        sys.executable, "-m", "village", "--plain",
        "--directory", str(directory / "a street"), "--json", str(result), *options,
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=1700, check=False)
    printed = done.stdout + done.stderr
    assert result.exists(), printed
    return done.returncode, printed, json.loads(result.read_text())


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    directory = tmp_path_factory.mktemp("village")
    return directory, *play(directory)


def test_a_whole_day_closes_every_book_and_nobody_sits_in_the_dark(day):
    _, status, printed, result = day

    assert status == 0, printed[-6000:]
    assert result["energy_closes"]
    assert result["money_closes"]
    assert result["dark_s"] == 0
    assert result["parallel_sources"] == 0
    assert max(result["differences"].values()) <= 0.01


def test_the_days_log_tells_one_purchase_from_its_cause_to_its_end(day):
    _, _, printed, _ = day

    # Home, chain and relay are told by threads of their own, so each has its own order.
    for told in (
        [
            "home1 purchasing: SoC 19.",
            "contact closed: home1 is fed by",
            "first receipt of home1 for order 1",
            "home1 own source: ",
        ],
        [
            "home1 purchasing: SoC 19.",
            "contact closed: home1 is fed by",
            "contact open: home1 is off",
        ],
        [
            "home1 purchasing: SoC 19.",
            "order 1 of home1 from home3: 2.",
            "order 1 of home1 from home3: closed",
        ],
    ):
        # The home is on its own source at the start, too: its story begins with the purchase.
        begins = printed.find(told[0])
        places = [printed.find(sentence, begins) for sentence in told]
        assert -1 not in places, told[places.index(-1)]
        assert places == sorted(places), told


def test_every_homes_day_replays_to_the_same_commands(day):
    directory, _, printed, _ = day
    records = sorted((directory / "a street").glob("home*/state/records/*-asked.jsonl.gz"))

    differences = {path.parts[-4]: list(replay(path)) for path in records}

    assert sorted(differences) == ["home1", "home2", "home3", "home4"], printed[-3000:]
    for home, found in differences.items():
        assert len(found) > 500, f"{home}: the record holds a whole day"
        assert not any(found), f"{home}: {next(filter(None, found))}"


def test_with_the_coils_cut_somebody_sits_in_the_dark(tmp_path):
    status, printed, result = play(tmp_path, "--hours", "7", "--cut-coils")

    assert status == 1, printed[-3000:]
    assert result["dark_s"] > 0
    assert result["energy_closes"]
    assert result["money_closes"]
