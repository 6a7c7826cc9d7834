"""Say what the utility is doing now, for its person and the broker: one plain dictionary."""

from dataclasses import dataclass, field

from node.core.auction.concentration import largest_seller_pct
from node.core.auction.gate import next_gate
from node.core.auction.market import ClearedInterval, UtilityView, tariff_in
from node.core.auction.tariff import Tariff
from node.core.commands import (
    AnnounceWithdrawal,
    ClearInterval,
    DepositTokens,
    ExecuteWithdrawal,
    FundGrid,
    Intent,
    NoteSilence,
    PostTariff,
    SendGas,
    SettleOrders,
    WithdrawBalance,
)
from node.core.facts import IntentConfirmed, IntentRefused
from node.core.units import format_tokens
from node.core.utility.state import UtilityState
from node.core.wire.codec import Plain
from node.utility.pairings import Pairings, Told

MOST_REFUSALS = 8
"""Of the newest refusals, each by its name."""


@dataclass(slots=True)
class Activity:
    """Hold what has become of the commands, for people: nothing is decided by it.

    `awaits_chain` until it was seen, or something was asked of it.
    """

    reason: str = "starting: the chain is not seen yet"
    awaits_chain: bool = True
    chain_problem: str | None = None
    done: dict[str, int] = field(default_factory=dict)
    refusals: dict[str, str] = field(default_factory=dict)
    newest: ClearedInterval | None = None
    largest_sellers: tuple[int | None, int | None] = (None, None)
    gas_used: int = 0

    def see(self, view: UtilityView) -> None:
        """Keep the newest result, and how much of it one seller has sold."""
        if self.awaits_chain:
            self._say("sees the chain, and waits for what there is to do")
        for result in view.cleared:
            if self.newest is None or result.interval >= self.newest.interval:
                interval = result.interval
                if self.newest != result:
                    # Once they are settled, the orders are seen no more.
                    orders = [(p.account, p.order) for p in view.orders if p.interval == interval]
                    self.largest_sellers = largest_seller_pct(result.clearing, orders)
                self.newest = result

    def ask(self, intent: Intent) -> str:
        """Give the sentence of a command that goes out."""
        return self._say(f"asks the chain to {_sentence(intent)}")

    def confirm(self, fact: IntentConfirmed) -> str:
        """Count a command that succeeded, and give its sentence."""
        kind = type(fact.intent).__name__
        self.done[kind] = self.done.get(kind, 0) + 1
        self.gas_used += fact.gas_used
        done = self._say(f"did {_sentence(fact.intent)}, in block {fact.block.number}")
        return f"{done} (gas {fact.gas_used})"

    def refuse(self, fact: IntentRefused) -> str:
        """Keep why a command was refused, and give its sentence."""
        self.refusals.pop(fact.name, None)
        self.refusals[fact.name] = f"{_sentence(fact.intent)}: {fact.sentence}"
        while len(self.refusals) > MOST_REFUSALS:
            del self.refusals[next(iter(self.refusals))]
        return f"{fact.name}: {self.refusals[fact.name]}"

    def _say(self, reason: str) -> str:
        self.awaits_chain = False
        self.reason = reason
        return reason


def problems(
    state: UtilityState, pairings: Pairings, activity: Activity, broker_problem: str | None
) -> dict[str, Plain]:
    """Give the sentence of each part that is in trouble."""
    told = {
        "chain": activity.chain_problem,
        "broker": broker_problem,
        "grid": state.problem or None,
        "relays": ", ".join(pairings.silent) + " said nothing yet" if pairings.silent else None,
    }
    return {what: problem for what, problem in told.items() if problem is not None}


def snapshot(
    name: str,
    account: str | None,
    calendar_s: float,
    view: UtilityView | None,
    state: UtilityState,
    pairings: Pairings,
    activity: Activity,
    troubles: dict[str, Plain],
    *,
    is_starting: bool,
) -> dict[str, Plain]:
    """Picture the utility; money in base units, energies in milliwatt-hours.

    While it starts, what has not been heard yet is no problem.
    """
    return {
        "node": name,
        "role": "utility",
        "account": account,
        "calendar_s": round(calendar_s),
        "reason": activity.reason,
        "starting": is_starting,
        "problems": {} if is_starting else troubles,
        "refusals": dict(activity.refusals),
        "under_way": len(state.underway.asked),
        "done": dict(activity.done),
        "gas_used": activity.gas_used,
        "gas_given_today_wei": sum(gift.amount_wei for gift in state.gifts),
        "wired_homes": len(pairings.wires),
        "newest": _result(activity, pairings, view),
        **(_seen(view) if view is not None else {}),
    }


