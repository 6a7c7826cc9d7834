"""Choose the order of the interval whose gate closes next: placed, changed, cancelled, or left.

A home that buys orders its expected net need, unless its battery is nearly full: what it drew from
neighbours then would keep its own solar energy out of it. A home that sells offers its expected
surplus, as far as its battery holds that above the floor of what it gives away.
"""

from dataclasses import dataclass, replace

from node.core.auction.clearing import Bid, Kind, Order
from node.core.auction.gate import LANES, next_gate
from node.core.auction.market import HomeMarket, Outlook, PlacedOrder
from node.core.auction.settlement import Terms, deposit_up
from node.core.commands import PlaceOrder
from node.core.observation import Observation
from node.core.records import ChainView
from node.core.trading.bidding import BiddingTerms, Change, expected_gain, revise
from node.core.trading.limits import most_deposit, refused_tariff
from node.core.trading.money import Room, budget_left, money_of, within
from node.core.trading.state import TradingSettings, TradingState
from node.core.trading.worth import paused
from node.core.units import format_soc, format_wh

NEARLY_FULL_PCT = 90.0
"""From this state of charge on, a home buys nothing: its own energy comes first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Hold what a decision before one gate is made from."""

    interval: int
    chain_now_s: float
    standing: PlacedOrder | None
    observation: Observation
    market: HomeMarket
    view: ChainView
    settings: TradingSettings

    @property
    def left_s(self) -> float:
        """Give what is left until the gate closes, in chain seconds."""
        return self.market.rules.gate_s(self.interval) - self.chain_now_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Hold the command to send, if any; `reason` is a decision's sentence, `waiting` a pause's."""

    command: PlaceOrder | None
    reason: str
    waiting: str


def gate_of(
    observation: Observation,
    market: HomeMarket,
    view: ChainView,
    chain_now_s: float,
    settings: TradingSettings,
) -> Gate:
    """Give the gate that closes next, with the own order that stands before it."""
    rules = market.rules
    interval = next_gate(int(chain_now_s), rules.interval_s, rules.gate_lead_s)
    placed = market.order(interval)
    # A cancelled order still has its place on the chain, without energy.
    stands = placed is not None and placed.order.energy_units > 0
    return Gate(
        interval=interval,
        chain_now_s=chain_now_s,
        standing=placed if stands else None,
        observation=observation,
        market=market,
        view=view,
        settings=settings,
    )


def choose(gate: Gate, state: TradingState) -> Choice:
    """Choose what to do about the order before a gate."""
    standing, settings = gate.standing, gate.settings
    pauses = paused(state.worth, gate.interval)
    given_away = _given_away(gate)
    no_more = given_away or pauses
    forbidden = no_more or _no_more(gate, standing.order) if standing is not None else ""
    revises = standing is not None and not forbidden
    lead_s = settings.revise_lead_s if revises else settings.place_lead_s
    if gate.left_s > lead_s:
        what = "looks at its order again" if revises else "decides on an order"
        return _wait(
            f"{what} for interval {gate.interval} in {gate.left_s - lead_s:.0f} s of chain time"
        )
    occupied = _occupied(gate)
    if occupied:
        return _wait(occupied)
    if standing is not None and forbidden:
        return _cancel(gate, standing.order, f"cancelled: {forbidden}")
    try:
        money = money_of(gate.market, gate.interval)
    except ValueError as error:
        return _wait(str(error))
    refused = no_more or refused_tariff(gate.market, gate.interval, gate.settings)
    if refused:
        return _decided(gate, f"no order: {refused}")
    outlook = next((o for o in gate.observation.outlooks if o.interval == gate.interval), None)
    if outlook is None:
        return _wait(f"no forecast for interval {gate.interval} yet")
    return _by_forecast(gate, state, outlook, money)


def _by_forecast(gate: Gate, state: TradingState, outlook: Outlook, money: Terms) -> Choice:
    """Decide by the forecast, and keep to what the money allows."""
    no_bid, no_offer = _no_bid(gate), _no_offer(gate)
    terms = gate.settings.terms(gate.market.rules, buys=not no_bid, sells=not no_offer)
    terms = _over_contacts(gate, terms)
    ticks = dict(zip(Kind, outlook.ticks, strict=True))
    outcomes, tariff = _outcomes(gate, outlook), money.tariff
    old = gate.standing.order if gate.standing is not None else None
    wanted = revise(old, outcomes, ticks, tariff, terms)
    if wanted.change is Change.CANCEL:
        assert old is not None
        return _cancel(gate, old, wanted.reason)
    if wanted.change is Change.KEEP or wanted.order is None:
        closed = "; ".join(s for s in (no_bid, no_offer) if s and old is None)
        return _decided(gate, f"{wanted.reason} ({closed})" if closed else wanted.reason)
    order, bound = within(wanted.order, money, _room(gate, state))
    if order.energy_units < terms.least_units:
        return _decided(gate, f"no order: {bound}")
    reason = wanted.reason
    if bound:
        before = expected_gain(old, outcomes, ticks, tariff, terms) if old is not None else 0
        gain = expected_gain(order, outcomes, ticks, tariff, terms) - before
        if gain < max(1, terms.least_gain):
            return _decided(gate, f"{'kept' if old is not None else 'no order'}: {bound}")
        energy = format_wh(order.energy_units * money.unit_milliwh)
        reason = f"{reason}; only {energy} of it, because {bound}"
    held = gate.standing.deposit if gate.standing is not None else 0
    added = max(0, deposit_up(order, money) - held - gate.market.balance)
    return _decided(gate, reason, _placing(gate, order, added))


def reason_head(interval: int) -> str:
    """Begin the sentence of every decision about an interval."""
    return f"interval {interval}:"


def _room(gate: Gate, state: TradingState) -> Room:
    held = gate.standing.deposit if gate.standing is not None else 0
    calendar_s, most = gate.observation.calendar_s, gate.settings.budget_per_day
    there = gate.view.tokens + gate.market.balance + held
    cap = most_deposit(gate.market, gate.view, gate.settings)
    return Room(
        deposit=min(there, cap),
        capped=cap < there,
        budget=budget_left(state, calendar_s, gate.interval, most),
    )


def _outcomes(gate: Gate, outlook: Outlook) -> tuple[int, ...]:
    """Count a surplus only as far as the battery holds it above the floor."""
    settings = gate.settings
    if settings.battery_milliwh is None:
        return outlook.outcomes_milliwh
    above_pct = max(0.0, (gate.observation.battery.soc_pct or 0.0) - settings.sell_floor_pct)
    deliverable = int(settings.battery_milliwh * above_pct / 100)
    return tuple(max(outcome, -deliverable) for outcome in outlook.outcomes_milliwh)


def _occupied(gate: Gate) -> str:
    """Say what the own order of the interval before last, in the same lane, still waits for.

    The contract settles it on the way to the next one, once both its readings are there.
    """
    former = gate.market.order(gate.interval - LANES)
    if former is None:
        return ""
    if gate.market.result(former.interval) is None:
        return f"interval {former.interval} has to be cleared first"
    meter = gate.view.meter
    if meter is not None and meter.boundary > former.interval:
        return ""
    return f"the order of interval {former.interval} waits for the meter's reading"


def _over_contacts(gate: Gate, terms: BiddingTerms) -> BiddingTerms:
    """Bid for no kind that cannot come over a contact: it would be paid the grid's spread for."""
    if not gate.settings.by_contacts:
        return terms
    limits, unsold = terms.buy_limits_per_kwh, gate.observation.unsold
    return replace(
        terms, buy_limits_per_kwh={kind: limits[kind] for kind in limits if kind not in unsold}
    )


