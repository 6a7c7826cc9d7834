"""Read what the interval auction fixed for ever, and the tariffs that the utility has posted."""

from collections.abc import Mapping, Sequence
from typing import Any

from node.core.auction.gate import TariffVersion
from node.core.auction.market import MarketRules, PostedTariff, tariffs_since
from node.core.auction.tariff import Tariff
from node.ledger.chain import answers as read
from node.ledger.chain.endpoint import Call
from node.ledger.chain.rpc import Rpc
from node.ledger.contracts.artifacts import UnexpectedAnswer, artifact, topic_of

_FIXED = (
    "INTERVAL()",
    "GATE_LEAD()",
    "UNIT()",
    "LEAST_ENERGY()",
    "MARGIN()",
    "READING_DEADLINE()",
)
_UTILITY_ROLE = "UTILITY_ROLE()"
_HAS_ROLE = "hasRole(bytes32,address)"
_TARIFF_COUNT = "tariffCount()"
_TARIFFS = "tariffs(uint24)"
_TARIFF_SET = "TariffSet(uint24,uint32,uint64,uint64)"
_PAGE = 16
"""Versions read at once: the contract lets no more than eight wait, beside the one in force."""

_ARTIFACT = artifact("IntervalAuction")
TARIFF_SET_TOPIC = topic_of(_ARTIFACT.events[_TARIFF_SET])


def read_rules(rpc: Rpc, auction: str, at: str = "latest") -> MarketRules:
    """Read what never changes of the auction at an address; `at` is a block.

    Raises:
        ChainUnavailable: no endpoint answered, or what stands there is no auction.
    """
    asked = [_ARTIFACT.call_data(name) for name in _FIXED]
    *answers, first = _ask(rpc, auction, [*asked, _ARTIFACT.call_data(_TARIFFS, 1)], at)
    fixed = (int(_ARTIFACT.results(n, a)[0]) for n, a in zip(_FIXED, answers, strict=True))
    interval_s, gate_lead_s, unit_milliwh, least_units, margin_percent, deadline_s = fixed
    if not 1 <= gate_lead_s <= interval_s or unit_milliwh < 1:
        raise UnexpectedAnswer("the auction's rules are none that its constructor takes")
    return MarketRules(
        interval_s=interval_s,
        gate_lead_s=gate_lead_s,
        unit_milliwh=unit_milliwh,
        least_units=least_units,
        margin_percent=margin_percent,
        reading_deadline_s=deadline_s,
        first_retail_per_kwh=_posted(1, first).tariff.retail_per_kwh,
    )


def read_tariffs(
    rpc: Rpc, auction: str, first_interval: int, at: str = "latest"
) -> tuple[PostedTariff, ...]:
    """Read the tariff in force in an interval and all later ones, oldest first; `at` is a block.

    Raises:
        ChainUnavailable: no endpoint answered, or what stands there is no auction.
    """
    (answer,) = _ask(rpc, auction, [_ARTIFACT.call_data(_TARIFF_COUNT)], at)
    newest = int(_ARTIFACT.results(_TARIFF_COUNT, answer)[0])
    found: list[PostedTariff] = []
    while newest > 0 and (not found or found[0].version.first_interval > first_interval):
        numbers = range(max(1, newest - _PAGE + 1), newest + 1)
        asked = [_ARTIFACT.call_data(_TARIFFS, number) for number in numbers]
        answers = _ask(rpc, auction, asked, at)
        found = [_posted(n, a) for n, a in zip(numbers, answers, strict=True)] + found
        newest = numbers.start - 1
    return tariffs_since(first_interval, tuple(found))


def is_utility(rpc: Rpc, auction: str, account: str) -> bool:
    """Say whether an account may set the auction's tariffs and fund its grid.

    Raises:
        ChainUnavailable: no endpoint answered, or what stands there is no auction.
    """
    (answer,) = _ask(rpc, auction, [_ARTIFACT.call_data(_UTILITY_ROLE)], "latest")
    (role,) = _ARTIFACT.results(_UTILITY_ROLE, answer)
    (answer,) = _ask(rpc, auction, [_ARTIFACT.call_data(_HAS_ROLE, role, account)], "latest")
    return bool(_ARTIFACT.results(_HAS_ROLE, answer)[0])


def posted_in(log: Mapping[str, Any]) -> PostedTariff:
    """Read a `TariffSet` event."""
    return _tariff(*_ARTIFACT.event(_TARIFF_SET, log, indexed=2))


def _posted(number: int, answer: str) -> PostedTariff:
    return _tariff(number, *_ARTIFACT.results(_TARIFFS, answer))


def _tariff(number: int, first_interval: int, feed_in: int, tick_size: int) -> PostedTariff:
    return PostedTariff(
        version=TariffVersion(number=number, first_interval=first_interval),
        tariff=Tariff(feed_in_per_kwh=feed_in, tick_size_per_kwh=tick_size),
    )


def _ask(rpc: Rpc, auction: str, asked: Sequence[str], at: str) -> list[str]:
    calls: list[Call] = [("eth_call", [{"to": auction, "data": data}, at]) for data in asked]
    return [str(read.taken(answer)) for answer in rpc.batch(calls)]
