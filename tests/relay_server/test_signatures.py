"""Whose signature it is, with one form for each."""

import subprocess
import sys

import pytest
from eth_utils import keccak as eth_keccak

from node.core.errors import Refused
from node.keys.keccak import keccak256
from node.keys.signatures import signer_of
from tests.factories.relay_keys import BUYER

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
DIGEST = keccak256(b"digest")
GOOD = BUYER.sign(DIGEST)


def word(number: int) -> bytes:
    return number.to_bytes(32, "big")


@pytest.mark.parametrize("data", [b"", b"abc", bytes(1000)])
def test_keccak_is_ethereums(data: bytes) -> None:
    assert keccak256(data) == eth_keccak(data)


def test_signer_is_found() -> None:
    assert signer_of(DIGEST, GOOD) == BUYER.account


def test_other_digest_has_another_signer() -> None:
    assert signer_of(keccak256(b"other"), GOOD) != BUYER.account


@pytest.mark.parametrize(
    "signature",
    [
        b"",
        GOOD[:-1],
        GOOD + b"\x1b",
        GOOD[:-1] + b"\x00",
        GOOD[:-1] + b"\x01",
        GOOD[:-1] + b"\x1d",
        bytes(64) + b"\x1b",
        word(0) + GOOD[32:],
        word(ORDER) + GOOD[32:],
        word(5) + GOOD[32:],
        GOOD[:32] + word(0) + GOOD[64:],
        GOOD[:32] + word(ORDER) + GOOD[64:],
    ],
)
def test_impossible_signature_is_refused(signature: bytes) -> None:
    with pytest.raises(Refused, match="BadSignature"):
        signer_of(DIGEST, signature)


def test_high_s_is_refused_though_it_would_recover() -> None:
    s = int.from_bytes(GOOD[32:64], "big")
    twin = GOOD[:32] + word(ORDER - s) + bytes([55 - GOOD[64]])
    with pytest.raises(Refused, match="the low one"):
        signer_of(DIGEST, twin)


def test_relay_server_imports_neither_web3_nor_a_scheme() -> None:
    code = (
        "import sys, relay_server.command_line, relay_server.server, relay_server.mqtt;"
        "print([name for name in ('web3', 'eth_account', 'eth_keys', 'pydantic', 'yaml')"
        " if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert found.stdout == b"[]\n"


def test_paho_is_not_loaded_before_there_is_a_broker() -> None:
    loaded = "relay_server.command_line, relay_server.server"
    code = f"import sys, {loaded}; print('paho' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert found.stdout == b"False\n"
