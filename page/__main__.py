"""`python -m page`: see `command_line`, which is loaded where Ctrl-C is a word already."""

import sys

from node.system.terminal import run


def main() -> int:
    """Load the command line, which takes a second on a small machine, and carry it out."""
    from page import command_line

    return command_line.main()


if __name__ == "__main__":
    sys.exit(run(main))
