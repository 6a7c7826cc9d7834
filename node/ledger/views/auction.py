"""Read what the interval auction fixed for ever, and the tariffs that the utility has posted."""

from node.core.auction.market import MarketRules, PostedTariff, tariffs_since
from node.ledger.chain.asking import asked, at_block, each
from node.ledger.chain.rpc import Rpc
from node.ledger.contracts.artifacts import UnexpectedAnswer
from node.ledger.contracts.auction import AuctionContract

_PAGE = 16
"""Versions read at once: the contract lets no more than eight wait, beside the one in force."""


def read_rules(rpc: Rpc, auction: AuctionContract, at: str = "latest") -> MarketRules:
    """Read what never changes of an auction; `at` is a block.

    Raises:
        ChainUnavailable: no endpoint answered, or what stands there is no auction.
    """
    constants = auction.constants()
    values, first = asked(
        rpc,
        each(at_block(ask, at) for ask in constants.values()),
        at_block(auction.tariff(1), at),
    )
    rules = MarketRules(
        first_retail_per_kwh=first.tariff.retail_per_kwh,
        **dict(zip(constants, values, strict=True)),
    )
    if not 1 <= rules.gate_lead_s <= rules.interval_s or rules.unit_milliwh < 1:
        raise UnexpectedAnswer("the auction's rules are none that its constructor takes")
    return rules


def read_tariffs(
    rpc: Rpc, auction: AuctionContract, first_interval: int, at: str = "latest"
) -> tuple[PostedTariff, ...]:
    """Read the tariff in force in an interval and all later ones, oldest first; `at` is a block.

    Raises:
        ChainUnavailable: no endpoint answered, or what stands there is no auction.
    """
    (newest,) = asked(rpc, at_block(auction.tariff_count(), at))
    found: list[PostedTariff] = []
    while newest > 0 and (not found or found[0].version.first_interval > first_interval):
        numbers = range(max(1, newest - _PAGE + 1), newest + 1)
        (page,) = asked(rpc, each(at_block(auction.tariff(number), at) for number in numbers))
        found = page + found
        newest = numbers.start - 1
    return tariffs_since(first_interval, tuple(found))


def is_utility(rpc: Rpc, auction: AuctionContract, account: str) -> bool:
    """Say whether an account may set the auction's tariffs and fund its grid.

    Raises:
        ChainUnavailable: no endpoint answered, or what stands there is no auction.
    """
    (role,) = asked(rpc, at_block(auction.utility_role(), "latest"))
    (holds,) = asked(rpc, at_block(auction.has_role(role, account), "latest"))
    return holds
