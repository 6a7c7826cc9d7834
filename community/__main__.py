"""`python -m community`: see `command_line`, which is loaded where Ctrl-C is a word already."""

import sys

from node.system.terminal import run


def main() -> int:
    """Load the command line, and carry it out."""
    from community import command_line

    return command_line.main()


if __name__ == "__main__":
    sys.exit(run(main))
