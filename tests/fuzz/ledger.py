"""Whole conversations with an RPC endpoint, of the auction too: what is read decides about money.

An input is a word and then the endpoint's bodies in turn: `send` has an offer carried out, all
else only looks at the chain. Whatever the endpoint says, the ledger's thread goes on.
"""

from functools import cache

from node.core.commands import PostOffer
from node.core.errors import TransientError
from node.core.facts import ChainObserved, Fact, IntentConfirmed
from node.ledger.engine import Engine
from node.ledger.settings import LedgerSettings
from node.state.file import JournalUnwritable
from tests.factories.ledger import ledger_settings
from tests.fuzz.campaign import Target
from tests.fuzz.endpoint import CHAIN_ID, Bodies, bodies_of, connect
from tests.fuzz.files import opened_journal
from tests.fuzz.honest import ACCOUNT, AUCTION, METER, REGISTRY, SALE, TOKEN, Honest

_SELLER = "0x" + "7E" * 20
_OFFER = PostOffer(
    price_per_kwh=180_000,
    available_milliwh=1_000_000,
    least_milliwh=1_000,
    until_s=2_000_000_000,
    duration_s=3_600,
)
_CYCLES = 4
_KEPT = ("ledger.chain", "ledger.partners")


def target(data: bytes) -> None:
    """Follow the chain for some looks; only what a ledger expects may go wrong."""
    word, _, rest = data.partition(b"\n")
    _converse(bodies_of(rest), sends=word == b"send")


def _converse(bodies: Bodies | Honest, *, sends: bool) -> list[Fact]:
    facts: list[Fact] = []
    journal = opened_journal("journal.db")
    for key in _KEPT:
        journal._unsaved[key] = None
    if sends:
        journal.forget_promises()
    engine = Engine(_settings(sends), journal, ACCOUNT, facts.append, lambda: bodies.asked > 200)
    connect(engine._rpc, bodies)
    if sends:
        engine.take(_OFFER)
    for look in range(_CYCLES):
        try:
            assert engine.cycle(10.0 * look) >= 0
        except (TransientError, JournalUnwritable):
            engine.lose_perishable()
    for fact in facts:
        if isinstance(fact, ChainObserved):
            assert fact.view.chain_id == CHAIN_ID
            assert fact.view.tokens >= 0 and fact.view.gas_balance_wei >= 0
            assert fact.market is not None and fact.market.balance >= 0
            for order in fact.market.orders:
                assert order.meter_id == METER and order.account == ACCOUNT.account
                assert order.deposit >= 0
    assert len([fact for fact in facts if isinstance(fact, IntentConfirmed)]) <= 1
    return facts


@cache
def _settings(sends: bool) -> LedgerSettings:
    return ledger_settings(
        "http://127.0.0.1:1",
        chain_id=CHAIN_ID,
        token=TOKEN,
        sale=SALE,
        registry=REGISTRY,
        auction=AUCTION,
        sellers=(_SELLER,),
        meter_id=METER,
        read_only=not sends,
        trades_at_auction=True,
    )


def _recorded(*, sends: bool) -> bytes:
    honest = Honest()
    facts = _converse(honest, sends=sends)
    assert any(isinstance(fact, IntentConfirmed if sends else ChainObserved) for fact in facts)
    seen = next(fact.market for fact in facts if isinstance(fact, ChainObserved))
    assert seen is not None and seen.orders and seen.cleared and seen.tariffs
    return b"\n".join([b"send" if sends else b"look", *honest.said])


TARGET = Target(
    name="ledger",
    run=target,
    examples=(*(_recorded(sends=False),) * 4, _recorded(sends=True)),
    tokens=(
        b'"result"', b'"error"', b'"hash"', b'"parentHash"', b'"number"', b'"timestamp"', b'"id"',
        b'"topics"', b'"blockNumber"', b'"status"', b'"0x1"', b'"0x0"', b'"result":null',
        b'"baseFeePerGas"', b'"transactionHash"', b'"gasUsed"', b'"blockHash"', b"[{}]",
    ),
    sample=1_000,
)  # fmt: skip
