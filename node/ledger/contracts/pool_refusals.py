"""What is known of the commitment pool, with why it refuses in plain words."""

from collections.abc import Callable, Mapping

from node.core.units import format_tokens, format_wh
from node.ledger.contracts.known import Known
from node.system.words import local_time

_SENTENCES: Mapping[str, Callable[..., str]] = {
    "PoolTokenWithoutCode": lambda token: f"no contract is at the token's address {token}",
    "PoolSettingOutOfRange": lambda name, value, least, most: (
        f"the setting {name} of {value} is not from {least} to {most}"
    ),
    "PoolRingNotPowerOfTwo": lambda ring: f"a ring of {ring} is not a power of two",
    "PoolNotToken": lambda caller: f"{caller} is not the token of this pool",
    "PoolNotByAccount": lambda operator, account: (
        f"{operator} cannot commit for {account}: by a transfer it is the account's own call"
    ),
    "PoolDataMalformed": lambda length: (
        f"{length} bytes are neither a meter's id (32) nor a commitment (256)"
    ),
    "PoolNothingMoved": lambda meter: f"nothing would move for meter {meter}",
    "PoolFull": lambda held, most: f"the pool holds {format_tokens(held)}, of {most} base units",
    "PoolNotMeterOwner": lambda meter, account: f"{account} does not own meter {meter}",
    "PoolMeterInMarket": lambda meter, market: (
        f"meter {meter} is counted by another market, number {market}"
    ),
    "PoolCannotFeed": lambda meter, kind: f"meter {meter} of kind {kind} feeds nothing",
    "PoolShapeInvalid": lambda place, length: (
        f"place {place} is not from 0 to 2, or {length} intervals are not 1 to 8"
    ),
    "PoolLimitsInvalid": lambda least, most: (
        f"from {format_tokens(least)} to {format_tokens(most)} a kWh there is no price"
    ),
    "PoolEnergyBelowLeast": lambda amount, least: (
        f"{format_wh(amount)} are below the least commitment, {format_wh(least)}"
    ),
    "PoolEnergyAboveMost": lambda amount, most: (
        f"{format_wh(amount)} are above the {format_wh(most)} that the meter's maximum power"
        " carries in an interval"
    ),
    "PoolOutsideHorizon": lambda first, length, earliest, latest: (
        f"{length} intervals from {first} on are not between {earliest} and {latest}"
    ),
    "PoolPlaceTaken": lambda meter, place, first: (
        f"place {place} of meter {meter} has a commitment from interval {first} on that is not"
        " claimed, and cannot be yet"
    ),
    "PoolIntervalTaken": lambda meter, place: (
        f"meter {meter} has a commitment in one of these intervals, in place {place}"
    ),
    "PoolIntervalUnclaimed": lambda interval: (
        f"interval {interval} has to be claimed first, all of it; anybody may"
    ),
    "PoolIntervalFull": lambda interval: f"interval {interval} has all that it can count",
    "PoolPriceOutsideLimits": lambda interval, price: (
        f"interval {interval} has the price {format_tokens(price)}, outside of the limits"
    ),
    "PoolNoCommitments": lambda interval: f"interval {interval} has no commitments",
    "PoolPriceFixed": lambda interval: f"the price of interval {interval} is fixed already",
    "PoolPriceNotDue": lambda interval, since, before: (
        f"the price of interval {interval} can be fixed from {local_time(since)} on, and before"
        f" {local_time(before)}"
    ),
    "PoolPriceUnfit": lambda answer: f"the oracle's answer {answer} is no price",
    "PoolPriceStale": lambda updated_at, told, answered_in: (
        f"the oracle's answer of {local_time(updated_at)} (round {told}, answered in"
        f" {answered_in}) is not fresh"
    ),
    "PoolBalanceShort": lambda meter, balance, needed: (
        f"meter {meter} has {format_tokens(balance)} in the pool, and needs {format_tokens(needed)}"
    ),
    "PoolChargeAboveValue": lambda charge, value: (
        f"the collateral is {format_tokens(charge)}, and {format_tokens(value)} came with it"
    ),
    "PoolSilenceTooEarly": lambda interval, at: (
        f"silence in interval {interval} can be noted from {local_time(at)} on"
    ),
    "PoolSilenceNoted": lambda interval: f"silence in interval {interval} is noted already",
}
POOL = Known(
    name="CommitmentPool",
    key="pool",
    takes=("pool_settings",),
    ties={"token": "TOKEN()", "registry": "REGISTRY()"},
    sentences=_SENTENCES,
)
