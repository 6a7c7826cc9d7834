"""A goodbye in order: what fails on the way keeps nothing that follows from being done."""

import pytest

from node.system.goodbye import say_goodbye


async def test_each_step_is_done_though_one_before_it_failed():
    done = []

    def fail():
        done.append("fails")
        raise RuntimeError("the broker did not hear it")

    async def later():
        done.append("later")

    with pytest.raises(RuntimeError, match="did not hear"):
        await say_goodbye(lambda: done.append("first"), fail, later, lambda: done.append("last"))

    assert done == ["first", "fails", "later", "last"]


async def test_the_first_failure_is_the_one_that_is_told():
    def fail(what):
        raise ValueError(what)

    with pytest.raises(ValueError, match="one"):
        await say_goodbye(lambda: fail("one"), lambda: fail("two"))