def tariff_of(view: UtilityView) -> dict[str, Plain]:
    """Give the prices of the interval that is delivered now, in base units per kilowatt-hour."""
    interval = view.block.timestamp_s // view.rules.interval_s
    tariff = tariff_in(interval, view.tariffs)
    return {"interval": interval, **_prices(tariff)}


def _prices(tariff: Tariff) -> dict[str, Plain]:
    return {
        "feed_in_per_kwh": tariff.feed_in_per_kwh,
        "retail_per_kwh": tariff.retail_per_kwh,
        "tick_size_per_kwh": tariff.tick_size_per_kwh,
    }


def _seen(view: UtilityView) -> dict[str, Plain]:
    rules = view.rules
    gate = next_gate(view.block.timestamp_s, rules.interval_s, rules.gate_lead_s)
    return {
        "block": view.block.number,
        "tokens": view.tokens,
        "balance": view.balance,
        "grid_balance": view.grid_balance,
        "grid_owes": view.grid_owes,
        "leaving": view.leaving,
        "leaving_from_s": view.leaving_from_s,
        "gas_balance_wei": view.gas_balance_wei,
        "next_gate": {
            "interval": gate,
            "closes_at_s": rules.gate_s(gate),
            "orders": sum(placed.interval == gate for placed in view.orders),
        },
        "unsettled": len(view.orders),
    }


def _result(activity: Activity, pairings: Pairings, view: UtilityView | None) -> Plain:
    result, told, lead = activity.newest, pairings.newest, dict[str, Plain]()
    if result is None:
        return None
    if view is not None:
        lead["cleared_after_gate_s"] = result.block.timestamp_s - view.rules.gate_s(result.interval)
    return {
        "interval": result.interval,
        "block": result.block.number,
        "first": result.clearing.first.name.lower(),
        "solar_units": result.clearing.solar.volume_units,
        "chp_units": result.clearing.chp.volume_units,
        "largest_seller_pct": dict(zip(("solar", "chp"), activity.largest_sellers, strict=True)),
        **lead,
        **(_paired(told, view) if told and told.pairing.interval == result.interval else {}),
    }


def _paired(told: Told, view: UtilityView | None) -> dict[str, Plain]:
    found: dict[str, Plain] = {
        "parts": len(told.pairing.parts),
        "paired_milliwh": sum(part.energy_milliwh for part in told.pairing.parts),
    }
    if view is not None:
        starts_s = told.pairing.interval * view.rules.interval_s
        found["paired_before_delivery_s"] = starts_s - told.at_s
    return found


def _sentence(intent: Intent) -> str:
    match intent:
        case ClearInterval():
            return f"clear interval {intent.interval}"
        case SettleOrders():
            return f"settle {len(intent.meter_ids)} orders of interval {intent.interval}"
        case NoteSilence():
            return f"note that readings of interval {intent.interval} are missing"
        case PostTariff():
            feed_in = format_tokens(intent.feed_in_per_kwh)
            return f"set the tariff from interval {intent.first_interval} on, feed-in {feed_in}"
        case DepositTokens():
            return f"pay {format_tokens(intent.amount)} into the auction"
        case FundGrid():
            return f"fund the grid with {format_tokens(intent.amount)}"
        case AnnounceWithdrawal():
            return f"announce that {format_tokens(intent.amount)} of the grid's money will leave"
        case ExecuteWithdrawal():
            return "move what was announced out of the grid's money"
        case WithdrawBalance():
            return f"take {format_tokens(intent.amount)} out of the auction"
        case SendGas():
            return f"send {intent.amount_wei} wei to {intent.account}"
        case _:
            return type(intent).__name__
