"""Say what the interval auction is to be, and refuse beforehand what its constructor would."""

from dataclasses import dataclass

from node.core.auction.tariff import Tariff
from node.core.errors import Refused
from node.keys.keccak import checksum_address
from node.ledger.chain.asking import asked_now
from node.ledger.chain.rpc import Rpc
from node.ledger.contracts.registry import RegistryContract

LEAST_BLOCKS = 4
"""That must fit between the gate and the delivery: the last orders, and the clearing."""
RING_RESERVE = 6
"""Boundaries that stay in a meter's ring beside those of the reading deadline."""
_MEASURED_BLOCKS = 20
_RETAILS = 10
"""How many times the first retail a later one may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuctionSettings:
    """Say what the interval auction is to be (`IIntervalAuction.Settings`).

    The utility holds its role. A unit is in milliwatt-hours, the least order in units, gate lead
    and reading deadline in seconds, the buyers' margin in per cent. Left open, the block time is
    measured, and the most retail is ten times the first. `one_key` lets the account that installs
    the meters be the utility too.
    """

    utility: str
    tariff: Tariff
    unit_milliwh: int = 1_000
    least_units: int = 10
    gate_lead_s: int = 60
    margin_percent: int = 20
    reading_deadline_s: int = 86_400
    block_s: int | None = None
    most_retail_per_kwh: int | None = None
    one_key: bool = False

    def members(self, token: str, registry: str, block_s: int) -> tuple[object, ...]:
        """Give them in the contract's order."""
        return (
            token,
            registry,
            self.utility,
            self.tariff.feed_in_per_kwh,
            self.tariff.tick_size_per_kwh,
            self.unit_milliwh,
            self.least_units,
            self.gate_lead_s,
            self.margin_percent,
            self.reading_deadline_s,
            block_s,
            self.most_retail_per_kwh or _RETAILS * self.tariff.retail_per_kwh,
        )


def measured_block_s(rpc: Rpc) -> int:
    """Measure the seconds from a block to the next over the last 20, rounded up, at least 1.

    Raises:
        ChainUnavailable: the endpoint did not answer.
    """
    newest = rpc.call("eth_getBlockByNumber", "latest", False)
    number = int(newest["number"], 16)
    # The first block's time is anybody's.
    oldest = max(1, number - _MEASURED_BLOCKS)
    if oldest >= number:
        return 1
    before = rpc.call("eth_getBlockByNumber", hex(oldest), False)
    passed = int(newest["timestamp"], 16) - int(before["timestamp"], 16)
    return max(1, -(-passed // (number - oldest)))


def require_keys_apart(auction: AuctionSettings, rpc: Rpc, registry: str | None, me: str) -> None:
    """Refuse one key for the meters and the prices, unless that is wanted.

    `me` installs the meters of a registry that is still to be deployed.

    Raises:
        Refused: the utility's account installs meters, too.
        ChainUnavailable: the endpoint did not answer.
    """
    utility = checksum_address(auction.utility)
    if auction.one_key or not _installs(rpc, registry, me, utility):
        return
    raise Refused(
        "OneKey",
        f"{utility} would be the utility and install the meters, and so could set prices and"
        " propose who reports: name another account (--utility), or say that it may (--one-key)",
    )


def _installs(rpc: Rpc, registry: str | None, me: str, account: str) -> bool:
    if registry is None:
        return account == me
    contract = RegistryContract(registry)
    role = asked_now(rpc, contract.installer_role())
    return asked_now(rpc, contract.has_role(role, account))


def require_admissible(auction: AuctionSettings, interval_s: int, ring: int, block_s: int) -> None:
    """Refuse what the auction's constructor would, before its registry is paid for.

    Raises:
        Refused: a setting is out of its limits; it is named, with both.
    """
    retail = auction.tariff.retail_per_kwh
    limits = (
        ("--ring", ring, RING_RESERVE + 1, 2**32 - 1),
        ("--gate-lead", auction.gate_lead_s, LEAST_BLOCKS * block_s, (interval_s - 1) // 2),
        ("--margin", auction.margin_percent, 1, 100),
        (
            "--reading-deadline",
            auction.reading_deadline_s,
            interval_s,
            (ring - RING_RESERVE) * interval_s,
        ),
        ("--most-retail", auction.most_retail_per_kwh or retail, retail, 2**64 - 1),
    )
    for name, value, least, most in limits:
        if not least <= value <= most:
            why = f" (blocks of {block_s} s, intervals of {interval_s} s)"
            raise Refused(
                "AuctionSettingOutOfRange", f"{name} of {value} is not from {least} to {most}{why}"
            )
