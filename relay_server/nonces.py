"""Make up the numbers that lines must answer: each is told for a while, and stands a little longer.

So a line that somebody held back is worth nothing soon after it was signed.
"""

import secrets
from collections.abc import Callable

from node.core.wire.lines import NONCE_BYTES


class Nonces:
    """Hold the newest number and the one before; `clock` is monotonic, in seconds.

    No line is taken that answers a number of more than `life_s` ago.
    """

    def __init__(self, life_s: float, clock: Callable[[], float]) -> None:
        self._life_s = life_s
        self._clock = clock
        self._made: list[tuple[float, bytes]] = []

    def newest(self) -> bytes:
        """Give the number to tell now."""
        now_s = self._clock()
        if not self._made or now_s - self._made[-1][0] >= self._life_s / 2:
            self._made = [*self._made[-1:], (now_s, secrets.token_bytes(NONCE_BYTES))]
        return self._made[-1][1]

    def stands(self, nonce: bytes | None) -> bool:
        """Say whether a line may still answer this number."""
        young_s = self._clock() - self._life_s
        return any(made_at_s > young_s and nonce == made for made_at_s, made in self._made)
