"""A node's MQTT messages: receipts and commands of whoever reaches the broker, up to the picture.

An input is the end of a topic, a line end, and the payload.
"""

from functools import cache

from node.core.facts import ChainObserved, Fact, ReceiptReceived
from node.home.inward.outside import MAX_UNVERIFIED, Outside, key_of
from node.keys.account import account_of_key
from node.keys.receipts import ReceiptSigner, sign_receipt
from node.links.broker.home import MqttLink
from node.links.broker.payloads import receipt_text
from tests.factories.home import chain_view
from tests.factories.mqtt import mqtt_settings
from tests.factories.street import street
from tests.fuzz.campaign import Target, fingerprint
from tests.fuzz.hearing import hear
from tests.fuzz.loop import PlayedLoop

_SALE = "0x" + "5a" * 20
_CHAIN = 31_337
_BUYER = account_of_key(bytes(range(1, 33)))
_SELLER = account_of_key(bytes(range(2, 34)))
_RECEIPTS = tuple(
    sign_receipt(
        _BUYER,
        chain_id=_CHAIN,
        sale=_SALE,
        seller=_SELLER.account,
        number=number,
        drawn_milliwh=drawn_milliwh,
    )
    for number, drawn_milliwh in ((7, 1), (7, 120_000), (8, 5), (2**32 - 1, 2**64 - 1))
)
_SETTINGS = mqtt_settings("home1", account=_SELLER.account)


@cache
def _signer() -> ReceiptSigner:
    return ReceiptSigner(account=_SELLER, sale=_SALE, chain_id=_CHAIN)


def target(data: bytes) -> None:
    """Hear a message once fresh and once retained: only what the buyer signed is kept."""
    topic, _, payload = data.partition(b"\n")
    picture = Outside(_SELLER.account, _signer(), 0.0, street(_SELLER.account))
    loop, wishes = PlayedLoop(), list[bool]()

    def post(fact: Fact) -> None:
        assert isinstance(fact, ReceiptReceived)
        picture.absorb(fact, 1.0)

    link = MqttLink(_SETTINGS, loop, post, wishes.append, "utility")  # type: ignore[arg-type]
    if fingerprint(data) % 2:
        picture.absorb(ChainObserved(view=chain_view()), 0.0)
    name = "peerwatt/street/home1/" + topic.decode(errors="replace")
    for is_retained in (True, False):
        hear(link, loop, name, payload, is_retained=is_retained)
        assert not (is_retained and wishes), "a retained command is obeyed"
    assert len(picture._unverified) <= MAX_UNVERIFIED
    picture._verify_waiting()
    signed = {key_of(receipt): receipt for receipt in _RECEIPTS}
    for receipt in picture.receipts:
        assert key_of(receipt) in signed, "a receipt is kept that nobody signed so"


_COMMANDS = (b"command/own_source\non", b"command/own_source\noff", b"command/limit\n20")
_SENT = tuple(
    f"receipt/{receipt.seller}/{receipt.number}\n{receipt_text(receipt)}".encode()
    for receipt in _RECEIPTS
)
TARGET = Target(
    name="node_mqtt",
    run=target,
    examples=(*_COMMANDS, *_SENT * 3),
    tokens=(
        b"command/", b"own_source", b"on", b"off", b"/", b'"buyer"', b'"seller"', b'"number"',
        b'"drawn_milliwh"', b'"signature"', _BUYER.account.lower().encode(),
        _SELLER.account.lower().encode(),
    ),
)  # fmt: skip