def _given_away(gate: Gate) -> str:
    """Say whose the meter is, where it is another account's: its orders are settled all the same.

    Who placed an order owes for it, and may cancel it, whoever owns the meter by then.
    """
    owner = gate.view.meter_owner
    if owner is None or owner == gate.settings.account:
        return ""
    return f"meter {gate.settings.meter_id} belongs to {owner}"


def _no_more(gate: Gate, order: Order) -> str:
    """Say why an order that stands may not go on standing."""
    try:
        refused = refused_tariff(gate.market, gate.interval, gate.settings)
    except ValueError:
        refused = ""
    if refused:
        return refused
    return _no_bid(gate) if isinstance(order, Bid) else _no_offer(gate)


def _no_bid(gate: Gate) -> str:
    """Say why this home buys nothing in the auction now."""
    if not gate.settings.buys:
        return "it does not buy"
    if gate.observation.wants_own_source:
        return "its person wishes the own source"
    soc_pct = gate.observation.battery.soc_pct
    if soc_pct is not None and soc_pct >= NEARLY_FULL_PCT:
        return f"SoC {format_soc(soc_pct)} >= {NEARLY_FULL_PCT:g} %: nearly full, nothing is bought"
    return ""


def _no_offer(gate: Gate) -> str:
    """Say why this home sells nothing in the auction now; the bounds are the delivery's."""
    settings, soc_pct = gate.settings, gate.observation.battery.soc_pct
    if settings.sells is None:
        return "it does not sell"
    offers = gate.standing is not None and not isinstance(gate.standing.order, Bid)
    bound_pct = settings.sell_floor_pct if offers else settings.offer_again_pct
    if soc_pct is None or soc_pct < bound_pct:
        return f"SoC {format_soc(soc_pct)} < {bound_pct:g} %: nothing to sell"
    return ""


def _cancel(gate: Gate, order: Order, sentence: str) -> Choice:
    return _decided(gate, sentence, _placing(gate, replace(order, energy_units=0), 0))


def _placing(gate: Gate, order: Order, added: int) -> PlaceOrder:
    return PlaceOrder(
        interval=gate.interval, meter_id=gate.settings.meter_id, order=order, added=added
    )


def _decided(gate: Gate, sentence: str, command: PlaceOrder | None = None) -> Choice:
    reason = f"{reason_head(gate.interval)} {sentence}"
    return Choice(command=command, reason=reason, waiting="")


def _wait(sentence: str) -> Choice:
    return Choice(command=None, reason="", waiting=sentence)
