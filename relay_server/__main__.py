"""`python -m relay_server`: see `command_line`, which is loaded where Ctrl-C is a word already."""

import sys

from node.system.terminal import run


def main() -> int:
    """Load the command line, which takes seconds on a small machine, and carry it out."""
    from relay_server import command_line

    return command_line.main()


if __name__ == "__main__":
    sys.exit(run(main))
