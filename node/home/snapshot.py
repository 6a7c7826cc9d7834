"""Say what a home is doing now, for its person, its page, and the broker: one plain dictionary."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from node.core.budget import spent_today
from node.core.delivery.state import DeliveryState
from node.core.energy.meters import Metering, MeterPicture
from node.core.energy.spool import Spools
from node.core.forecast.records import Accuracy
from node.core.home import HomeState
from node.core.observation import Observation
from node.core.relay.connections import neighbours_of
from node.core.supply.credit import left_milliwh
from node.core.supply.state import SupplyState
from node.core.wire.codec import Plain
from node.home.auction_snapshot import market_snapshot
from node.home.price import neighbours_price
from node.home.quantity import (
    CHARGE,
    DEVIATION,
    MONEY,
    POWER,
    PRICE,
    REGISTER,
    STORED,
    VOLTAGE,
    Quantity,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Hold what the measured values are read from.

    `fed_by_neighbours_milliwh` counts since the home's first start, `earned_today` base units;
    `numbers` are what may be changed over the broker, as they are in force. `waiting_since_s` is
    the boundary of the oldest reading that chain or broker has not taken (calendar).
    """

    state: HomeState
    observation: Observation
    generation: MeterPicture | None
    accuracy: Accuracy | None
    fed_by_neighbours_milliwh: int | None
    earned_today: int | None
    numbers: Mapping[str, Plain]
    waiting_since_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """Hold one measured value: its topic's name, its title for people, what kind of quantity it
    is, and how it is read, None while unknown.

    A home that is not of that kind (`is_told`) has no such topic. What only explains the others
    (`is_detail`) stands apart from them in Home Assistant.
    """

    name: str
    title: str
    quantity: Quantity
    read: Callable[[Seen], float | int | None]
    is_told: Callable[[Seen], bool] = lambda _: True
    is_detail: bool = False


def _meter_values(
    name: str, pick: Callable[[Seen], MeterPicture | None]
) -> tuple[Value, Value, Value, Value]:
    """Give the four values of a meter, which a home without it does not tell."""

    def of(
        what: str,
        title: str,
        quantity: Quantity,
        read: Callable[[MeterPicture], float | int | None],
    ) -> Value:
        def read_it(seen: Seen) -> float | int | None:
            meter = pick(seen)
            return read(meter) if meter is not None else None

        return Value(
            name=f"{name}_{what}",
            title=f"{name.capitalize()} {title}",
            quantity=quantity,
            read=read_it,
            is_told=lambda seen: pick(seen) is not None,
            is_detail=quantity is VOLTAGE,
        )

    return (
        of("power_w", "power", POWER, lambda meter: _rounded(meter.power_w)),
        of("bus_voltage_v", "voltage", VOLTAGE, lambda meter: _rounded(meter.bus_voltage_v)),
        of("import_milliwh", "in", REGISTER, lambda meter: meter.registers.import_milliwh),
        of("export_milliwh", "out", REGISTER, lambda meter: meter.registers.export_milliwh),
    )


def _credit(seen: Seen) -> int | None:
    supply = seen.state.supply
    return left_milliwh(supply.draws) if supply is not None else None


def _buys(seen: Seen) -> bool:
    return seen.state.supply is not None


def _spent_today(supply: SupplyState | None, calendar_s: float) -> int | None:
    return spent_today(supply.spent, calendar_s) if supply is not None else None


def _trades(seen: Seen) -> bool:
    return seen.state.trading is not None


VALUES = (
    Value(
        name="soc_pct",
        title="State of charge",
        quantity=CHARGE,
        read=lambda seen: seen.observation.battery.soc_pct,
    ),
    Value(
        name="tokens",
        title="Tokens",
        quantity=MONEY,
        read=lambda seen: seen.observation.chain.tokens if seen.observation.chain else None,
    ),
    *_meter_values("load", lambda seen: seen.observation.load),
    *_meter_values("connection", lambda seen: seen.observation.connection),
    *_meter_values("generation", lambda seen: seen.generation),
    Value(
        name="fed_by_neighbours_milliwh",
        title="Fed by neighbours",
        quantity=REGISTER,
        read=lambda seen: seen.fed_by_neighbours_milliwh,
        is_told=_buys,
    ),
    Value(
        name="neighbours_price_per_kwh",
        title="Neighbours' price",
        quantity=PRICE,
        read=lambda seen: neighbours_price(seen.state, seen.observation),
        is_told=_buys,
    ),
    Value(
        name="spent_today",
        title="Spent today",
        quantity=MONEY,
        read=lambda seen: _spent_today(seen.state.supply, seen.observation.calendar_s),
        is_told=_buys,
    ),
    Value(
        name="earned_today",
        title="Earned today",
        quantity=MONEY,
        read=lambda seen: seen.earned_today,
        is_told=lambda seen: seen.state.delivery is not None,
    ),
    Value(
        name="credit_milliwh",
        title="Energy credit",
        quantity=STORED,
        read=_credit,
        is_told=_buys,
    ),
    Value(
        name="auction_balance",
        title="Free at the auction",
        quantity=MONEY,
        read=lambda seen: seen.observation.market.balance if seen.observation.market else None,
        is_told=_trades,
    ),
    Value(
        name="auction_owed",
        title="Owed by the auction",
        quantity=MONEY,
        read=lambda seen: seen.observation.market.owed if seen.observation.market else None,
        is_told=_trades,
    ),
    Value(
        name="forecast_error_milliwh",
        title="Forecast's error",
        quantity=DEVIATION,
        read=lambda seen: seen.accuracy.error_milliwh if seen.accuracy else None,
        is_told=_trades,
        is_detail=True,
    ),
    Value(
        name="as_the_last_error_milliwh",
        title="Error of taking the last interval",
        quantity=DEVIATION,
        read=lambda seen: seen.accuracy.plain_milliwh if seen.accuracy else None,
        is_told=_trades,
        is_detail=True,
    ),
)
"""What each home may tell over MQTT and to Home Assistant, one row each: to add one, its row. The
broker's rules (`install/broker_rules.py`) are made from the same names."""


