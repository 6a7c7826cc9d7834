#!/usr/bin/env python3
"""Measure how much of src/ the unit tests run, and fail when it is not enough.

    tools/coverage.py    print lines and branches of each file; exit 1 below 95 % of either

The gas bars are left out, because coverage is measured without the optimizer, and the random walks
too, because what they reach must not depend on a seed. Needs `npm ci` once, and no network.
"""

import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FORGE = ROOT / "tools" / "forge"
LEAST_PERCENT = 95
LEFT_OUT = "test/{Gas.t.sol,AuctionGas.t.sol,invariant/*}"

# In an lcov record: lines hit and found, branches hit and found.
COUNTS = ("LH", "LF", "BRH", "BRF")


def main() -> int:
    """Print the table; return the exit code."""
    try:
        files = parse(measure())
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"coverage: the tests did not run: {error}", file=sys.stderr)
        return 1
    if not files:
        print("coverage: no file of src/ was measured", file=sys.stderr)
        return 1
    total = sum(files.values(), Counter())
    for name, counts in sorted(files.items()):
        print(f"{name:34}{row(counts)}")
    print(f"{'all of src/':34}{row(total)}")
    if min(percent(total, "L"), percent(total, "BR")) < LEAST_PERCENT:
        print(f"coverage: below {LEAST_PERCENT} %", file=sys.stderr)
        return 1
    return 0


def measure() -> str:
    """Run the unit tests under coverage; return the lcov text."""
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch, "lcov.info")
        options = ["--report", "lcov", "--report-file", str(report), "--no-match-path", LEFT_OUT]
        command = [str(FORGE), "coverage", *options]
        run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if run.returncode:
            print(run.stdout + run.stderr, file=sys.stderr)
        run.check_returncode()
        return report.read_text(encoding="utf-8")


def parse(lcov: str) -> dict[str, Counter[str]]:
    """Return the counts of each file of src/."""
    files: dict[str, Counter[str]] = {}
    name = ""
    for line in lcov.splitlines():
        key, _, value = line.partition(":")
        if key == "SF":
            name = value
        elif key in COUNTS and name.startswith("src/"):
            files.setdefault(name, Counter())[key] += int(value)
    return files


def percent(counts: Counter[str], kind: str) -> float:
    """Return the share that was run, in per cent; a file without branches has run all of them."""
    found = counts[f"{kind}F"]
    return 100 * counts[f"{kind}H"] / found if found else 100.0


def row(counts: Counter[str]) -> str:
    """Return one line of the table."""
    lines = f"{percent(counts, 'L'):6.1f} % of {counts['LF']:4} lines"
    return f"{lines}{percent(counts, 'BR'):9.1f} % of {counts['BRF']:4} branches"


if __name__ == "__main__":
    sys.exit(main())
