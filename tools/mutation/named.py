"""Name mistakes that no test noticed once, some of which no operator makes: run every time."""

from collections.abc import Iterator
from dataclasses import dataclass

from tools.mutation.mutants import Mutant


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """Hold a line as it stands in `within` of `source`, and as it was wrong."""

    source: str
    within: str
    was: str
    becomes: str


MISTAKES = (
    # An order is ready when only its first boundary was told.
    Mistake(
        source="src/IntervalAuction.sol",
        within="_metered",
        was="if (last > order.interval) return",
        becomes="if (last >= order.interval) return",
    ),
    # The greater register counts instead of the side's.
    Mistake(
        source="src/IntervalAuction.sol",
        within="_metered",
        was="order.side == Side.Buyer ? imported : exported",
        becomes="imported > exported ? imported : exported",
    ),
    # Who may move a meter acts as its holder: orders with it, or chooses who reports for it.
    Mistake(
        source="src/IntervalAuction.sol",
        within="_requirePlacement",
        was="require(owner == account,",
        becomes="require(owner == account || REGISTRY.isApprovedForAll(owner, account),",
    ),
    Mistake(
        source="src/MeterRegistry.sol",
        within="setReporter",
        was="require(msg.sender == ownerOf(id),",
        becomes="require(_isAuthorized(ownerOf(id), msg.sender, id),",
    ),
    # A bid that is taken back goes on counting as a preference.
    Mistake(
        source="src/libraries/BidBook.sol",
        within="remove",
        was="if (preference != 0) lane.touched[index / _BITS] -= preference;",
        becomes="",
    ),
    # A marginal buyer's share is rounded down: together they pay less than sellers get.
    Mistake(
        source="src/libraries/TickMath.sol",
        within="boughtFractionUp",
        was="return step.buyerFraction + 1;",
        becomes="return step.buyerFraction;",
    ),
    # The part of a unit between a buyer's share and its fill is paid for, and not bought back.
    Mistake(
        source="src/libraries/IntervalMoney.sol",
        within="_settleBuyer",
        was="uint256 between = (share - _value(end, result, terms) * _FINEST) / scale;",
        becomes="uint256 between = 0;",
    ),
)


def named_in(source: str, text: bytes) -> Iterator[Mutant]:
    """Give the named mutants of a source.

    Raises:
        LookupError: the line is not there, or twice.
    """
    for mistake in MISTAKES:
        if mistake.source != source:
            continue
        was = mistake.was.encode()
        if text.count(was) != 1:
            raise LookupError(f"tools/mutation/named.py: {source} has not once: {mistake.was}")
        start = text.index(was)
        yield Mutant(
            source=source,
            within=mistake.within,
            line=text[:start].count(b"\n") + 1,
            start=start,
            length=len(was),
            kind="named",
            was=mistake.was,
            becomes=mistake.becomes,
            number=1,
            is_guarded=True,
        )