def snapshot(
    name: str,
    role: str,
    account: str | None,
    seen: Seen,
    metering: Metering,
    spools: Spools,
) -> dict[str, Plain]:
    """Picture the whole home; energies in milliwatt-hours, money in base units."""
    state, observation, chain = seen.state, seen.observation, seen.observation.chain
    return {
        "node": name,
        "role": role,
        "account": account,
        "calendar_s": round(observation.calendar_s, 3),
        "soc_pct": observation.battery.soc_pct,
        "soc_settled": observation.battery.settled,
        "soc_off_pct": observation.battery.off_pct,
        "supply": _supply(state.supply, observation.now_s, observation.calendar_s),
        "delivery": _delivery(state.delivery, observation.now_s, seen.earned_today),
        "auction": market_snapshot(state, observation, seen.accuracy),
        "faults": [fault.sentence for fault in state.faults],
        "fault_names": [fault.name.value for fault in state.faults],
        "load": _meter(observation.load),
        "load_by_origin": _origins(metering),
        "connection": _meter(observation.connection),
        "generation": _meter(seen.generation),
        "block": chain.block.number if chain is not None else None,
        "tokens": chain.tokens if chain is not None else None,
        "offers": {o.seller: o.price_per_kwh for o in chain.offers if o.available_milliwh}
        if chain is not None
        else {},
        "relay": observation.relay.relay if observation.relay is not None else None,
        "neighbours": {**neighbours_of(observation.relay, account)},
        "wants_own_source": observation.wants_own_source,
        "numbers": dict(seen.numbers),
        "readings_waiting": len(spools.chain.waiting),
        "readings_dropped": spools.chain.dropped,
        "readings_waiting_mqtt": len(spools.broker.waiting),
        "readings_dropped_mqtt": spools.broker.dropped,
    }


def measurements(seen: Seen) -> Mapping[str, str]:
    """Give each measurement's payload by topic: its value and unit; null while it is unknown."""
    return {
        f"measurement/{value.name}": json.dumps(
            {"value": value.read(seen), "unit": value.quantity.unit}
        )
        for value in VALUES
        if value.is_told(seen)
    }


def values(seen: Seen) -> list[Plain]:
    """Give each value that is known as a row: name, title, value, its unit, and what it is.

    `rises` says that it counts, and never falls but by what a card forgot.
    """
    return [
        {
            "name": value.name,
            "title": value.title,
            "value": found,
            "unit": value.quantity.unit,
            "rises": value.quantity is REGISTER,
        }
        for value in VALUES
        if value.is_told(seen) and (found := value.read(seen)) is not None
    ]


def _supply(state: SupplyState | None, now_s: float, calendar_s: float) -> Plain:
    if state is None:
        return None
    return {
        "mode": state.mode.value,
        "since_s": round(now_s - state.since_s, 1),
        "reason": state.reason,
        "waiting": state.waiting,
        "seller": state.contact.seller,
        "closed": state.contact.closed_at_s is not None,
        "credit_milliwh": left_milliwh(state.draws),
        "spent_today": _spent_today(state, calendar_s),
        "orders": [
            {
                "seller": draw.seller,
                "number": draw.number,
                "energy_milliwh": draw.energy_milliwh,
                "drawn_milliwh": draw.drawn_milliwh,
                "price_per_kwh": draw.price_per_kwh,
            }
            for draw in state.draws
        ],
    }


def _delivery(state: DeliveryState | None, now_s: float, earned_today: int | None) -> Plain:
    if state is None:
        return None
    return {
        "mode": state.mode.value,
        "since_s": round(now_s - state.since_s, 1),
        "reason": state.reason,
        "waiting": state.waiting,
        "delivered_milliwh": state.delivered_milliwh,
        "signed_milliwh": state.signed_milliwh,
        "earned_today": earned_today,
    }


def _origins(metering: Metering) -> Plain:
    """Split the load's energy since the start by its source; without a seller it is our own."""
    return [
        {"seller": origin.seller, "number": origin.number, "energy_milliwh": count.milliwh}
        for origin, count in metering.by_origin
    ]


def _meter(meter: MeterPicture | None) -> Plain:
    if meter is None:
        return None
    return {
        "import_milliwh": meter.registers.import_milliwh,
        "export_milliwh": meter.registers.export_milliwh,
        "power_w": _rounded(meter.power_w),
        "bus_voltage_v": _rounded(meter.bus_voltage_v),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
