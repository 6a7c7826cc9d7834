"""Fuzz one parser, several, or all:

    python -m tests.fuzz TARGET|readers|sockets|all [--count N] [--seed S] [--append FILE]

`--append` keeps what comes of each `SITTING` inputs in a file, a line of JSON each, and goes on
where that ends: by seeds that the file has not, until a target has `--count` inputs there; its
table is of all that the file has. Exit status 1 if anything crashed; each crash's place and
shortest input are printed.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.fuzz.campaign import HEADER, Outcome, Target, added, run
from tests.fuzz.targets import NAMES, READERS, SOCKETS, target_of

SITTING = 50_000
_GROUPS = {"all": NAMES, "readers": READERS, "sockets": SOCKETS}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the campaign that is asked for, and print its table."""
    options = _options(arguments)
    names = _GROUPS.get(options.target, (options.target,))
    outcomes = [_run(target_of(name), options) for name in names]
    print(HEADER)
    for outcome in (*outcomes, added("all", outcomes)):
        print(outcome.row())
    for outcome in outcomes:
        for place, data in outcome.crashes.items():
            print(f"{outcome.target}: {place}\n  {data!r}")
    return 1 if any(outcome.crashed for outcome in outcomes) else 0


def _run(target: Target, options: argparse.Namespace) -> Outcome:
    def tell(progress: str) -> None:
        print(progress, file=sys.stderr, flush=True)

    inputs = options.count or (target.soak if options.soak else target.sample)
    if options.append is None:
        return run(target, inputs=inputs, seed=options.seed, tell=tell)
    sittings = [found for found in kept(options.append) if found.target == target.name]
    while (left := inputs - sum(found.inputs for found in sittings)) > 0:
        seed = max([options.seed, *(found.seed + 1 for found in sittings)])
        found = run(target, inputs=min(left, SITTING), seed=seed, tell=tell)
        with options.append.open("a", encoding="utf-8") as rows:
            rows.write(json.dumps(found.plain()) + "\n")
        sittings.append(found)
    return added(target.name, sittings)


def kept(file: Path) -> list[Outcome]:
    """Give what a file has, sitting by sitting."""
    if not file.exists():
        return []
    return [Outcome.of(json.loads(row)) for row in file.read_text(encoding="utf-8").splitlines()]


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("target", choices=(*NAMES, *_GROUPS))
    parser.add_argument("--count", type=int, help="how many inputs; default: the target's sample")
    parser.add_argument("--soak", action="store_true", help="as many as the full campaign takes")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--append", type=Path, help="keep each sitting in this file, and go on")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
