"""What a wiring may not be, all told at once."""

from dataclasses import replace

import pytest

from node.core.relay.board import (
    Connection,
    Load,
    Source,
    Wiring,
    channels_of,
    closed_by,
    wiring_problems,
)
from tests.worlds.relay_boards import ancestor_wiring

HOME1 = Load(name="home1", nominal_v=12, rated_current_a=5)
HOME2 = Source(name="home2", nominal_v=12.8, rated_current_a=8, max_loads=1, max_current_a=8)
FIRST = Connection(load="home1", source="home2", channels=(0, 1), holder="0xB", consents=("0xS",))
SOUND = Wiring(channels=4, loads=(HOME1,), sources=(HOME2,), connections=(FIRST,))


def test_sound_wiring_has_no_problem() -> None:
    assert wiring_problems(SOUND) == ()
    assert wiring_problems(ancestor_wiring(4)) == ()


def test_ancestor_board_is_independent_pairs() -> None:
    wiring = ancestor_wiring(5)
    assert [connection.channels for connection in wiring.connections] == [(0, 1), (2, 3)]
    ends = [end for c in wiring.connections for end in (c.load, c.source)]
    assert len(ends) == len(set(ends))


def test_connection_is_closed_by_all_its_poles_only() -> None:
    assert frozenset() == closed_by(SOUND, frozenset({0, 2, 3}))
    assert frozenset({0}) == closed_by(SOUND, frozenset({0, 1}))
    assert frozenset({0, 1}) == channels_of(SOUND, (0,))


@pytest.mark.parametrize(
    ("wiring", "path"),
    [
        (replace(SOUND, channels=65), "relay.pins"),
        (replace(SOUND, channels=0), "relay.pins"),
        (replace(SOUND, connections=(FIRST,) * 65), "relay.connections"),
        (replace(SOUND, loads=(HOME1, HOME1)), "relay.loads.home1"),
        (replace(SOUND, loads=(replace(HOME1, nominal_v=61.0),)), "relay.loads.home1.nominal_v"),
        (
            replace(SOUND, loads=(replace(HOME1, rated_current_a=0.0),)),
            "relay.loads.home1.rated_current_a",
        ),
        (replace(SOUND, sources=(replace(HOME2, max_loads=0),)), "relay.sources.home2.max_loads"),
        (
            replace(SOUND, sources=(replace(HOME2, max_current_a=float("nan")),)),
            "relay.sources.home2.max_current_a",
        ),
        (replace(SOUND, connections=(replace(FIRST, channels=()),)), None),
        (replace(SOUND, connections=(replace(FIRST, channels=(1, 1)),)), None),
        (replace(SOUND, connections=(replace(FIRST, channels=(3, 4)),)), None),
        (replace(SOUND, connections=(FIRST, FIRST)), None),
        (replace(SOUND, connections=(FIRST, replace(FIRST, channels=(0,)))), None),
        (replace(SOUND, connections=(replace(FIRST, consents=("0xS", "0xS")),)), None),
        (replace(SOUND, connections=(replace(FIRST, consents=tuple("abcde")),)), None),
        (replace(SOUND, connections=(replace(FIRST, source="home1"),)), None),
        (replace(SOUND, loads=(replace(HOME1, nominal_v=24.0),)), None),
        (replace(SOUND, loads=(replace(HOME1, rated_current_a=9.0),)), None),
    ],
)
def test_unsound_wiring_is_told(wiring: Wiring, path: str | None) -> None:
    paths = [problem.path for problem in wiring_problems(wiring)]
    assert any(found == path if path else "connections[" in found for found in paths), paths


def test_every_problem_is_told_at_once() -> None:
    unsound = replace(
        SOUND, channels=65, connections=(replace(FIRST, channels=(9, 65), source="home1"),)
    )
    assert len(wiring_problems(unsound)) == 3


@pytest.mark.parametrize(("volts", "is_sound"), [(11.0, True), (13.0, True), (10.8, False)])
def test_voltages_may_be_a_tenth_apart(volts: float, is_sound: bool) -> None:
    load = replace(HOME1, nominal_v=volts)
    source = replace(HOME2, nominal_v=12.1 if volts < 12.1 else 12.0)
    wiring = replace(SOUND, loads=(load,), sources=(source,))
    assert is_sound == (wiring_problems(wiring) == ())
