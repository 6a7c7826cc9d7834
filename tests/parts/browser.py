"""Look at pages with Debian's Chromium, as a person does, and note what a person would not see."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Page,
    Request,
    ViewportSize,
    sync_playwright,
)

from tests.parts.page_host import PASSWORD
from tests.parts.waiting import WITHIN_S

AXE = Path(__file__).parents[1] / "browser/node_modules/axe-core/axe.min.js"
SCREENS: dict[str, ViewportSize] = {
    "narrow": {"width": 360, "height": 740},
    "wide": {"width": 1280, "height": 800},
}
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
EVIL_NAME = "evil.example"
"""A name that leads to this machine, as its owner may have it do."""
_GRAVE = ("serious", "critical")
_OF_A_REFUSAL = "Failed to load resource: the server responded with a status of 4"


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start a browser without a window; it asks nobody for a newer one."""
    path = shutil.which("chromium")
    assert path is not None, "Debian's chromium is missing: run tools/setup.sh"
    words = [f"--host-resolver-rules=MAP {EVIL_NAME} 127.0.0.1"]
    if os.geteuid() == 0:
        # As root it refuses to run in its sandbox; only pages of this test are shown to it.
        words.append("--no-sandbox")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=words)
        try:
            yield browser
        finally:
            browser.close()


class Visitor:
    """One person at one screen, and all that the browser complained of or asked others for."""

    def __init__(
        self,
        browser: Browser,
        root: str,
        *,
        script: bool = True,
    ) -> None:
        self.root = root
        self._context = browser.new_context(
            viewport=SCREENS["wide"],
            java_script_enabled=script,
            locale="en-GB",
            reduced_motion="reduce",
        )
        # A guard against hanging and no measure, as everywhere in the tests.
        self._context.set_default_timeout(WITHIN_S * 1_000)
        self.complaints: list[str] = []
        self.asked: list[Request] = []
        self._context.on("console", self._heard)
        self._context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        self._context.on("request", lambda request: self.asked.append(request))
        self.page: Page = self._context.new_page()

    def another_page(self) -> Page:
        """Open a second one beside it, in the same session."""
        return self._context.new_page()

    def go(self, path: str) -> int:
        """Go to an address below the root, and give the answer's status."""
        answer = self.page.goto(self.root + path)
        assert answer is not None
        return answer.status

    def log_in(self) -> None:
        """Log in as a person does."""
        self.go("/login")
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Log in").click()
        self.page.get_by_role("button", name="Log out").wait_for()

    def come_in(self, cookie: str) -> None:
        """Have the cookie of one who has logged in."""
        name, _, value = cookie.partition("=")
        self._context.add_cookies([{"name": name, "value": value, "url": self.root}])

    def press_until(self, key: str, wanted: str) -> None:
        """Press a key until what has the focus is called so, within a turn around the page."""
        for _ in range(60):
            self.page.keyboard.press(key)
            if self.focused() == wanted:
                return
        raise AssertionError(f"{key} leads to nothing called {wanted!r} at {self.page.url}")

    def focused(self) -> str:
        """Give the words of what has the focus: its label's, or its own; it must be seen to."""
        found: dict[str, str] = self.page.evaluate(
            """() => {
                const one = document.activeElement;
                const label = one.labels && one.labels[0];
                const name = one.getAttribute("aria-label") || (label || one).innerText || "";
                const style = getComputedStyle(one);
                return {name: name.trim(), outline: style.outlineStyle + style.outlineWidth,
                        tag: one.tagName};
            }"""
        )
        assert found["tag"] == "BODY" or found["outline"] == "solid3px", found
        return found["name"]

    def ensure_fits(self) -> None:
        """On no screen is anything wider than it, but what scrolls by itself."""
        for screen in SCREENS.values():
            self.page.set_viewport_size(screen)
            wanted = self.page.evaluate("() => document.documentElement.scrollWidth")
            assert wanted <= screen["width"], f"{self.page.url}: {wanted} px on {screen['width']}"

    def ensure_usable(self) -> None:
        """In no theme does axe find anything serious or worse."""
        # Not as a script of the page: its policy lets none in from elsewhere.
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        for theme in THEMES:
            self.page.emulate_media(color_scheme=theme)
            found: dict[str, Any] = self.page.evaluate(
                "() => axe.run(document, {resultTypes: ['violations']})"
            )
            grave = [
                f"{one['id']}: {node['html'][:160]}: {node['failureSummary']}"
                for one in found["violations"]
                if one["impact"] in _GRAVE
                for node in one["nodes"]
            ]
            assert not grave, f"{self.page.url}, {theme}\n" + "\n".join(grave)
            assert found["passes"], "axe has looked at nothing"

    def ensure_at_peace(self) -> None:
        """The browser complained of nothing, and asked nobody but the page."""
        assert self.complaints == []
        here = urlsplit(self.root).netloc
        away = {one.url for one in self.asked if urlsplit(one.url).netloc not in (here, "")}
        assert away == set()
        assert self.asked, "nothing was asked for at all"

    def leave(self) -> None:
        """Close all that it has open."""
        self._context.close()

    def _heard(self, message: ConsoleMessage) -> None:
        # That an answer is a refusal is no mistake of the page's; each test looks at those.
        if message.type in ("error", "warning") and _OF_A_REFUSAL not in message.text:
            self.complaints.append(message.text)
