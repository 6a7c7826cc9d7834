"""A street that is too large for the machine is played more slowly."""

import os

import pytest

from village.households import FULL_SPEED
from village.speed import HOMES_PER_CORE, TRADERS_PER_CORE, bearable_speed


@pytest.fixture
def two_cores(monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 2)


@pytest.mark.usefixtures("two_cores")
def test_street_that_fits_is_played_at_the_speed_that_was_asked_for(capsys):
    assert bearable_speed(FULL_SPEED, 2 * HOMES_PER_CORE, HOMES_PER_CORE) == FULL_SPEED
    assert capsys.readouterr().out == ""


@pytest.mark.usefixtures("two_cores")
def test_larger_street_is_played_more_slowly_and_says_so(capsys):
    assert bearable_speed(FULL_SPEED, 4 * HOMES_PER_CORE, HOMES_PER_CORE) == FULL_SPEED / 2
    assert "playing at speed 360" in capsys.readouterr().out


@pytest.mark.usefixtures("two_cores")
def test_twelve_homes_that_trade_are_played_at_a_third_of_the_full_speed():
    assert bearable_speed(FULL_SPEED, 12, TRADERS_PER_CORE) == FULL_SPEED / 3
