"""Touch the pins: every contact at rest at start and at the end, and never a blink between.

"Closed" is the coil energised: what is read back is what is commanded. Whether a contact conducts
is known only where it has a feedback pin.
"""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Protocol

from gpiozero import InputDevice, OutputDevice

from node.core.errors import InterlockViolation, Refused
from node.system.words import told
from relay_server.settings import BoardSettings


class Board:
    """Own the pins; everything is at rest from the first moment.

    Raises:
        Refused: the kernel does not give them.
    """

    def __init__(self, settings: BoardSettings) -> None:
        with _asked_for("the pins"):
            self._factory = _factory(settings)
        self._outputs: list[_Output] = []
        self._inputs: dict[int, _Input] = {}
        self._pins = len(settings.pins)
        self._expanders: list[tuple[int, _Expander]] = []
        self._ending = ExitStack()
        try:
            for pin in settings.pins:
                with _asked_for(f"pin {pin}"):
                    self._outputs.append(
                        OutputDevice(
                            pin,
                            active_high=settings.active_high,
                            initial_value=False,
                            pin_factory=self._factory,
                        )
                    )
            self._add_expanders(settings)
            for channel, feedback_pin in enumerate(settings.feedback_pins):
                if feedback_pin is not None:
                    # Pulled to where an unplugged wire reads "does not conduct".
                    with _asked_for(f"pin {feedback_pin}"):
                        self._inputs[channel] = InputDevice(
                            feedback_pin,
                            pull_up=not settings.feedback_active_high,
                            pin_factory=self._factory,
                        )
        except BaseException:
            self.close()
            raise

    def _add_expanders(self, settings: BoardSettings) -> None:
        """Take the expanders' outputs after the pins'; each is reset first where that is wired."""
        if not settings.expanders:
            return
        from relay_server import expanders  # Here, because most boards have none.

        with _asked_for(settings.expander_bus):
            bus = expanders.open_bus(settings.expander_bus)
        self._ending.callback(bus.close)
        for one in settings.expanders:
            if one.reset_pin is not None:
                with _asked_for(f"pin {one.reset_pin}"):
                    reset = OutputDevice(
                        one.reset_pin, initial_value=False, pin_factory=self._factory
                    )
                # Given back, the pin is an input, and its pull-down resets the chip.
                self._ending.callback(reset.close)
                reset.on()
            with _asked_for(f"{one.chip} at 0x{one.address:02X}"):
                expander = expanders.Expander(bus, one, active_high=settings.active_high)
            self._ending.callback(expander.release)
            self._expanders.append((len(self._outputs), expander))
            self._outputs += expander.outputs

    @property
    def closed(self) -> frozenset[int]:
        """Read back the channels whose coils are commanded on."""
        pins = self._outputs[: self._pins]
        found = {channel for channel, output in enumerate(pins) if output.value}
        for first, expander in self._expanders:
            # Each chip is asked once, not once for each of its outputs.
            found |= {first + number for number in expander.energised()}
        return frozenset(found)

    @property
    def sensed(self) -> frozenset[int]:
        """Give the channels with a feedback pin."""
        return frozenset(self._inputs)

    @property
    def observed(self) -> frozenset[int]:
        """Read which of the sensed channels conduct."""
        return frozenset(channel for channel, given in self._inputs.items() if given.value)

    def open_contacts(self, channels: Iterable[int]) -> None:
        """Open these channels."""
        self._set(channels, closed=False)

    def close_contacts(self, channels: Iterable[int]) -> None:
        """Close these channels."""
        self._set(channels, closed=True)

    def rest(self) -> None:
        """Open every contact, whatever else fails."""
        troubles: list[Exception] = []
        for output in self._outputs:
            try:
                output.off()
            except Exception as error:  # noqa: BLE001 - the other contacts must still open
                troubles.append(error)
        if troubles:
            raise InterlockViolation(f"contacts would not open: {troubles}")

    def close(self) -> None:
        """Bring everything to rest and give the pins back, each; may be called twice."""
        with ExitStack() as closing:
            closing.callback(self._factory.close)
            closing.push(self._ending.pop_all())
            for output in self._outputs:
                closing.callback(output.close)
            closing.callback(self._outputs.clear)
            for given in self._inputs.values():
                closing.callback(given.close)
            closing.callback(self._inputs.clear)
            closing.callback(self._expanders.clear)
            self.rest()

    def _set(self, channels: Iterable[int], *, closed: bool) -> None:
        for channel in channels:
            output = self._outputs[channel]
            if closed:
                output.on()
            else:
                output.off()
            if bool(output.value) != closed:
                raise InterlockViolation(f"channel {channel} does not read back as commanded")


class _Output(Protocol):
    @property
    def value(self) -> float: ...
    def on(self) -> None: ...
    def off(self) -> None: ...
    def close(self) -> None: ...


class _Expander(Protocol):
    def energised(self) -> frozenset[int]: ...


class _Input(Protocol):
    @property
    def value(self) -> float: ...
    def close(self) -> None: ...


class _PinFactory(Protocol):
    def close(self) -> None: ...


@contextmanager
def _asked_for(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Refused("NoPins", f"{what}: {told(error)}") from error


def _factory(settings: BoardSettings) -> _PinFactory:
    if settings.kind == "mock":
        from gpiozero.pins.mock import MockFactory

        factory: _PinFactory = MockFactory()
        return factory
    from relay_server.pins import GpiodFactory

    return GpiodFactory(settings.gpio_chip)
