"""Tell which version this is, for every program's `--version`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from node.system.words import is_installed


def version() -> str:
    """Give the version in use: the installer's name of it, or the number of the package."""
    if is_installed():
        return Path(sys.prefix).resolve().name
    # Asked for seldom, and it takes a while to load on a small machine.
    from importlib import metadata

    return metadata.version("peerwatt")


def add_version(parser: argparse.ArgumentParser) -> None:
    """Let a program be asked for its version."""
    parser.add_argument("--version", action=_Tell)


class _Tell(argparse.Action):
    """Print the version and end, as `--help` does."""

    def __init__(self, option_strings: Sequence[str], **_: object) -> None:
        super().__init__(
            option_strings, argparse.SUPPRESS, nargs=0, help="show the version and exit"
        )

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        print(f"peerwatt {version()}")
        parser.exit()
