"""A utility's whole conversation with an RPC endpoint, and what it decides by it.

An input is the endpoint's bodies in turn. Whatever the endpoint says, the ledger's thread and the
loop's step go on.
"""

from functools import cache

from node.core.auction.pairing import Pairing, Wires
from node.core.auction.tariff import Tariff
from node.core.errors import TransientError
from node.core.facts import StreetObserved
from node.core.utility import step as utility
from node.core.utility.state import UtilitySettings, initial
from node.keys.account import account_of_key
from node.ledger.engine import Engine
from node.ledger.observing import utility_observer
from node.ledger.settings import LedgerSettings
from node.utility.pairings import WIRES_WITHIN_S, Pairings
from node.utility.snapshot import tariff_of
from node.utility.tariffs import Band, Tariffs
from tests.factories.ledger import ledger_settings
from tests.fuzz.campaign import Target
from tests.fuzz.endpoint import CHAIN_ID, Bodies, bodies_of, connect
from tests.fuzz.files import opened_journal
from tests.fuzz.honest import REGISTRY, SALE, TOKEN
from tests.fuzz.honest_street import AUCTION, HonestStreet

_ACCOUNT = account_of_key(bytes(range(1, 33)))
_CYCLES = 4
_WANTED = Tariff(feed_in_per_kwh=90_000, tick_size_per_kwh=2_000)
_TARIFFS = Tariffs("UTC", [Band(begins_min=0, weekdays=frozenset(range(7)), tariff=_WANTED)])
_RULES = UtilitySettings(
    peak_w=10_000, gas_target_wei=10**18, gas_per_day_wei=10**18, gas_all_per_day_wei=None
)


class _Nobody:
    problem = None

    def publish(self, topic: str, payload: str) -> None:
        """Do nothing."""

    def publish_pairing(self, pairing: Pairing, wires: Wires) -> None:
        """Do nothing."""

    def publish_pairings(self, account: str, pairings: object, relays: object) -> None:
        """Do nothing."""


def target(data: bytes) -> None:
    """Follow the chain for some looks, and decide by each view."""
    _converse(bodies_of(data))


def _converse(bodies: Bodies | HonestStreet) -> int:
    views: list[StreetObserved] = []
    engine = Engine(
        _settings(),
        opened_journal("utility.db"),
        _ACCOUNT,
        lambda fact: views.append(fact) if isinstance(fact, StreetObserved) else None,
        lambda: bodies.asked > 200,
        utility_observer(None),
    )
    connect(engine._rpc, bodies)
    state, pairings = initial(), Pairings(_Nobody(), (), 0.0)
    for look in range(_CYCLES):
        try:
            assert engine.cycle(10.0 * look) >= 0
        except TransientError:
            engine.lose_perishable()
    for told in views:
        view = told.view
        wanted = _TARIFFS.at(view.block.timestamp_s)
        state, _ = utility.step(state, view, (told,), wanted, _RULES)
        pairings.update(view, 2 * WIRES_WITHIN_S)
        tariff_of(view)
    return len(views)


@cache
def _settings() -> LedgerSettings:
    return ledger_settings(
        "http://127.0.0.1:1",
        chain_id=CHAIN_ID,
        token=TOKEN,
        sale=SALE,
        registry=REGISTRY,
        auction=AUCTION,
        read_only=True,
    )


def _recorded() -> bytes:
    honest = HonestStreet()
    assert _converse(honest) == _CYCLES
    return b"\n".join(honest.said)


TARGET = Target(
    name="utility_ledger",
    run=target,
    examples=(_recorded(),),
    tokens=(
        b'"result"', b'"error"', b'"hash"', b'"topics"', b'"blockNumber"', b'"logIndex"', b'"data"',
        b'"timestamp"', b'"result":null', b'"0x"', b"f" * 64, b"0" * 64, b"[]", b'"id"',
    ),
    sample=1_000,
)  # fmt: skip
