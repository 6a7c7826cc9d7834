"""Say what a home is doing now, for its person, its page, and the broker: one plain dictionary."""

import json
from collections.abc import Mapping

from node.core.delivery.state import DeliveryState
from node.core.energy.meters import Metering, MeterPicture
from node.core.energy.spool import Spools
from node.core.forecast.records import Accuracy
from node.core.home import HomeState
from node.core.observation import Observation
from node.core.supply.credit import left_milliwh
from node.core.supply.state import SupplyState
from node.core.wire.codec import Plain
from node.home.auction_snapshot import market_snapshot, market_values


def snapshot(
    name: str,
    role: str,
    account: str | None,
    state: HomeState,
    observation: Observation,
    generation: MeterPicture | None,
    metering: Metering,
    spools: Spools,
    accuracy: Accuracy | None,
) -> dict[str, Plain]:
    """Picture the whole home; energies in milliwatt-hours, money in base units."""
    chain = observation.chain
    return {
        "node": name,
        "role": role,
        "account": account,
        "calendar_s": round(observation.calendar_s, 3),
        "soc_pct": observation.battery.soc_pct,
        "soc_settled": observation.battery.settled,
        "supply": _supply(state.supply, observation.now_s),
        "delivery": _delivery(state.delivery, observation.now_s),
        "auction": market_snapshot(state, observation, accuracy),
        "faults": [fault.sentence for fault in state.faults],
        "fault_names": [fault.name.value for fault in state.faults],
        "load": _meter(observation.load),
        "load_by_origin": _origins(metering),
        "connection": _meter(observation.connection),
        "generation": _meter(generation),
        "block": chain.block.number if chain is not None else None,
        "tokens": chain.tokens if chain is not None else None,
        "offers": {o.seller: o.price_per_kwh for o in chain.offers if o.available_milliwh}
        if chain is not None
        else {},
        "relay": observation.relay.relay if observation.relay is not None else None,
        "wants_own_source": observation.wants_own_source,
        "readings_waiting": len(spools.chain.waiting),
        "readings_dropped": spools.chain.dropped,
        "readings_waiting_mqtt": len(spools.broker.waiting),
        "readings_dropped_mqtt": spools.broker.dropped,
    }


def measurements(
    state: HomeState,
    observation: Observation,
    generation: MeterPicture | None,
    accuracy: Accuracy | None,
) -> Mapping[str, str]:
    """Give each measurement's payload by topic: its value and unit; null while it is unknown."""
    values: dict[str, tuple[float | int | None, str]] = {
        "soc_pct": (observation.battery.soc_pct, "%"),
        "tokens": (observation.chain.tokens if observation.chain else None, "base units"),
    }
    meters = {
        "load": observation.load,
        "connection": observation.connection,
        "generation": generation,
    }
    for name, meter in meters.items():
        if meter is None:
            continue
        values[f"{name}_power_w"] = (_rounded(meter.power_w), "W")
        values[f"{name}_bus_voltage_v"] = (_rounded(meter.bus_voltage_v), "V")
        values[f"{name}_import_milliwh"] = (meter.registers.import_milliwh, "mWh")
        values[f"{name}_export_milliwh"] = (meter.registers.export_milliwh, "mWh")
    if state.supply is not None:
        values["credit_milliwh"] = (left_milliwh(state.supply.draws), "mWh")
    values |= market_values(state, observation, accuracy)
    return {
        f"measurement/{name}": json.dumps({"value": value, "unit": unit})
        for name, (value, unit) in values.items()
    }


def _supply(state: SupplyState | None, now_s: float) -> Plain:
    if state is None:
        return None
    return {
        "mode": state.mode.value,
        "since_s": round(now_s - state.since_s, 1),
        "reason": state.reason,
        "waiting": state.waiting,
        "seller": state.seller,
        "closed": state.closed_at_s is not None,
        "credit_milliwh": left_milliwh(state.draws),
        "spent_today": state.spent.amount,
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


def _delivery(state: DeliveryState | None, now_s: float) -> Plain:
    if state is None:
        return None
    return {
        "mode": state.mode.value,
        "since_s": round(now_s - state.since_s, 1),
        "reason": state.reason,
        "waiting": state.waiting,
        "delivered_milliwh": state.delivered_milliwh,
        "signed_milliwh": state.signed_milliwh,
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
