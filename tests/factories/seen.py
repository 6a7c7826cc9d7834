"""Give what a home's values are read from."""

from typing import Any

from node.home.snapshot import Seen


def seen_of(state: Any, observation: Any, **changes: Any) -> Seen:
    """Let a home without a panel, a forecast and neighbours be seen, but for what is changed."""
    plain = {
        "generation": None,
        "accuracy": None,
        "fed_by_neighbours_milliwh": None,
        "earned_today": 0,
        "numbers": {},
        "waiting_since_s": None,
    }
    return Seen(state=state, observation=observation, **(plain | changes))
