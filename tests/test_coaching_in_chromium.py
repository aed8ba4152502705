"""Calibration and the rubric in a real browser: what they show, how they look to axe, and on a narrow screen."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import pytest
from app_process import served
from browser import NARROW, launched, needs_chromium, watched
from playwright.sync_api import expect
from shelved import QUIET

from callsim.cli import run
from callsim.library.cards import kept_card
from callsim.library.review import Reviews
from callsim.library.shelf import library

HERE = Path(__file__).parent / "recordings"
SOON_MS = 60_000

pytestmark = [needs_chromium, pytest.mark.usefixtures("model_folder")]


@pytest.fixture(scope="module")
def home(tmp_path_factory, model_folder):  # noqa: ARG001 - the calls need the model
    """Twelve reviewed calls, of which a coach overruled one check each time."""
    made = tmp_path_factory.mktemp("coached")
    for name in ("interrupting", "rude"):
        folder = made / "taken" / name
        assert run(["run", "parcel", "--trainee", str(HERE / f"{name}.toml"), "--out", str(folder)]) == 0
        for number in range(6):
            copy = Path(shutil.copytree(folder, made / "sessions" / f"{name}-{number}"))
            about = json.loads((copy / "session.json").read_bytes()) | {"seed": number}
            (copy / "session.json").write_text(json.dumps(about))
    with library({"CALLSIM_HOME": str(made)}) as shelf:
        shelf.refresh(QUIET)
        for name in shelf.names():
            check = next(one for one in kept_card(shelf.sessions / name).checks if one.id == "pacing.response_gap")
            Reviews(shelf).overrule(name, check.id, check.points / 4, "It took too long", by="Kim", now=_now())
            Reviews(shelf).reviewed(name, by="Kim", now=_now())
    return made


def _now():
    from datetime import UTC, datetime

    return datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def app(home):
    """The app over that home."""
    with served(home, "app", environment={**os.environ, "CALLSIM_HOME": str(home)}) as made:
        yield made


@pytest.fixture(scope="module")
def chrome():
    """One browser."""
    with launched() as made:
        yield made


@pytest.fixture
def seen(chrome, app):
    """A page that has come in."""
    with watched(chrome) as made:
        made.page.goto(app.enter)
        expect(made.page.get_by_role("navigation")).to_be_visible()
        yield made


def fits(page):
    """Nothing is wider than the screen."""
    page.set_viewport_size(NARROW)
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_calibration_is_read_and_leads_to_the_moment(seen):
    """What to change stands first, and a click on a moment opens the call at that second."""
    page = seen.page
    page.get_by_role("link", name="Calibration").click()
    expect(page.get_by_role("heading", name="Is the score right?")).to_be_visible()
    expect(page.get_by_text("12 calls judged by the machine and by the coaches.")).to_be_visible()
    expect(page.get_by_text("Time to answer: coaches give")).to_be_visible()
    assert page.locator("svg.tiny").count() > 20
    assert seen.serious() == []
    assert fits(page)
    page.locator("summary", has_text="Time to answer").click()
    page.locator(".moments a").first.click()
    expect(page).to_have_url(re.compile(r"/sessions/interrupting-0(#t=\d+)?$"))


def test_a_rubric_is_tried_and_applied(seen, home, capsys):
    """The page shows what `callsim rescore --what-if` prints, and then does it."""
    page = seen.page
    page.get_by_role("link", name="Rubric").click()
    page.get_by_label("Name").fill("kinder")
    page.get_by_role("button", name="Begin").click()
    page.locator("summary", has_text=re.compile("^Greeting")).first.click()
    page.locator("[name='phrasing.greeting.points']").fill("30")
    page.get_by_role("button", name="Save and see what changes").click()
    expect(page.locator("table.changes")).to_be_visible(timeout=SOON_MS)
    assert seen.serious() == []
    capsys.readouterr()
    os.environ["CALLSIM_HOME"] = str(home)
    try:
        assert run(["rescore", "--rubric", "kinder", "--what-if"]) == 0
    finally:
        del os.environ["CALLSIM_HOME"]
    printed = capsys.readouterr().out
    row = page.locator("tr", has=page.get_by_role("link", name="rude-3")).locator("td").all_inner_texts()
    assert [cell for cell in row if cell] == re.split(r"  +", next(x for x in printed.splitlines() if "rude-3" in x))[
        1:
    ]
    assert fits(page)
    page.get_by_role("button", name="Score all past calls by it").click()
    expect(page.get_by_text("Done: 12 calls were scored again by this rubric.")).to_be_visible(timeout=SOON_MS)
    assert kept_card(home / "sessions" / "rude-3").rubric.name == "kinder"
