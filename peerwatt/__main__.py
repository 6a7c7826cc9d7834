"""`peerwatt PROGRAM`: see `command_line`, which is loaded where Ctrl-C is a word already."""

import sys

from node.system.terminal import run


def main() -> int:
    """Load the command line, and carry it out."""
    from peerwatt import command_line

    return command_line.main()


def start() -> int:
    """Carry the command `peerwatt` out, and give its exit status."""
    return run(main)


if __name__ == "__main__":
    sys.exit(start())
