"""The pins: at rest at start and end, read back, and never a blink."""

import pytest
from gpiozero.exc import PinPWMUnsupported

from node.core.errors import InterlockViolation
from relay_server.board import Board
from relay_server.settings import BoardSettings


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
def test_everything_rests_at_the_start_and_moves_as_told(active_high: bool) -> None:
    board = Board(settings(active_high=active_high))
    assert board.closed == frozenset()

    board.close_contacts((1, 2))
    assert board.closed == {1, 2}
    board.open_contacts((1,))
    assert board.closed == {2}
    board.rest()
    assert board.closed == frozenset()
    board.close()
    board.close()


def test_pin_levels_follow_the_boards_polarity() -> None:
    board = Board(settings(active_high=False))
    pins = [board._factory.pin(number) for number in (17, 18)]
    board.close_contacts((1,))
    assert [pin.state for pin in pins] == [1, 0]
    board.close()


@pytest.mark.parametrize("active_high", [True, False])
def test_feedback_pins_tell_which_contacts_conduct(active_high: bool) -> None:
    """Where nothing is wired to them, none does."""
    board = Board(settings(feedback_pins=(5, None, 6), feedback_active_high=active_high))
    assert board.sensed == {0, 2}
    board.close_contacts((0, 1, 2))
    assert board.observed == frozenset()

    pin = board._factory.pin(6)
    (pin.drive_high if active_high else pin.drive_low)()
    assert board.observed == {2}
    assert board.closed == {0, 1, 2}
    board.close()
    assert board.sensed == frozenset()


def test_channel_that_does_not_follow_is_a_violation() -> None:
    board = Board(settings())
    pin = board._factory.pin(17)
    pin._set_state = lambda value: None
    with pytest.raises(InterlockViolation, match="channel 0"):
        board.close_contacts((0,))


def test_rest_opens_the_others_when_one_fails() -> None:
    board = Board(settings())
    board.close_contacts((0, 1, 2))

    def broken(value: object) -> None:
        raise PinPWMUnsupported("no")

    board._factory.pin(18)._set_state = broken
    with pytest.raises(InterlockViolation, match="would not open"):
        board.rest()
    assert board.closed == {1}
