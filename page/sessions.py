"""Who is logged in: random tokens in the page's memory, each with its end.

A token is kept by its hash alone. A restart, a logout and a change of the password end them.
"""

import hashlib
import secrets
from collections.abc import Callable

MOST_SESSIONS = 64
_TOKEN_BYTES = 32


class Sessions:
    """Hold the sessions; one ends `lasts_s` after it was last used. `now_s` is monotonic."""

    def __init__(self, lasts_s: float, now_s: Callable[[], float]) -> None:
        self._lasts_s = lasts_s
        self._now_s = now_s
        self._until: dict[bytes, float] = {}

    def begin(self) -> str:
        """Begin a session and give its token; where there are too many the oldest in use ends."""
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        self._drop_old()
        while len(self._until) >= MOST_SESSIONS:
            del self._until[min(self._until, key=self._until.__getitem__)]
        self._until[_hashed(token)] = self._now_s() + self._lasts_s
        return token

    def holds(self, token: str | None) -> bool:
        """Say whether a token is a session's, which lasts longer by that."""
        if not token:
            return False
        key = _hashed(token)
        if self._until.get(key, float("-inf")) < self._now_s():
            self._until.pop(key, None)
            return False
        self._until[key] = self._now_s() + self._lasts_s
        return True

    def end(self, token: str | None) -> None:
        """End one session; there need be none."""
        if token:
            self._until.pop(_hashed(token), None)

    def end_all(self) -> None:
        """End every session."""
        self._until.clear()

    def _drop_old(self) -> None:
        now_s = self._now_s()
        self._until = {key: until for key, until in self._until.items() if until >= now_s}


def _hashed(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
