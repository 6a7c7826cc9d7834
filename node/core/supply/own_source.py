"""What a home does on its own source: look whether the battery wants a neighbour's energy."""

from dataclasses import replace

from node.core.observation import Observation
from node.core.supply.seek import seek_if_low
from node.core.supply.state import Mode, Step, SupplySettings, SupplyState


def own_source(
    state: SupplyState, observation: Observation, settings: SupplySettings, obstacle: str
) -> Step:
    """Stay while the battery is well; `obstacle` says why nothing may be bought now."""
    return seek_if_low(learn_voltage(state, observation), observation, settings, obstacle)


def learn_voltage(state: SupplyState, observation: Observation) -> SupplyState:
    """Remember what the own source gives, to tell later whether a seller delivers."""
    load = observation.load
    if load is None or load.bus_voltage_v is None or state.mode is not Mode.OWN_SOURCE:
        return state
    return replace(state, own_voltage_v=load.bus_voltage_v)
