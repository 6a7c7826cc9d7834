"""Measure what a home's page costs while many look: its own process, and the node that it asks.

Every parameter has its default, so each open page has a new picture every two seconds, as a browser
does: it loads the page once, and holds one connection open for what is live. Looks and rests take
turns, so that what a node takes by itself, and how it grows after its start, is not taken for the
page's doing.
"""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from statistics import mean

import psutil

from bench.node.looking import Browser
from bench.node.street import BUYER, HIGH_PCT, BenchSettings, BenchStreet, until
from bench.report import Row, row
from village.tcp import free_port, wait_for_port

PAGES, QUICK_PAGES = 50, 8
TURNS, QUICK_TURNS = 4, 1
TURN_S, QUICK_TURN_S = 60.0, 6.0
SETTLE_S, QUICK_SETTLE_S = 60.0, 2.0
"""After the first pictures: what a start takes, not a look."""
REST_S = 35.0
"""After the last look: for half a minute the page still asks the home for a next one."""
LOAD_A = 0.5

BARS = {
    ("page", "resident"): 50.0,
    ("page", "cpu"): 2.0,
    ("node", "resident"): 1.0,
    ("node", "cpu"): 0.2,
}

_PASSWORD = "a password for the bench"
_DEADLINE_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Usage:
    """Hold what a process had at the end of a turn (megabytes), and took in it (% of a core)."""

    resident_mb: float
    cpu_pct: float


_Usages = Mapping[str, _Usage]
"""By case."""
_METRICS: tuple[tuple[str, str, Callable[[_Usage], float]], ...] = (
    ("resident", "MB", lambda usage: usage.resident_mb),
    ("cpu", "% of a core", lambda usage: usage.cpu_pct),
)


def rows(quick: bool) -> Iterator[Row]:
    """Let 50 pages be open on a home for a minute, four times, and none in between."""
    if quick:
        yield from rows_over(QUICK_PAGES, QUICK_TURNS, QUICK_TURN_S, QUICK_SETTLE_S)
    else:
        yield from rows_over(PAGES, TURNS, TURN_S, SETTLE_S)


def rows_over(pages: int, turns: int, turn_s: float, settle_s: float) -> Iterator[Row]:
    """Let so many pages be open in each of some turns, and none in the turns between."""
    with BenchStreet(BenchSettings(buyer={}, seller={})) as street:
        street.buyer.soc_pct = HIGH_PCT
        street.draw(LOAD_A)
        street.start_quiet_home(BUYER)
        until(lambda: street.buyer.reads, "samples", _DEADLINE_S)
        browser = _serve(street)
        processes = {
            case: psutil.Process(street.processes.pid_of(name))
            for case, name in (("page", "page"), ("node", BUYER))
        }
        browser.look_at(1, settle_s)
        rests: list[_Usages] = []
        looks: list[_Usages] = []
        for _ in range(turns):
            time.sleep(REST_S)
            rests.append(_over(processes, partial(time.sleep, turn_s)))
            looks.append(_over(processes, partial(browser.look_at, pages, turn_s)))
        pictures = browser.pictures
    yield row("page", "open", pages, "pictures a minute", pictures / turns / turn_s * 60, "1")
    for metric, unit, of in _METRICS:
        yield row("page", "page", turns, metric, mean(of(look["page"]) for look in looks), unit)
    for metric, unit, of in _METRICS:
        pairs = zip(looks, rests, strict=True)
        more = mean(of(look["node"]) - of(rest["node"]) for look, rest in pairs)
        yield row("page", "node", turns, metric, more, unit)


def _over(processes: Mapping[str, psutil.Process], pass_time: Callable[[], object]) -> _Usages:
    """Let time pass, and see what each process took in it."""
    before = {case: _cpu_s(process) for case, process in processes.items()}
    began_s = time.monotonic()
    pass_time()
    span_s = time.monotonic() - began_s
    return {
        case: _Usage(
            resident_mb=process.memory_info().rss / 1e6,
            cpu_pct=100 * (_cpu_s(process) - before[case]) / span_s,
        )
        for case, process in processes.items()
    }


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _serve(street: BenchStreet) -> Browser:
    """Run the page, with a password, and log in."""
    directory = street.state_of(BUYER).parent / "page"
    directory.mkdir()
    port = free_port()
    parameters = directory / "page.yml"
    parameters.write_text(
        f"state_directory: {directory}\nprograms: {{{BUYER}: {street.state_of(BUYER)}}}\n"
        f"listen: 127.0.0.1\nport: {port}\n",
        encoding="utf-8",
    )
    program, named = [sys.executable, "-m", "page"], ["--parameters", str(parameters)]
    setting = [*program, "password", *named]
    subprocess.run(setting, input=_PASSWORD, text=True, check=True, stdout=subprocess.DEVNULL)
    street.processes.start("page", [*program, "run", *named])
    wait_for_port(port, _DEADLINE_S)
    browser = Browser(port, f"/{BUYER}/")
    browser.log_in(_PASSWORD)
    return browser
