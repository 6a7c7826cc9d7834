"""What is known of the interval auction and its lens, with why they refuse in plain words."""

from collections.abc import Callable, Mapping

from node.core.units import format_tokens
from node.ledger.contracts.known import Known
from node.system.words import local_time

_SIDES = ("buyer", "solar seller", "CHP seller")


def _side(index: int) -> str:
    # An endpoint may make up any number.
    return _SIDES[index] if index < len(_SIDES) else f"side {index}"


_SENTENCES: Mapping[str, Callable[..., str]] = {
    "AuctionTokenWithoutCode": lambda token: f"no contract is at the token's address {token}",
    "AuctionSettingOutOfRange": lambda name, value, least, most: (
        f"the setting {name} of {value} is not from {least} to {most}"
    ),
    "AuctionTariffOutOfRange": lambda feed_in, tick_size, most: (
        f"a tariff from {feed_in} in 63 steps of {tick_size} has no steps, or ends above {most},"
        " the most that this auction takes"
    ),
    "AuctionTariffTooEarly": lambda first, earliest: (
        f"a tariff cannot begin in interval {first}, but from interval {earliest} on"
    ),
    "AuctionTariffTooLate": lambda first, latest: (
        f"a tariff cannot begin in interval {first}, but up to interval {latest}: 31 days ahead"
    ),
    "AuctionTariffsWaiting": lambda most, first: (
        f"{most} tariffs are waiting already, the next of them for interval {first}"
    ),
    "AuctionNotToken": lambda caller: f"{caller} is not the token of this auction",
    "AuctionNotByAccount": lambda operator, account: (
        f"{operator} cannot order for {account}: an order by a transfer is the account's own call"
    ),
    "AuctionNothingDeposited": lambda account: f"a deposit of nothing for {account}",
    "AuctionPlacementMalformed": lambda length: f"the order has {length} bytes, not 192",
    "AuctionGateClosed": lambda interval, at: (
        f"the gate of interval {interval} closed at {local_time(at)}"
    ),
    "AuctionTooEarly": lambda interval, at: (
        f"interval {interval} takes orders from {local_time(at)} on"
    ),
    "AuctionLaneBusy": lambda interval: f"interval {interval} has to be cleared first; anybody may",
    "AuctionEnergyBelowLeast": lambda units, least: (
        f"{units} units are below the least order of {least}, and there is none to cancel"
    ),
    "AuctionEnergyAboveMost": lambda units, most: (
        f"{units} units are above the {most} that the meter's maximum power carries in an interval"
    ),
    "AuctionTicksInvalid": lambda side, tick, chp_tick: (
        f"a {_side(side)} cannot have the limits {tick} and {chp_tick}"
    ),
    "AuctionTickFull": lambda cell, units: (
        f"cell {cell} of its word cannot take {units} units more"
    ),
    "AuctionNotMeterOwner": lambda meter, account: f"{account} does not own meter {meter}",
    "AuctionMeterInMarket": lambda meter, market: (
        f"meter {meter} is counted by another market, number {market}"
    ),
    "AuctionKindMismatch": lambda meter, kind: f"meter {meter} of kind {kind} cannot sell this",
    "AuctionMeterTaken": lambda meter, account, side: (
        f"meter {meter} has an order of {account} as {_side(side)}: cancel it first"
    ),
    "AuctionOrderUnsettled": lambda meter, interval: (
        f"the order of meter {meter} in interval {interval} waits for its reading"
    ),
    "AuctionBalanceShort": lambda account, balance, needed: (
        f"{account} has {format_tokens(balance)} in the auction, "
        f"and {format_tokens(needed)} are needed"
    ),
    "AuctionChargeAboveValue": lambda charge, value: (
        f"the order costs {format_tokens(charge)}, more than the {format_tokens(value)} allowed"
    ),
    "AuctionGateOpen": lambda interval, at: (
        f"interval {interval} can be cleared from {local_time(at)} on"
    ),
    "AuctionAlreadyCleared": lambda interval: f"interval {interval} is cleared already",
    "AuctionNoOrders": lambda interval: f"interval {interval} has no orders",
    "AuctionNotCleared": lambda interval: f"interval {interval} is not cleared",
    "AuctionSilenceTooEarly": lambda interval, at: (
        f"silence in interval {interval} can be noted from {local_time(at)} on"
    ),
    "AuctionSilenceNoted": lambda interval: f"silence in interval {interval} is noted already",
    "AuctionWithdrawalNotDue": lambda since, until: (
        f"what was announced can be withdrawn from {local_time(since)} until {local_time(until)}"
        if since
        else "no withdrawal is announced"
    ),
    "AuctionUtilityShort": lambda available, needed: (
        f"the utility has {format_tokens(available)} free, and {format_tokens(needed)} are needed"
    ),
    "AuctionNothingOwed": lambda account: f"the grid owes {account} nothing",
}
AUCTION = Known(
    name="IntervalAuction",
    key="auction",
    takes=("auction_settings",),
    ties={"token": "TOKEN()", "registry": "REGISTRY()"},
    since="noteSilence",
    sentences=_SENTENCES,
)

_LENS_SENTENCES: Mapping[str, Callable[..., str]] = {
    "LensAuctionWithoutCode": lambda auction: f"no contract is at the auction's address {auction}",
    "LensTickInvalid": lambda tick: f"the tick {tick} is not from 0 to 63",
}
LENS = Known(
    name="AuctionLens",
    key="lens",
    takes=("auction",),
    sentences=_LENS_SENTENCES,
)
