"""What a home does at rest once the fault is gone that demanded it: go on, if that was rare."""

from dataclasses import replace

from node.core.observation import Observation
from node.core.supply.contact import RECLOSINGS_PER_HOUR, recent_drops
from node.core.supply.moves import ask_for_rest
from node.core.supply.state import Cause, Step, SupplySettings, SupplyState
from node.core.supply.transitions import enter


def safe(state: SupplyState, observation: Observation, settings: SupplySettings) -> Step:
    """Go back to own source, or stay a while lest a loose wire wear the contact."""
    left_s = _left_s(state, observation, settings)
    if left_s > 0:
        waiting = f"faults came too often: at rest for {left_s:.0f} s more"
        return ask_for_rest(replace(state, waiting=waiting), observation, settings)
    reason = "every fault has cleared"
    return enter(state, Cause.FAULTS_CLEARED, observation.now_s, reason), ()


def _left_s(state: SupplyState, observation: Observation, settings: SupplySettings) -> float:
    if len(recent_drops(state, observation)) <= RECLOSINGS_PER_HOUR:
        return 0.0
    return settings.hold_off_max_s - (observation.now_s - state.since_s)
