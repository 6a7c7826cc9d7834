"""A real utility that has cleared intervals of yesterday, and a real page that shows it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from pathlib import Path

from node.links.status import ask
from tests.parts.market_street import bid, offer
from tests.parts.page_host import PageHost
from tests.parts.utility_host import UTILITY, UtilityHost, running_utility

YESTERDAY = date.today() - timedelta(days=1)
INTERVALS = 3
SECTION = {"tariff": [{"from": "00:00", "feed_in": 0.1, "retail": 0.289}], "peak_w": 10_000}
ORDERS = {0: bid(500), 1: offer(300), 2: offer(80, tick=9)}
METERED = {0: (380_000, 0), 1: (0, 300_000), 2: (0, 80_000)}
SILENT = "home3"
"""It has a meter and a wire, and reports nothing."""
PAGES = {
    "Now": "/utility/",
    "Market": f"/utility/market?day={YESTERDAY}",
    "Gas": "/utility/gas",
}


@contextmanager
def page_community(directory: Path) -> Iterator[UtilityHost]:
    """Run a utility until some intervals are delivered and kept; four homes, one of them silent."""
    noon_s = int(datetime.combine(YESTERDAY, time(12)).astimezone().timestamp())
    wires = ((0, 1), (0, 2), (3, 2))
    with running_utility(directory, noon_s, wires=wires, section=SECTION, homes=4) as host:
        host.begin()
        for _ in range(INTERVALS):
            host.live_through(ORDERS, METERED)
        host.until(lambda: len(ended(host)) == INTERVALS, "the intervals are kept")
        yield host


def ended(host: UtilityHost) -> list[float]:
    """Give when each interval ended that the history has, newest first."""
    request = {"do": "history", "what": "intervals", "from": 0, "to": 2**40}
    answer = ask(host.directory / UTILITY, request, 30.0)
    assert isinstance(answer, dict)
    return [row["at_s"] for row in answer["rows"]]


@contextmanager
def page_of(host: UtilityHost, directory: Path) -> Iterator[PageHost]:
    """Run a page of the utility, with its password."""
    (directory / UTILITY).symlink_to(host.directory / UTILITY)
    page = PageHost(directory, programs=(UTILITY,))
    try:
        page.open()
        yield page
    finally:
        page.close()
