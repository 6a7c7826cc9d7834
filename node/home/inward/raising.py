"""Raise a home's registers once after a start to what the chain has kept of them, if it can be so.

A card that was lost, or an old backup, leaves registers below those on the chain, and a report that
falls is never taken. But registers only rise: one false word of an endpoint would stay in them. So
the chain must say it in a later block too, and no more than the meter's maximum power allows since
the own registers were kept.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from node.core.records import ChainView, Reading, Registers
from node.core.units import format_wh

STEADY_S = 60.0
"""Real seconds for which the chain must say so where no further block comes meanwhile."""
_MILLIWH_PER_WATT_SECOND = 1000 / 3600
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    reading: Reading
    block: int
    at_s: float


class Raising:
    """Watch the chain's word on one meter after a start.

    `kept` are the own registers as last kept, `kept_at_s` the calendar second of it, None where
    that is not known. `raise_to` is given what the registers have at least.
    """

    def __init__(
        self,
        kept: Registers | None,
        kept_at_s: int | None,
        interval_s: int,
        confirmations: int,
        *,
        raise_to: Callable[[Registers], None],
    ) -> None:
        self.problem: str | None = None
        """Why the chain is not believed, in one sentence."""
        self._kept = kept
        self._kept_at_s = kept_at_s
        self._interval_s = interval_s
        self._later = max(1, confirmations - 1)
        self._raise_to = raise_to
        self._told: _Told | None = None
        self._is_done = False

    @property
    def is_done(self) -> bool:
        """Say whether the chain's word is known, and the registers are no lower."""
        return self._is_done

    def look(self, view: ChainView | None, now_s: float, calendar_s: float) -> None:
        """Take the newest view in; `now_s` is monotonic, `calendar_s` in seconds since 1970."""
        if self._is_done or view is None or view.meter is None:
            return
        told, newest = self._told, view.meter
        if told is None or not _is_below(told.reading.registers, newest.registers):
            # The first word, or one that is lower: whatever was higher is not steady.
            self._told = _Told(reading=newest, block=view.block.number, at_s=now_s)
            return
        is_deep = view.block.number - told.block >= self._later
        if not is_deep and now_s - told.at_s < STEADY_S:
            return
        most = self._most(calendar_s, view.meter_max_power_w)
        if most is not None and not _is_below(told.reading.registers, most):
            self._refuse(told.reading, most)
            return
        self._raise_to(told.reading.registers)
        self._is_done, self.problem = True, None

    def _most(self, calendar_s: float, max_power_w: int | None) -> Registers | None:
        """Give what the registers can have reached at most by now."""
        if self._kept is None or self._kept_at_s is None or not max_power_w:
            return None
        # An interval more, for a clock is never quite right.
        passed_s = max(0.0, calendar_s - self._kept_at_s) + self._interval_s
        rise = int(passed_s * max_power_w * _MILLIWH_PER_WATT_SECOND) + 1
        return Registers(
            import_milliwh=self._kept.import_milliwh + rise,
            export_milliwh=self._kept.export_milliwh + rise,
        )

    def _refuse(self, told: Reading, most: Registers) -> None:
        told_wh = format_wh(told.registers.import_milliwh), format_wh(told.registers.export_milliwh)
        most_wh = format_wh(most.import_milliwh), format_wh(most.export_milliwh)
        problem = (
            f"the chain says {told_wh[0]} in and {told_wh[1]} out for boundary {told.boundary}, and"
            f" this meter can have reached {most_wh[0]} and {most_wh[1]} at most"
        )
        if problem != self.problem:
            log.warning("%s: not believed", problem)
        self.problem = problem


def _is_below(lower: Registers, higher: Registers) -> bool:
    return (
        lower.import_milliwh <= higher.import_milliwh
        and lower.export_milliwh <= higher.export_milliwh
    )
