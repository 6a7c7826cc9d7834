"""What an older version keeps on disk, for the versions to come to open: made by itself.

`python -m tests.kept.make CHECKOUT` plays a street of the market in a checkout of that version,
which needs a `.venv` of its own, and puts what it kept into `tests/kept/VERSION`: of a seller, a
buyer and the utility the parameters file and the journal with its log, as a cut of the power leaves
them; of the homes the flight record, of the buyer and the utility the backup. Only words of the
command line are used that every version has.
"""

import argparse
import gzip
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

KEPT = Path(__file__).parent
STREET = Path("/tmp/peerwatt-kept")
"""The parameters name it, so it is the same wherever this runs."""
PASSPHRASE = "a street that was kept"
HOMES = 3
SELLER, BUYER, UTILITY, RELAY = "home1", "home3", "utility", "board"
PURCHASE, CLEARED = f"first receipt of {BUYER}", "cleared in block"
INTERVALS = 3
"""So many are cleared after the first receipt, before the power is cut."""
WITHIN_S = 900.0


def main() -> int:
    """Play it, and keep what it kept."""
    parser = argparse.ArgumentParser(prog="python -m tests.kept.make", description=__doc__)
    parser.add_argument("checkout", type=Path, metavar="CHECKOUT")
    checkout = parser.parse_args().checkout.resolve()
    commit = ["git", "rev-parse", "--short=7", "HEAD"]
    version = subprocess.check_output(commit, cwd=checkout, text=True).strip()
    shutil.rmtree(STREET, ignore_errors=True)
    played = [
        ".venv/bin/python", "-m", "village", "--market", "--plain", "--no-page",
        "--homes", str(HOMES),
        "--hours", "24", "--hour", "10", "--directory", str(STREET),
    ]  # fmt: skip
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        played, cwd=checkout, stdout=subprocess.PIPE, text=True, env=environment
    ) as village:
        assert village.stdout is not None
        try:
            _wait(village.stdout)
            for home in (SELLER, BUYER):
                _ask(checkout, home, "record")
            _back_up(checkout, BUYER, "node")
        finally:
            # All at once, as a cut of the power: its processes end with it.
            village.send_signal(signal.SIGKILL)
    for name in (SELLER, BUYER, UTILITY, RELAY):
        _keep(KEPT / version, name)
    # Not every version backs up a utility that runs.
    _back_up(checkout, UTILITY, UTILITY)
    for name in (BUYER, UTILITY):
        shutil.copyfile(STREET / name / "backup", KEPT / version / name / "backup")
    return 0


def _wait(lines: Iterator[str]) -> None:
    latest_s, cleared = time.monotonic() + WITHIN_S, None
    for line in lines:
        sys.stdout.write(line)
        if PURCHASE in line:
            cleared = 0
        elif cleared is not None and CLEARED in line:
            cleared += 1
            if cleared == INTERVALS:
                return
        if time.monotonic() > latest_s:
            break
    raise TimeoutError(f"no purchase and {INTERVALS} intervals within {WITHIN_S:.0f} s")


def _back_up(checkout: Path, name: str, role: str) -> None:
    passphrase_file = STREET / "passphrase"
    passphrase_file.write_text(PASSPHRASE + "\n")
    sealed = ["--passphrase-file", str(passphrase_file), "--role", role]
    _ask(checkout, name, "backup", *sealed, str(STREET / name / "backup"))


def _ask(checkout: Path, name: str, word: str, *words: str) -> None:
    of = ["--parameters", str(STREET / name / "parameters.yml")]
    command = [".venv/bin/python", "-m", "node", word, *of, *words]
    subprocess.run(command, cwd=checkout, check=True)


def _keep(folder: Path, name: str) -> None:
    made, kept = STREET / name, folder / name
    kept.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(made / "parameters.yml", kept / "parameters.yml")
    for journal in (made / "state").glob("journal.sqlite*"):
        if journal.suffix in (".sqlite", ".sqlite-wal"):
            packed = gzip.compress(journal.read_bytes(), mtime=0)
            (kept / f"{journal.name}.gz").write_bytes(packed)
    for flight in (made / "state").glob("records/*-asked.jsonl.gz"):
        shutil.copyfile(flight, kept / "flight.jsonl.gz")


if __name__ == "__main__":
    sys.exit(main())
