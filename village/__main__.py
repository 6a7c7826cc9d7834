"""`python -m village`: see `command_line`, which is loaded where Ctrl-C is a word already."""

import sys

from node.system.terminal import run


def main() -> int:
    """Load the command line, which takes seconds on a small machine, and carry it out."""
    if sys.argv[1:2] == ["chips"]:
        from village import one_home

        return one_home.main(sys.argv[2:])
    from village import command_line

    return command_line.main()


if __name__ == "__main__":
    sys.exit(run(main))
