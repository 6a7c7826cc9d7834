"""Run a node as `python -m node run` does, its log thrown away: a Pi's goes to the journal daemon.

Usage: python -m bench.node.quiet_process PARAMETERS. What the process writes is then the home's
own.
"""

import sys
from pathlib import Path

from node.home.app import run_home
from node.parameters import load


def main() -> None:
    """Run until told to stop."""
    run_home(load(Path(sys.argv[1])), lambda _late_s: None)


if __name__ == "__main__":
    main()
