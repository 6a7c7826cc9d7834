"""Play days of random dates, on a quiet machine or a busy one: `python -m tests.faults.days`.

Each day is a village of its own, at full speed. It is well if it is sound, or dark with the weather
as the reason; if plant and meter agree; and if nothing was late in the village's own time. With
`--append FILE` each day is a line of it, and days that stand there are not played again.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

FIRST_DAY, DAYS = date(2016, 8, 1), 360
"""Of the year that the data have."""
WITHIN_S = 1800
"""Real seconds for a day; on a quiet machine it takes two minutes and a half."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Play the days that are missing; exit status 1 if one of all is not well."""
    options = _parser().parse_args(arguments)
    days = [str(day) for day in days_of(options.seed, options.count)]
    done = _done(options.append)
    with busy(options.busy):
        for day in days:
            if (day, options.busy) not in done:
                done[day, options.busy] = result = play(day, options.hours, options.busy)
                _keep(options.append, result)
                print(row(result), flush=True)
    results = [done[day, options.busy] for day in days]
    wrong = [result for result in results if not is_well(result)]
    print(f"{len(results)} days, {len(wrong)} not well; busy processes beside: {options.busy}")
    return 1 if wrong else 0


def days_of(seed: int, count: int) -> list[date]:
    """Draw so many dates; a longer draw of the same seed begins with the shorter one."""
    drawn = random.Random(seed)
    return [FIRST_DAY + timedelta(days=drawn.randrange(DAYS)) for _ in range(count)]


def play(day: str, hours: int, beside: int) -> dict[str, Any]:
    """Play one day; give its result, with what it printed last if it was not well."""
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "result.json"
        done = subprocess.run(
            [
                sys.executable, "-m", "village", "--plain", "--no-page",
                "--from", day, "--hours", str(hours),
                "--directory", f"{scratch}/street", "--json", str(path),
            ],
            capture_output=True, text=True, timeout=WITHIN_S, check=False,
        )  # fmt: skip
        result = json.loads(path.read_text()) if path.exists() else {}
    printed = {} if done.returncode == 0 else {"printed": (done.stdout + done.stderr)[-3000:]}
    return {"day": day, "busy": beside, "status": done.returncode, **result, **printed}


def is_well(result: Mapping[str, Any]) -> bool:
    """Judge one day."""
    if "time" not in result:
        return False
    late = sum(result["time"]["late"].values())
    return bool((result["sound"] or result["weather"]) and not late)


def row(result: Mapping[str, Any]) -> str:
    """Write one day for people."""
    if "time" not in result:
        return f"{result['day']}  status {result['status']}, no result\n{result.get('printed', '')}"
    time, word = result["time"], "sound" if result["sound"] else "NOT sound"
    reason = " (the weather)" if result["weather"] else ""
    worst = max(result["differences"].values(), default=0.0)
    return (
        f"{result['day']}  {word}{reason}; speed {time['speed']:.0f},"
        f" {time['blocks_per_hour']:.1f} blocks an hour, meters {worst:.2%} off at most,"
        f" late {sum(time['late'].values())}, {result['orders']} orders"
    )


@contextmanager
def busy(processes: int) -> Iterator[None]:
    """Keep the machine busy with so many processes that never wait."""
    endless = [sys.executable, "-c", "while True: pass"]
    running = [subprocess.Popen(endless) for _ in range(processes)]
    try:
        yield
    finally:
        for one in running:
            one.kill()
            one.wait()


def _done(path: Path | None) -> dict[tuple[str, int], dict[str, Any]]:
    if path is None or not path.exists():
        return {}
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    return {(line["day"], line["busy"]): line for line in lines}


def _keep(path: Path | None, result: Mapping[str, Any]) -> None:
    if path is not None:
        with path.open("a") as file:
            file.write(json.dumps(result) + "\n")
            file.flush()
            os.fsync(file.fileno())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.days", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="of the dates (default 1)")
    parser.add_argument("--count", type=int, default=10, help="so many days (default 10)")
    parser.add_argument("--hours", type=int, default=24, help="of each day (default 24)")
    parser.add_argument(
        "--busy", type=int, default=0, metavar="N", help="busy processes beside (default none)"
    )
    parser.add_argument(
        "--append",
        type=Path,
        metavar="FILE",
        help="keep each day there, and go on where it stopped",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
