"""By which name an account goes: the relay's, as the utility or the home has heard it."""

from collections.abc import Mapping

from page.views.frame import name_of

Names = Mapping[str, str]
"""Accounts in small letters to names."""


def names_in(picture: Mapping[str, object]) -> Names:
    """Give the names that a program's picture has; none of an older one."""
    community = picture.get("community")
    found = community.get("names") if isinstance(community, Mapping) else None
    found = picture.get("neighbours") if found is None else found
    if not isinstance(found, Mapping):
        return {}
    return {str(one).lower(): name for one, name in found.items() if isinstance(name, str)}


def called(account: str, names: Names) -> str:
    """Give an account's name, or the account short enough to be read."""
    return names.get(account.lower()) or name_of(account)
