"""One step of a whole home: its faults, its orders in the auction, what it buys and sells."""

from dataclasses import dataclass, replace

from node.core import faults
from node.core.auction.licence import NO_RIGHTS
from node.core.budget import Spent
from node.core.commands import Command, HoldContacts
from node.core.delivery import step as delivery
from node.core.delivery.state import DeliverySettings, DeliveryState
from node.core.delivery.state import initial as initial_delivery
from node.core.faults import Fault, FaultSettings
from node.core.observation import Observation
from node.core.supply import credit
from node.core.supply import step as supply
from node.core.supply.state import Mode, SupplySettings, SupplyState
from node.core.supply.state import initial as initial_supply
from node.core.trading import step as trading
from node.core.trading.limits import tariff_faults
from node.core.trading.rights import rights
from node.core.trading.state import TradingSettings, TradingState
from node.core.trading.state import initial as initial_trading
from node.core.trading.worth import follow, pause_faults

_DRAWING = (Mode.PURCHASING, Mode.ON_SELLER, Mode.ON_PAIRING)
"""The modes in which a home draws from a neighbour, or is about to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeSettings:
    """Hold the settings of each part; a part that the role does not have is None."""

    faults: FaultSettings
    supply: SupplySettings | None
    delivery: DeliverySettings | None
    trading: TradingSettings | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeState:
    """Hold the state of each part, and the faults of the last step."""

    supply: SupplyState | None
    delivery: DeliveryState | None
    faults: tuple[Fault, ...]
    trading: TradingState | None = None


def initial(settings: HomeSettings, now_s: float, spent: Spent, was_drawing: bool) -> HomeState:
    """Begin at rest, without an offer."""
    return HomeState(
        supply=initial_supply(now_s, spent, was_drawing) if settings.supply is not None else None,
        delivery=initial_delivery(now_s) if settings.delivery is not None else None,
        faults=(),
        trading=initial_trading(spent) if settings.trading is not None else None,
    )


def step(
    state: HomeState, observation: Observation, settings: HomeSettings
) -> tuple[HomeState, tuple[Command, ...]]:
    """Take one step of the home; the buying side's commands come first, the auction's last."""
    found = faults.find(observation, settings.faults)
    bought, sold, traded = state.supply, state.delivery, state.trading
    if settings.trading is not None:
        # Notices are the least: they come after all others.
        found = (*found, *tariff_faults(observation, settings.trading))
        if traded is not None:
            found = (*found, *pause_faults(traded.worth, observation))
    commands: tuple[Command, ...] = ()
    orders: tuple[Command, ...] = ()
    if traded is not None and settings.trading is not None:
        # One budget for both: each side goes on from what the other has spent.
        spent = bought.spent if bought is not None else traded.spent
        traded = replace(traded, spent=spent)
        traded, orders = trading.step(traded, observation, found, settings.trading)
        bought = replace(bought, spent=traded.spent) if bought is not None else None
    granted = rights(observation, settings.trading) if settings.trading is not None else NO_RIGHTS
    if bought is not None and settings.supply is not None:
        bought, commands = supply.step(bought, observation, found, settings.supply, granted)
    if sold is not None and settings.delivery is not None:
        draws = bought is not None and bought.mode in _DRAWING
        sold, more = delivery.step(sold, observation, found, settings.delivery, draws, granted)
        commands = (*commands, *more)
    if traded is not None and settings.trading is not None:
        drawn = bought.parts if bought is not None else ()
        worth = follow(traded.worth, observation, granted, drawn, settings.trading)
        traded = replace(traded, worth=worth)
    after = HomeState(supply=bought, delivery=sold, faults=found, trading=traded)
    return after, (*commands, *orders)


def farewell(state: HomeState, now_s: float) -> tuple[Command, ...]:
    """Give what to leave with: the contacts at rest, and receipts for all that was drawn.

    No later run knows of what was drawn since the last receipt.
    """
    draws = state.supply.draws if state.supply is not None else ()
    _, receipts = credit.sign_due(draws, now_s, period_s=0.0, at_once=True)
    return (HoldContacts(contacts=(), lease_s=1.0), *receipts)
