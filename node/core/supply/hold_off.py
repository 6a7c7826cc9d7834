"""What a home does that would buy, while each seller that could serve is passed over: ask again."""

from node.core.observation import Observation
from node.core.supply.moves import is_well
from node.core.supply.seek import seek_if_low
from node.core.supply.state import Cause, Step, SupplySettings, SupplyState
from node.core.supply.transitions import enter


def hold_off(
    state: SupplyState, observation: Observation, settings: SupplySettings, obstacle: str
) -> Step:
    """Seek as on own source; nothing is asked for any more once the battery is well."""
    if is_well(state, observation, settings):
        reason = "the battery has recovered by itself"
        state = enter(state, Cause.BATTERY_WELL, observation.now_s, reason)
    return seek_if_low(state, observation, settings, obstacle)
