"""Bound the open connections, per address and in all, so that a flood keeps out only itself."""

from collections import Counter

from relay_server.session import Session

MOST_SESSIONS = 256
MOST_PER_ADDRESS = 128


class Gate:
    """Hold the open connections, oldest first."""

    def __init__(self) -> None:
        self._sessions: dict[Session, None] = {}

    def admit(self, session: Session) -> bool:
        """Take a connection in.

        An address that is full gets no more. When all is full, the oldest stranger (nothing
        validly signed was heard from it) of the busiest address makes room.
        """
        per_address = Counter(guest.address for guest in self._sessions)
        if per_address[session.address] >= MOST_PER_ADDRESS:
            return False
        if len(self._sessions) >= MOST_SESSIONS:
            strangers = [guest for guest in self._sessions if not guest.is_known]
            if not strangers:
                return False
            oldest = max(strangers, key=lambda guest: per_address[guest.address])
            self.leave(oldest)
            oldest.abort()
        self._sessions[session] = None
        return True

    def leave(self, session: Session) -> None:
        """Forget a connection; may be called twice."""
        self._sessions.pop(session, None)

    def all(self) -> tuple[Session, ...]:
        """Give the open connections."""
        return tuple(self._sessions)
