"""Do to a street's chain what befalls real ones; each verb is one fault, well over when it returns.

Touches anvil alone: its wand, its process, its state file.
"""

from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPException
from shutil import copy

from node.core.errors import NodeError
from tests.faults.trading import Trading
from tests.parts.neighbours import BUYER, CHAIN_ID
from village.tcp import wait_for_port

SPIKE_WEI = 2_000 * 10**9
"""Twenty times what a node pays by default; it falls by an eighth with each block."""
STATE, OLDER, OTHER = "chain.json", "older.json", "other.json"
START_S = 20.0


class ChainControl:
    """Hold the wand over one street's chain."""

    def __init__(self, played: Trading) -> None:
        self._played = played
        self._street = played.street

    def reorganise(self, depth: int) -> bool:
        """Replace the newest blocks by empty ones; what stood in them is in no pool either.

        Say whether one of the buyer's orders was taken away.
        """
        number = self._played.last_number()
        self._played.ask("anvil_reorg", depth, [])
        was_taken = self._played.last_number() < number
        # The miner must learn the new head's time.
        self._street.stop_blocks()
        self._street.resume_blocks()
        return was_taken

    def pending(self) -> list[str]:
        """Give the hashes of the transactions in the pool."""
        block = self._played.ask("eth_getBlockByNumber", "pending", False)
        return [str(transaction) for transaction in block["transactions"]]

    def has_pending(self) -> bool:
        """Say whether something waits in the pool; False while the chain is away."""
        with suppress(OSError, HTTPException, RuntimeError):
            return bool(self.pending())
        return False

    def drop(self, transaction: str) -> bool:
        """Take a transaction out of the pool; False if a block was faster."""
        return self._played.ask("anvil_dropTransaction", transaction) is not None

    def restart(self) -> None:
        """End the chain's process and start it on what it has kept; its pool is lost."""
        self._down()
        self._up()

    def keep_state(self) -> None:
        """Restart the chain, and keep a copy of its state for `go_back`."""
        self._down()
        folder = self._street.places.directory
        copy(folder / STATE, folder / OLDER)
        self._up()

    def go_back(self) -> None:
        """Restart the chain with the older state: all that came since has never been."""
        self._down()
        folder = self._street.places.directory
        copy(folder / OLDER, folder / STATE)
        self._up()

    def be_another(self) -> None:
        """Let a chain of another id answer until the buyer has noticed, then this one again."""
        self._down()
        self._up(CHAIN_ID + 1, OTHER)
        self._until_fault("chain_unreachable")
        self._down()
        self._up()

    def stand_still(self) -> None:
        """Let no block come until the buyer has noticed."""
        self._street.stop_blocks()
        self._until_fault("chain_behind")
        self._street.resume_blocks()

    def spike(self) -> None:
        """Raise the fee once something waits in the pool; then it falls by itself."""
        self._street.stop_blocks()
        self._played.until(self.pending, "something waits in the pool")
        self._played.ask("anvil_setNextBlockBaseFeePerGas", hex(SPIKE_WEI))
        self._street.resume_blocks()

    def _down(self) -> None:
        self._street.stop_blocks()
        self._street.processes.stop("chain")

    def _up(self, chain_id: int = CHAIN_ID, state: str = STATE) -> None:
        self._street.start_chain(chain_id, state)
        wait_for_port(self._street.places.chain_port, START_S)
        self._street.resume_blocks()

    def _until_fault(self, name: str) -> None:
        self._played.until(self._shows(name), f"the buyer shows {name}")

    def _shows(self, name: str) -> Callable[[], bool]:
        def shows() -> bool:
            with suppress(NodeError, OSError):
                return name in self._street.status(BUYER)["fault_names"]
            return False

        return shows
