"""Play what converters have in common: how long one takes, its ready flag, and its last values."""

from collections.abc import Callable

from village.chips.played import ChipFault, Monotonic

Words = tuple[int, ...]


class Conversions:
    """Tell when a chip that converts all the time is ready, and hold what one stuck shows."""

    def __init__(self, monotonic: Monotonic) -> None:
        self._monotonic = monotonic
        self._span_s = 0.0
        self._ready_at_s = 0.0
        self._held: Words | None = None

    def begin(self, span_s: float) -> None:
        """Begin anew: from now on one conversion takes so long."""
        self._span_s = span_s
        self._ready_at_s = self._monotonic() + span_s

    def take(self, fault: ChipFault | None) -> bool:
        """Tell whether it is ready, and clear that."""
        is_ready = fault is not ChipFault.STUCK and self._monotonic() >= self._ready_at_s
        if is_ready:
            self._ready_at_s = self._monotonic() + self._span_s
        return is_ready

    def held(self, fault: ChipFault | None, convert: Callable[[], Words]) -> Words:
        """Give the newest conversion; one that is stuck has that of before."""
        if fault is not ChipFault.STUCK or self._held is None:
            self._held = convert()
        return self._held
