"""The community's page in a browser, of a real utility that has cleared some intervals."""

import sqlite3
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.parts.browser import Visitor, chromium
from tests.parts.page_community import INTERVALS, PAGES, SILENT, ended, page_community, page_of
from tests.parts.page_host import PageHost
from tests.parts.utility_host import UTILITY, UtilityHost
from tests.parts.waiting import WITHIN_S

expect.set_options(timeout=WITHIN_S * 1_000)


@pytest.fixture(scope="module")
def community(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UtilityHost]:
    with page_community(tmp_path_factory.mktemp("community")) as host:
        yield host


@pytest.fixture(scope="module")
def host(community: UtilityHost, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageHost]:
    with page_of(community, tmp_path_factory.mktemp("page")) as host:
        yield host


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def visitor(browser: Browser, host: PageHost) -> Iterator[Visitor]:
    """A person who has logged in; in the end the browser must have complained of nothing."""
    visitor = Visitor(browser, f"http://127.0.0.1:{host.port}")
    try:
        visitor.come_in(host.log_in())
        yield visitor
        visitor.ensure_at_peace()
    finally:
        visitor.leave()


def interval_path(community: UtilityHost) -> str:
    return f"/utility/interval?ended={ended(community)[0]:.3f}"


def test_every_page_fits_each_screen_and_axe_finds_nothing_grave_in_either_theme(
    visitor: Visitor, community: UtilityHost
) -> None:
    interval = interval_path(community)
    for path in (*PAGES.values(), interval, f"{interval}&again=1"):
        assert visitor.go(path) == 200
        visitor.ensure_fits()
        visitor.ensure_usable()


def test_now_tells_the_wires_the_homes_and_who_is_silent(
    visitor: Visitor, community: UtilityHost
) -> None:
    page = visitor.page
    visitor.go("/")
    expect(page.get_by_role("navigation")).to_contain_text("Market")
    expect(page.locator(".feeding")).to_contain_text("Nobody is fed by a neighbour now.")
    for name in ("home0", "home1", "home2", SILENT):
        expect(page.locator(".feeding")).to_contain_text(name)
    expect(page.locator(".faults")).to_contain_text(f"{SILENT} has not reported since")
    homes = page.get_by_role("region", name="Homes")
    row = homes.get_by_role("row").filter(has_text="home1")
    balance, _ = divmod(community.street.balances()[1], 1)
    assert balance > 0
    expect(row).to_contain_text(f"{balance / 1e6:g}")


def test_a_reader_works_an_interval_out_again_and_it_agrees(visitor: Visitor) -> None:
    page = visitor.page
    visitor.go(PAGES["Market"])
    for band in ("Price", "Traded in each interval", "The largest seller's share"):
        expect(page.get_by_role("img", name=f"{band}:")).to_be_visible()
    sellers = page.get_by_role("region", name="Savings and sellers")
    expect(sellers.get_by_role("row").filter(has_text="home1")).to_contain_text("79 %")
    expect(page.get_by_text("Together the homes saved")).to_be_visible()
    intervals = page.get_by_role("region", name="Intervals")
    expect(intervals.get_by_role("link")).to_have_count(INTERVALS)

    intervals.get_by_role("link").first.click()
    expect(page.get_by_role("img", name="Solar: 380 Wh at")).to_be_visible()
    orders = page.get_by_role("region", name="Orders")
    expect(orders.get_by_role("row").filter(has_text="home0")).to_contain_text("buys")
    expect(page.get_by_role("region", name="Paired over the wires")).to_contain_text("home2")
    page.get_by_role("button", name="Work it out again").click()
    expect(page.get_by_role("status")).to_contain_text("It agrees: 3 fills and 2 parts")


def test_the_gas_of_each_operation_is_plotted(visitor: Visitor) -> None:
    page = visitor.page
    visitor.go(PAGES["Gas"])
    for operation in ("clear interval", "settle orders"):
        expect(page.get_by_role("img", name=operation)).to_be_visible()
        expect(page.get_by_role("row").filter(has_text=operation)).to_be_visible()


def test_the_keyboard_alone_is_enough(visitor: Visitor) -> None:
    keyboard, page = visitor.page.keyboard, visitor.page
    visitor.go(PAGES["Now"])
    for name in ("Gas", "Market", "Now"):
        visitor.press_until("Tab", name)
        keyboard.press("Enter")
        page.wait_for_load_state()
        expect(page.locator("[aria-current]")).to_have_text(name)
    visitor.go(PAGES["Market"])
    link = page.get_by_role("region", name="Intervals").get_by_role("link").first.inner_text()
    visitor.press_until("Tab", link)
    keyboard.press("Enter")
    page.wait_for_url("**/interval?*")
    visitor.press_until("Tab", "Work it out again")
    keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("It agrees")


def test_what_is_no_page_of_the_utilitys_is_refused(visitor: Visitor) -> None:
    for path in ("day", "trades", "month", "month.csv", "controls"):
        assert visitor.go(f"/utility/{path}") == 404, path
    for path in ("market?day=never", "interval", "interval?ended=now", "interval?ended=-1"):
        assert visitor.go(f"/utility/{path}") == 400, path
    assert visitor.go("/utility/interval?ended=5") == 200
    expect(visitor.page.locator("main")).to_contain_text("No interval is kept that ended then.")


def test_a_history_that_was_changed_is_seen_and_a_utility_that_is_away_is_said(
    visitor: Visitor, community: UtilityHost
) -> None:
    page, path = visitor.page, interval_path(community)
    visitor.go(PAGES["Market"])
    community.processes.stop(UTILITY)
    visitor.go(PAGES["Now"])
    expect(page.locator(".away")).to_contain_text("It does not answer")
    visitor.go(f"{path}&again=1")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_role("region", name="Orders")).to_contain_text("home0")

    with sqlite3.connect(community.directory / UTILITY / "history.sqlite") as database:
        database.execute("UPDATE trades SET energy_milliwh = energy_milliwh + 1000")
    database.close()
    community.start()
    socket = community.directory / UTILITY / "status.sock"
    community.until(socket.exists, "it can be asked again")
    visitor.go(f"{path}&again=1")
    expect(page.get_by_role("alert")).to_contain_text("It does not agree")
    expect(page.get_by_role("alert")).to_contain_text("from home1 to home0")
    visitor.ensure_usable()
