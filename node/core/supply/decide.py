"""The table of the supply states: what each does with what it sees.

Order of authority: a fault, the person's wish, the auction's pairing, then the threshold. In an
interval of which the connection belongs to the auction, nothing of the sale is bought or drawn.
Every function returns the next state and its commands, and leaves the reason in the state.
"""

from collections.abc import Sequence
from dataclasses import replace

from node.core.auction.licence import Rights
from node.core.commands import OpenOrder
from node.core.faults import Fault, Severity, worst
from node.core.observation import Observation
from node.core.records import Offer
from node.core.supply.contact import RECLOSINGS_PER_HOUR, recent_drops
from node.core.supply.moves import (
    ask_for_rest,
    buy,
    connect,
    credit_at,
    give_up,
    leave,
    let_go,
    soc_text,
)
from node.core.supply.on_pairing import due, on_pairing
from node.core.supply.on_seller import on_seller
from node.core.supply.purchase import Obstacle, SellerSettings, merit_order, order_from, reachable
from node.core.supply.state import Mode, Step, SupplySettings, SupplyState, enter, seller_named
from node.core.units import format_tokens, format_wh

WISH = "on own source, as its person wishes"


def decide(
    state: SupplyState,
    observation: Observation,
    faults: Sequence[Fault],
    settings: SupplySettings,
    rights: Rights,
) -> Step:
    """Let the highest authority rule, then the state's own function."""
    if worst(tuple(faults)) is Severity.REST:
        return _rest(state, observation, settings, Mode.SAFE, faults[0].sentence)
    if observation.wants_own_source:
        return _rest(state, observation, settings, Mode.OWN_SOURCE, WISH)
    if state.reason == WISH:
        state = replace(state, reason="its person has lifted the wish for own source")
    if state.mode is Mode.SAFE:
        left_s = _safe_left_s(state, observation, settings)
        if left_s > 0:
            waiting = f"faults came too often: at rest for {left_s:.0f} s more"
            return ask_for_rest(replace(state, waiting=waiting), observation, settings)
        state = enter(state, Mode.OWN_SOURCE, observation.now_s, "every fault has cleared")
    paired = on_pairing(state, observation, settings) if settings.may_buy else None
    if paired is not None:
        return paired
    if rights.bars_sale:
        return _barred(state, observation, settings, rights)
    may_purchase = worst(tuple(faults)) is not Severity.NO_PURCHASE
    obstacle = "" if may_purchase else faults[0].sentence
    match state.mode:
        case Mode.ON_SELLER:
            return on_seller(state, observation, settings, obstacle)
        case Mode.PURCHASING:
            return _purchasing(state, observation, settings)
        case _:
            return _own_source(state, observation, settings, obstacle)


def _rest(
    state: SupplyState,
    observation: Observation,
    settings: SupplySettings,
    mode: Mode,
    sentence: str,
) -> Step:
    if state.mode in (Mode.ON_SELLER, Mode.ON_PAIRING):
        if mode is Mode.SAFE:
            drops = (*recent_drops(state, observation), observation.now_s)
            state = replace(state, drops=drops)
        return let_go(state, observation, settings, mode, sentence)
    state = replace(enter(state, mode, observation.now_s, sentence), reason=sentence)
    return ask_for_rest(state, observation, settings)


def _barred(
    state: SupplyState, observation: Observation, settings: SupplySettings, rights: Rights
) -> Step:
    """Rest while the interval belongs to the auction: open credit and the threshold wait."""
    if state.mode is Mode.ON_SELLER:
        return leave(state, observation, settings, rights.bars_sale)
    state = _own_voltage(state, observation)
    state = enter(state, Mode.OWN_SOURCE, observation.now_s, rights.bars_sale)
    why = due(state, observation, settings) if settings.may_buy else settings.may_not_buy_because
    waits = f"; {why}" if isinstance(why, str) and why else ""
    waiting = f"{rights.bars_sale}: nothing of the sale is bought or drawn{waits}"
    return ask_for_rest(replace(state, waiting=waiting), observation, settings)


def _own_voltage(state: SupplyState, observation: Observation) -> SupplyState:
    """Remember what the own source gives, to tell later whether a seller delivers."""
    load = observation.load
    if load is None or load.bus_voltage_v is None or state.mode is not Mode.OWN_SOURCE:
        return state
    return replace(state, own_voltage_v=load.bus_voltage_v)


def _safe_left_s(state: SupplyState, observation: Observation, settings: SupplySettings) -> float:
    """Give how long to stay at rest though no fault stands, lest a loose wire wear the contact."""
    if len(recent_drops(state, observation)) <= RECLOSINGS_PER_HOUR:
        return 0.0
    return settings.hold_off_max_s - (observation.now_s - state.since_s)


def _own_source(
    state: SupplyState, observation: Observation, settings: SupplySettings, obstacle: str
) -> Step:
    battery = observation.battery
    state = _own_voltage(state, observation)
    ready = observation.relay is not None and observation.chain is not None
    wanted_pct = _wanted_below_pct(state, observation, settings)
    if battery.soc_pct is None or not battery.settled:
        waiting = "state of charge not settled"
    elif battery.soc_pct >= wanted_pct:
        waiting = f"{soc_text(observation)} >= {wanted_pct:g} %"
        state = replace(_recovered(state, observation), resuming=state.resuming and not ready)
    elif not settings.may_buy:
        waiting = settings.may_not_buy_because
    elif not ready:
        waiting = obstacle or "chain or relay not seen yet"
    else:
        return _seek(state, observation, settings, obstacle)
    return ask_for_rest(replace(state, waiting=waiting), observation, settings)


