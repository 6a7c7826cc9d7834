"""Mock pins that behave as a board of relays: coils that are watched, contacts that may weld.

A coil is a pin of gpiozero's mock. Its contact conducts while the coil is energised; a welded one
goes on when the coil lets go, and a broken one never does. A feedback pin reads its contact.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from gpiozero.pins.mock import MockFactory, MockPin

from relay_server import board

COIL_PINS = (17, 18, 27, 22, 23)
FEEDBACK_PINS = (5, 6, 13, 19, 26)


class ContactFactory(MockFactory):  # type: ignore[misc]  # gpiozero has no types
    """Make the pins; `moved(channel, closed)` is called at each change of a coil's level.

    `stuck` says of a channel whether its contact conducts whatever the coil does, and None where
    it follows. The coils of `kept` are still energised by an earlier process.
    """

    def __init__(
        self,
        moved: Callable[[int, bool], None],
        stuck: Callable[[int], bool | None],
        kept: Collection[int],
    ) -> None:
        super().__init__()
        self.moved = moved
        self.stuck = stuck
        self.kept = kept
        self.energised = set(kept)

    def pin(self, name: Any, pin_class: Any = None, **kwargs: Any) -> Any:
        """Give the pin of a number."""
        places: Mapping[type[MockPin], tuple[int, ...]] = {
            _Coil: COIL_PINS,
            _Sensor: FEEDBACK_PINS,
        }
        for kind, numbers in places.items():
            if name in numbers:
                return super().pin(name, kind, channel=numbers.index(name))
        return super().pin(name, pin_class, **kwargs)


@contextmanager
def played_contacts(
    moved: Callable[[int, bool], None],
    stuck: Callable[[int], bool | None],
    kept: Collection[int] = (),
) -> Iterator[None]:
    """Put such contacts under the boards that are made meanwhile."""
    real = board._factory
    board._factory = lambda settings: ContactFactory(moved, stuck, kept)
    try:
        yield
    finally:
        board._factory = real


class _Coil(MockPin):  # type: ignore[misc]  # gpiozero has no types
    def __init__(self, factory: ContactFactory, info: Any, channel: int) -> None:
        self._channel = channel
        super().__init__(factory, info)
        self._state = channel in factory.kept

    def _change_state(self, value: bool) -> bool:
        changed = bool(super()._change_state(value))
        if changed:
            (self.factory.energised.add if value else self.factory.energised.discard)(self._channel)
            self.factory.moved(self._channel, bool(value))
        return changed


class _Sensor(MockPin):  # type: ignore[misc]  # gpiozero has no types
    def __init__(self, factory: ContactFactory, info: Any, channel: int) -> None:
        self._channel = channel
        super().__init__(factory, info)

    def _get_state(self) -> bool:
        held = self.factory.stuck(self._channel)
        return self._channel in self.factory.energised if held is None else held
