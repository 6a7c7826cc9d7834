"""Give gpiozero the Pi's pins through the kernel's own door, `/dev/gpiochip*`, by libgpiod.

gpiozero's own back ends either blink an active-low relay at each start (they set direction and
level one after the other), or have no wheel for every Python that a Pi runs. Edges, pulse widths
and debouncing are left out: no relay needs them.
"""

from collections.abc import Iterable

import gpiod
from gpiod.line import Bias, Direction, Value
from gpiozero.exc import PinFixedPull, PinInvalidFunction, PinSetInput
from gpiozero.pins.local import LocalPiFactory, LocalPiPin

from node.system.gpio import path_of_chip

CONSUMER = "peerwatt-relay"
_BIAS = {"up": Bias.PULL_UP, "down": Bias.PULL_DOWN, "floating": Bias.DISABLED}
_PULL = {bias: pull for pull, bias in _BIAS.items()}
# A Pi 4B's, whose header is that of every 64-bit Pi.
_REVISION = 0xC03114


class GpiodFactory(LocalPiFactory):  # type: ignore[misc]  # gpiozero has no types
    """Hand out the lines of one chip; `chip` None finds the one that drives a Pi's header.

    Raises:
        OSError: there is no such chip, or it may not be used.
    """

    def __init__(self, chip: int | None) -> None:
        super().__init__()
        self.pin_class = GpiodPin
        path = _path(chip)
        try:
            self.chip: gpiod.Chip | None = gpiod.Chip(path)
        except OSError as error:
            raise OSError(error.errno, error.strerror, path) from error

    def close(self) -> None:
        """Give every line back; may be called twice."""
        super().close()
        chip, self.chip = self.chip, None
        if chip is not None:
            chip.close()

    def _get_revision(self) -> int:
        # Not looked up: the service does not see the files that tell a Pi's model.
        return _REVISION


class GpiodPin(LocalPiPin):  # type: ignore[misc]  # gpiozero has no types
    """Hold one line; it is left as it is until it gets a function."""

    def __init__(self, factory: GpiodFactory, info: object) -> None:
        super().__init__(factory, info)
        self._request: gpiod.LineRequest | None = None
        self._line = gpiod.LineSettings()

    def output_with_state(self, state: bool) -> None:
        """Become an output at the right level in one step, so that nothing blinks."""
        self._configure(
            gpiod.LineSettings(direction=Direction.OUTPUT, output_value=Value(int(state)))
        )

    def close(self) -> None:
        """Let go of the line as an input, so that the board's own pull decides."""
        if self._request is None:
            return
        self._configure(gpiod.LineSettings(direction=Direction.INPUT, bias=Bias.DISABLED))
        request, self._request = self._request, None
        request.release()

    def _configure(self, line: gpiod.LineSettings) -> None:
        settings: dict[Iterable[int | str] | int | str, gpiod.LineSettings | None]
        settings = {self._number: line}
        if self._request is None:
            self._request = self.factory.chip.request_lines(settings, consumer=CONSUMER)
        else:
            self._request.reconfigure_lines(settings)
        self._line = line

    def _held(self) -> gpiod.LineRequest:
        """Give the line, as an input where it has no function yet."""
        if self._request is None:
            self._set_function("input")
        assert self._request is not None
        return self._request

    def _get_function(self) -> str:
        return "output" if self._line.direction is Direction.OUTPUT else "input"

    def _set_function(self, value: str) -> None:
        if value == "input":
            self._configure(gpiod.LineSettings(direction=Direction.INPUT, bias=Bias.DISABLED))
        elif value == "output":
            # At the level that it has already.
            self.output_with_state(bool(self._get_state()))
        else:
            raise PinInvalidFunction(f'invalid function "{value}" for pin {self!r}')

    def _get_state(self) -> bool:
        return self._held().get_value(self._number) is Value.ACTIVE

    def _set_state(self, value: bool) -> None:
        if self.function == "input":
            raise PinSetInput(f"cannot set the state of pin {self!r}")
        self._held().set_value(self._number, Value(int(value)))

    def _get_pull(self) -> str:
        return _PULL.get(self._line.bias, "floating")

    def _set_pull(self, value: str) -> None:
        if self.function != "input" or self.info.pull not in (value, ""):
            raise PinFixedPull(f"the pull of pin {self!r} cannot be {value}")
        self._configure(gpiod.LineSettings(direction=Direction.INPUT, bias=_BIAS[value]))


def _path(chip: int | None) -> str:
    try:
        return path_of_chip(chip)
    except FileNotFoundError:
        raise FileNotFoundError(
            "no GPIO chip of a Raspberry Pi is here:"
            " name one by relay.gpio_chip, or use relay.board"
        ) from None
