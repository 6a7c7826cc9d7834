"""Work an interval's pairing out again from the chain's events alone, as anybody can."""

from node.core.auction.market import pair_orders
from node.core.auction.pairing import Pairing, Wires
from node.core.errors import Refused
from node.ledger.chain import answers as read
from node.ledger.chain.heads import head_of
from node.ledger.chain.look_back import OF_ALL, Log, look_back
from node.ledger.chain.rpc import rpc_of
from node.ledger.contracts.auction import Placed
from node.ledger.contracts.community import Contracts
from node.ledger.settings import LedgerSettings
from node.ledger.views.auction import read_rules
from node.ledger.views.events import read_results
from node.ledger.views.partners import topic_of_number

_OPEN_INTERVALS = 3
"""How many intervals before its own an interval can take orders, and one to spare."""


def pairing_on_chain(settings: LedgerSettings, interval: int, wires: Wires) -> Pairing:
    """Give the pairing that follows from an interval's fills on the chain and the wires.

    Raises:
        Refused: the interval is not cleared.
        ChainUnavailable: no endpoint answered.
        ValueError: a wired account is none.
    """
    rpc = rpc_of(settings)
    auction = Contracts(settings).auction
    if auction is None:
        raise Refused("NoAuction", "the parameters name no auction (contract.auction)")
    rules = read_rules(rpc, auction)
    head = head_of(rpc.call("eth_getBlockByNumber", "latest", False))
    newest: dict[int, Placed] = {}
    cleared: list[Log] = []

    filters = [
        {"address": auction.address, "topics": [topic, topic_of_number(interval)]}
        for topic in (auction.placed_topic, auction.cleared_topic)
    ]
    for span in look_back(
        rpc,
        head,
        since_s=(interval - _OPEN_INTERVALS) * rules.interval_s,
        filters=lambda _: filters,
        closing=lambda: False,
        stride=OF_ALL,
    ):
        placed_logs, cleared_logs = span.of_filters
        for log in reversed(placed_logs):
            placed = read.event(auction.placed, log)
            newest.setdefault(placed.placement.meter_id, placed)
        cleared += cleared_logs
    found = read_results(rpc, auction, cleared[:1], hex(head.number))
    if not found:
        raise Refused("NotCleared", f"interval {interval} is not cleared on the chain")
    orders = [(newest[meter].account, newest[meter].placement.order) for meter in sorted(newest)]
    return pair_orders(found[0], orders, rules.unit_milliwh, wires)
