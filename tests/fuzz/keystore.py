"""The keystore: a file that another wallet wrote, or that a worn card has changed."""

import contextlib
import json
from functools import cache

from node.keys.account import KeyRefused, account_of_key, open_account
from tests.factories.other_wallets import EthAccount
from tests.fuzz.campaign import Target
from tests.fuzz.files import written

_SECRET = bytes(range(1, 33))
_PASSWORD = "password"
_ROUNDS = 2
"""As few as can be: what is fuzzed is the reading, and each input derives a key."""


@cache
def _account() -> str:
    return account_of_key(_SECRET).account


def target(data: bytes) -> None:
    """Open a file of these bytes: it is refused by name, or it gives the key of its address."""
    path = written("keystore.json", data)
    with contextlib.suppress(KeyRefused):
        opened = open_account(path, _PASSWORD)
        assert opened.account == _account() or not _names(data)


def _names(data: bytes) -> bool:
    """Say whether the file names the true address; without one, a damaged key is not noticed."""
    return isinstance(json.loads(data).get("address"), str)


def _sealed(kdf: str) -> bytes:
    return json.dumps(EthAccount.encrypt(_SECRET, _PASSWORD, kdf=kdf, iterations=_ROUNDS)).encode()


TARGET = Target(
    name="keystore",
    run=target,
    examples=(_sealed("scrypt"), _sealed("pbkdf2")),
    tokens=(
        b'"crypto"', b'"Crypto"', b'"kdf"', b'"scrypt"', b'"pbkdf2"', b'"c"', b'"n"', b'"r"',
        b'"p"', b'"dklen"', b'"prf"', b'"hmac-sha256"', b'"mac"', b'"iv"', b'"address"',
        b'"version"',
    ),
)  # fmt: skip
