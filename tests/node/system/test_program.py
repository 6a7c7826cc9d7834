"""A program's life: opened in order, stopped by a fault, closed in order whatever fails."""

import asyncio
import logging

import pytest

from node.core.errors import Refused
from node.system.program import Program, say_goodbye


class Working:
    """A loop that stops when it is told to, and keeps what happened in one list."""

    def __init__(self, done, work=lambda: None):
        self.done, self.work = done, work

    async def run(self):
        self.done.append("works")
        self.work()

    def stop(self):
        self.done.append("told to stop")


def failing(done, name, error):
    def step():
        done.append(name)
        raise error

    return step


async def test_rooms_are_opened_before_the_loop_works_and_closed_after_it():
    done = []

    async def later():
        done.append("later")

    program = Program(lambda: None)
    await program.run(
        Working(done),
        opening=(lambda: done.append("open"), later),
        closing=(later, lambda: done.append("close")),
    )

    assert done == ["open", "later", "works", "later", "close"]


async def test_a_room_that_cannot_be_opened_ends_the_program_with_all_closed():
    done = []

    with pytest.raises(OSError, match="no port"):
        await Program(lambda: None).run(
            Working(done),
            opening=(failing(done, "open", OSError("no port")), lambda: done.append("next")),
            closing=(lambda: done.append("close"),),
        )

    assert done == ["open", "close"]


async def test_a_loop_that_fails_leaves_no_room_open():
    done = []

    with pytest.raises(ValueError, match="a bug"):
        await Program(lambda: None).run(
            Working(done, failing(done, "fails", ValueError("a bug"))),
            opening=(),
            closing=(lambda: done.append("close"),),
        )

    assert done == ["works", "fails", "close"]


async def test_a_fault_on_a_thread_is_raised_once_all_is_closed():
    done = []

    with pytest.raises(Refused, match="the disk is full"):
        await Program(lambda: Refused("NoDisk", "the disk is full")).run(
            Working(done), opening=(), closing=(lambda: done.append("close"),)
        )

    assert done == ["works", "close"]


def test_a_fault_on_a_thread_stops_the_loop_and_none_does_not():
    async def stops(failure):
        done = []
        Program(lambda: failure).stop_if_failed(Working(done))
        return done

    assert asyncio.run(stops(None)) == []
    assert asyncio.run(stops(Refused("NoDisk", "the disk is full"))) == ["told to stop"]


async def test_each_step_of_a_goodbye_is_done_though_one_before_it_failed(caplog):
    done = []
    failure = failing(done, "fails", RuntimeError("the broker did not hear it"))

    async def later():
        done.append("later")

    with caplog.at_level(logging.ERROR), pytest.raises(RuntimeError, match="did not hear"):
        await say_goodbye(lambda: done.append("first"), failure, later, lambda: done.append("last"))

    assert done == ["first", "fails", "later", "last"]
    assert caplog.messages == ["a step of the goodbye failed; the others follow"]


async def test_the_first_failure_of_a_goodbye_is_the_one_that_is_told():
    with pytest.raises(ValueError, match="one"):
        await say_goodbye(failing([], "", ValueError("one")), failing([], "", ValueError("two")))
