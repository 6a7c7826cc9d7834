"""What kinds of quantities a home tells: the unit on the broker, and how Home Assistant shows it.

Its classes: https://developers.home-assistant.io/docs/core/entity/sensor. A register is `total`
without a last reset: it goes on after a restart, and where a card forgot the last of it the
statistics fall by as much, instead of counting everything anew.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """Hold a kind of values; what is shown is the value on the broker over `divisor`."""

    unit: str
    shown_unit: str
    state_class: str
    precision: int
    divisor: int = 1
    device_class: str | None = None


CHARGE = Quantity(
    unit="%", shown_unit="%", device_class="battery", state_class="measurement", precision=1
)
POWER = Quantity(
    unit="W", shown_unit="W", device_class="power", state_class="measurement", precision=1
)
VOLTAGE = Quantity(
    unit="V", shown_unit="V", device_class="voltage", state_class="measurement", precision=2
)
REGISTER = Quantity(
    unit="mWh",
    shown_unit="kWh",
    device_class="energy",
    state_class="total",
    precision=3,
    divisor=1_000_000,
)
"""Energy that only rises: the energy dashboard takes it."""
STORED = Quantity(
    unit="mWh",
    shown_unit="kWh",
    device_class="energy_storage",
    state_class="measurement",
    precision=3,
    divisor=1_000_000,
)
DEVIATION = Quantity(
    unit="mWh", shown_unit="kWh", state_class="measurement", precision=3, divisor=1_000_000
)
"""An energy that is neither stored nor consumed: an error."""
MONEY = Quantity(
    unit="base units",
    shown_unit="tokens",
    state_class="measurement",
    precision=2,
    divisor=1_000_000,
)
"""Not `monetary`: that is of a currency with an ISO code, and a community's token has none."""
PRICE = Quantity(
    unit="base units/kWh",
    shown_unit="tokens/kWh",
    state_class="measurement",
    precision=4,
    divisor=1_000_000,
)
