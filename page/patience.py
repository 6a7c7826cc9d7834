"""How long somebody who gave a wrong password waits for the next try: longer each time."""

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

FREE_TRIES = 3
FIRST_WAIT_S = 2.0
LONGEST_WAIT_S = 600.0
MOST_ADDRESSES = 512
_SIXTY_FOUR = 64


@dataclass(slots=True)
class _Tries:
    """Count an address's wrong passwords, and hold when it may try again (monotonic)."""

    wrong: int = 0
    next_at_s: float = 0.0


class Patience:
    """Hold the wrong tries of each address; `now_s` is monotonic."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._tries: dict[str, _Tries] = {}

    def wait_s(self, address: str) -> float:
        """Give how long an address has to wait before it may try; 0 if it may."""
        tries = self._tries.get(_place(address))
        return max(0.0, tries.next_at_s - self._now_s()) if tries is not None else 0.0

    def begin(self, address: str) -> None:
        """Count a try as wrong before it is looked at, so that many at once are many."""
        place = _place(address)
        tries = self._tries.pop(place, None) or _Tries()
        tries.wrong += 1
        if tries.wrong >= FREE_TRIES:
            wait_s = min(FIRST_WAIT_S * 2.0 ** (tries.wrong - FREE_TRIES), LONGEST_WAIT_S)
            tries.next_at_s = self._now_s() + wait_s
        # The newest stand last; of too many the one goes that may try soonest.
        while len(self._tries) >= MOST_ADDRESSES:
            del self._tries[min(self._tries, key=lambda one: self._tries[one].next_at_s)]
        self._tries[place] = tries

    def forgive(self, address: str) -> None:
        """Forget an address's wrong tries: it knew the password."""
        self._tries.pop(_place(address), None)


def _place(address: str) -> str:
    """Give what counts as one place: an address, or a whole network of 64 bits of IPv6."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return f"{int(found) >> _SIXTY_FOUR:x}/64"
    return str(found)
