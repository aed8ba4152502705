"""Makes the README's pictures of the app, on a virtual headset with a robot trainee: python tests/screenshots.py

app-home.png, app-call.png, app-replay.png in light and, with -dark, in dark; app-narrow.png is 390 pixels wide.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app_process import NextSession, Served, served
from browser import NARROW, launched, until, watched
from headset import Headset, virtual_headset
from live_calls import take_headless, write_scene
from playwright.sync_api import Browser, Page
from robot import Robot, cues

SHOWN = Path(__file__).parent.parent / ".github"
SIZE = {"width": 1280, "height": 860}
HEARS_MS = 120_000
GREETING = ("greeting", "at start", 600)
SORRY = ("sorry", "after caller", 800)
NUMBER = ("number", "after caller", 700)
CALM = (GREETING, SORRY, NUMBER, ("solution", "after caller", 700), ("goodbye", "after caller", 900))
CUTS_IN = (GREETING, ("cut_number", "into line 1", 1_500), SORRY, ("solution", "after caller", 900))


def main() -> None:
    """Take some calls, and picture what a trainee sees before, during and after one."""
    with tempfile.TemporaryDirectory() as scratch, virtual_headset() as headset, launched() as chromium:
        home = Path(scratch) / "home"
        for number, scene in enumerate((CUTS_IN, CALM)):
            take_headless(write_scene(Path(scratch) / "scene.toml", *scene), home / "sessions" / f"earlier-{number}", 3)
        with served(home, "app", environment=headset.environment) as app, page_of(chromium, app, SIZE) as page:
            page.goto(app.home)
            both(page, "home")
            call(page, app, headset, home, Path(scratch))
            page.wait_for_url("**/sessions/*", timeout=HEARS_MS)
            page.goto(f"{app.home}sessions/earlier-1")
            replay(page)
            both(page, "replay")
            page.set_viewport_size(NARROW)
            picture(page, "narrow", "light")


@contextmanager
def page_of(chromium: Browser, app: Served, size: dict[str, int]) -> Iterator[Page]:
    """A page that is in."""
    with watched(chromium, size) as seen:
        seen.page.goto(app.enter)
        seen.page.wait_for_url(app.home)
        yield seen.page


def call(page: Page, app: Served, headset: Headset, home: Path, scratch: Path) -> None:
    """A call in practice, pictured while the caller answers the second time."""
    scene = write_scene(scratch / "live.toml", GREETING, SORRY, NUMBER)
    robot = Robot(headset.environment, cues(scene), NextSession(home))
    try:
        page.goto(f"{app.home}calls/parcel")
        page.get_by_role("button", name="Start the call").click()
        page.get_by_role("button", name="Answer").click(timeout=HEARS_MS)
        until(page, "document.querySelectorAll('#said .caller').length >= 2", HEARS_MS / 1000)
        until(page, "document.getElementById('caller').classList.contains('now')")
        page.wait_for_timeout(1_500)
        both(page, "call")
        page.keyboard.press("q")
    finally:
        robot.close()


def replay(page: Page) -> None:
    """Until it is drawn and could play."""
    until(page, "!document.getElementById('play').disabled")


def both(page: Page, name: str) -> None:
    """In light and in dark."""
    for scheme in ("light", "dark"):
        picture(page, name if scheme == "light" else f"{name}-dark", scheme)


def picture(page: Page, name: str, scheme: str) -> None:
    """What is seen without scrolling."""
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.wait_for_timeout(200)
    page.screenshot(path=SHOWN / f"app-{name}.png")


if __name__ == "__main__":
    # The voice that every machine has.
    os.environ["CALLSIM_VOICES"] = "pyttsx3"
    sys.exit(main())
