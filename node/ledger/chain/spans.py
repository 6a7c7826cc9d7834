"""Say how many blocks one search for events may span: as many as the endpoints bear."""

from node.core.errors import ChainUnavailable

_FIRST_BLOCKS = 4_096
MOST_SPANS = 64
"""Searches of one look; what is left is for the next, and an endpoint may make blocks up."""


_BORNE_BEFORE_MORE = 8
"""Whole spans in a row that were borne, before twice as much is asked for: what was refused once
may have been a busy endpoint's word, or another one's."""


class Spans:
    """Part what is to be searched; a refused span is halved, down to one block."""

    def __init__(self) -> None:
        self._blocks = _FIRST_BLOCKS
        self._borne = 0

    def until(self, since: int, head_number: int) -> int:
        """Give the last block of the span that begins at `since`."""
        return min(head_number, since + self._blocks - 1)

    def halve(self, since: int, until: int, why: Exception) -> None:
        """Ask for less from now on.

        Raises:
            ChainUnavailable: it was one block.
        """
        if until <= since:
            raise ChainUnavailable(f"the endpoint shows no events: {why}") from why
        self._blocks = max(1, (until - since + 1) // 2)
        self._borne = 0

    def bear(self, since: int, until: int) -> None:
        """Note that a span was searched; ask for more again after some whole ones."""
        if until - since + 1 < self._blocks:
            return
        self._borne += 1
        if self._borne == _BORNE_BEFORE_MORE:
            self._borne, self._blocks = 0, min(2 * self._blocks, _FIRST_BLOCKS)
