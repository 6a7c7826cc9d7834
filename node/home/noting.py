"""Read what a home's person asks of the auction: to note that an interval's readings are missing.

The utility notes silence by itself. Where it does not, or there is none, whoever waits for a
neighbour's order to be settled may: once, when the readings' deadline is over, and free of any
harm to those who report until the note counts.
"""

from collections.abc import Mapping

from node.core.commands import NoteSilence
from node.core.errors import Refused

_MOST_INTERVAL = 2**32 - 1


def note_of(request: Mapping[str, object]) -> NoteSilence:
    """Give the command of a request.

    Raises:
        Refused: it is no such request.
    """
    interval = request.get("interval")
    if type(interval) is not int or not 0 <= interval <= _MOST_INTERVAL:
        raise Refused("BadRequest", "an interval is a whole number, as status and log tell it")
    return NoteSilence(interval=interval)
