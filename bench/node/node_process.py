"""Run a node as `python -m node run` does, and write down how late each of its ticks was.

Usage: python -m bench.node.node_process PARAMETERS TICKS. Each line of TICKS is a monotonic instant
and a lateness, both in seconds; the monotonic clock is the same in every process of a machine.
"""

import logging
import sys
import time
from pathlib import Path

from node.home.app import run_home
from node.parameters import load


def main() -> None:
    """Run until told to stop."""
    parameters, ticks = Path(sys.argv[1]), Path(sys.argv[2])
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    with ticks.open("a", encoding="ascii", buffering=1) as file:
        run_home(
            load(parameters),
            lambda late_s: print(f"{time.monotonic():.6f} {late_s:.6f}", file=file),
        )


if __name__ == "__main__":
    main()
