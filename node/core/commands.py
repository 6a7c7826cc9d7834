"""What the rules may ask for: imperative, frozen; the ladder `dispatch` alone carries them out."""

from dataclasses import dataclass

from node.core.auction.clearing import Order
from node.core.records import Reading, Receipt

LONGEST_ORDER_S = 7 * 86_400
"""The longest that the sale lets an order run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenOrder:
    """Buy energy with one approve-and-call; the charge is at most `max_cost` base units, and the
    order runs for `max_duration_s` at most."""

    seller: str
    number: int
    energy_milliwh: int
    max_price_per_kwh: int
    max_duration_s: int
    max_cost: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PostOffer:
    """Replace the own offer; `available_milliwh` 0 withdraws it; `until_s` is chain time."""

    price_per_kwh: int
    available_milliwh: int
    least_milliwh: int
    until_s: int
    duration_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Redeem:
    """Be paid for what a buyer's receipt says; with `close`, also return the rest at once."""

    receipt: Receipt
    close: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseOrder:
    """Renounce, as the seller, what no receipt covers, and return the rest to the buyer."""

    buyer: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundOrder:
    """Return the rest of an order whose grace has passed to its buyer."""

    buyer: str
    seller: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportReadings:
    """Post consecutive boundary readings of the connection meter, oldest first (at most 96)."""

    meter_id: int
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceOrder:
    """Place or change a meter's order in an interval of the auction; no energy cancels it.

    `added` base units are paid into the account's balance there first, which the deposit is from.
    """

    interval: int
    meter_id: int
    order: Order
    added: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawBalance:
    """Take base units out of the account's balance at the auction."""

    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectOwed:
    """Collect into the account's balance at the auction what the grid's money covers of its debt.

    `owed` is what the grid owes the account, in base units; the chain itself decides how much.
    """

    owed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearInterval:
    """Clear an interval whose gate has closed; the chain takes only the first who does."""

    interval: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleOrders:
    """Settle some meters' orders of a cleared interval."""

    interval: int
    meter_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteSilence:
    """Note that an interval's deadline for readings is over; the chain takes but the first note."""

    interval: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PostTariff:
    """Set the grid's prices (base units per kWh) from an interval on that takes no orders yet."""

    first_interval: int
    feed_in_per_kwh: int
    tick_size_per_kwh: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositTokens:
    """Pay base units into the account's balance at the auction."""

    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FundGrid:
    """Move base units from the account's balance at the auction to the utility's."""

    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnounceWithdrawal:
    """Announce that base units of the grid's money will leave; 0 takes an announcement back."""

    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecuteWithdrawal:
    """Move what was announced, and is still there, to the account's balance at the auction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendGas:
    """Give an account gas, once a calendar day at most."""

    account: str
    amount_wei: int
    day: int


SellersIntent = PostOffer | Redeem | CloseOrder
SaleIntent = OpenOrder | SellersIntent | RefundOrder
AuctionIntent = (
    PlaceOrder
    | WithdrawBalance
    | CollectOwed
    | ClearInterval
    | SettleOrders
    | NoteSilence
    | PostTariff
    | DepositTokens
    | FundGrid
    | AnnounceWithdrawal
    | ExecuteWithdrawal
)
Intent = SaleIntent | AuctionIntent | ReportReadings | SendGas
"""A command that becomes a transaction, so its promise is journalled before it leaves."""
AFTER_COUNTS = (OpenOrder, PlaceOrder, ReportReadings, SettleOrders)
"""The intents that leave only once what their home has counted is on its way to disk.

The meter's readings settle what is ordered, and without them a home pays the worst. After a crash
the registers must not be below what a report has told, and a purchase must count against the day's
budget.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldContacts:
    """Ask for, or renew, a lease that closes exactly these channels and opens the account's others.

    No channels at all returns the home to its own source.
    """

    contacts: tuple[int, ...]
    lease_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveConsent:
    """Let one connection be closed for a while; 0 seconds withdraws the consent."""

    connection: int
    consent_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SignReceipt:
    """Sign and send the cumulative receipt of an order being drawn."""

    seller: str
    number: int
    drawn_milliwh: int


Command = Intent | HoldContacts | GiveConsent | SignReceipt
