"""One look at the chain, for a command: what it tells, and what it does not believe."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from node.core.errors import ChainUnavailable
from node.ledger.chain.endpoint import RpcError
from node.ledger.contracts.artifacts import artifact
from node.ledger.once import Community, ViewOnce
from node.ledger.settings import LedgerSettings
from tests.factories.ledger import ledger_settings
from tests.fuzz.endpoint import CHAIN_ID, connect
from tests.fuzz.honest import ACCOUNT, AUCTION, METER, REGISTRY, SALE, TOKEN, Honest
from tests.fuzz.honest_street import HonestStreet

ME = ACCOUNT.account
SETTINGS: LedgerSettings = ledger_settings(
    "http://127.0.0.1:1",
    chain_id=CHAIN_ID,
    token=TOKEN,
    sale=SALE,
    registry=REGISTRY,
    auction=AUCTION,
    meter_id=METER,
    read_only=True,
)
OWNER, METERS = "ownerOf(uint256)", "meters(uint256)"
REVERTED = {"code": 3, "message": "execution reverted", "data": "0x"}
LOOKS: list[Callable[[ViewOnce], object]] = [
    lambda once: once.community(),
    lambda once: once.home(ME),
    lambda once: once.auction(ME, METER),
    lambda once: once.utility(ME),
]


class Refusing(Honest):
    """Refuse calls whose data begins so."""

    def __init__(self, *selectors: str) -> None:
        super().__init__()
        self._selectors = selectors

    def post(self, data: bytes, until_s: float) -> bytes:
        asked, told = json.loads(data), json.loads(super().post(data, until_s))
        calls, answers = (asked, told) if isinstance(asked, list) else ([asked], [told])
        for call, answer in zip(calls, answers, strict=True):
            is_call = call["method"] == "eth_call"
            if is_call and call["params"][0]["data"].startswith(self._selectors):
                answer["result"], answer["error"] = None, dict(REVERTED)
        return json.dumps(told).encode()


class WithRole(HonestStreet):
    """Say that the account holds the utility's role."""

    def _answer(self, call: dict[str, Any]) -> object:
        data = call["params"][0]["data"] if call["method"] == "eth_call" else ""
        if data.startswith(selector("IntervalAuction", "UTILITY_ROLE()")):
            return "0x" + "07" * 32
        if data.startswith(selector("IntervalAuction", "hasRole(bytes32,address)")):
            return f"0x{'07' * 32 in data:064x}"
        return super()._answer(call)


def selector(contract: str, signature: str) -> str:
    return "0x" + artifact(contract).functions[signature].selector.hex()


def once(endpoint: object, **changes: object) -> ViewOnce:
    found = ViewOnce(replace(SETTINGS, **changes))
    connect(found._rpc, endpoint)
    return found


def test_a_community_is_what_its_contracts_were_deployed_with() -> None:
    assert once(Honest()).community() == Community(interval_s=5, grace_s=5)


def test_a_homes_view_is_of_the_newest_block() -> None:
    view = once(Honest()).home(ME.lower())

    assert (view.chain_id, view.tokens, view.last_number) == (CHAIN_ID, 5, 5)
    assert view.meter is not None
    assert view.meter_owner == ME


def test_a_homes_side_of_the_auction_names_its_meter() -> None:
    seen = once(Honest()).auction(ME, METER)

    assert (seen.balance, seen.owner, seen.kind) == (5, ME, "solar")
    assert (seen.rules.interval_s, seen.block_s) == (5, 12.0)


def test_a_utility_sees_what_it_may() -> None:
    seen = once(WithRole()).utility(ME)

    assert seen.is_utility
    assert seen.view.grid_balance == 10**9
    assert seen.gas_price_wei == 10**9


def test_a_meter_that_nobody_installed_has_no_owner_and_no_kind() -> None:
    refuses = Refusing(*(selector("MeterRegistry", name) for name in (OWNER, METERS)))
    seen = once(refuses).auction(ME, METER)

    assert (seen.owner, seen.kind, seen.balance) == (None, None, 5)


def test_a_meter_is_not_half_installed() -> None:
    """A refusal is no evidence: the endpoint has just told its owner."""
    with pytest.raises(ChainUnavailable, match="the owner of meter 1, not its kind"):
        once(Refusing(selector("MeterRegistry", METERS))).auction(ME, METER)


@pytest.mark.parametrize("look", LOOKS[2:])
def test_a_street_without_an_auction_has_none_to_look_at(
    look: Callable[[ViewOnce], object],
) -> None:
    rest = {name: at for name, at in SETTINGS.contracts.items() if name != "auction"}
    with pytest.raises(ChainUnavailable, match="name no auction"):
        look(once(Honest(), contracts=rest))


@pytest.mark.parametrize("look", LOOKS)
def test_what_is_no_contract_of_ours_is_no_chain(look: Callable[[ViewOnce], object]) -> None:
    with pytest.raises((ChainUnavailable, RpcError)):
        look(once(Refusing("0x")))
