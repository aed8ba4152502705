"""A real browser on the real app: Debian's Chromium, watched for errors and for requests that leave the machine.

Debian package: chromium. Python: pytest-playwright, axe-playwright-python (both in the extra `test`).
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request, sync_playwright

QUIETLY = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
# What axe itself calls serious, and worse.
SERIOUS = ("serious", "critical")
OURS = ("127.0.0.1", "localhost", "")


def chromium() -> str | None:
    """Where Debian's Chromium, or one like it, is; None where there is none."""
    return next((path for name in ("chromium", "chromium-browser") if (path := shutil.which(name))), None)


needs_chromium = pytest.mark.skipif(chromium() is None, reason="no Chromium is installed (Debian: chromium)")


@contextmanager
def launched() -> Iterator[Browser]:
    """Chromium, which asks nobody for anything."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=QUIETLY)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Watched:
    """A page and all that it should not have done: an error on its console, a request to somewhere else."""

    page: Page
    wrong: list[str] = field(default_factory=list)

    def watch(self) -> Watched:
        """From now on."""
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.wrong.append(f"an uncaught error: {error}"))
        self.page.on("request", self._on_request)
        return self

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.wrong.append(f"on the console: {message.text} ({self.page.url})")

    def _on_request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in ("data", "blob", "file") and address.hostname not in OURS:
            self.wrong.append(f"a request to {request.url}")

    def serious(self) -> list[str]:
        """What axe finds serious on this page, in light and in dark."""
        found = []
        for scheme in ("light", "dark"):
            self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            for violation in Axe().run(self.page).response["violations"]:
                if violation["impact"] in SERIOUS:
                    where = ", ".join(str(node["target"]) for node in violation["nodes"])
                    found.append(f"{urlsplit(self.page.url).path} ({scheme}): {violation['id']} at {where}")
        self.page.emulate_media(color_scheme="null", reduced_motion="null")
        return found


@contextmanager
def watched(browser: Browser, size: Mapping[str, int] = WIDE) -> Iterator[Watched]:
    """A page of its own, cookies and all; what it did wrong fails the test at the end."""
    with browser.new_context(viewport=size) as context:
        page = Watched(context.new_page()).watch()
        yield page
        assert page.wrong == []


def until(page: Page, expression: str, within_s: float = 60) -> None:
    """Wait until it is so; a page's strict policy lets no function be made of text, which is how others wait."""
    give_up_s = time.monotonic() + within_s
    while not page.evaluate(expression):
        assert time.monotonic() < give_up_s, f"it never came about that {expression}"
        page.wait_for_timeout(20)


def click_word(page: Page, text: Locator, word: int) -> None:
    """Click in the middle of a word of a line, by its number."""
    box = page.evaluate(
        """([text, word]) => {
            const node = text.firstChild, place = node.data.split(' ').slice(0, word).join(' ').length + (word > 0);
            const range = new Range();
            range.setStart(node, place);
            range.setEnd(node, place + node.data.split(' ')[word].length);
            const { x, y, width, height } = range.getBoundingClientRect();
            return [x + width / 2, y + height / 2];
        }""",
        [text.element_handle(), word],
    )
    page.mouse.click(*box)
