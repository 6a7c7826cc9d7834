"""Refusals: every custom error of the contracts has a plain sentence."""

import pytest
from eth_abi import encode

from node.ledger.contracts.artifacts import Entry, artifact
from node.ledger.contracts.refusals import CONTRACTS, SENTENCES, refusal_of
from node.system.words import local_time

ERRORS = sorted(
    {entry for name in CONTRACTS for entry in artifact(name).errors.values()},
    key=lambda entry: entry.name,
)
SAMPLES = {"address": "0x" + "ab" * 20, "string": "text", "bytes32": bytes(32)}


@pytest.mark.parametrize("entry", ERRORS, ids=lambda entry: entry.name)
def test_every_custom_error_has_a_sentence(entry: Entry) -> None:
    values = [SAMPLES.get(kind, 1) for kind in entry.inputs]
    refusal = refusal_of(entry.selector + encode(entry.inputs, values))

    assert refusal.name == entry.name
    assert entry.name in SENTENCES
    assert entry.name not in refusal.sentence
    assert refusal.sentence[0] != "("


# The last number of each of these is an instant of the chain, and no number that a person reads.
INSTANTS = {
    "SaleOfferExpired",
    "SaleGraceRunning",
    "ERC2612ExpiredSignature",
    "RegistryProposalWaits",
    "RegistryBoundaryAhead",
    "AuctionGateClosed",
    "AuctionTooEarly",
    "AuctionGateOpen",
    "AuctionSilenceTooEarly",
    "AuctionWithdrawalNotDue",
    "PoolPriceNotDue",
    "PoolPriceStale",
    "PoolSilenceTooEarly",
}


@pytest.mark.parametrize("entry", ERRORS, ids=lambda entry: entry.name)
def test_an_instant_is_told_in_local_time_and_never_in_seconds_since_1970(entry: Entry) -> None:
    at_s = 1_795_300_200
    values = [SAMPLES.get(kind, 1 if kind == "uint8" else at_s) for kind in entry.inputs]

    sentence = refusal_of(entry.selector + encode(entry.inputs, values)).sentence

    assert (local_time(at_s) in sentence) == (entry.name in INSTANTS)


def test_no_sentence_is_left_over() -> None:
    assert set(SENTENCES) == {entry.name for entry in ERRORS}


def test_unknown_error_is_shown_as_it_came() -> None:
    refusal = refusal_of(bytes.fromhex("deadbeef00"))

    assert refusal.name == "0xdeadbeef"
    assert "0xdeadbeef00" in refusal.sentence


def test_text_fault_and_silence_are_told_apart() -> None:
    text = bytes.fromhex("08c379a0") + encode(["string"], ["out of stock"])
    panic = bytes.fromhex("4e487b71") + encode(["uint256"], [0x11])

    assert "out of stock" in refusal_of(text).sentence
    assert refusal_of(panic).name == "Panic"
    assert "0x11" in refusal_of(panic).sentence
    assert refusal_of(b"").name == "Reverted"


def test_known_error_with_broken_facts_is_shown_as_it_came() -> None:
    entry = next(entry for entry in ERRORS if entry.name == "SaleOrderOpen")

    assert refusal_of(entry.selector + b"\1").name == "0x" + entry.selector.hex()


def test_offset_beyond_every_stream_is_shown_as_it_came() -> None:
    data = bytes.fromhex("08c379a0") + b"\xff" * 32

    assert refusal_of(data).name == "0x08c379a0"
