"""A head that an endpoint made up, far above the true one, puts no later look off."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from eth_abi.abi import encode

from node.ledger.chain.heads import Head, head_of
from node.ledger.chain.rpc import Rpc
from node.ledger.contracts.auction import AuctionContract
from node.ledger.contracts.community import Contracts
from node.ledger.views.home.observer import SEARCH_AGAIN_BLOCKS, Observer
from node.ledger.views.utility.homes import Homes
from tests.factories.ledger import NOWHERE, ledger_settings
from tests.parts.raw_endpoint import CHAIN, CHAIN_ID, raw_endpoint, reply

MADE_UP = 2**40
NOBODY, ONE, OTHER = ("0x" + digits * 20 for digits in ("00", "11", "22"))


class Told:
    """Say who owns the only meter, and that all else is nothing; keep what is asked."""

    def __init__(self) -> None:
        self.owner = ONE
        self.searched: list[int] = []

    def say(self, sock: socket.socket, calls: list[dict[str, Any]]) -> None:
        """Answer a request."""
        rows = [{"id": c["id"], "result": self._answer(c["method"], c["params"])} for c in calls]
        sock.sendall(reply(json.dumps(rows if len(rows) > 1 else rows[0]).encode()))

    def _answer(self, method: str, params: list[Any]) -> object:
        match method:
            case "eth_chainId":
                return CHAIN
            case "eth_call":
                words = encode(["address"] + ["uint256"] * 9, [self.owner] + [0] * 9)
                return "0x" + words.hex()
            case "eth_getLogs":
                self.searched.append(int(params[0]["fromBlock"], 16))
                return []
            case "eth_getBlockByNumber":
                return block(int(params[0], 16))
            case _:
                return "0x0"


def block(number: int) -> dict[str, str]:
    return {
        "number": hex(number),
        "hash": f"0x{number:064x}",
        "parentHash": f"0x{number - 1:064x}",
        "timestamp": hex(number),
    }


def head(number: int) -> Head:
    return head_of(block(number))


@contextmanager
def told() -> Iterator[tuple[Told, Rpc]]:
    one = Told()
    with raw_endpoint(one.say) as endpoint:
        yield one, Rpc((endpoint.url,), chain_id=CHAIN_ID, timeout_s=5.0)


def test_owners_of_meters_are_read_again_after_it() -> None:
    with told() as (says, rpc):
        contracts = Contracts(ledger_settings("http://127.0.0.1:1"))
        homes = Homes(rpc, contracts.registry, AuctionContract(NOWHERE), None, None)
        one_meter = ["0x" + encode(["uint256"], [1]).hex()]
        homes.learn(homes.question(hex(MADE_UP)).read(one_meter), MADE_UP)
        says.owner = OTHER
        # The first one is asked of, and another one's meter is it now.
        money, reading = ("0x" + encode(["uint256"] * count, [0] * count).hex() for count in (1, 3))
        homes.learn(homes.question("0x9").read(["0x0", money, reading, *one_meter]), 9)
        first, *_ = homes.question("0xa").calls

        assert first == ("eth_getBalance", [OTHER, "0xa"])


def test_events_are_searched_again_after_it() -> None:
    with told() as (says, rpc):
        settings = ledger_settings("http://127.0.0.1:1", sellers=(ONE,))
        says.owner = NOBODY
        observer = Observer(rpc, Contracts(settings), settings, None, None)
        observer.start(head(MADE_UP), lambda: False)
        for number in (5_000, 5_001):
            observer.observe(head(number), observed_at_s=0.0, block_period_s=1.0)

        assert min(says.searched) == 5_000 - SEARCH_AGAIN_BLOCKS + 1
