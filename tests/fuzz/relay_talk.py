"""The relay's lines as a node reads them: state and replies of a hostile or broken relay."""

import json

from node.core.commands import GiveConsent, HoldContacts
from node.core.errors import RelayUnavailable
from node.core.wire.format import LONGEST_LINE, read_line
from node.keys.keccak import keccak256
from node.links.relay.conversation import RelayConversation
from tests.factories.relay_keys import BUYER, SELLER, receipt
from tests.fuzz.campaign import Target, fingerprint
from tests.fuzz.relay_host import host
from tests.worlds.relay_world import BOOT

_FACTS_A_LINE = 160


def target(data: bytes) -> None:
    """Hold a talk in which the relay says these lines; only RelayUnavailable ends it."""
    facts: list[object] = []
    now_s = [100.0]
    expected = "relay1" if fingerprint(data) % 2 else None
    talk = RelayConversation(BUYER, keccak256, facts.append, lambda: now_s[0], expected)
    talk.begin()
    lines = data.split(b"\n")[:12]
    try:
        for line in lines:
            _ensure_ours(talk.take(line))
            talk.hold(HoldContacts(contacts=(0, 1), lease_s=15.0), (receipt(5),))
            talk.consent(GiveConsent(connection=0, consent_s=60.0))
            _ensure_ours(talk.outgoing())
            now_s[0] += 1.0
    except RelayUnavailable as error:
        talk.lose(str(error))
    assert len(facts) <= _FACTS_A_LINE * (len(lines) + 1), "a line makes too many facts"


def _ensure_ours(lines: tuple[bytes, ...]) -> None:
    for line in lines:
        assert len(line) <= LONGEST_LINE
        read_line(line)


def _examples() -> tuple[bytes, ...]:
    playing = host()
    playing.begin()
    state = playing.server.state_line()
    account = BUYER.account
    receipts = [
        {
            "buyer": account,
            "seller": SELLER.account,
            "number": 7,
            "drawn_milliwh": 120_000,
            "signature": "0x" + "11" * 65,
        }
    ]
    replies = [
        _line(reply="ok", kind="hello"),
        _line(reply="ok", kind="hold", account=account, sequence=1),
        _line(reply="ok", kind="consent", account=account, sequence=1, receipts=receipts),
        _line(reply="NoConsent", kind="hold", account=account, sequence=1, sentence="no"),
        _line(reply="StaleSequence", kind="hold", account=account, sequence=1, sentence="", last=3),
        _line(reply="StaleNonce", kind="hold", account=account, sequence=1, nonce="0x" + "5a" * 16),
        _line(reply="UnknownKind", kind="line", sentence="a line says something else"),
        _line(news={"of": "a newer relay"}),
    ]
    small = b'{"state":' + json.dumps(_SMALL_STATE).encode() + b"}\n"
    talks = [first + reply for first in (state, small, small) for reply in replies]
    return (state, small, *talks, small + b"".join(replies[:5]), state + b"".join(replies[:5]))


def _line(**members: object) -> bytes:
    return json.dumps(members).encode() + b"\n"


_SMALL_STATE = {
    "relay": "relay1",
    "boot": "0x" + BOOT.hex(),
    "nonce": "0x" + BOOT.hex(),
    "serial": 1,
    "contacts": [{"channel": 0, "closed": True, "operations": 41}],
    "connections": [],
    "loads": [],
    "sources": [],
    "busy_sources": [],
    "warnings": [],
}

TARGET = Target(
    name="relay_talk",
    run=target,
    examples=_examples(),
    tokens=(
        b'"state"', b'"reply"', b'"kind"', b'"ok"', b'"hold"', b'"consent"', b'"last"', b'"line"',
        b'"receipts"', b'"sequence"', b'"relay"', b'"boot"', b'"serial"', b'"connections"',
    ),
)  # fmt: skip
