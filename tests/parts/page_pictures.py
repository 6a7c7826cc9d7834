"""Take the pictures of docs/page.md anew: `python -m tests.parts.page_pictures`, in three minutes.

Two real neighbours live a few hours, sixty times as fast, and a real page is looked at.
"""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from math import pi, sin
from pathlib import Path
from time import sleep

from playwright.sync_api import Browser

from tests.parts.browser import SCREENS, Visitor, chromium
from tests.parts.neighbours import BUYER, Neighbours
from tests.parts.page_street import (
    LOAD_W,
    PAGES,
    QUARTER_HOUR_S,
    let_draw,
    let_end,
    page_of,
    page_street,
)
from tests.parts.waiting import until

PLACE = Path(__file__).resolve().parents[2] / "docs" / "pictures"
QUARTER_HOURS = 5
_STEPS = 60


def main() -> None:
    """Take them all."""
    PLACE.mkdir(exist_ok=True)
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="peerwatt-")))
        for name in ("street", "during", "after"):
            (directory / name).mkdir()
        street = stack.enter_context(page_street(directory / "street"))
        browser = stack.enter_context(chromium())
        live(street)
        let_draw(street)
        until(lambda: is_fed(street), "the meters show it")
        with looking(browser, street, directory / "during") as visitor:
            take(visitor, "Now", "wide", "light")
            take(visitor, "Now", "narrow", "dark")
        let_end(street)
        with looking(browser, street, directory / "after") as visitor:
            take(visitor, "Day", "wide", "light")
            take(visitor, "Trades", "narrow", "light")
            take(visitor, "Controls", "narrow", "dark")


@contextmanager
def looking(browser: Browser, street: Neighbours, directory: Path) -> Iterator[Visitor]:
    """Look at a page that has just begun: what it holds in memory is of its own calendar."""
    with page_of(street, directory) as host:
        host.open()
        visitor = Visitor(browser, f"http://127.0.0.1:{host.port}")
        visitor.come_in(host.log_in())
        yield visitor
        visitor.leave()


def is_fed(street: Neighbours) -> bool:
    """Tell whether the buyer's meters show its neighbour's power."""
    seen = street.status(BUYER)
    return bool(seen["supply"]["closed"]) and (seen["connection"]["power_w"] or 0) > LOAD_W / 2


def live(street: Neighbours) -> None:
    """Draw the battery down with a load that comes and goes; no picture waits for its end."""
    for step in range(_STEPS):
        street.world.soc_pct[BUYER] = 60.0 - 36.0 * step / _STEPS
        street.world.load_w = LOAD_W * (0.6 + 0.4 * sin(2 * pi * step / _STEPS))
        sleep(QUARTER_HOURS * QUARTER_HOUR_S / _STEPS)


def take(visitor: Visitor, name: str, screen: str, theme: str) -> None:
    """Take one picture, of what a screen shows at once."""
    page = visitor.page
    page.set_viewport_size(SCREENS[screen])
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    visitor.go(PAGES[name])
    for summary in page.locator(".trade summary").all():
        summary.click()
    page.screenshot(path=PLACE / f"page-{name.lower()}-{screen}-{theme}.png")


if __name__ == "__main__":
    main()
