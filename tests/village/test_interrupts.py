"""Ctrl-C amidst a fork is not lost, and is no traceback."""

import os
import signal
import time

import pytest

from village.interrupts import Interrupts


@pytest.fixture
def interrupts():
    before = {wish: signal.getsignal(wish) for wish in (signal.SIGINT, signal.SIGTERM)}
    listening = Interrupts()
    listening.listen()
    yield listening
    for wish, handler in before.items():
        signal.signal(wish, handler)


@pytest.mark.parametrize("wish", [signal.SIGINT, signal.SIGTERM])
def test_a_wish_to_end_is_raised_at_once(interrupts, wish):
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), wish)
        time.sleep(60.0)


def test_while_it_is_held_it_is_raised_at_the_end_and_once(interrupts):
    done = []

    with pytest.raises(KeyboardInterrupt), interrupts.held():
        os.kill(os.getpid(), signal.SIGINT)
        done.append("what was begun")

    with interrupts.held():
        done.append("the next")

    assert done == ["what was begun", "the next"]
