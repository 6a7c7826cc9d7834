"""Hand the words behind a program's name to that program: `peerwatt node status` and the like.

It reads the first word alone; every other one is the program's, which knows its own. Exit status:
the program's, or 2 where there is no such program.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from node.system.version import add_version


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """Name a program's package, which has a `command_line`, and say what it is for."""

    package: str
    sentence: str


PROGRAMS: Mapping[str, Program] = {
    "village": Program(package="village", sentence="play a whole street on this machine"),
    "node": Program(package="node", sentence="run a home or the utility, check it, ask it"),
    "relay": Program(
        package="relay_server", sentence="serve the relay board, check it, set it at rest"
    ),
    "page": Program(package="page", sentence="show on a web page what the programs here do"),
    "contracts": Program(
        package="contracts", sentence="deploy a community's contracts, mint, install its meters"
    ),
    "community": Program(
        package="community", sentence="share and bill a month by the members' meter data"
    ),
    "bench": Program(package="bench", sentence="measure one thing on this machine"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry one program's command out, and give its exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words and words[0] in PROGRAMS:
        # As with `python -m` in a checkout: the benches take what they play from its tests.
        sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
        command_line = import_module(f"{PROGRAMS[words[0]].package}.command_line")
        status: int = command_line.main(words[1:])
        return status
    parser = _parser()
    parser.parse_args(words[:1])
    if not words:
        parser.print_help()
        return 0
    known, word = ", ".join(PROGRAMS), words[0]
    parser.error(f"{word} is none of {known}; what a home is asked: peerwatt node {word}")


def _parser() -> argparse.ArgumentParser:
    names = "\n".join(f"  {name:<11}{program.sentence}" for name, program in PROGRAMS.items())
    examples = (
        "  peerwatt village                         a street of four homes for a day\n"
        "  peerwatt node status --parameters FILE   what a home is doing, and why\n"
        "  peerwatt relay check --parameters FILE   whether a relay's file is right"
    )
    besides = (
        "python -m node, python -m relay_server and so on are the same programs. On a Pi\n"
        "with install.sh, `sudo peerwatt` takes the same words and knows file and user\n"
        "by itself; there `sudo peerwatt status` does, and `check` is of all its roles."
    )
    parser = argparse.ArgumentParser(
        prog="peerwatt",
        usage="peerwatt PROGRAM [WORDS]\n       peerwatt PROGRAM --help",
        description="Share solar and battery energy between neighbours.",
        epilog=f"programs:\n{names}\n\nfor example:\n{examples}\n\n{besides}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("program", nargs="?", help=argparse.SUPPRESS)
    add_version(parser)
    return parser
