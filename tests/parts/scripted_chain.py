"""Be a chain of which a test decides everything, behind an endpoint of real HTTP.

It has one account. Nothing is in a block before the test says so, and a test may put words into
the endpoint's mouth: they come before what the chain itself would say.
"""

import contextlib
import json
import socket
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import rlp
from eth_abi.abi import encode

from node.keys.keccak import keccak256
from tests.parts.raw_endpoint import CHAIN_ID, RawEndpoint, raw_endpoint, reply
from tests.parts.rpc_gate import Objection

GWEI = 10**9
FIRST_HEAD = 100
BLOCK_S = 12
SAYS_NO = Objection({"code": -32000, "message": "header not found"})
_NOTHING = "0x" + encode(["uint256"] * 16, [0] * 16).hex()
_DYNAMIC_FEES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """Hold a transaction as it came, and the block that holds it; None while none does."""

    hash: str
    nonce: int
    fee_wei: int
    tip_wei: int
    to: str
    value_wei: int
    data: str
    block: int | None = None
    succeeded: bool = True
    shows: dict[str, Any] | None = None


class ScriptedChain:
    """Hold the chain; `offered` is each transaction that was put to it, in order.

    While it is `away` no request is answered; it `loses` what it says to requests with that method,
    which it has taken. `shows_outcomes` False is an endpoint that counts a
    transaction before it shows it. `pending_nonce` is what it says of its pool, if it is not true.
    """

    def __init__(self, account: str) -> None:
        self.account = account
        self.chain_id = CHAIN_ID
        self.number = FIRST_HEAD
        self.gas_price_wei, self.base_fee_wei = 2 * GWEI, GWEI
        self.balance_wei = 10**18
        self.away = False
        self.loses: str | None = None
        self.shows_outcomes = True
        self.pending_nonce: int | None = None
        self.offered: list[Sent] = []
        self.requests: list[list[str]] = []
        self._known: dict[str, Sent] = {}
        self._forks: dict[int, int] = {}
        self._words: dict[str, deque[object]] = {}

    @property
    def asked(self) -> Counter[str]:
        """Count the questions by their methods."""
        return Counter(method for methods in self.requests for method in methods)

    def say(self, method: str, *words: object) -> None:
        """Answer the next questions so, one each; an `Objection` is said as an error."""
        self._words.setdefault(method, deque()).extend(words)

    def object(self, method: str, *messages: str) -> None:
        """Object to the next questions in these words, one each."""
        self.say(method, *(Objection({"code": -32000, "message": words}) for words in messages))

    def mine(self, *hashes: str, succeeded: bool = True) -> None:
        """Make a block of these transactions."""
        self.number += 1
        for name in hashes:
            self._known[name] = replace(self._known[name], block=self.number, succeeded=succeeded)

    def mine_all(self) -> None:
        """Make a block of all that waits."""
        self.mine(*(sent.hash for sent in self._known.values() if sent.block is None))

    def pass_blocks(self, count: int) -> None:
        """Make empty blocks."""
        self.number += count

    def drop(self, name: str) -> None:
        """Lose a transaction from the pool."""
        del self._known[name]

    def take(self, raw: bytes, shows: dict[str, Any] | None = None) -> Sent:
        """Take a transaction into the pool; `shows` is what is seen of it in a block."""
        sent = replace(read_raw(raw), shows=shows)
        self._known.setdefault(sent.hash, sent)
        return sent

    def reorganise(self, depth: int, *, drops: bool = True) -> None:
        """Replace the newest blocks by others, of which none holds what they held if it `drops`."""
        first = self.number - depth + 1
        for number in range(first, self.number + 1):
            self._forks[number] = self._forks.get(number, 0) + 1
        for sent in [s for s in self._known.values() if s.block is not None and s.block >= first]:
            if drops:
                self._known[sent.hash] = replace(sent, block=None)

    def answer(self, method: str, params: list[Any]) -> object:
        """Answer one question."""
        waiting = self._words.get(method)
        if method == "eth_sendRawTransaction":
            self.offered.append(read_raw(bytes.fromhex(params[0][2:])))
        if waiting:
            return waiting.popleft()
        if method in self._plain():
            return self._plain()[method]
        match method:
            case "eth_getTransactionCount":
                return hex(self._count(params[1]))
            case "eth_sendRawTransaction":
                return self.take(bytes.fromhex(params[0][2:])).hash
            case "eth_getTransactionReceipt":
                return self._outcome(params[0])
            case "eth_getTransactionByHash":
                return {"hash": params[0]} if params[0] in self._known else None
            case "eth_getBlockByNumber":
                number = self.number if params[0] == "latest" else int(params[0], 16)
                return self._block(number) if number <= self.number else None
            case "eth_getBlockByHash":
                return self._block(int(params[0][-16:], 16))
        raise AssertionError(f"the chain is asked for {method}")

    def _plain(self) -> dict[str, object]:
        return {
            "eth_chainId": hex(self.chain_id),
            "eth_gasPrice": hex(self.gas_price_wei),
            "eth_getBalance": hex(self.balance_wei),
            "eth_estimateGas": hex(50_000),
            "eth_call": _NOTHING,
            "eth_getLogs": [],
        }

    def _count(self, at: str) -> int:
        if at == "pending" and self.pending_nonce is not None:
            return self.pending_nonce
        newest = self.number if not at.startswith("0x") else int(at, 16)
        blocks = {s.nonce: s.block for s in self._known.values() if s.block or at == "pending"}
        count = 0
        while count in blocks and (blocks[count] or 0) <= newest:
            count += 1
        return count

    def _outcome(self, name: str) -> dict[str, object] | None:
        sent = self._known.get(name)
        if sent is None or sent.block is None or not self.shows_outcomes:
            return None
        return {
            "transactionHash": name,
            "blockNumber": hex(sent.block),
            "blockHash": self._hash(sent.block),
            "gasUsed": hex(40_000),
            "status": hex(sent.succeeded),
        }

    def _block(self, number: int) -> dict[str, object]:
        held = [s for s in self._known.values() if s.block == number and s.shows is not None]
        return {
            "number": hex(number),
            "hash": self._hash(number),
            "parentHash": self._hash(max(0, number - 1)),
            "timestamp": hex(number * BLOCK_S),
            "baseFeePerGas": hex(self.base_fee_wei),
            "transactions": [sent.shows for sent in held],
        }

    def _hash(self, number: int) -> str:
        return f"0x{self._forks.get(number, 0):048x}{number:016x}"

    def reply(self, sock: socket.socket, calls: list[dict[str, Any]]) -> None:
        """Answer a request on a connection; one that is away closes it."""
        self.requests.append([call["method"] for call in calls])
        if self.away:
            raise ConnectionError
        answers = []
        for call in calls:
            said = self.answer(call["method"], call["params"])
            told = {"error": said.error} if isinstance(said, Objection) else {"result": said}
            answers.append({"jsonrpc": "2.0", "id": call["id"]} | told)
        if self.loses in self.requests[-1]:
            raise ConnectionError
        sock.sendall(reply(json.dumps(answers if len(answers) > 1 else answers[0]).encode()))


@contextlib.contextmanager
def scripted(chain: ScriptedChain) -> Iterator[RawEndpoint]:
    """Let an endpoint serve a chain for a while."""
    with raw_endpoint(chain.reply) as endpoint:
        yield endpoint


def read_raw(raw: bytes) -> Sent:
    """Read a signed transaction with dynamic fees, or one of the kind before."""
    if raw[0] == _DYNAMIC_FEES:
        _, nonce, tip, fee, _, to, value, data, *_ = rlp.decode(raw[1:])
    else:
        nonce, fee, _, to, value, data, *_ = rlp.decode(raw)
        tip = fee
    return Sent(
        hash="0x" + keccak256(raw).hex(),
        nonce=int.from_bytes(nonce, "big"),
        fee_wei=int.from_bytes(fee, "big"),
        tip_wei=int.from_bytes(tip, "big"),
        to="0x" + to.hex(),
        value_wei=int.from_bytes(value, "big"),
        data="0x" + data.hex(),
    )
