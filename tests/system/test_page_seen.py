"""The page in a browser, of two real neighbours of whom one has bought: seen, used, and refused.

The neighbours' calendar began yesterday at noon, so that all they did is of one day and is over.
"""

import csv
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from node.links.status import ask
from tests.parts.browser import EVIL_NAME, Visitor, chromium
from tests.parts.neighbours import BUYER, SELLER, Neighbours
from tests.parts.page_host import PASSWORD, PageHost
from tests.parts.page_street import (
    LOAD_W,
    PAGES,
    YESTERDAY,
    let_draw,
    let_end,
    page_of,
    page_street,
    told,
)
from tests.parts.promtool import complaints
from tests.parts.waiting import WITHIN_S, until

MOST_BYTES, MOST_COMPRESSED = 120_000, 45_000
expect.set_options(timeout=WITHIN_S * 1_000)


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neighbours]:
    """Two neighbours; one has bought, drawn and gone back to its own source."""
    with page_street(tmp_path_factory.mktemp("street")) as street:
        let_draw(street)
        let_end(street)
        yield street


@pytest.fixture(scope="module")
def host(street: Neighbours, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageHost]:
    """A page of both homes that has its password."""
    with page_of(street, tmp_path_factory.mktemp("page")) as host:
        host.open()
        yield host


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@contextmanager
def visit(browser: Browser, port: int, **more: Any) -> Iterator[Visitor]:
    """Look at a page; in the end the browser must have complained of nothing."""
    visitor = Visitor(browser, f"http://127.0.0.1:{port}", **more)
    try:
        yield visitor
        visitor.ensure_at_peace()
    finally:
        visitor.leave()


@pytest.fixture
def visitor(browser: Browser, host: PageHost) -> Iterator[Visitor]:
    """A person who has logged in, at a wide screen."""
    with visit(browser, host.port) as visitor:
        visitor.come_in(host.log_in())
        visitor.go("/")
        yield visitor


def test_every_page_fits_each_screen_and_axe_finds_nothing_grave_in_either_theme(
    browser: Browser, host: PageHost, visitor: Visitor
) -> None:
    with visit(browser, host.port) as stranger:
        stranger.go("/login")
        stranger.ensure_fits()
        stranger.ensure_usable()
    for path in ("/", *PAGES.values(), "/home2/", "/home2/trades"):
        assert visitor.go(path) == 200
        for summary in visitor.page.locator("summary").all():
            summary.click()
        visitor.ensure_fits()
        visitor.ensure_usable()


def test_a_person_walks_through_a_homes_pages(visitor: Visitor, street: Neighbours) -> None:
    page = visitor.page
    page.get_by_role("link", name=BUYER).click()
    expect(page.locator(".why")).to_contain_text("own source")
    expect(page.locator(".flow")).to_contain_text("Load")

    page.get_by_role("link", name="Day", exact=True).click()
    go_back(visitor, "the day before", str(YESTERDAY))
    expect(page.get_by_role("region", name="What happened")).to_contain_text("bought")
    for band in ("State of charge", "Power", "Supply"):
        expect(page.get_by_role("img", name=f"{band}:")).to_be_visible()
    page.get_by_text("The same as a table").click()
    expect(page.get_by_role("region", name="The day", exact=True)).to_contain_text("90.0 %")

    page.get_by_role("link", name="Trades").click()
    expect(page.locator("main")).to_contain_text("Who fed me")
    expect(page.locator(".trade").first).to_contain_text("returned", ignore_case=True)

    page.get_by_role("link", name="Month", exact=True).click()
    go_back(visitor, "the month before", f"{YESTERDAY:%Y-%m}")
    expect(page.get_by_role("region", name="The month")).to_contain_text(str(YESTERDAY))
    with page.expect_download() as download:
        page.get_by_role("link", name="The same as CSV").click()
    with Path(download.value.path()).open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    kept = [row["neighbours_milliwh"] or {} for row in told(street, BUYER, "intervals")]
    drawn = sum(energy for neighbours in kept for energy in neighbours.values())
    assert float(row["neighbours_kwh"]) == pytest.approx(drawn / 1e6, abs=0.0005)
    assert drawn > 0

    page.get_by_role("button", name="Log out").click()
    page.get_by_label("Password").wait_for()
    visitor.go(PAGES["Now"])
    assert page.url.endswith("/login")


def go_back(visitor: Visitor, words: str, wanted: str) -> None:
    """Go back until a day, or a month, is shown; it is no further than two."""
    shown = visitor.page.locator(".days strong")
    for _ in range(2):
        if shown.inner_text() != wanted:
            visitor.page.get_by_role("link", name=words).click()
            visitor.page.wait_for_load_state()
    expect(shown).to_have_text(wanted)


def test_what_flows_now_changes_before_ones_eyes(visitor: Visitor, street: Neighbours) -> None:
    visitor.go(PAGES["Now"])
    for watts in (20.0, LOAD_W):
        street.world.load_w = watts
        expect(visitor.page.locator(".flow .load .watts")).to_have_text(f"{watts:.0f} W")


