"""Open a chip at its first use, and again, after growing pauses, when it has failed.

A missing chip never stops the program from starting, and an absent one costs one attempt per
pause, not one per sample. Touches no bus itself: the opener and the action do.
"""

import time
from collections.abc import Callable
from typing import Generic, TypeVar

from node.core.errors import DeviceError
from node.core.holdoff import pause_after
from node.devices.trouble import BusFailed, SensorAbsent

FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 30.0

Chip = TypeVar("Chip")
Value = TypeVar("Value")


class LazyChip(Generic[Chip]):
    """Keep one chip open for use by one thread."""

    def __init__(
        self,
        *,
        name: str,
        open_chip: Callable[[], Chip],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._open_chip = open_chip
        self._monotonic = monotonic
        self._chip: Chip | None = None
        self._failures = 0
        self._next_try_s = 0.0
        self._trouble: SensorAbsent | BusFailed | None = None

    def use(self, action: Callable[[Chip], Value]) -> Value:
        """Run an action on the open chip; the first failure is tried once more at once.

        Raises:
            DeviceError: the chip or its bus is away (or still in its pause), or the action says so.
        """
        self._refuse_during_pause()
        # One bad transfer in a thousand is ordinary on a long cable; two in a row are not.
        spare_attempts = 0 if self._failures else 1
        while True:
            try:
                value = self._attempt(action)
            except (SensorAbsent, BusFailed) as trouble:
                if not spare_attempts:
                    raise self._pause(trouble) from trouble
                spare_attempts -= 1
            else:
                self._failures = 0
                return value

    def forget(self) -> None:
        """Drop the chip, so that the next use opens it anew; may be called twice."""
        self._chip = None

    def _attempt(self, action: Callable[[Chip], Value]) -> Value:
        try:
            if self._chip is None:
                self._chip = self._opened()
            return action(self._chip)
        except DeviceError:
            raise
        except OSError as error:
            raise SensorAbsent(f"{self._name}: {error}") from error

    def _opened(self) -> Chip:
        try:
            return self._open_chip()
        except (ValueError, RuntimeError) as error:  # the drivers' words for absent, and for other
            raise SensorAbsent(f"{self._name}: {error}") from error

    def _pause(self, trouble: SensorAbsent | BusFailed) -> SensorAbsent | BusFailed:
        self._chip = None
        self._failures += 1
        pause_s = pause_after(self._failures, FIRST_PAUSE_S, LONGEST_PAUSE_S)
        self._next_try_s = self._monotonic() + pause_s
        # No countdown: a sentence that stays the same is logged once, not at each sample.
        self._trouble = type(trouble)(
            f"{trouble}; asked again at least every {LONGEST_PAUSE_S:g} s"
        )
        return self._trouble

    def _refuse_during_pause(self) -> None:
        if self._trouble is not None and self._failures and self._monotonic() < self._next_try_s:
            raise type(self._trouble)(str(self._trouble))
