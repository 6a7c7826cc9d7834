"""Play what is drawn at random on a real chain, as much as one likes, and say how far it has come.

What is drawn, and how it is compared with the rule, is the caller's: `tests.agreement` has markets,
`tests.pool_agreement` campaigns of commitments.
"""

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy

from tests.parts.chain import Chain, running_chain

EACH = 4
"""Drawn at a time: played one after another, in places that the one before has used."""
TELLS_EACH = 200
"""From one line of `--append` to the next."""


class Played(Protocol):
    """What is played on; it is closed in the end."""

    def close(self) -> None:
        """End the conversation with the chain."""
        ...


def drawn(
    count: int, strategies: Mapping[str, SearchStrategy], **options: object
) -> Callable[[Callable], Callable]:
    """Have a test play so many; a strategy draws `EACH` of them at a time."""

    def wrap(test: Callable) -> Callable:
        wrapped = given(**strategies)(test)
        return settings(
            max_examples=max(1, count // EACH), deadline=None,
            suppress_health_check=list(HealthCheck), **options,
        )(wrapped)  # fmt: skip

    return wrap


def campaign(
    described: str | None,
    kind: str,
    strategies: Mapping[str, SearchStrategy],
    play_on: Callable[[Chain], Played],
    compare: Callable[..., None],
) -> None:
    """Play as many of a kind as are asked for on the command line, by a seed."""
    parser = argparse.ArgumentParser(description=described)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=TELLS_EACH)
    parser.add_argument("--append", type=Path, help=f"a file that is told each {TELLS_EACH} {kind}")
    chosen = parser.parse_args()
    done = 0
    with running_chain("--auto-impersonate") as chain:
        played = play_on(chain)

        @seed(chosen.seed)
        @drawn(chosen.count, strategies, database=None, phases=(Phase.generate,))
        def play(**found: list) -> None:
            nonlocal done
            compare(played, **found)
            done += EACH
            if done % TELLS_EACH == 0 and chosen.append is not None:
                with chosen.append.open("a", encoding="utf-8") as told:
                    told.write(f"{done} {kind} by seed {chosen.seed}: the same\n")

        play()
        played.close()
    print(f"{done} {kind} by seed {chosen.seed}: the same")