def test_controls_change_the_home_and_its_refusal_is_shown(
    visitor: Visitor, street: Neighbours
) -> None:
    page = visitor.page
    visitor.go(PAGES["Controls"])
    limit = page.locator("form.wish").filter(has=page.locator('[id="node.limit"]'))

    limit.get_by_role("textbox").fill("25")
    limit.get_by_role("button", name="Set").click()
    expect(limit).to_contain_text("Wished since")
    assert street.status(BUYER)["wishes"] == {"node.limit": "25"}

    limit.get_by_role("textbox").fill("99")
    limit.get_by_role("button", name="Set").click()
    expect(limit.get_by_role("alert")).to_contain_text("node.limit")
    expect(limit.get_by_role("textbox")).to_have_value("99")
    visitor.ensure_usable()
    assert street.status(BUYER)["wishes"] == {"node.limit": "25"}

    limit.get_by_role("button", name="Back to the file's").click()
    expect(limit).not_to_contain_text("Wished since")
    assert street.status(BUYER)["wishes"] == {}

    page.get_by_role("button", name="Stay on the own source").click()
    expect(page.locator("main")).to_contain_text("It stays on its own source")
    assert street.status(BUYER)["wants_own_source"] is True
    page.get_by_role("button", name="Let it decide").click()
    expect(page.locator("main")).to_contain_text("It decides by itself")
    assert street.status(BUYER)["wants_own_source"] is False


