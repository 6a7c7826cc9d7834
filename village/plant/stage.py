"""Run the physics beside the processes: the plant follows the calendar and the real contacts."""

import threading
from collections.abc import Callable, Collection
from pathlib import Path

from node.system.clock import Clock
from village.chips.bus import BusServer, PlayedBus
from village.chips.of_home import bus_of_home
from village.chips.outfits import OUTFITS
from village.plant.physics import Plant, View
from village.plant.street import Street, contacts_of

STEP_S = 0.02
"""Seconds of the clock: what the chips show is never older, and the plant has no finer steps."""


class Stage:
    """Own the plant and its chips, which see it as it is when they are read."""

    def __init__(
        self, street: Street, plant: Plant, clock: Clock, sockets: Path, coils_cut: bool
    ) -> None:
        self._street = street
        self._plant = plant
        self._clock = clock
        self._coils_cut = coils_cut
        self._lock = threading.Lock()
        self._played_to_s = clock.monotonic_s()
        self._is_over = False
        self.buses: dict[str, PlayedBus] = {
            home.name: bus_of_home(
                self._view_of(home.name), home.name, clock.monotonic_s, OUTFITS[home.outfit]
            )
            for home in street.homes
        }
        self._server = BusServer({sockets / f"{name}.i2c": bus for name, bus in self.buses.items()})

    def play(self) -> None:
        """Let the plant catch up with the clock, if a step has passed."""
        with self._lock:
            now_s = self._clock.monotonic_s()
            if self._is_over or now_s - self._played_to_s < STEP_S:
                return
            self._played_to_s = now_s
            self._plant.advance(self._clock.calendar_s())

    def energise(self, channels: Collection[int]) -> None:
        """Move the contacts as the relay's pins are now; a board with cut coils does not follow."""
        if not self._coils_cut:
            contacts = contacts_of(self._street, channels)
            self._plant.set_contacts(contacts, self._clock.calendar_s())

    def end(self) -> None:
        """Let nothing flow any more; the chips go on answering, and show just that."""
        self.play()
        with self._lock:
            self._is_over = True
        self._plant.end()

    def close(self) -> None:
        """End the physics, and the chips; may be called twice."""
        self.end()
        self._server.close()

    def _view_of(self, home: str) -> Callable[[], View]:
        def view() -> View:
            self.play()
            return self._plant.view(home)

        return view
