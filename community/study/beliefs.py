"""What a home believes of an interval before its gate, by the product's own forecast."""

from collections.abc import Sequence

from community.study.looks import STREET, running
from community.study.market import Outcomes
from node.core.forecast.need import absorb_interval, forecast, new_forecast
from node.core.forecast.records import thinned


class Beliefs:
    """Hold what one home has seen; energies in milliwatt-hours.

    Each interval is asked for before it is told. It is ordered while the one before is running, of
    which a part is measured at each look.
    """

    def __init__(self, name: str, interval_s: int, seed: int) -> None:
        self._seed = f"{seed} {name}"
        self._state = new_forecast(interval_s)
        self._running: tuple[int, int, int] | None = None

    def of(self, interval: int) -> Sequence[Outcomes]:
        """Give what is believed of an interval at each look before its gate."""
        return [self._outcomes(interval, part) for part in (STREET.first, STREET.last)]

    def run(self, interval: int, load: int, solar: int) -> None:
        """Let an interval run: what ran before it has ended, and is learned."""
        if self._running is not None:
            self._state = absorb_interval(self._state, *self._running)
        self._running = (interval, load, solar)

    def _outcomes(self, interval: int, part: float) -> Outcomes:
        now = running(*self._running, part, self._seed) if self._running is not None else None
        told = forecast(self._state, interval, now)
        return () if told is None else thinned(told.outcomes_milliwh)
