"""A review in a real browser: a coach hears, writes, overrules, keeps a clip; the trainee sees both scores."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
import soundfile
from app_process import served
from browser import NARROW, launched, needs_chromium, until, watched
from made_session import ABOUT
from playwright.sync_api import expect
from replayed import session_of
from scenes import good_call, rude_call

from callsim.library.cards import kept_card
from callsim.library.follow_ups import follow_ups
from callsim.library.review import Reviews
from callsim.library.search import Wanted
from callsim.library.shelf import library
from callsim.report.page import report_file
from callsim.report.replay import replay_of, with_review
from callsim.sessions.folder import SCORECARD, Session
from callsim.sessions.names import own_name
from callsim.sessions.opus import opus_of

pytestmark = needs_chromium
SOUND = "document.getElementById('sound')"
PAGE = "sessions/rude"
# What a slow machine does by chance: the program runs while the sound, begun anew at its first touch, is yet to load.
LOADS_LATE = """HTMLMediaElement.prototype.addEventListener = function (...given) {
    delete HTMLMediaElement.prototype.addEventListener;
    this.load();
    this.addEventListener(...given);
}"""


@pytest.fixture(scope="module")
def chrome():
    """One browser; each test has a page of its own."""
    with launched() as made:
        yield made


@pytest.fixture
def home(tmp_path):
    """A home with a rude call of Ana's, and a good one."""
    for name, call, overall in (("rude", rude_call(), "2026-06-01"), ("good", good_call(), "2026-06-02")):
        about = ABOUT.model_copy(
            update={"trainee": "Ana", "script": "parcel", "started": f"{overall}T09:00:00+00:00", "mode": "practice"}
        )
        session, card = session_of(call, tmp_path / "sessions" / name, about)
        (session.folder / SCORECARD).write_text(card.to_json())
    return tmp_path


@contextmanager
def coach(chrome, home, monkeypatch):
    """A page of the app that has come in."""
    monkeypatch.delenv("CALLSIM_LIBRARY", raising=False)
    with served(home, "app") as app, watched(chrome) as seen:
        seen.page.goto(app.enter)
        seen.page.wait_for_url(app.home)
        seen.home = app.home
        yield seen


def opened(seen, path=PAGE):
    """A session's page, ready to play."""
    seen.page.goto(seen.home + path)
    ready(seen.page)
    return seen.page


def ready(page):
    """Once its program runs and its sound is there."""
    until(page, f"!document.getElementById('play').disabled && {SOUND}.readyState >= 2")


def at(page, ms):
    """The sound stands at a moment."""
    page.evaluate(f"() => {{ {SOUND}.pause(); {SOUND}.currentTime = {ms / 1000}; }}")
    until(page, f"!{SOUND}.seeking")


def sent(page, button):
    """Click what sends a form; the page comes again."""
    with page.expect_navigation():
        button.click()
    ready(page)


def known(home):
    """What the library knows of the call."""
    with library({"CALLSIM_HOME": str(home)}) as shelf:
        return Reviews(shelf).of("rude")


def test_a_sound_that_has_yet_to_begin_to_load_is_waited_for(chrome, home, monkeypatch):
    """It is not said to be gone, and it plays once it is there."""
    with coach(chrome, home, monkeypatch) as seen:
        seen.page.add_init_script(LOADS_LATE)
        opened(seen).locator("#play").click()
        until(seen.page, f"{SOUND}.currentTime > 0.2")
        assert seen.page.locator("#moment.trouble").count() == 0


def test_a_sound_that_is_gone_is_said_so(chrome, home, monkeypatch):
    """In words, and the button that would play it cannot be pressed."""
    with coach(chrome, home, monkeypatch) as seen:
        seen.page.route("**/sound.*", lambda route: route.fulfill(body=b"nothing"))
        seen.page.goto(seen.home + PAGE)
        expect(seen.page.locator("#moment.trouble")).to_contain_text("cannot be played")
        expect(seen.page.locator("#play")).to_be_disabled()


def test_from_the_coachs_word_to_the_trainees_page(chrome, home, monkeypatch):
    """A note at the second, an overrule, a clip from the loop, a follow-up, reviewed; all there to see and to hear."""
    with coach(chrome, home, monkeypatch) as seen:
        page = opened(seen)
        notes(page, home)
        overrules(page)
        keeps_a_clip(page, home)
        asks(page, home)
        sent(page, page.get_by_role("button", name="Mark as reviewed"))
        expect(page.get_by_text(f"Reviewed by {own_name()}")).to_be_visible()
        assert seen.serious() == []
        for path in ("sessions?reviewed=yes", ""):
            page.goto(seen.home + path)
            expect(page.locator(".points .machine")).to_have_count(1)
            assert seen.serious() == []
    both_scores(chrome, home)


