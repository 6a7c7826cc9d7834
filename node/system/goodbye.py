"""Take a program down in order: each step is done, though one before it failed."""

import inspect
import logging
from collections.abc import Callable

log = logging.getLogger(__name__)


async def say_goodbye(*steps: Callable[[], object]) -> None:
    """Do each step, and wait for what it gives to wait for.

    Raises:
        Exception: what the first step that failed has raised, once all are done.
    """
    first: Exception | None = None
    for step in steps:
        try:
            done = step()
            if inspect.isawaitable(done):
                await done
        except Exception as error:
            log.exception("a step of the goodbye failed; the others follow")
            first = first or error
    if first is not None:
        raise first
