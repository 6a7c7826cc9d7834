#!/usr/bin/env python3
"""Part requirements.lock in two: what a Pi runs, then what builds and tests.

    .venv/bin/python tools/lock.py           rewrite it so; needed after each `pip-compile`
    .venv/bin/python tools/lock.py --check   exit 1 where it is not so

The installer and the bundle take the first part alone. What belongs to it is asked of the packages
that are installed: everything that `dependencies` of pyproject.toml need, and what that needs.
"""

import argparse
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
PARTING = "# What follows builds and tests; a Pi runs without it.\n"


def needed(dependencies: Iterable[str]) -> Iterator[str]:
    """Give the names of these packages and of all that they need, on this machine."""
    waiting = [Requirement(text) for text in dependencies]
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        wanted = waiting.pop()
        key = (normal(wanted.name), frozenset(wanted.extras))
        if key in seen:
            continue
        seen.add(key)
        yield key[0]
        for text in metadata.requires(wanted.name) or []:
            further = Requirement(text)
            extras = ("", *wanted.extras)
            marker = further.marker
            if marker is None or any(marker.evaluate({"extra": extra}) for extra in extras):
                waiting.append(further)


def normal(name: str) -> str:
    """Write a package's name as the lock does."""
    return re.sub(r"[-_.]+", "-", name).lower()


def parted(text: str, run: set[str]) -> str:
    """Give the lock with what a Pi runs first, each part in its old order.

    Raises:
        ValueError: a package that a Pi runs is not in the lock.
    """
    head, *entries = re.split(r"^(?=[a-z])", text.replace(PARTING, ""), flags=re.MULTILINE)
    names = [normal(entry.partition("==")[0]) for entry in entries]
    missing = run - set(names)
    if missing:
        raise ValueError(f"not in {LOCK.name}: {', '.join(sorted(missing))}")
    first = [entry for name, entry in zip(names, entries, strict=True) if name in run]
    second = [entry for name, entry in zip(names, entries, strict=True) if name not in run]
    return "".join([head, *first, PARTING, *second])


def main() -> int:
    """Rewrite the lock, or check it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, only compare")
    options = parser.parse_args()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    text = LOCK.read_text(encoding="utf-8")
    fresh = parted(text, set(needed(project["dependencies"])))
    if not options.check:
        LOCK.write_text(fresh, encoding="utf-8")
    elif fresh != text:
        print(f"{LOCK.name} is not parted as pyproject.toml says: run tools/lock.py")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
