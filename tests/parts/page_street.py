"""Two real neighbours whose calendar began yesterday at noon, and a real page that shows both."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from pathlib import Path
from time import sleep
from typing import Any

from node.links.status import ask
from tests.parts.neighbours import BUYER, SELLER, Neighbours, Pace, neighbours
from tests.parts.page_host import PageHost

PACE = Pace(speed=60.0, block_s=0.25, interval_s=60, waits=True)
QUARTER_HOUR_S = 900 / PACE.speed
"""How long one takes here, at least."""
YESTERDAY = date.today() - timedelta(days=1)
LOW_PCT, WELL_PCT = 10.0, 90.0
LOAD_W = 30.0
PAGES = {
    "Now": "/home1/",
    "Day": f"/home1/day?day={YESTERDAY}",
    "Trades": "/home1/trades",
    "Month": f"/home1/month?month={YESTERDAY:%Y-%m}",
    "Controls": "/home1/controls",
}


@contextmanager
def page_street(directory: Path) -> Iterator[Neighbours]:
    """Run the neighbours, until one of them offers."""
    noon_s = int(datetime.combine(YESTERDAY, time(12)).astimezone().timestamp())
    with neighbours(directory, PACE, began_s=noon_s) as street:
        for home in (BUYER, SELLER):
            street.start(home)
        street.until(lambda: street.mode(SELLER, "delivery") == "offering", "the seller offers", 90)
        yield street


def let_draw(street: Neighbours) -> None:
    """Empty the buyer's battery, until its neighbour feeds it."""
    street.world.load_w = LOAD_W
    street.world.soc_pct[BUYER] = LOW_PCT
    street.until(lambda: street.world.closed, "the contact closes", 90)


def let_end(street: Neighbours) -> None:
    """Let the order be drawn, then fill the battery; until all of that is kept in the history."""
    for home in (BUYER, SELLER):
        street.until(seldom(lambda home=home: told(street, home, "trades")), "the trade ends")
    street.world.soc_pct[BUYER] = WELL_PCT
    street.until(lambda: not street.world.closed, "back on its own", 90)
    opened_s = street.status(BUYER)["calendar_s"]
    street.until(
        seldom(lambda: told(street, BUYER, "intervals", from_s=opened_s)),
        "the quarter hour of its end is kept",
    )


def seldom(condition: Callable[[], object]) -> Callable[[], object]:
    """Ask no more than thrice a second: what is asked of a home's history costs it some."""

    def asked() -> object:
        sleep(0.3)
        return condition()

    return asked


def told(street: Neighbours, home: str, what: str, from_s: float = 0) -> list[dict[str, Any]]:
    """Give what a home's history has, newest first, as the page asks for it."""
    request = {"do": "history", "what": what, "from": from_s, "to": 2**40}
    answer = ask(street.places.home(home) / "state", request, 30.0)
    assert isinstance(answer, dict)
    found = answer["rows"]
    assert isinstance(found, list)
    return found


@contextmanager
def page_of(street: Neighbours, directory: Path) -> Iterator[PageHost]:
    """Run a page of both homes; it has no password yet."""
    for home in (BUYER, SELLER):
        (directory / home).symlink_to(street.places.home(home) / "state")
    host = PageHost(directory, "metrics: true", programs=(BUYER, SELLER))
    try:
        yield host
    finally:
        host.close()
