"""Endpoints that lose answers, hang, go away or serve another chain."""

import signal
from dataclasses import replace
from pathlib import Path

import pytest

from node.checks.chain import each_endpoint
from node.core.commands import SendGas
from node.core.facts import (
    ChainLost,
    ChainObserved,
    ChainStands,
    IntentConfirmed,
    IntentRefused,
)
from node.keys.account import Account
from node.ledger.sending.outbox import MOST_AT_ONCE
from tests.parts.chain import Street, running_chain
from tests.parts.ledger_home import Home, order, orders_opened
from tests.parts.rpc_gate import Gate
from tests.parts.waiting import until
from village.tcp import free_port


@pytest.mark.failure(
    part="chain",
    failure="the answer to a sent purchase is lost",
    person="chain lost, nothing refused",
    money="one order, one transaction",
)
def test_lost_answer_is_not_a_failure(
    gated_home: Home, street: Street, seller: str, buyer: Account, gate: Gate
) -> None:
    gate.lose_answers = "eth_sendRawTransaction"
    gated_home.submit(order(seller))
    gated_home.wait(ChainLost)
    gate.lose_answers = None
    gated_home.wait(IntentConfirmed)
    gated_home.close()

    assert orders_opened(street) == 1
    assert street.chain.transactions_of(buyer.account) == 1
    assert not gated_home.all(IntentRefused)


def test_endpoint_that_takes_no_batches_is_asked_one_by_one(
    street: Street, seller: str, buyer: Account, gate: Gate, tmp_path: Path
) -> None:
    gate.batches = False
    home = Home(street, buyer, tmp_path, sellers=(seller,), urls=(gate.url,))
    home.view()
    home.buy(seller)
    home.close()

    assert len(gate.seen[-1]) == 1


@pytest.mark.failure(
    part="chain",
    failure="the endpoint is too slow to try many transactions at once",
    person="chain lost, now and then",
    money="fewer are sent at once, until it keeps up: all come through, each once",
)
def test_endpoint_that_is_too_slow_for_many_tries_gets_fewer(
    street: Street, buyer: Account, gate: Gate, tmp_path: Path
) -> None:
    gifts = [
        SendGas(account=street.operator.account, amount_wei=1, day=day)
        for day in range(MOST_AT_ONCE)
    ]
    home = Home(street, buyer, tmp_path, urls=(gate.url,))
    home.view()
    gate.closed = True
    home.wait(ChainLost)
    home.submit(*gifts)
    gate.most_tries, gate.closed = 2, False
    home.wait(IntentConfirmed, len(gifts))
    home.close()

    assert sorted(fact.intent.day for fact in home.all(IntentConfirmed)) == [g.day for g in gifts]
    assert street.chain.transactions_of(buyer.account) == len(gifts)
    assert not home.all(IntentRefused)


@pytest.mark.failure(
    part="chain",
    failure="the endpoint is away",
    person="chain lost; a purchase is refused: `ChainUnavailable`",
    money="nothing is bought until it is back",
    lasts="until a block is seen",
)
def test_chain_that_goes_away_and_comes_back(
    gated_home: Home, street: Street, seller: str, gate: Gate
) -> None:
    gate.closed = True
    gated_home.wait(ChainLost)
    gated_home.submit(order(seller))
    assert gated_home.wait(IntentRefused).name == "ChainUnavailable"
    seen = len(gated_home.all(ChainObserved))
    gate.closed = False
    street.chain.mine()
    gated_home.wait(ChainObserved, seen + 1)
    gated_home.buy(seller)
    gated_home.close()


def test_connection_that_breaks_once_is_no_loss(
    gated_home: Home, street: Street, gate: Gate
) -> None:
    for number in range(1, 4):
        gate.drop_once = True
        until(lambda: not gate.drop_once, "a request was lost")
        street.chain.mine()
        gated_home.wait(ChainObserved, number + 1)
    gated_home.close()

    assert not gated_home.all(ChainLost)


@pytest.mark.failure(
    part="chain",
    failure="the first of two endpoints is away",
    person="nothing: chain not lost",
    money="the purchase is made, once",
)
def test_second_endpoint_takes_over(
    street: Street, seller: str, buyer: Account, gate: Gate, tmp_path: Path
) -> None:
    home = Home(street, buyer, tmp_path, sellers=(seller,), urls=(gate.url, street.chain.url))
    home.view()
    gate.closed = True
    home.buy(seller)
    home.close()

    assert not home.all(ChainLost)
    assert orders_opened(street) == 1


