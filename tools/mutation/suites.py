"""Say which tests a source's mutants face: that contract's own, then its random walks."""

from tools.mutation.copy import Tests

_AUCTION = Tests(own="test/auction/*", walks="test/invariant/Auction.t.sol")
_POOL = Tests(own="test/pool/*", walks="test/invariant/Pool.t.sol")
_REDUCTION = Tests(own="test/reduction/*", walks="test/invariant/Reduction.t.sol")
_REGISTRY = Tests(own="test/registry/*", walks="test/invariant/Registry.t.sol")

SUITES = {
    "src/EnergySale.sol": Tests(own="test/sale/*", walks="test/invariant/Sale.t.sol"),
    "src/EnergyToken.sol": Tests(own="test/token/*", walks="test/invariant/Token.t.sol"),
    "src/IntervalAuction.sol": _AUCTION,
    "src/MeterFeed.sol": Tests(own="test/feed/*", walks=""),
    "src/MeterRegistry.sol": _REGISTRY,
    "src/AuctionLens.sol": _AUCTION,
    "src/auction/": _AUCTION,
    "src/CommitmentPool.sol": _POOL,
    "src/pool/": _POOL,
    "src/libraries/": _AUCTION,
    "src/libraries/PoolMoney.sol": _POOL,
    "src/libraries/PoolSlots.sol": _POOL,
    "src/ReductionAuction.sol": _REDUCTION,
    "src/reduction/": _REDUCTION,
    "src/libraries/ReductionBook.sol": _REDUCTION,
    "src/libraries/ReductionMoney.sol": _REDUCTION,
    "src/libraries/ReductionSlots.sol": _REDUCTION,
    "src/libraries/EnergyMoney.sol": Tests(
        own="test/{libraries,sale}/*", walks="test/invariant/Sale.t.sol"
    ),
}
"""By path; a folder stands for all in it that have no row of their own."""

WITHOUT_CODE = "src/interfaces/"


def tests_of(source: str) -> Tests:
    """Give the tests of a source.

    Raises:
        LookupError: none are named for it.
    """
    folder = f"{source.rpartition('/')[0]}/"
    found = SUITES.get(source) or SUITES.get(folder)
    if found is None:
        raise LookupError(f"{source}: tools/mutation/suites.py names no tests for it")
    return found