def test_a_wish_is_told_at_once_though_a_chip_takes_its_time(
    street: Neighbours, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, may_answer, line = threading.Event(), threading.Event(), street.world.line

    def slow(home: str, shunt: str) -> tuple[float, float]:
        if home == BUYER:
            asked.set()
            may_answer.wait(WITHIN_S)
        return line(home, shunt)

    monkeypatch.setattr(street.world, "line", slow)
    try:
        assert asked.wait(WITHIN_S)
        for wish in (True, False):
            ask(street.places.home(BUYER) / "state", {"do": "own_source", "on": wish})
            assert street.status(BUYER)["wants_own_source"] is wish
    finally:
        may_answer.set()


def test_the_keyboard_alone_is_enough(browser: Browser, host: PageHost, street: Neighbours) -> None:
    with visit(browser, host.port) as visitor:
        keyboard, page = visitor.page.keyboard, visitor.page
        visitor.go("/login")
        keyboard.type(PASSWORD)
        keyboard.press("Enter")
        page.get_by_role("button", name="Log out").wait_for()
        visitor.press_until("Tab", BUYER)
        keyboard.press("Enter")
        page.wait_for_url("**/home1/")
        keyboard.press("Tab")
        assert visitor.focused() == "To the content"
        keyboard.press("Enter")
        assert page.url.endswith("#main")
        for name in ("Day", "Trades", "Month", "Controls"):
            visitor.go(PAGES["Now"])
            visitor.press_until("Tab", name)
            keyboard.press("Enter")
            page.wait_for_url(f"**/home1/{name.lower()}")

        label = page.locator('label[for="node.resume"]').inner_text()
        visitor.press_until("Tab", label)
        keyboard.press("Control+a")
        keyboard.type("45")
        keyboard.press("Enter")
        until(lambda: street.status(BUYER)["wishes"] == {"node.resume": "45"}, "it is wished")
        page.get_by_text("Wished since").wait_for()
        visitor.press_until("Tab", "Back to the file's")
        keyboard.press("Enter")
        until(lambda: street.status(BUYER)["wishes"] == {}, "it is the file's again")
        page.get_by_text("Wished since").wait_for(state="detached")
        visitor.press_until("Tab", "Log out")
        keyboard.press("Enter")
        page.wait_for_url("**/login")


def test_a_first_view_weighs_little(visitor: Visitor) -> None:
    page = visitor.page
    with visit_anew(visitor) as answers:
        visitor.go(PAGES["Now"])
        page.wait_for_load_state("load")
    # What is live comes after it, for as long as somebody looks.
    first = [one for one in answers if not one.url.endswith("/events")]
    whole = sum(len(one.body()) for one in first)
    sent = sum(one.request.sizes()["responseBodySize"] for one in first)

    assert {one.url.rpartition("/")[2] for one in first} >= {"", "page.css", "page.js"}
    assert 0 < sent < whole <= MOST_BYTES
    assert sent <= MOST_COMPRESSED


@contextmanager
def visit_anew(visitor: Visitor) -> Iterator[list]:
    """Listen to all that is answered, with nothing kept from before."""
    answers: list = []
    control = visitor.page.context.new_cdp_session(visitor.page)
    control.send("Network.clearBrowserCache")
    visitor.page.on("response", lambda answer: answers.append(answer))
    yield answers


def test_the_figures_need_no_script(browser: Browser, host: PageHost) -> None:
    with visit(browser, host.port, script=False) as visitor:
        visitor.log_in()
        visitor.go(PAGES["Now"])
        expect(visitor.page.locator(".flow .load .watts")).to_have_text(f"{LOAD_W:.0f} W")
        expect(visitor.page.locator(".facts")).to_contain_text("90.0 %")
        visitor.go(PAGES["Day"])
        assert visitor.page.locator(".band path.line").count() >= 2


def test_the_first_password_and_guesses(browser: Browser, street: Neighbours, tmp_path) -> None:
    with page_of(street, tmp_path) as host, visit(browser, host.port) as visitor:
        page = visitor.page
        visitor.go(PAGES["Now"])
        assert page.url.endswith("/first")
        visitor.ensure_usable()
        page.get_by_label("Code").fill("wrong")
        page.get_by_label("New password").fill("short")
        page.keyboard.press("Enter")
        assert page.evaluate("() => document.querySelector(':invalid[name=password]') !== null")
        page.get_by_label("New password").fill(PASSWORD)
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_have_text("That is not the code in the log.")
        visitor.ensure_usable()
        page.get_by_label("Code").fill(host.code())
        page.get_by_label("New password").fill(PASSWORD)
        page.get_by_role("button", name="Set the password").click()
        page.get_by_role("link", name=SELLER).wait_for()

        page.get_by_role("button", name="Log out").click()
        for said in ("That is not the password.", "Too many wrong tries: wait"):
            until(lambda said=said: said in guess(visitor), said)
        visitor.ensure_usable()


def guess(visitor: Visitor) -> str:
    """Try a wrong password, and give what is said of it."""
    visitor.page.get_by_label("Password").fill("a wrong password")
    visitor.page.get_by_role("button", name="Log in").click()
    return visitor.page.get_by_role("alert").inner_text()


def test_a_home_that_stops_is_said_to_be_away_and_comes_back(
    visitor: Visitor, street: Neighbours
) -> None:
    page = visitor.page
    visitor.go("/home2/")
    expect(page.locator(".why")).to_contain_text("Delivery")
    street.processes.stop(SELLER)
    expect(page.locator(".away")).to_contain_text("It does not answer")
    expect(page.locator(".why")).to_contain_text("Delivery")
    visitor.ensure_usable()
    visitor.go("/home2/trades")
    expect(page.locator(".notice")).to_contain_text("what the page still holds")
    assert visitor.go("/home2/controls") == 422
    expect(page.get_by_role("alert")).to_be_visible()
    visitor.ensure_usable()

    street.start(SELLER)
    visitor.go("/home2/")
    expect(page.locator(".away")).to_have_count(0)
    expect(page.locator(".why")).to_contain_text("Delivery")


def test_a_page_left_open_asks_for_the_password_once_its_session_has_ended(
    visitor: Visitor,
) -> None:
    visitor.go(PAGES["Now"])
    other = visitor.another_page()
    other.goto(visitor.root + PAGES["Controls"])
    other.get_by_role("button", name="Log out").click()
    visitor.page.wait_for_url("**/login")
    visitor.page.get_by_label("Password").wait_for()


class Evil(BaseHTTPRequestHandler):
    """A page of another's, which sends a form here and shows ours within its own."""

    ours = ""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(
            f'<form method=post action="{self.ours}/home1/controls">'
            f"<input name=own_source value=on><button>Win</button></form>"
            f'<iframe src="{self.ours}/home1/"></iframe>'.encode()
        )

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def evil(host: PageHost) -> Iterator[int]:
    """The port of a server that means it ill."""
    with ExitStack() as stack:
        kind = type("EvilHere", (Evil,), {"ours": f"http://127.0.0.1:{host.port}"})
        server = stack.enter_context(ThreadingHTTPServer(("127.0.0.1", 0), kind))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        stack.callback(server.shutdown)
        yield server.server_port


def test_a_page_of_anothers_can_neither_change_nor_show_it(
    browser: Browser, host: PageHost, street: Neighbours, evil: int
) -> None:
    visitor = Visitor(browser, f"http://127.0.0.1:{host.port}")
    try:
        visitor.log_in()
        page = visitor.page
        # A page of the same site has the session's cookie sent along.
        page.goto(f"http://127.0.0.1:{evil}/")
        until(lambda: any("frame-ancestors" in one for one in visitor.complaints), "no frame")
        assert "Log out" not in "".join(frame.content() for frame in page.frames)
        page.get_by_role("button", name="Win").click()
        expect(page.locator("body")).to_have_text("This did not come from a page of this host.")
        assert street.status(BUYER)["wants_own_source"] is False

        answer = page.goto(f"http://{EVIL_NAME}:{host.port}/home1/")
        assert answer is not None and answer.status == 421
        expect(page.locator("body")).to_contain_text("not known by that name")
        visitor.go(PAGES["Now"])
        expect(page.locator(".flow")).to_be_visible()
    finally:
        visitor.leave()


def test_what_real_homes_measure_is_told_to_prometheus(host: PageHost) -> None:
    told_now = host.ask("GET", "/metrics").text

    assert complaints(told_now) == ""
    for home in (BUYER, SELLER):
        assert f'peerwatt_up{{program="{home}"}} 1' in told_now
        assert f'peerwatt_load_import_joules_total{{program="{home}"}}' in told_now
        assert f'peerwatt_soc_ratio{{program="{home}"}}' in told_now
