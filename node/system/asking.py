"""Ask the person at the terminal, before what cannot be taken back."""

import sys

from node.core.errors import Refused


def agreed(question: str) -> bool:
    """Ask; only the whole word yes goes on, and an end of the input does not.

    Raises:
        Refused: nobody is there.
    """
    if not sys.stdin.isatty():
        raise Refused("NotAsked", "nobody is here to be asked: --yes sends without asking")
    try:
        return input(f"{question} (yes/no) ").strip().lower() == "yes"
    except EOFError:
        return False
