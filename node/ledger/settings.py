"""Say what the ledger is told by the parameters: where the chain is, and what it may cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

CHAIN_KEY = "ledger.chain"
"""Where the journal keeps whose promises it holds; without, what may be under way is waited out."""

SOCKET = "unix:"
"""What the address of a socket of this machine begins with."""

Headers = Sequence[tuple[str, str]]
"""What an endpoint is told beside each request: names and values of headers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerSettings:
    """Configure one account's conversation with one chain.

    `contracts` are their addresses, of any case, by the operator's words for them. `chain_id` None
    takes the first endpoint's. `confirmations` 1 means that the block which holds an outcome is the
    head. `poll_s` is how often to look while nothing is pending, `pending_poll_s` while something
    is. `timeout_s` bounds one request.
    `replace_after_s` is how long a transaction may wait before it is replaced at a higher fee.
    `trades_at_auction` says whether this account's side of the auction is read with each view.
    `calendar_speed` is chain seconds per real second (the village's clock), which only the first
    guess of the block period needs. Without `empty_blocks` the chain makes one only when there is
    work, and it is told now and then that the head still stands. All `*_s` are real seconds.
    `pays_by_allowance` has the sale take an order's price from what the account allowed it before.
    `headers` are what an endpoint asks for to let somebody in, by the endpoint's name.
    """

    rpc_urls: tuple[str, ...] = field(repr=False)
    chain_id: int | None
    contracts: Mapping[str, str]
    sellers: tuple[str, ...]
    meter_id: int | None
    read_only: bool
    trades_at_auction: bool = False
    confirmations: int = 1
    poll_s: float = 1.0
    pending_poll_s: float = 0.05
    timeout_s: float = 10.0
    replace_after_s: float = 30.0
    max_fee_per_gas_wei: int = 200 * 10**9
    calendar_speed: float = 1.0
    empty_blocks: bool = True
    pays_by_allowance: bool = False
    headers: Mapping[str, Headers] = field(default_factory=dict, repr=False)


def endpoint_name(url: str) -> str:
    """Name an endpoint without what its address may hold of a key."""
    if url.startswith(SOCKET):
        return url
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)