@pytest.mark.failure(
    part="chain",
    failure="the chain makes blocks only for transactions, and the line was away",
    person="chain lost, then standing again, without a block",
    money="the next purchase makes the next block",
)
def test_chain_without_empty_blocks_is_told_to_stand_and_is_bought_on(
    street: Street, seller: str, buyer: Account, gate: Gate, tmp_path: Path
) -> None:
    home = Home(street, buyer, tmp_path, sellers=(seller,), urls=(gate.url,), empty_blocks=False)
    home.view()
    gate.closed = True
    home.wait(ChainLost)
    gate.closed = False
    before = len(home.all(ChainStands))
    home.wait(ChainStands, before + 1)
    assert isinstance(home.facts[-1], ChainStands)
    home.buy(seller)
    home.close()

    assert orders_opened(street) == 1


@pytest.mark.failure(
    part="chain",
    failure="an endpoint serves another chain id",
    person="chain lost: `serves chain 4711, not 31337`",
    money="nothing is read from it",
)
def test_endpoint_of_another_chain_is_never_used(
    street: Street, seller: str, buyer: Account, tmp_path: Path
) -> None:
    with running_chain("--chain-id", "4711") as other:
        home = Home(street, buyer, tmp_path, sellers=(seller,), urls=(other.url,))
        lost = home.wait(ChainLost)
        home.close()

    assert "serves chain 4711, not 31337" in lost.reason
    assert not home.all(ChainObserved)


def test_check_asks_each_of_several_endpoints_by_itself(
    street: Street, buyer: Account, tmp_path: Path
) -> None:
    home = Home(street, buyer, tmp_path)
    home.close()
    with running_chain("--chain-id", "4711") as other:
        urls = (street.chain.url, other.url, f"http://127.0.0.1:{free_port()}")
        right, foreign, away = each_endpoint(replace(home.settings, rpc_urls=urls))

    assert (right.fails, foreign.fails, away.fails) == (False, True, True)
    assert "serves chain 4711, not 31337" in foreign.sentence
    assert "no connection" in away.sentence
    assert [found.what for found in (right, foreign, away)] == [
        f"endpoint {url.removeprefix('http://')}" for url in urls
    ]
    assert list(each_endpoint(home.settings)) == []


@pytest.mark.failure(
    part="chain",
    failure="the RPC endpoint hangs",
    person="chain lost: `no answer within 0.5 s`; purchases are refused",
    lasts="until it answers",
)
def test_hanging_endpoint_blocks_nobody_and_recovers(
    street: Street, seller: str, buyer: Account, tmp_path: Path
) -> None:
    home = Home(street, buyer, tmp_path, sellers=(seller,), timeout_s=0.5)
    home.view()
    street.chain.process.send_signal(signal.SIGSTOP)
    try:
        home.submit(*[order(seller, number) for number in range(1, 40)])
        lost = home.wait(ChainLost)
    finally:
        street.chain.process.send_signal(signal.SIGCONT)
    assert "no answer within 0.5 s" in lost.reason
    ended = (IntentRefused, IntentConfirmed)
    until(lambda: sum(len(home.all(kind)) for kind in ended) == 39, "each order has its answer")
    views = len(home.all(ChainObserved))
    street.chain.mine()
    home.wait(ChainObserved, views + 1)
    home.submit(order(seller, home.view().last_number + 1))
    home.wait(IntentConfirmed, len(home.all(IntentConfirmed)) + 1)
    home.close()


@pytest.mark.failure(
    part="chain",
    failure="an endpoint shows blocks, and loses what is to be sent",
    person="chain lost, told anew after each block",
    money="one order",
    lasts="until it takes it",
)
def test_loss_that_comes_after_a_view_is_told_after_each(
    gated_home: Home, street: Street, seller: str, gate: Gate
) -> None:
    """A view ends the fault on the person's page, so what fails after it must be said again."""
    gate.lose_requests = "eth_sendRawTransaction"
    gated_home.submit(order(seller))
    for count in range(1, 4):
        gated_home.wait(ChainLost, count)
        assert isinstance(gated_home.facts[-1], ChainLost)
        street.chain.mine()
    gate.lose_requests = None
    gated_home.wait(IntentConfirmed)
    gated_home.close()

    assert orders_opened(street) == 1
