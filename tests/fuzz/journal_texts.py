"""What the journal gives back: intents, records and partners, from a card that may be worn."""

import contextlib
import json

from node.core.commands import OpenOrder, PostOffer, Redeem, RefundOrder, ReportReadings
from node.core.records import MeterName, Reading, Receipt, Registers
from node.core.wire.codec import from_plain, to_plain
from node.core.wire.json_text import read_json
from node.ledger.sending.intents import IntentUnreadable, from_json, identity_of, to_json
from tests.factories.home import receipt
from tests.fuzz.campaign import Target

_READING = Reading(
    meter=MeterName.CONNECTION,
    boundary=5,
    registers=Registers(import_milliwh=1, export_milliwh=2),
)
_SELLER = receipt().seller


def target(data: bytes) -> None:
    """Read a text as an intent and as each record; what was read is written as it was."""
    text = data.decode(errors="replace")
    with contextlib.suppress(IntentUnreadable):
        intent = from_json(text)
        assert identity_of(intent)
        assert from_json(to_json(intent)) == intent
    for kind in (Registers, Receipt):
        with contextlib.suppress(ValueError):
            record = from_plain(kind, read_json(text))
            assert from_plain(kind, json.loads(json.dumps(to_plain(record)))) == record


def _plain(record: object) -> bytes:
    return json.dumps(to_plain(record)).encode()


_INTENTS = (
    OpenOrder(
        seller=_SELLER,
        number=7,
        energy_milliwh=5,
        max_price_per_kwh=180_000,
        max_duration_s=3_600,
        max_cost=1_000,
    ),
    PostOffer(
        price_per_kwh=1, available_milliwh=2, least_milliwh=1, until_s=2_000_000, duration_s=60
    ),
    Redeem(receipt=receipt(), close=True),
    RefundOrder(buyer=receipt().buyer, seller=_SELLER, number=7),
    ReportReadings(meter_id=1, readings=(_READING,)),
)
TARGET = Target(
    name="journal_texts",
    run=target,
    examples=(
        *(to_json(intent).encode() for intent in _INTENTS),
        _plain(receipt()),
        _plain(_READING.registers),
    ),
    tokens=(b'"kind"', b'"type"', b'"readings"', b'"OpenOrder"', b'"Redeem"', b'"receipt"'),
)
