"""Run the physics beside the processes: the plant follows the calendar and the real contacts."""

import threading
from collections.abc import Collection
from pathlib import Path

from node.clock import Clock
from village.bus import BusServer
from village.chips_of_home import bus_of_home
from village.plant import Plant
from village.street import Street, contacts_of

TICK_S = 0.02


class Stage:
    """Own the plant, its chips, and the thread that lets time pass."""

    def __init__(
        self, street: Street, plant: Plant, clock: Clock, sockets: Path, coils_cut: bool
    ) -> None:
        self._street = street
        self._plant = plant
        self._clock = clock
        self._coils_cut = coils_cut
        self._stop = threading.Event()
        self._buses = BusServer(
            {sockets / f"{home.name}.i2c": bus_of_home(plant, home.name) for home in street.homes}
        )
        self._thread = threading.Thread(target=self._run, name="plant", daemon=True)

    def start(self) -> None:
        """Let time pass."""
        self._thread.start()

    def energise(self, channels: Collection[int]) -> None:
        """Move the contacts as the relay's pins are now; a board with cut coils does not follow."""
        if not self._coils_cut:
            contacts = contacts_of(self._street, channels)
            self._plant.set_contacts(contacts, self._clock.calendar_s())

    def stop_time(self) -> None:
        """Stop time; the chips go on answering, and show that nothing flows."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        self._plant.end()

    def close(self) -> None:
        """Stop time, and the chips; may be called twice."""
        self.stop_time()
        self._buses.close()

    def _run(self) -> None:
        while not self._stop.wait(TICK_S):
            self._plant.advance(self._clock.calendar_s())
