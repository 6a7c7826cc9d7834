"""Sealed bytes: only the passphrase opens them, and no damage goes unnoticed."""

import json

import pytest

from node.account import vault
from node.account.vault import VaultClosed, lock, unlock

PASSPHRASE = "correct horse battery"
CONTENT = b"a key, a journal" * 100


@pytest.fixture(scope="module")
def sealed() -> bytes:
    return lock(CONTENT, PASSPHRASE)


def test_what_is_sealed_opens_with_its_passphrase_alone(sealed: bytes) -> None:
    assert unlock(sealed, PASSPHRASE) == CONTENT
    assert CONTENT[:16] not in sealed
    assert lock(CONTENT, PASSPHRASE) != sealed
    with pytest.raises(VaultClosed, match="does not open it, or it is damaged"):
        unlock(sealed, PASSPHRASE + " ")


def test_deriving_fits_a_small_board() -> None:
    assert 128 * vault.SCRYPT_R * vault.SCRYPT_N <= 64 * 2**20


@pytest.mark.failure(
    part="file",
    failure="a backup is damaged, cut short, or not one",
    person="refused by name; nothing is restored",
)
@pytest.mark.parametrize("spot", [2, 40, -1, -200])
def test_every_damaged_byte_is_noticed(sealed: bytes, spot: int) -> None:
    damaged = bytearray(sealed)
    damaged[spot] ^= 1
    with pytest.raises(VaultClosed):
        unlock(bytes(damaged), PASSPHRASE)
    with pytest.raises(VaultClosed):
        unlock(sealed[:spot], PASSPHRASE)


@pytest.mark.parametrize("cost", [0, 1, 3, 2**21, "x", None])
def test_a_made_up_cost_is_refused_before_it_is_paid(cost: object) -> None:
    """A damaged digit must neither cost hours nor all memory."""
    header = {"kind": "peerwatt-backup-1", "n": cost, "salt": "00" * 16, "nonce": "00" * 12}
    with pytest.raises(VaultClosed, match="no backup"):
        unlock(json.dumps(header).encode() + b"\n" + bytes(64), PASSPHRASE)


def test_a_short_passphrase_is_refused_with_both_numbers() -> None:
    with pytest.raises(VaultClosed, match=r"has 9 characters, not at least 10"):
        lock(CONTENT, "too short")
