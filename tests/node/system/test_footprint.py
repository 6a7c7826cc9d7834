"""A long run's memory: garbage goes, and what was freed goes back to the system."""

import asyncio
import contextlib
import gc
import weakref

from node.system import footprint


class Knot:
    """Hold itself, so that only a search for garbage finds it."""

    def __init__(self) -> None:
        self.itself = self


def test_garbage_goes_without_waiting_for_the_interpreter(monkeypatch):
    monkeypatch.setattr(footprint, "START_OVER_S", 0.0)
    gc.disable()
    knot = weakref.ref(Knot())

    async def run() -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(footprint.keep_small(), 0.05)

    try:
        asyncio.run(run())
        assert knot() is None
        assert gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()
        gc.enable()
