"""Build the street as one home sees it: its own relay's wiring alone, unless said otherwise."""

from collections.abc import Sequence

from node.home.inward.street import StreetPicture
from tests.factories.settings import HOME


def street(
    account: str | None = HOME, relays: Sequence[str] | None = None, *, has_relay: bool = True
) -> StreetPicture:
    """See nothing yet."""
    return StreetPicture(account, relays, has_relay=has_relay)
