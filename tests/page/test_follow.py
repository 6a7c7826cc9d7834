"""A program that is followed: whoever has changed it is not shown what it said before."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from node.links.status import StatusServer
from page.follow import Followed


class Program:
    """A program that takes its time to answer what it was, when it was asked."""

    def __init__(self):
        self.count, self.asked, self.may_answer = 0, asyncio.Event(), asyncio.Event()

    async def status(self, _request):
        count = self.count
        self.asked.set()
        await self.may_answer.wait()
        return {"count": count}


@pytest.fixture
async def program(tmp_path):
    program = Program()
    server = StatusServer(tmp_path, {"status": program.status})
    await server.start()
    yield program
    await server.close()


async def test_what_is_asked_anew_is_newer_than_an_answer_that_was_under_way(program, tmp_path):
    with ThreadPoolExecutor(1) as asking:
        followed = Followed("home1", tmp_path, asking, every_s=3600.0)
        looking = asyncio.create_task(followed.now())
        await program.asked.wait()

        program.count = 1
        refreshing = asyncio.create_task(followed.refresh())
        await asyncio.sleep(0)
        program.may_answer.set()
        await refreshing
        await looking

        assert followed.said.picture == {"count": 1}
