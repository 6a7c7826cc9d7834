"""Judge what a fuel gauge tells: a cell's voltage and a state of charge that can be true."""

from node.core.records import BatterySample
from node.devices.trouble import SensorImplausible

FULL_SOC_PCT = 100.0
MAX_SOC_PCT = 110.0
"""A gauge may read a little above 100 % while charging; 256 % is a bad word on the bus."""
MIN_CELL_VOLTAGE_V = 2.0
MAX_CELL_VOLTAGE_V = 5.0


def is_a_cells(voltage_v: float) -> bool:
    """Tell whether a cell can have this voltage."""
    return MIN_CELL_VOLTAGE_V <= voltage_v <= MAX_CELL_VOLTAGE_V


def judged(name: str, taken_at_s: float, soc_pct: float, cell_voltage_v: float) -> BatterySample:
    """Give the sample of the gauge `name`; a state of charge in 100..110 % reads as 100 %.

    Raises:
        SensorImplausible: no battery can be so.
    """
    if not is_a_cells(cell_voltage_v):
        raise SensorImplausible(f"{name}: cell voltage {cell_voltage_v:.3f} V")
    if soc_pct > MAX_SOC_PCT:
        raise SensorImplausible(f"{name}: state of charge {soc_pct:.1f} %")
    return BatterySample(
        sensor=name,
        taken_at_s=taken_at_s,
        soc_pct=min(soc_pct, FULL_SOC_PCT),
        cell_voltage_v=cell_voltage_v,
    )
