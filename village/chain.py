"""The village's chain: a real anvil, whose blocks keep calendar time.

The village mines each block itself, so that its timestamp is the played calendar's and not the wall
clock's; anvil is a development node, and nothing of it is part of the product.
"""

import http.client
import json
import platform
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from node.core.wire.json_text import read_json
from node.system.clock import Clock

BLOCK_S = 0.25
RPC_TIMEOUT_S = 10.0
LEAST_WAIT_S = 0.001
KEPT_BLOCKS = 64
NEVER = (0.0, 0.0)
"""The span of the calendar in which a chain stands still that never does."""
Calls = Sequence[tuple[str, tuple[object, ...]]]
"""Methods of a chain, each with its arguments."""
MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}


def anvil_binary() -> Path:
    """Find the anvil that `make` has installed.

    Raises:
        FileNotFoundError: there is none for this machine.
    """
    machine = MACHINES.get(platform.machine(), platform.machine())
    root = Path(__file__).resolve().parent.parent
    binary = root / f"contracts/node_modules/@foundry-rs/anvil-linux-{machine}/bin/anvil"
    if not binary.exists():
        raise FileNotFoundError(
            f"There is no anvil for this machine ({machine}) at {binary}: run 'make setup',"
            " and where npm has no such binary, run the village on a 64-bit PC."
        )
    return binary


def anvil_command(
    port: int, start_s: int, chain_id: int, directory: Path, more: Sequence[str] = ()
) -> list[str]:
    """Give the command that starts a chain which mines on request only; its cache lies beside."""
    return [
        str(anvil_binary()),
        *("--port", str(port)),
        *("--chain-id", str(chain_id)),
        *("--timestamp", str(start_s)),
        *("--prune-history", str(KEPT_BLOCKS)),
        *("--cache-path", str(directory / "anvil")),
        "--no-mining",
        "--silent",
        *more,
    ]


def stamped(stamp_s: int) -> Calls:
    """Give the calls that make a block of this time."""
    return (("evm_setNextBlockTimestamp", (stamp_s,)), ("evm_mine", ()))


class Miner:
    """Mine a block every `block_s` seconds of the clock, stamped with its calendar.

    `due_at_s` is when the next block is due on the clock, `mined` counts them. From one instant
    of the calendar to the other, of `stands_s`, none is due. `only_with_work` mines none in which
    there would be no transaction. `block` gives the calls that make one of a time.
    """

    def __init__(
        self,
        port: int,
        clock: Clock,
        block_s: float = BLOCK_S,
        stands_s: tuple[float, float] = NEVER,
        only_with_work: bool = False,
        block: Callable[[int], Calls] = stamped,
    ) -> None:
        self._block = block
        self._only_with_work = only_with_work
        self._port = port
        self._clock = clock
        self._block_s = block_s
        self._stands_s = stands_s
        self.due_at_s = self._next_due_s()
        self.mined = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="miner", daemon=True)

    def start(self) -> None:
        """Begin to mine."""
        self._thread.start()

    def close(self) -> None:
        """Stop mining; may be called twice."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=RPC_TIMEOUT_S)
        newest_s = 0
        while not newest_s and not self._stop.is_set():
            newest_s = self._head_s(connection)
        while self._waits_until_due():
            newest_s = max(newest_s + 1, int(self._clock.calendar_s()))
            try:
                if self._has_work(connection):
                    for method, arguments in self._block(newest_s):
                        call(connection, method, *arguments)
                    self.mined += 1
            except (OSError, http.client.HTTPException):
                # The chain may be stopped or restarted by hand; the next block tries again.
                connection.close()
            self.due_at_s = self._next_due_s()

    def _next_due_s(self) -> float:
        """Give the clock's next whole number of blocks at which the chain does not stand still."""
        now_s = self._clock.monotonic_s()
        due_s = (now_s // self._block_s + 1) * self._block_s
        stops_s, goes_on_s = self._stands_s
        calendar_s = self._clock.calendar_s() + (due_s - now_s) * self._clock.speed
        if stops_s <= calendar_s < goes_on_s:
            return due_s + (goes_on_s - calendar_s) / self._clock.speed
        return due_s

    def _waits_until_due(self) -> bool:
        """Wait for the next block's instant; False when mining is to stop.

        Handed-out time may pass more slowly than is waited, and then is waited for again.
        """
        while (left_s := self.due_at_s - self._clock.monotonic_s()) > 0:
            if self._stop.wait(max(left_s, LEAST_WAIT_S)):
                return False
        return not self._stop.is_set()

    def _has_work(self, connection: http.client.HTTPConnection) -> bool:
        if not self._only_with_work:
            return True
        return int(call(connection, "txpool_status")["pending"], 16) > 0

    def _head_s(self, connection: http.client.HTTPConnection) -> int:
        """Give the newest block's time, 0 while the chain does not answer."""
        try:
            block = call(connection, "eth_getBlockByNumber", "latest", False)
        except (OSError, http.client.HTTPException):
            connection.close()
            return 0
        return int(block["timestamp"], 16)


def call(connection: http.client.HTTPConnection, method: str, *arguments: object) -> Any:  # noqa: ANN401 - JSON of any shape
    """Make one JSON-RPC call.

    Raises:
        RuntimeError: the chain answered with an error.
    """
    request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(arguments)}
    headers = {"Content-Type": "application/json"}
    connection.request("POST", "/", json.dumps(request), headers)
    reply = read_json(connection.getresponse().read())
    if "error" in reply:
        raise RuntimeError(f"{method}: {reply['error']}")
    return reply["result"]
