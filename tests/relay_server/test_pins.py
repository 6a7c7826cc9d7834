"""A Pi's lines, as the kernel is asked for them: at rest in one step, and given back as inputs."""

from collections.abc import Mapping
from typing import Any

import gpiod
import pytest
from gpiod.line import Bias, Direction, Value
from gpiozero.exc import PinFixedPull, PinSetInput

from node.system import gpio
from relay_server.board import Board
from relay_server.pins import GpiodFactory
from relay_server.settings import BoardSettings

PINS = (17, 18, 27, 22)


class Kernel:
    """Stand where `/dev/gpiochip0` would, and keep what was asked of it."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int, Any]] = []
        self.levels: dict[int, Value] = {}
        self.lines: dict[int, gpiod.LineSettings] = {}

    def request_lines(self, config: Mapping[int, gpiod.LineSettings], consumer: str) -> "Kernel":
        assert consumer == "peerwatt-relay"
        self.reconfigure_lines(config)
        return self

    def reconfigure_lines(self, config: Mapping[int, gpiod.LineSettings]) -> None:
        for number, line in config.items():
            output = line.direction is Direction.OUTPUT
            told = line.output_value if output else line.bias
            self.asked.append(("output" if output else "input", number, told))
            self.lines[number] = line
            self.levels[number] = line.output_value if output else Value.INACTIVE

    def get_value(self, number: int) -> Value:
        return self.levels[number]

    def set_value(self, number: int, value: Value) -> None:
        self.asked.append(("write", number, value))
        self.levels[number] = value

    def release(self) -> None:
        pass

    def close(self) -> None:
        pass


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Kernel:
    kernel = Kernel()
    monkeypatch.setattr(gpiod, "Chip", lambda path: kernel)
    return kernel


def settings(active_high: bool = True, feedback: tuple[int | None, ...] = ()) -> BoardSettings:
    return BoardSettings(
        kind="gpio",
        pins=PINS,
        active_high=active_high,
        gpio_chip=0,
        feedback_pins=feedback,
        feedback_active_high=False,
    )


@pytest.mark.parametrize(("active_high", "rest"), [(True, Value.INACTIVE), (False, Value.ACTIVE)])
def test_pin_becomes_an_output_at_its_resting_level_in_one_step(
    kernel: Kernel, active_high: bool, rest: Value
) -> None:
    """gpiozero's own way energises an active-low relay for milliseconds at each start."""
    board = Board(settings(active_high))
    assert kernel.asked == [("output", number, rest) for number in PINS]

    board.close_contacts((2,))
    assert kernel.levels[27] is not rest
    kernel.asked.clear()
    board.close()
    assert kernel.asked == [
        *(("write", number, rest) for number in PINS),
        *(("input", number, Bias.DISABLED) for number in reversed(PINS)),
    ]


def test_feedback_pins_are_inputs_pulled_to_where_nothing_conducts(kernel: Kernel) -> None:
    board = Board(settings(feedback=(5, None, 6)))
    assert {number: kernel.lines[number].bias for number in (5, 6)} == {
        5: Bias.PULL_UP,
        6: Bias.PULL_UP,
    }
    kernel.levels |= {5: Value.INACTIVE, 6: Value.ACTIVE}

    assert board.observed == {0}
    board.close()


def test_an_input_takes_no_level_and_an_output_no_pull(kernel: Kernel) -> None:
    factory = GpiodFactory(0)
    pin = factory.pin(17)
    pin.function = "input"
    with pytest.raises(PinSetInput):
        pin.state = True
    pin.output_with_state(True)
    with pytest.raises(PinFixedPull):
        pin.pull = "up"

    assert [what for what, *_ in kernel.asked] == ["input", "output"]
    factory.close()
    factory.close()


def test_a_machine_without_a_pis_chip_is_told_what_to_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpio, "_chips", lambda: iter(()))
    with pytest.raises(FileNotFoundError, match=r"relay\.gpio_chip"):
        GpiodFactory(None)
