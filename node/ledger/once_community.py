"""Read what a community's contracts were deployed with, for `check`."""

from dataclasses import dataclass

from node.ledger.chain.asking import asked_now
from node.ledger.chain.rpc import Rpc
from node.ledger.contracts.community import Contracts
from node.ledger.settings import LedgerSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Community:
    """Hold the constants that a node's parameters repeat; `grace_s` is chain time."""

    interval_s: int
    grace_s: int


def read_community(settings: LedgerSettings) -> Community:
    """Ask the registry and the sale.

    Raises:
        ChainUnavailable: no endpoint answered.
        UnexpectedAnswer: a contract does not have our interface.
        RpcError: a contract refused the question.
    """
    rpc = Rpc(settings.rpc_urls, chain_id=settings.chain_id, timeout_s=settings.timeout_s)
    contracts = Contracts(settings)
    return Community(
        interval_s=asked_now(rpc, contracts.registry.interval()),
        grace_s=asked_now(rpc, contracts.sale.grace()),
    )
