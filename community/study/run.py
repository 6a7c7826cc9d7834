"""Run a study: from a scenario's file to a directory of results."""

import sys
import time
from pathlib import Path
from zoneinfo import ZoneInfo

from community.refusal import NotDone
from community.study.homes import known, multiplied, read_homes, scaled
from community.study.out import IntervalTable, comparison, plot, summary, written
from community.study.play import Bill, bill, play
from community.study.scenario import Scenario, load
from node.parameters.telling import text_of

_TOLD_EVERY_S = 1.0
_SECONDS_PER_DAY = 86_400


def run(path: Path, target: Path, homes: int | None, days: int | None) -> str:
    """Play a scenario, write its results into a directory, and give the comparison's table.

    `homes` and `days` play so many; None all that the table has.

    Raises:
        ConfigError: the scenario is wrong.
        NotDone: its data are, or the directory holds other files.
        OSError: the directory cannot be written.
    """
    scenario, text = load(path)
    data_text = text_of(path.parent / scenario.homes)
    try:
        data = read_homes(data_text, ZoneInfo(scenario.zone))
    except NotDone as error:
        raise NotDone(f"{scenario.homes}: {error}") from None
    known(data.homes, scenario.pv_scale, "pv_scale")
    those = [scaled(home, scenario.pv_scale.get(home.name, 1)) for home in data.homes]
    those = multiplied(those, homes or len(those), scenario.seed)
    last = (days * _SECONDS_PER_DAY // data.interval_s) if days else len(data.begins)
    _prepare(target)
    # What is compared is compared with nothing, whether its bills were asked for or not.
    scenario = _with_nothing(scenario)
    bills: dict[str, list[Bill]] = {rule: [Bill() for _ in those] for rule in scenario.rules}
    table = IntervalTable(target / "intervals.csv", those, scenario.rules)
    try:
        progress = _Progress(min(last, len(data.begins)))
        for number, interval in enumerate(play(scenario, data, those, progress)):
            if number == last:
                break
            table.add(interval)
            for outcome in interval.outcomes:
                bill(bills[outcome.rule], interval, outcome, scenario)
    finally:
        table.close()
    found = summary(scenario.name, text, data_text, those, bills)
    said = comparison(found)
    for name, content in (
        ("summary.json", written(found)),
        ("comparison.txt", said),
        ("saved.svg", plot(found)),
        ("scenario.yml", text),
    ):
        (target / name).write_text(content, encoding="utf-8")
    return said


def _with_nothing(scenario: Scenario) -> Scenario:
    if "nothing" in scenario.rules:
        return scenario
    return scenario.model_copy(update={"rules": ("nothing", *scenario.rules)})


def _prepare(target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    ours = {"intervals.csv", "summary.json", "comparison.txt", "saved.svg", "scenario.yml"}
    if others := sorted({path.name for path in target.iterdir()} - ours):
        raise NotDone(f"{target}: holds {others[0]}, which is no study's; give an empty directory")


class _Progress:
    """Say on a terminal how far the play is, and how long it will take."""

    def __init__(self, intervals: int) -> None:
        self._intervals = intervals
        self._began_s = self._told_s = time.monotonic()

    def __call__(self, number: int) -> None:
        now_s = time.monotonic()
        if not sys.stderr.isatty() or now_s - self._told_s < _TOLD_EVERY_S or number == 0:
            return
        self._told_s = now_s
        left_s = (now_s - self._began_s) * (self._intervals - number) / number
        part = number * 100 // self._intervals
        print(f"\r{part} %, {left_s:.0f} s left ", end="", file=sys.stderr, flush=True)
