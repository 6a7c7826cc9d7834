#!/usr/bin/env python3
"""Count in how many files one living example of each kind of thing is named.

    .venv/bin/python tools/places.py [--verbose]

To add another of a kind touches about as many places. What counts is what a Pi, the relay host and
the operator run, with the example of the parameters file; so neither tests, documents, lists of
packages and built artifacts, nor what plays, measures and draws it (`village`, `bench`, `tools`).
"""

import argparse
import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUN = ("node/", "relay_server/", "peerwatt/", "contracts/", "install/", "systemd/")
LOOSE = ("install.sh", "parameters.example.yml")
NOT_RUN = ("contracts/test/", "contracts/abi/", "contracts/lib/", "contracts/tools/")
TEXT = (".py", ".sol", ".sh", ".yml", ".service", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Hold a kind of thing, the words that one example of it is named by, and what is aimed at."""

    kind: str
    example: str
    words: tuple[str, ...]
    goal: int


KINDS = (
    Kind(kind="a sensor", example="ina219", words=(r"(?<![\w-])ina219(?![\w-])",), goal=4),
    Kind(kind="an intent", example="Redeem", words=(r"\bRedeem\b",), goal=2),
    Kind(
        kind="an MQTT value",
        example="neighbours_price_per_kwh",
        words=(r"\bneighbours_price(_per_kwh)?\b",),
        goal=2,
    ),
    Kind(kind="a key", example="min_dwell_s", words=(r"\bmin_dwell_s\b",), goal=4),
    Kind(
        kind="a contract",
        example="EnergySale",
        words=(
            r"\bI?EnergySale\b",
            r"\b(OpenOrder|PostOffer|Redeem|CloseOrder|RefundOrder)\b",
            r"\bcontracts\.sale\b",
        ),
        goal=8,
    ),
)


def files() -> Iterator[Path]:
    """Give the files that count, of those that the project keeps."""
    kept = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    for name in kept:
        runs = name in LOOSE or (name.startswith(RUN) and not name.startswith(NOT_RUN))
        if runs and Path(name).suffix in TEXT:
            yield Path(name)


def named(kind: Kind) -> list[Path]:
    """Give the files that name the example, by their own name too."""
    known = re.compile("|".join(kind.words))
    text = {path: (ROOT / path).read_text(encoding="utf-8") for path in files()}
    own = kind.example.lower()
    return [path for path in text if path.stem.lower() == own or known.search(text[path])]


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a line for each kind, and with `--verbose` its files."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--verbose", action="store_true", help="name the files, too")
    verbose = parser.parse_args(arguments).verbose
    for kind in KINDS:
        found = named(kind)
        print(f"{kind.kind:<14} {kind.example:<24} {len(found):>3} files (goal {kind.goal})")
        for path in found if verbose else ():
            print(f"    {path}")


if __name__ == "__main__":
    main()
