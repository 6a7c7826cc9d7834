"""Start a real chain for a test: anvil on a free port, the contracts deployed, homes with money.

Accounts are made anew and funded by the chain's own wand, so that no key stands anywhere.
"""

import contextlib
import json
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from node.keys.account import Account, new_account
from node.ledger.contracts.ask import Ask
from node.ledger.operator import deploy as deployment
from node.ledger.operator.transact import Transactor
from tests.parts.waiting import until
from village.old_token import deploy_old_token
from village.tcp import free_port

ANVIL = Path(__file__).parents[2] / "contracts/node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil"
ETHER = 10**18
TOKEN = 10**6

Value = TypeVar("Value")
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Chain:
    """Hold one anvil process."""

    def __init__(self, *options: str, port: int | None = None) -> None:
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._cache = tempfile.TemporaryDirectory(prefix="peerwatt-")
        self.process = subprocess.Popen(
            [
                str(ANVIL), "--silent", "--prune-history", "64", "--accounts", "1",
                "--cache-path", self._cache.name, "--port", str(self.port), *options,
            ],
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        until(self._answers, "anvil answers")

    def call(self, method: str, *params: object) -> Any:
        """Ask the chain, or wave its wand; a refusal raises `AssertionError`."""
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        request = urllib.request.Request(
            self.url, body.encode(), {"Content-Type": "application/json"}
        )
        with _DIRECT.open(request, timeout=100) as response:
            answer = json.load(response)
        assert "error" not in answer, f"{method}: {answer['error']}"
        return answer["result"]

    def ask(self, ask: Ask[Value]) -> Value:
        """Ask a contract one thing at the newest block."""
        return ask.read(self.call("eth_call", {"to": ask.to, "data": ask.data}, "latest"))

    def number(self) -> int:
        """Give the head's number."""
        return int(self.call("eth_blockNumber"), 16)

    def mine(self, blocks: int = 1) -> None:
        """Make blocks now."""
        self.call("anvil_mine", hex(blocks))

    def set_automine(self, on: bool) -> None:
        """Let each transaction make a block at once, or let none."""
        self.call("evm_setAutomine", on)

    def pending(self) -> list[dict[str, Any]]:
        """Give the transactions in the pool."""
        block = self.call("eth_getBlockByNumber", "pending", True)
        return list(block["transactions"])

    def transactions_of(self, account: str) -> int:
        """Count the transactions of an account that are in blocks."""
        return int(self.call("eth_getTransactionCount", account, "latest"), 16)

    def fund(self, account: str, wei: int = 100 * ETHER) -> None:
        """Give an account its balance for gas."""
        self.call("anvil_setBalance", account, hex(wei))

    def new_account(self, wei: int = 100 * ETHER) -> Account:
        """Make a funded account."""
        account = new_account()
        self.fund(account.account, wei)
        return account

    def close(self) -> None:
        """End the process; may be called twice."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(10)
        self._cache.cleanup()

    def _answers(self) -> bool:
        assert self.process.poll() is None, "anvil ended"
        with contextlib.suppress(OSError):
            return bool(self.call("eth_chainId"))
        return False


class Street:
    """Hold a chain with the contracts deployed, and what its operator can do."""

    def __init__(
        self,
        chain: Chain,
        settings: deployment.DeploySettings | None = None,
        *,
        has_old_token: bool = False,
    ) -> None:
        self.chain = chain
        self.operator = chain.new_account()
        self.settings = settings or deployment.DeploySettings()
        self.rpc = deployment.connect(chain.url)
        self.transactor = Transactor(self.rpc, self.operator, print)
        known = {"token": deploy_old_token(self.transactor)} if has_old_token else {}
        addresses = deployment.deploy(chain.url, self.operator, self.settings, known=known)
        self.token = addresses["token"]
        self.sale = addresses["sale"]
        self.registry = addresses["registry"]
        self.auction = addresses.get("auction")

    def new_home(self, tokens: int = 100 * TOKEN, wei: int = 100 * ETHER) -> Account:
        """Make an account with gas and tokens."""
        account = self.chain.new_account(wei)
        if tokens:
            self.mint(account.account, tokens)
        return account

    def mint(self, account: str, tokens: int) -> None:
        """Give an account tokens."""
        deployment.mint(self.transactor, self.token, account, tokens)

    def new_meter(self, home: Account, max_power_w: int = 10_000) -> int:
        """Install a meter that the home itself reports."""
        return deployment.install_meter(
            self.transactor,
            self.rpc,
            self.registry,
            owner=home.account,
            reporter=home.account,
            kind="solar",
            max_power_w=max_power_w,
        )


@contextlib.contextmanager
def running_chain(*options: str) -> Iterator[Chain]:
    """Run a chain for a while."""
    chain = Chain(*options)
    try:
        yield chain
    finally:
        chain.close()


def numbers_of(rows: Sequence[Any]) -> list[int]:
    """Give the order numbers of orders, receipts or intents."""
    return [row.number for row in rows]
