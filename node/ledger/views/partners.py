"""Remember with whom the account has had orders, found in the sale's events and kept on disk.

An order is found by its pair of buyer and seller; the pairs come from the parameters, and from
`OrderOpened` events that name the account. A first search goes back as far as an order can live.
"""

import json
import logging
from collections.abc import Callable, Iterable

from node.core.wire.json_text import read_json
from node.keys.keccak import checksum_address
from node.ledger.chain.heads import WATCHED_BLOCKS, Head
from node.ledger.chain.look_back import OF_ONE, Filters, Log, look_back
from node.ledger.chain.rpc import Rpc
from node.ledger.contracts.sale import SaleContract
from node.state.journal import Journal

LOOK_BACK_S = 21 * 86_400
"""Chain seconds: the longest order, the longest grace, and a week for the refund."""

_SAVE_EVERY_BLOCKS = 8_192
"""What a restart searches again at most; each block written down would wear the card out."""
_KEY = "ledger.partners"
MOST_PAIRS = 1_024
"""Neighbours with whom an account has open orders at once: far more than there are wires."""

_log = logging.getLogger(__name__)

Pair = tuple[str, str]


class Partners:
    """Hold the pairs of (buyer, seller) that one account is in."""

    def __init__(self, sale: SaleContract, account: str, journal: Journal) -> None:
        self.pairs: set[Pair] = set()
        self._saved: tuple[frozenset[Pair], int] | None = None
        self._closed_at: dict[Pair, int] = {}
        self._sale = sale
        self._account = account
        self._journal = journal

    def search(self, rpc: Rpc, head: Head, closing: Callable[[], bool]) -> None:
        """Read what was kept, and search the blocks since then, or the whole look-back.

        Raises:
            ChainUnavailable: the search could not be finished; it may be begun again.
        """
        since = self._load(head.number)
        first = 0 if since is None else max(0, since - WATCHED_BLOCKS)
        opened, account = self._sale.order_opened_topic, topic_of_address(self._account)
        filters: Filters = [
            {"address": self._sale.address, "topics": [opened, account]},
            {"address": self._sale.address, "topics": [opened, None, account]},
        ]
        for found in look_back(
            rpc,
            head,
            first=first,
            since_s=head.timestamp_s - LOOK_BACK_S,
            filters=lambda _: filters,
            closing=closing,
            stride=OF_ONE,
            whole=False,
        ):
            self.learn(found.logs)
        self.save(head.number)

    def learn(self, logs: Iterable[Log]) -> None:
        """Take in the pairs of orders that were opened."""
        for log in logs:
            topics = log["topics"]
            if len(topics) == 3 and topics[0] == self._sale.order_opened_topic:
                pair = (_address(topics[1]), _address(topics[2]))
                if self._account not in pair or pair in self.pairs:
                    continue
                if len(self.pairs) >= MOST_PAIRS:
                    _log.warning("an order between %s and %s is left out: too many", *pair)
                    return
                self.pairs.add(pair)

    def note(self, open_pairs: Iterable[Pair], closed_pairs: Iterable[Pair], block: int) -> None:
        """Drop pairs without an open order, once no reorganisation can open it again."""
        for pair in open_pairs:
            self._closed_at.pop(pair, None)
        for pair in closed_pairs:
            since = self._closed_at.setdefault(pair, block)
            if block - since > WATCHED_BLOCKS:
                self.pairs.discard(pair)
                del self._closed_at[pair]

    def save(self, block_number: int) -> None:
        """Keep the pairs, and up to which block they are known; when neither is news, nothing."""
        saved = (frozenset(self.pairs), block_number // _SAVE_EVERY_BLOCKS)
        if saved == self._saved:
            return
        self._saved = saved
        known = {
            "sale": self._sale.address,
            "block": block_number,
            "pairs": sorted(self.pairs),
        }
        self._journal.put(_KEY, json.dumps(known), durable=False)

    def _load(self, head_number: int) -> int | None:
        """Give up to which block the pairs are known; None where all is to be searched again."""
        text = self._journal.get(_KEY)
        if text is None:
            return None
        try:
            known = read_json(text)
            since, pairs = known["block"], {(buyer, seller) for buyer, seller in known["pairs"]}
            readable = type(since) is int and all(_is_pair(pair) for pair in pairs)
        except (ValueError, TypeError, KeyError):
            readable = False
        if not readable:
            _log.error("the kept partners cannot be read: they are searched for again")
            return None
        # A block above the head was another chain's, or made up: nothing is known by it.
        if known.get("sale") != self._sale.address or since > head_number:
            return None
        self.pairs = pairs
        return int(since)


def topic_of_address(address: str) -> str:
    """Write an address as an event's topic."""
    return "0x" + address[2:].lower().rjust(64, "0")


def topic_of_number(number: int) -> str:
    """Write a number as an event's topic."""
    return f"0x{number:064x}"


def _is_pair(pair: tuple[object, object]) -> bool:
    try:
        return all(checksum_address(str(account)) == account for account in pair)
    except ValueError:
        return False


def _address(topic: str) -> str:
    return checksum_address("0x" + topic[-40:])
