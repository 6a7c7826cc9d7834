"""Find an account's keystore in a wallet's folder: geth's and Parity's are taken over as they are.

Files are called differently by each wallet and age; which account a file is of, it says itself.
"""

from pathlib import Path

from node.keys.keystore import address_in
from node.system.foreign_text import text_of

MOST_FILES = 1_000
_NO_KEYSTORE = (OSError, ValueError)


def keystore_in(place: Path, address: str | None) -> Path:
    """Give the keystore of an address in a folder, or the only one; anything else as it is."""
    if not place.is_dir():
        return place
    held = accounts_in(place)
    if address is None:
        return next(iter(held.values())) if len(held) == 1 else place
    return held.get(address[2:].lower(), place)


def accounts_in(folder: Path) -> dict[str, Path]:
    """Give the keystores of a folder by their addresses' 40 digits, small.

    Raises:
        OSError: the folder cannot be read.
    """
    held: dict[str, Path] = {}
    for file in sorted(folder.iterdir())[:MOST_FILES]:
        # What a wallet is just writing, or keeps beside, is none of it.
        if file.name.startswith(".") or not file.is_file():
            continue
        try:
            found = address_in(text_of(file))
        except _NO_KEYSTORE:
            continue
        if found is not None:
            held.setdefault(found, file)
    return held


def why_none(folder: Path) -> str:
    """Say why no keystore of a folder is chosen."""
    try:
        held = [f"0x{digits}" for digits in accounts_in(folder)]
    except OSError as error:
        return f"the folder cannot be read ({error.strerror})"
    if not held:
        return "a folder without a keystore that names its account"
    return f"a folder with the keystores of {', '.join(held)}: name one as address"
