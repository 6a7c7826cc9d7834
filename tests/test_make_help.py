"""`make help` tells every target in one line, with about how long it takes."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WIDEST = 110


def test_it_tells_every_target_with_what_it_does_and_how_long_it_takes():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z-]+):", makefile, re.MULTILINE)
    (phony,) = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)

    told = subprocess.run(
        ["make", "-s", "help"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    ).stdout.splitlines()

    rows = [re.fullmatch(r"  ([a-z-]+) +(\S.*?)  +(\S.*)", line) for line in told[1:]]
    assert [row and row[1] for row in rows] == targets
    assert sorted(targets) == sorted(phony.split())
    assert max(map(len, told)) <= WIDEST
