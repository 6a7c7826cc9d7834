"""Fuzz one parser, or all: `python -m tests.fuzz TARGET --inputs N --seed S`.

Exit status 1 if anything crashed; each crash's place and shortest input are printed.
"""

import argparse
import sys

from tests.fuzz.campaign import HEADER, Outcome, Target, run
from tests.fuzz.targets import NAMES, target_of


def main() -> int:
    """Run the campaign that is asked for, and print its table."""
    options = _options()
    names = NAMES if options.target == "all" else (options.target,)
    outcomes = [_run(target_of(name), options) for name in names]
    print(HEADER)
    for outcome in outcomes:
        print(outcome.row())
    for outcome in outcomes:
        for place, data in outcome.crashes.items():
            print(f"{outcome.target}: {place}\n  {data!r}")
    return 1 if any(outcome.crashed for outcome in outcomes) else 0


def _run(target: Target, options: argparse.Namespace) -> Outcome:
    def tell(progress: str) -> None:
        print(progress, file=sys.stderr, flush=True)

    inputs = options.inputs or (target.soak if options.soak else target.sample)
    return run(target, inputs=inputs, seed=options.seed, tell=tell)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("target", choices=(*NAMES, "all"))
    parser.add_argument("--inputs", type=int, help="how many; default: the target's sample")
    parser.add_argument("--soak", action="store_true", help="as many as the full campaign takes")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