def _recovered(state: SupplyState, observation: Observation) -> SupplyState:
    """End a hold-off that nothing asks for any more."""
    if state.mode is not Mode.HOLD_OFF:
        return state
    return enter(state, Mode.OWN_SOURCE, observation.now_s, "the battery has recovered by itself")


def _wanted_below_pct(
    state: SupplyState, observation: Observation, settings: SupplySettings
) -> float:
    # Credit left over from an interrupted run is drawn on up to the upper bound, as it was bought.
    interrupted = state.resuming and any(
        credit_at(state, draw.seller, observation) for draw in state.draws
    )
    return settings.resume_soc_pct if interrupted else settings.purchase.limit_soc_pct


def _seek(
    state: SupplyState, observation: Observation, settings: SupplySettings, obstacle: str
) -> Step:
    """Use open credit, else buy from the cheapest seller that can serve, else say why not."""
    view, soc_pct = observation.chain, observation.battery.soc_pct
    assert view is not None and soc_pct is not None
    ordered = merit_order(settings.purchase, view)
    unreached = []
    for seller, _offer in ordered:
        connection = reachable(seller, observation, settings.purchase)
        if isinstance(connection, Obstacle):
            unreached.append(connection)
        elif credit_at(state, seller.account, observation) and not _held(
            state, seller, observation
        ):
            return connect(state, observation, settings, seller, connection, "using open credit")
    if soc_pct >= settings.purchase.limit_soc_pct:
        # Only credit left over brought us here, and it cannot be drawn now: nothing is bought.
        waiting = f"{soc_text(observation)}, open credit out of reach for now"
        return ask_for_rest(replace(state, waiting=waiting), observation, settings)
    state = replace(state, resuming=False)
    if obstacle:
        return ask_for_rest(replace(state, waiting=obstacle), observation, settings)
    if state.pending:
        reason = f"order {state.pending[-1].order.number} is still under way"
        return enter(state, Mode.PURCHASING, observation.now_s, reason), ()
    return _purchase(state, observation, settings, ordered, unreached)


def _purchase(
    state: SupplyState,
    observation: Observation,
    settings: SupplySettings,
    ordered: Sequence[tuple[SellerSettings, Offer | None]],
    unreached: Sequence[Obstacle],
) -> Step:
    obstacles = list(unreached)
    for seller, offer in ordered:
        if isinstance(reachable(seller, observation, settings.purchase), Obstacle):
            continue
        order = order_from(seller, offer, observation, settings.purchase, state.memory)
        if isinstance(order, OpenOrder):
            return buy(state, observation, settings, seller, order)
        obstacles.append(order)
    mode = Mode.HOLD_OFF if any(o.held_off for o in obstacles) else Mode.OWN_SOURCE
    limit = f"limit {settings.purchase.limit_soc_pct:g} %"
    reason = f"{soc_text(observation)} < {limit}, but no seller can serve"
    waiting = "; ".join(o.sentence for o in obstacles) or "no seller is configured"
    state = enter(state, mode, observation.now_s, reason)
    return ask_for_rest(replace(state, waiting=waiting), observation, settings)


def _held(state: SupplyState, seller: SellerSettings, observation: Observation) -> bool:
    return any(
        h.seller == seller.account and h.until_s > observation.now_s for h in state.hold_offs
    )


def _purchasing(state: SupplyState, observation: Observation, settings: SupplySettings) -> Step:
    if state.pending:
        oldest = state.pending[0]
        seconds = observation.now_s - oldest.asked_at_s
        waiting = f"order {oldest.order.number} not confirmed yet ({seconds:.0f} s)"
        return ask_for_rest(replace(state, waiting=waiting), observation, settings)
    if observation.relay is None or observation.relay_lost_at_s is not None:
        waiting = "relay away; the credit waits for it"
        return ask_for_rest(replace(state, waiting=waiting), observation, settings)
    soc_pct = observation.battery.soc_pct
    if soc_pct is not None and soc_pct >= settings.resume_soc_pct:
        sentence = f"{soc_text(observation)} recovered before the contact closed: credit is kept"
        return enter(state, Mode.OWN_SOURCE, observation.now_s, sentence), ()
    for draw in reversed(state.draws):
        seller = seller_named(settings, draw.seller)
        if seller is None or not credit_at(state, draw.seller, observation):
            continue
        connection = reachable(seller, observation, settings.purchase)
        if isinstance(connection, Obstacle):
            return give_up(state, observation, settings, seller, connection.sentence)
        bought = (
            f"bought {format_wh(draw.energy_milliwh)} from {seller.name} at"
            f" {format_tokens(draw.price_per_kwh)}/kWh, order {draw.number},"
            f" confirmed in block {draw.block}"
        )
        return connect(state, observation, settings, seller, connection, bought)
    return enter(state, Mode.OWN_SOURCE, observation.now_s, state.reason), ()
