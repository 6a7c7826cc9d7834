"""The pins: at rest at start and end, read back, and never a blink."""

import contextlib
from pathlib import Path
from typing import Any

import pytest
from gpiozero.exc import PinPWMUnsupported

from node.core.errors import InterlockViolation
from relay_server.board import Board
from relay_server.settings import BoardSettings

# PyPI has no wheel of it for Python 3.13; there it comes from the Pi's own packages.
# lgpio takes its importer's whole process along to its own directory.
with contextlib.chdir(Path.cwd()):
    lgpio = pytest.importorskip("lgpio")


def settings(
    kind: str = "mock",
    active_high: bool = True,
    chip: int | None = None,
    feedback_pins: tuple[int | None, ...] = (),
    feedback_active_high: bool = False,
) -> BoardSettings:
    return BoardSettings(
        kind=kind,
        pins=(17, 18, 27, 22),
        active_high=active_high,
        gpio_chip=chip,
        feedback_pins=feedback_pins,
        feedback_active_high=feedback_active_high,
    )


@pytest.mark.parametrize("active_high", [True, False])
def test_everything_rests_at_the_start_and_moves_as_told(tmp_path: Path, active_high: bool) -> None:
    board = Board(settings(active_high=active_high), tmp_path)
    assert board.closed == frozenset()

    board.close_contacts((1, 2))
    assert board.closed == {1, 2}
    board.open_contacts((1,))
    assert board.closed == {2}
    board.rest()
    assert board.closed == frozenset()
    board.close()
    board.close()


def test_pin_levels_follow_the_boards_polarity(tmp_path: Path) -> None:
    board = Board(settings(active_high=False), tmp_path)
    pins = [board._factory.pin(number) for number in (17, 18)]
    board.close_contacts((1,))
    assert [pin.state for pin in pins] == [1, 0]
    board.close()


@pytest.mark.parametrize("active_high", [True, False])
def test_feedback_pins_tell_which_contacts_conduct(tmp_path: Path, active_high: bool) -> None:
    """Where nothing is wired to them, none does."""
    board = Board(settings(feedback_pins=(5, None, 6), feedback_active_high=active_high), tmp_path)
    assert board.sensed == {0, 2}
    board.close_contacts((0, 1, 2))
    assert board.observed == frozenset()

    pin = board._factory.pin(6)
    (pin.drive_high if active_high else pin.drive_low)()
    assert board.observed == {2}
    assert board.closed == {0, 1, 2}
    board.close()
    assert board.sensed == frozenset()


def test_channel_that_does_not_follow_is_a_violation(tmp_path: Path) -> None:
    board = Board(settings(), tmp_path)
    pin = board._factory.pin(17)
    pin._set_state = lambda value: None
    with pytest.raises(InterlockViolation, match="channel 0"):
        board.close_contacts((0,))


def test_rest_opens_the_others_when_one_fails(tmp_path: Path) -> None:
    board = Board(settings(), tmp_path)
    board.close_contacts((0, 1, 2))

    def broken(value: object) -> None:
        raise PinPWMUnsupported("no")

    board._factory.pin(18)._set_state = broken
    with pytest.raises(InterlockViolation, match="would not open"):
        board.rest()
    assert board.closed == {1}


@pytest.mark.parametrize(("active_high", "resting_level"), [(True, 0), (False, 1)])
def test_pin_becomes_an_output_at_its_resting_level_in_one_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, active_high: bool, resting_level: int
) -> None:
    """gpiozero's own way energises an active-low relay for milliseconds at each start."""
    calls: list[tuple[Any, ...]] = []
    levels: dict[int, int] = {}

    def claim_output(handle: int, number: int, level: int = 0, flags: int = 0) -> int:
        calls.append(("output", number, int(level)))
        levels[number] = int(level)
        return 0

    def write(handle: int, number: int, level: int) -> int:
        calls.append(("write", number, int(level)))
        levels[number] = int(level)
        return 0

    monkeypatch.setattr(lgpio, "gpiochip_open", lambda chip: 3)
    monkeypatch.setattr(lgpio, "gpiochip_close", lambda handle: 0)
    monkeypatch.setattr(lgpio, "gpio_claim_input", lambda *_: calls.append(("input",)))
    monkeypatch.setattr(lgpio, "gpio_claim_output", claim_output)
    monkeypatch.setattr(lgpio, "gpio_write", write)
    monkeypatch.setattr(lgpio, "gpio_read", lambda handle, number: levels[number])
    monkeypatch.setattr(lgpio, "gpio_get_mode", lambda handle, number: 2)

    board = Board(settings("gpio", active_high, chip=0), tmp_path)
    started = [call for call in calls if call != ("input",)]
    board.close_contacts((2,))
    calls.clear()
    board.close()

    assert started == [("output", number, resting_level) for number in (17, 18, 27, 22)]
    assert ("write", 27, resting_level) == calls[2]
    assert calls[:4] == [("write", number, resting_level) for number in (17, 18, 27, 22)]
