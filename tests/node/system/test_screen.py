"""What is drawn keeps to the terminal, and the terminal is as it was in the end."""

import io
import os

import pytest

from node.system.screen import Line, Screen, bar, cut

ENTER, LEAVE = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr("shutil.get_terminal_size", lambda: os.terminal_size((10, 2)))
    monkeypatch.delenv("NO_COLOR", raising=False)


def drawn(*lines):
    out = io.StringIO()
    with Screen(out) as screen:
        screen.draw(lines)
    return out.getvalue()


def test_lines_are_cut_to_the_width_and_the_height(small):
    shown = drawn(*(Line(text=text) for text in ("0123456789", "0123456789a", "third")))

    assert shown == (f"{ENTER}\x1b[H0123456789\x1b[K\r\n012345678…\x1b[K\x1b[J{LEAVE}")


def test_a_warning_is_red_unless_colours_are_not_wanted(small, monkeypatch):
    warning = Line(text="! fault", warns=True)
    assert "\x1b[31m! fault\x1b[0m" in drawn(warning)

    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[31m" not in drawn(warning)


def test_the_terminal_is_given_back_whatever_happens(small):
    out = io.StringIO()
    with pytest.raises(ZeroDivisionError), Screen(out):
        raise ZeroDivisionError

    assert out.getvalue().endswith(LEAVE)


@pytest.mark.parametrize(
    ("part", "shown"),
    [(None, "[????]"), (-1.0, "[....]"), (0.5, "[##..]"), (0.88, "[####]"), (7.0, "[####]")],
)
def test_a_bar_is_never_wider_than_its_cells(part, shown):
    assert bar(part, 4) == shown


def test_nothing_is_cut_to_no_width_at_all():
    assert cut("text", 0) == ""
