"""Hold the contracts that a street has, each to be spoken with; it may have no auction."""

from node.keys.keccak import checksum_address
from node.ledger.contracts.auction import AuctionContract
from node.ledger.contracts.auction_refusals import AUCTION, LENS
from node.ledger.contracts.known import Known
from node.ledger.contracts.pool_refusals import POOL
from node.ledger.contracts.registry import REGISTRY, RegistryContract
from node.ledger.contracts.sale import SALE, SaleContract
from node.ledger.contracts.token import TOKEN, TokenContract
from node.ledger.settings import LedgerSettings

ADDRESSED: tuple[Known, ...] = (TOKEN, REGISTRY, SALE, AUCTION, POOL)
"""The contracts that the parameters name; whoever adds one adds it here."""
KNOWN = (*ADDRESSED, LENS)


class Contracts:
    """Hold the contracts that a node speaks with; a street may have no auction.

    `pays_by_allowance` says how orders of the sale are paid: not by the token's approve-and-call.
    """

    def __init__(self, settings: LedgerSettings) -> None:
        at = {key: checksum_address(address) for key, address in settings.contracts.items()}
        self.token = TokenContract(at[TOKEN.key])
        self.sale = SaleContract(at[SALE.key])
        self.pays_by_allowance = settings.pays_by_allowance
        self.registry = RegistryContract(at[REGISTRY.key])
        self.auction = AuctionContract(at[AUCTION.key]) if AUCTION.key in at else None
