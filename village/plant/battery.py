"""Play one home's battery, and with it its own source: panel, inverter, and what the grid adds.

Whole microjoules; every rounding goes into a stated loss. Decides per step whether the source can
carry its loads; does not know whose loads they are.
"""

from dataclasses import dataclass

from village.plant.balance import MICROJOULES_PER_MILLIWH
from village.plant.street import NOMINAL_V, Grid, Home

CHARGING_LOSS_PERMILLE = 20
DISCHARGING_LOSS_PERMILLE = 20
RECONNECT_PCT = 2
"""A source that tripped carries loads again from this state of charge on."""
CHARGER_ON_PCT = 30
CHARGER_OFF_PCT = 40
CHARGER_HOURS = 5
"""A charger fills the battery in this time."""
RESERVE_PCT = 60
"""To this state of charge the own solar fills a tied home's battery, and no further."""

_CELLS = 4
_EMPTY_V = 0.94 * NOMINAL_V
_FULL_V = 1.06 * NOMINAL_V


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Hold a step's energies in microjoules, and whether the source carries its loads in it."""

    carries: bool
    solar: int
    curtailed: int
    grid_in: int
    grid_out: int
    charging_loss: int
    discharging_loss: int
    battery_change: int


class Source:
    """Hold the battery between steps."""

    def __init__(self, home: Home) -> None:
        self._grid = home.grid
        self._capacity = home.battery_milliwh * MICROJOULES_PER_MILLIWH
        self._battery = self._capacity * home.start_soc_pct // 100
        self._charger_mw = home.battery_milliwh // CHARGER_HOURS
        self._is_tripped = False
        self._is_charging = False

    @property
    def battery_microjoules(self) -> int:
        """Give the energy in the battery."""
        return self._battery

    @property
    def soc_pct(self) -> float:
        """Give the battery's state of charge."""
        return 100 * self._battery / self._capacity

    @property
    def voltage_v(self) -> float:
        """Give the source's voltage: four cells in series, 6 % about nominal from empty to full."""
        return _EMPTY_V + (_FULL_V - _EMPTY_V) * self._battery / self._capacity

    @property
    def cell_voltage_v(self) -> float:
        """Give the voltage of one cell, as the gauge sees it."""
        return self.voltage_v / _CELLS

    def flow(self, *, pv_mw: int, demand: int, span_ms: int) -> Flow:
        """Work out a step without taking it; `demand` is microjoules at the source's terminals."""
        pv = pv_mw * span_ms
        if self._grid is Grid.TIED:
            return self._tied_flow(pv, demand)
        charger = self._charger_mw * span_ms if self._wants_charger() else 0
        deficit = max(0, demand - pv - charger)
        drawn = deficit + deficit * DISCHARGING_LOSS_PERMILLE // 1000
        from_grid = 0
        carries = self._is_ready() and drawn <= self._battery
        if not carries and self._grid is Grid.FULL:
            carries, from_grid, deficit, drawn = True, deficit, 0, 0
        if not carries:
            demand = deficit = drawn = 0
        surplus = max(0, pv + charger - demand)
        stored, charging_loss, left = _charge(surplus, self._capacity - self._battery + drawn)
        exported = left if self._grid is Grid.FULL else 0
        curtailed = min(left - exported, pv)
        unused_charger = left - exported - curtailed
        return Flow(
            carries=carries,
            solar=pv - curtailed,
            curtailed=curtailed,
            grid_in=from_grid + charger - unused_charger,
            grid_out=exported,
            charging_loss=charging_loss,
            discharging_loss=drawn - deficit,
            battery_change=stored - drawn,
        )

    def take(self, flow: Flow) -> None:
        """Take a step that was worked out."""
        self._is_charging = self._wants_charger()
        self._is_tripped = not flow.carries
        self._battery += flow.battery_change

    def _tied_flow(self, pv: int, demand: int) -> Flow:
        """Work out a step beside the grid, which carries all that the panel does not."""
        surplus = max(0, pv - demand)
        room = max(0, self._capacity * RESERVE_PCT // 100 - self._battery)
        stored, charging_loss, left = _charge(surplus, room)
        return Flow(
            carries=True,
            solar=pv,
            curtailed=0,
            grid_in=max(0, demand - pv),
            grid_out=left,
            charging_loss=charging_loss,
            discharging_loss=0,
            battery_change=stored,
        )

    def _is_ready(self) -> bool:
        return not self._is_tripped or self.soc_pct >= RECONNECT_PCT

    def _wants_charger(self) -> bool:
        bound_pct = CHARGER_OFF_PCT if self._is_charging else CHARGER_ON_PCT
        return self._grid is Grid.CHARGER and self.soc_pct < bound_pct


def _charge(surplus: int, room: int) -> tuple[int, int, int]:
    """Split a surplus into what is stored, lost in charging, and left over."""
    loss = surplus * CHARGING_LOSS_PERMILLE // 1000
    if surplus - loss <= room:
        return surplus - loss, loss, 0
    gross = min(surplus, -(-room * 1000 // (1000 - CHARGING_LOSS_PERMILLE)))
    return room, gross - room, surplus - gross
