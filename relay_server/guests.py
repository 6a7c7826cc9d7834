"""Bound the open connections, so that a crowd keeps out only itself: places are kept for accounts.

A connection is its account's once a signed line of it was accepted; until then it is a stranger's.
"""

from collections import Counter

from relay_server.session import Session

MOST_SESSIONS = 256
MOST_PER_ADDRESS = 128
MOST_PER_ACCOUNT = 2
"""One that is there, and one that comes in its place while the first has not noticed its end."""
MOST_KEPT = 192


class Guests:
    """Hold the open connections, oldest first; `accounts` is how many the wiring names."""

    def __init__(self, accounts: int) -> None:
        self._most_strangers = MOST_SESSIONS - min(MOST_KEPT, MOST_PER_ACCOUNT * accounts)
        self._strangers: dict[Session, None] = {}
        self._known: dict[Session, None] = {}

    def admit(self, session: Session) -> bool:
        """Take a connection in; there is always room, if a stranger's must be made.

        Where its address is full, or the strangers' places are, one goes that has said what was
        refused, or else one of the busiest address, and of those the oldest.
        """
        if not self._strangers_bound:
            return False
        per_address = Counter(guest.address for guest in (*self._strangers, *self._known))
        if per_address[session.address] >= MOST_PER_ADDRESS:
            if not self._push_out(per_address, session.address):
                return False
        elif len(self._strangers) >= self._strangers_bound:
            self._push_out(per_address, None)
        self._strangers[session] = None
        return True

    def know(self, session: Session) -> None:
        """Take note that a signed line of this connection was accepted; `account` is its own."""
        self._strangers.pop(session, None)
        self._known.pop(session, None)
        self._known[session] = None
        of_account = [guest for guest in self._known if guest.account == session.account]
        for oldest in of_account[:-MOST_PER_ACCOUNT]:
            self._let_go(oldest)

    def leave(self, session: Session) -> None:
        """Forget a connection; may be called twice."""
        self._strangers.pop(session, None)
        self._known.pop(session, None)

    def all(self) -> tuple[Session, ...]:
        """Give the open connections."""
        return (*self._known, *self._strangers)

    @property
    def _strangers_bound(self) -> int:
        return min(self._most_strangers, MOST_SESSIONS - len(self._known))

    def _push_out(self, per_address: Counter[str], address: str | None) -> bool:
        guests = [one for one in self._strangers if address is None or one.address == address]
        if not guests:
            return False
        # The first of the greatest is the oldest.
        self._let_go(max(guests, key=lambda one: (one.is_refused, per_address[one.address])))
        return True

    def _let_go(self, session: Session) -> None:
        self.leave(session)
        session.abort()
