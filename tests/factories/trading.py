"""Build the worlds of a home's trading: an auction of quarter hours, seen just before a gate.

`NOW_S` lies within interval `K - 1`, two minutes before the gate of `K`; a second of chain time is
a second of the clock.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from node.core.auction.clearing import Bid, Kind, Offer, Order, clear
from node.core.auction.market import ClearedInterval, Outlook, PlacedOrder
from node.core.auction.pairing import Pairing, Part
from node.core.auction.settlement import Terms, deposit_up
from node.core.budget import Spent
from node.core.commands import PlaceOrder
from node.core.faults import Fault
from node.core.observation import Observation
from node.core.records import BlockStamp
from node.core.trading import state as trading_state
from node.core.trading import step as core_trading
from node.core.trading.state import BuyLimit, Step, TradingSettings, TradingState
from tests.factories.home import BLOCK, DAY, NOW_S, chain_view, observation, reading
from tests.factories.market import INTERVAL_S, LEAD_S, NOW_INTERVAL, RULES, TARIFF, market
from tests.factories.settings import HOME, SELLER1

K = NOW_INTERVAL + 1
STARTS_S = K * INTERVAL_S
GATE_S = STARTS_S - LEAD_S
BEFORE_GATE_S = 120
METER = 5
MONEY = Terms(unit_milliwh=RULES.unit_milliwh, margin_percent=RULES.margin_percent, tariff=TARIFF)
NEED, SURPLUS = (100_000,) * 12, (-100_000,) * 12
BID = Bid(solar_tick=31, chp_tick=31, energy_units=100)
OFFER = Offer(kind=Kind.SOLAR, tick=31, energy_units=100)


def trading_settings(**changes: Any) -> TradingSettings:
    """Let a home buy both kinds and sell solar, truthfully; it looks again 30 s before a gate."""
    plain = TradingSettings(
        account=HOME,
        meter_id=METER,
        confirmations=1,
        buys=(
            BuyLimit(kind=Kind.SOLAR, price_per_kwh=None),
            BuyLimit(kind=Kind.CHP, price_per_kwh=None),
        ),
        sells=Kind.SOLAR,
        sell_limit_per_kwh=None,
        least_gain=1_000,
        place_lead_s=300.0,
        revise_lead_s=30.0,
        withdraw_from=1_000_000,
        budget_per_day=5_000_000,
        battery_milliwh=1_000_000,
        sell_floor_pct=30.0,
        offer_again_pct=32.0,
        hold_off_s=30.0,
        hold_off_max_s=900.0,
        let_go_s=2.0,
        most_retail_per_kwh=None,
        most_deposit=10**12,
        by_contacts=True,
    )
    return replace(plain, **changes)


def trading(**changes: Any) -> TradingState:
    """Have nothing under way."""
    return replace(trading_state.initial(Spent(day=DAY, amount=0)), **changes)


def step(
    state: TradingState, seen: Observation, faults: Sequence[Fault] = (), **settings: Any
) -> Step:
    """Take one step of a home's trading."""
    return core_trading.step(state, seen, faults, trading_settings(**settings))


def placed(order: Order = BID, interval: int = K) -> PlacedOrder:
    """Have an own order stand, with its deposit."""
    return PlacedOrder(
        account=HOME,
        meter_id=METER,
        interval=interval,
        order=order,
        deposit=deposit_up(order, MONEY),
    )


def cleared(*others: Order, own: Order = BID, interval: int = K) -> ClearedInterval:
    """Clear an interval of the own order and others, in the block before this one."""
    block = BlockStamp(number=BLOCK, hash="0x00", timestamp_s=interval * INTERVAL_S - LEAD_S)
    return ClearedInterval(interval=interval, clearing=clear([own, *others]), block=block)


def outlook(outcomes: tuple[int, ...] = NEED, interval: int = K) -> Outlook:
    """Expect the same outcome twelve times, at the middle price of both kinds."""
    return Outlook(interval=interval, outcomes_milliwh=outcomes, ticks=(31, 31))


def at(chain_s: int, now_s: float = NOW_S, **changes: Any) -> Observation:
    """Picture the home at an instant of chain time; its own meter's reading has come in time."""
    stamp = BlockStamp(number=BLOCK, hash="0x00", timestamp_s=chain_s)
    boundary = reading(chain_s // INTERVAL_S, 0)
    plain: dict[str, Any] = {
        "calendar_s": float(chain_s),
        "chain": chain_view(now_s, block=stamp, meter=boundary),
        "market": market(),
        "outlooks": (outlook(),),
    }
    return observation(now_s, **{**plain, **changes})


def before_gate(seconds: int = BEFORE_GATE_S, **changes: Any) -> Observation:
    """Picture the home some chain seconds before the gate of `K`."""
    return at(GATE_S - seconds, **changes)


def place(order: Order = BID, added: int | None = None, interval: int = K) -> PlaceOrder:
    """Ask for an order; unless said otherwise, with its whole deposit from the tokens."""
    money = deposit_up(order, MONEY) if added is None else added
    return PlaceOrder(interval=interval, meter_id=METER, order=order, added=money)


def part(energy_milliwh: int = 100_000, **changes: Any) -> Part:
    """Assign seller1's solar energy to this home."""
    plain = Part(kind="solar", buyer=HOME, seller=SELLER1, energy_milliwh=energy_milliwh)
    return replace(plain, **changes)


def pairing(*parts: Part, interval: int = K) -> Pairing:
    """Publish parts; one of seller1's unless others are given."""
    return Pairing(interval=interval, wires_hash=bytes(32), parts=parts or (part(),))
