"""The pages of trends in a real browser: read, filtered, downloaded, with keyboard and on a small screen."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from app_process import served
from browser import NARROW, WIDE, launched, needs_chromium, watched
from practised import learning, practise

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """The app with a team in it."""
    home = tmp_path_factory.mktemp("home")
    practise(home / "sessions", "Ana Kovač", learning(14, 0.3, 0.9))
    practise(home / "sessions", "<b>Ben</b>/x", learning(2, 0.5, 0.5))
    practise(home / "sessions", "..", learning(60, 0.8, 0.6), days=7)
    with served(home, "app") as app:
        yield app


@pytest.fixture(params=[WIDE, NARROW], ids=["wide", "narrow"])
def seen(app, request):
    """A page that is in."""
    with launched() as chromium, watched(chromium, request.param) as seen:
        seen.page.goto(app.enter)
        seen.page.wait_for_url(app.home)
        yield seen


def test_from_the_team_to_a_trainee_and_to_what_to_do(app, seen):
    """By links; each page fits its window and is fit to be read by all."""
    page = seen.page
    page.goto(f"{app.home}trends")
    assert seen.serious() == []
    for name in ("<b>Ben</b>/x", "..", "Ana Kovač"):
        page.get_by_role("link", name=name, exact=True).click()
        assert page.get_by_role("heading", level=1).inner_text() == name
        assert seen.serious() == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.goto(f"{app.home}trends")
    page.get_by_role("link", name="Ana Kovač").click()
    page.get_by_role("link", name="Read the briefing").first.click()
    page.wait_for_url("**/calls/*")


def test_a_chart_says_what_it_shows_and_the_table_says_the_same(app, seen):
    """In words for those who do not see it, opened with the keyboard."""
    page = seen.page
    page.goto(f"{app.home}trends/Ana%20Kova%C4%8D")
    chart = page.get_by_role("img", name="Overall by week")
    points = chart.locator("desc").text_content().rstrip(".").split("; ")
    summary = page.get_by_text("The charts as a table")
    summary.focus()
    page.keyboard.press("Enter")
    rows = page.get_by_role("region", name="The charts as a table").locator("tbody tr")
    assert rows.count() == len(points) == chart.locator(".mark").count()
    for number, point in enumerate(points):
        name, said = point.split(": ")
        cells = rows.nth(number).locator("th, td").all_inner_texts()
        assert cells[0] == name
        assert cells[2].split(" ")[0] == said.split(" ")[0]


def test_a_form_asks_for_other_points(app, seen):
    """By month, on one script."""
    page = seen.page
    page.goto(f"{app.home}trends/Ana%20Kova%C4%8D")
    page.get_by_label("Points").select_option("month")
    page.get_by_label("Call", exact=True).select_option("parcel")
    page.get_by_role("button", name="Show").click()
    assert "3 calls" in page.locator("header p").last.inner_text()
    assert page.get_by_role("img", name="Overall by month").count() == 1


def test_files_are_saved(app, seen):
    """A table at a click; statements once the form says under which address."""
    page = seen.page
    page.goto(f"{app.home}trends/Ana%20Kova%C4%8D")
    with page.expect_download() as saved:
        page.get_by_role("link", name="Table as CSV").click()
    content = Path(saved.value.path()).read_text(encoding="utf-8-sig")
    assert len(list(csv.DictReader(io.StringIO(content, newline="")))) == 14
    page.get_by_label("xAPI").fill("https://training.example.org")
    with page.expect_download() as saved:
        page.get_by_role("button", name="xAPI statements").click()
    assert saved.value.suggested_filename == "sessions.json"
    assert Path(saved.value.path()).read_text().count('"actor"') == 14