def notes(page, home):
    """One at the second at which it was begun, though the call went on meanwhile, and one on a check."""
    at(page, 5_400)
    page.keyboard.press("n")
    expect(page.locator("#note-text")).to_be_focused()
    page.keyboard.type("Let her finish here, always.")
    at(page, 9_000)
    sent(page, page.get_by_role("button", name="Write the note"))
    assert 8_900 <= page.evaluate(f"{SOUND}.currentTime") * 1000 <= 9_100
    note = known(home).notes[0]
    assert (note.at_ms, note.text, note.by) == (5_400, "Let her finish here, always.", own_name())
    page.locator("#note-on").select_option("phrasing.question")
    page.locator("#note-text").fill("A good question.")
    sent(page, page.get_by_role("button", name="Write the note"))
    expect(page.locator("#check-phrasing\\.question .coach-words")).to_contain_text("A good question.")


def overrules(page):
    """More points than the machine gave, and why."""
    check = page.locator("#check-phrasing\\.empathy")
    check.locator("summary").click()
    check.get_by_label("Points of 14").fill("14")
    check.get_by_label("Why").fill("She said it in her own words.")
    sent(page, check.get_by_role("button", name="Give these points"))
    expect(check.locator(".check-points")).to_contain_text("14/14")
    expect(check.locator(".check-points s")).to_have_text("0")
    expect(check.locator(".coach-words")).to_contain_text("She said it in her own words.")


def keeps_a_clip(page, home):
    """The passage that was dragged, as an example and as a file."""
    keep = page.get_by_role("button", name="Keep as a clip")
    expect(keep).to_be_disabled()
    box = page.locator("#view").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + 60, steps=4)
    page.mouse.up()
    page.locator("#clip-title").fill("How not to")
    sent(page, keep)
    clip = known(home).clips[0]
    assert (clip.title, clip.end_ms - clip.start_ms > 3_000) == ("How not to", True)
    with page.expect_download() as download:
        page.get_by_role("link", name="Save as a file").click()
    download.value.save_as(home / "clip.ogg")
    about = soundfile.info(home / "clip.ogg")
    assert (about.subtype, abs(about.duration * 1000 - (clip.end_ms - clip.start_ms)) < 50) == ("OPUS", True)


def asks(page, home):
    """For the same call in three days."""
    page.get_by_text("Ask for another call").click()
    day = datetime.now().astimezone().date() + timedelta(days=3)
    page.locator("#asked-due").fill(day.isoformat())
    page.locator("#asked-text").fill("calmly")
    sent(page, page.get_by_role("button", name="Ask for it"))
    with library({"CALLSIM_HOME": str(home)}) as shelf:
        assert [(one.trainee, one.script, one.due) for one in follow_ups(shelf)] == [("Ana", "parcel", str(day))]


def both_scores(chrome, home):
    """What a trainee sees, here in the file that a coach may send: both scores, the notes, and no form."""
    review = known(home)
    with library({"CALLSIM_HOME": str(home)}) as shelf:
        row = next(one for one in shelf.find(Wanted())[0] if one.name == "rude")
    session, card = Session.read(home / "sessions" / "rude"), kept_card(home / "sessions" / "rude")
    replay = with_review(replay_of(session, card), card, review)
    file = home / "report.html"
    file.write_text(report_file(replay, opus_of(session).read_bytes()), encoding="utf-8")
    for size in ({"width": 1280, "height": 900}, NARROW):
        with watched(chrome, size) as seen:
            page = seen.page
            page.goto(file.as_uri())
            ready(page)
            expect(page.locator(".scores .large .value")).to_have_text(f"{row.coach:.0f}")
            expect(page.locator(".scores .large .machine")).to_have_text(f"machine {row.overall:.0f}")
            expect(page.get_by_role("heading", name="From your coach")).to_be_visible()
            assert page.locator("form[method=post]").count() == 0
            page.locator(".note-row .hear").click()
            until(page, f"!{SOUND}.paused && {SOUND}.currentTime >= 5.3")
            page.locator(".clips .hear").click()
            until(page, f"{SOUND}.currentTime < 5.3 || document.getElementById('loop').textContent != 'Loop'")
            assert page.locator("#loop").get_attribute("aria-pressed") == "true"
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            assert seen.serious() == []


def test_a_note_is_a_mark_that_one_can_jump_to(chrome, home, monkeypatch):
    """On the axis and in the legend, by the keys as any other."""
    with library({"CALLSIM_HOME": str(home)}) as shelf:
        Reviews(shelf).note("rude", "Breathe.", by="Rosa", now=datetime.now().astimezone(), at_ms=13_700)
    with coach(chrome, home, monkeypatch) as seen:
        page = opened(seen)
        expect(page.get_by_role("button", name="1 note", exact=True)).to_be_visible()
        at(page, 13_300)
        page.keyboard.press(".")
        expect(page.locator("#moment")).to_contain_text("Rosa: “Breathe.”")
        until(page, f"{SOUND}.currentTime >= 13.7")
        expect(page.locator(".between.note")).to_contain_text("Rosa: Breathe.")


def test_the_pages_fit_a_narrow_window(chrome, home, monkeypatch):
    """With everything open, by the keys."""
    with coach(chrome, home, monkeypatch) as seen:
        page = opened(seen)
        page.set_viewport_size(NARROW)
        for summary in page.locator("summary").all():
            summary.focus()
            page.keyboard.press("Space")
        expect(page.locator("details:not([open])")).to_have_count(0)
        for path in (None, "sessions", ""):
            if path is not None:
                page.goto(seen.home + path)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        assert seen.serious() == []
