"""Keep the newest energy receipts, unread: a buyer leaves them, its seller takes them."""

from node.core.records import Receipt

MOST_PER_BUYER = 8


class ReceiptShelf:
    """Hold, for each buyer, the newest receipt of its last few orders."""

    def __init__(self) -> None:
        self._by_buyer: dict[str, dict[tuple[str, int], Receipt]] = {}

    def keep(self, buyer: str, receipts: tuple[Receipt, ...]) -> None:
        """Keep what is newer (drawn further) than what is here; drop what was left longest ago."""
        shelf = self._by_buyer.setdefault(buyer, {})
        for receipt in receipts:
            order = (receipt.seller, receipt.number)
            known = shelf.pop(order, None)
            newer = known is None or receipt.drawn_milliwh > known.drawn_milliwh
            shelf[order] = receipt if known is None or newer else known
            if len(shelf) > MOST_PER_BUYER:
                del shelf[next(iter(shelf))]

    def of(self, buyer: str, seller: str) -> tuple[Receipt, ...]:
        """Give the receipts that a buyer left for a seller."""
        shelf = self._by_buyer.get(buyer, {})
        return tuple(receipt for receipt in shelf.values() if receipt.seller == seller)
