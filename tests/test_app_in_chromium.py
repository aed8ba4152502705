"""The app in a real browser, on a virtual headset: home, call, replay, report; and what may go wrong on the way."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import contextmanager

import numpy as np
import pytest
import soundfile
from app_process import NextSession, served
from browser import NARROW, Watched, click_word, launched, needs_chromium, until, watched
from headset import lacking, virtual_headset
from live_calls import DEMO, write_scene
from made_session import ABOUT, write_call
from playwright.sync_api import expect
from robot import Robot, cues

from callsim.sessions.folder import PACKED_SOUND
from callsim.timeline import RATE_HZ

pytestmark = [
    pytest.mark.headset,
    needs_chromium,
    pytest.mark.skipif(lacking() is not None, reason=str(lacking())),
    pytest.mark.usefixtures("model_folder"),
]

# Everything here waits for real sound on a machine that may be busy.
SOON_MS = 60_000
GREETING = ("greeting", "at start", 600)
expect.set_options(timeout=SOON_MS)
TALKS = (GREETING, ("sorry", "after caller", 800), ("number", "after caller", 700))


@pytest.fixture(scope="module")
def headset():
    """One headset for all calls."""
    with virtual_headset() as made:
        yield made


@pytest.fixture(scope="module")
def chrome():
    """One browser; each test has a page of its own."""
    with launched() as made:
        yield made


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Where the sessions of this module lie; the first tests leave one for those after them."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def app(headset, home):
    """One app for all tests that leave it whole."""
    with served(home, "app", environment=headset.environment) as made:
        yield made


@pytest.fixture
def seen(chrome, app):
    """A page that has come in by the token; nothing may go wrong on it."""
    with watched(chrome) as made:
        come_in(made, app)
        yield made


def come_in(seen, app):
    """Open the app as its own link does."""
    seen.page.set_default_timeout(SOON_MS)
    seen.page.goto(app.enter)
    seen.page.wait_for_url(app.home)
    seen.home = app.home


@contextmanager
def talking(seen, headset, home, tmp_path, *, mode="practice", says=TALKS):
    """A call of the parcel script that was answered, with a robot that says the cues."""
    session, tab = NextSession(home), seen.page
    robot = Robot(headset.environment, cues(write_scene(tmp_path / "scene.toml", *says)), session)
    try:
        tab.goto(f"{seen.home}calls/parcel?mode={mode}")
        tab.get_by_role("button", name="Start the call").click()
        expect(tab.get_by_role("button", name="Answer")).to_be_focused()
        tab.keyboard.press("Enter")
        expect(tab.locator("#talking")).to_be_visible()
        yield session
    finally:
        robot.close()


def test_the_whole_way(seen, headset, home, tmp_path):
    """Home, briefing, ring, a call in words on both sides, hang up, replay, seek by a word, report."""
    tab = seen.page
    assert seen.serious() == []
    tab.get_by_role("link", name="The birthday parcel that never came").click()
    expect(tab.get_by_text("a new scooter by courier")).to_be_visible()
    assert seen.serious() == []
    with talking(seen, headset, home, tmp_path) as session:
        said = tab.locator("#said")
        expect(said.locator(".trainee").first).to_contain_text("good morning")
        expect(tab.locator("#caller")).to_have_class("side caller now")
        expect(said.locator(".caller").first).to_contain_text("Dana")
        assert seen.serious() == []
        tab.keyboard.press("m")
        expect(tab.locator("#kept-from")).to_have_text("muted")
        tab.keyboard.press("m")
        expect(tab.get_by_role("button", name="Mute")).to_have_attribute("aria-pressed", "false")
        expect(said.locator(".trainee")).to_have_count(3)
        tab.keyboard.press("q")
        tab.wait_for_url("**/sessions/*")
    assert session.read().events[-1].ending == "abandoned"
    assert seen.serious() == []
    hear_a_word(tab)
    save_the_report(seen, tmp_path)


def hear_a_word(tab):
    """A click on a word plays from there."""
    until(tab, "!document.getElementById('play').disabled && document.getElementById('sound').readyState >= 2")
    click_word(tab, tab.locator(".line.trainee .text").nth(1), 3)
    until(tab, "!document.getElementById('sound').paused && document.getElementById('sound').currentTime > 3")


def save_the_report(seen, tmp_path):
    """One file, which opens from the disk and loads nothing."""
    with seen.page.expect_download() as download:
        seen.page.get_by_role("link", name="Save as one file").click()
    file = tmp_path / "report.html"
    download.value.save_as(file)
    seen.page.goto(file.as_uri())
    expect(seen.page.get_by_role("heading", level=1)).to_contain_text("The birthday parcel that never came")
    assert seen.serious() == []


def test_the_call_is_on_the_first_page(seen):
    """Its last and best result stand beside the script, and it is among the latest sessions."""
    row = seen.page.locator(".calls li", has_text="The birthday parcel that never came")
    expect(row.locator(".points")).to_have_count(2)
    expect(seen.page.locator(".sessions li", has_text="The birthday parcel that never came")).to_be_visible()


@pytest.mark.parametrize("path", ["", "calls/parcel?mode=overview", "headset", "recordings", "sessions"])
def test_pages_fit_a_narrow_window(seen, path):
    """Nothing scrolls sideways at 390 pixels, and axe finds nothing serious."""
    seen.page.set_viewport_size(NARROW)
    seen.page.goto(f"{seen.home}{path}")
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    assert seen.serious() == []


def test_pages_on_which_something_is_amiss_can_be_used_by_all(seen, chrome, app, home):
    """What is not there, who may not come in, what is still being scored: axe finds nothing serious on these either."""
    seen.page.goto(f"{app.home}sessions/none")
    expect(seen.page.get_by_role("heading", name="That did not work")).to_be_visible()
    assert seen.serious() == []
    with chrome.new_context() as context:
        stranger = Watched(context.new_page())
        stranger.page.goto(app.home)
        expect(stranger.page.get_by_text("Open callsim from the terminal")).to_be_visible()
        assert stranger.serious() == []
    # A recording of ten minutes, so that its scoring is seen.
    call, sound = home / "sessions" / "unscored", np.zeros((600 * RATE_HZ, 2), dtype=np.int16)
    write_call(call, ABOUT.model_copy(update={"mode": "imported"})).close()
    soundfile.write(call / PACKED_SOUND, sound, RATE_HZ)
    seen.page.goto(f"{app.home}sessions/unscored")
    assert seen.page.locator("#doing").inner_text() != ""
    assert seen.serious() == []
    # The browser reports a page that is not there.
    seen.wrong = [wrong for wrong in seen.wrong if "404" not in wrong]


def test_a_test_shows_nothing_but_the_call(seen, headset, home, tmp_path):
    """No words, no mood, no pause; nor are they sent to the page."""
    sent = []

    def keep(frame):
        sent.append(frame)

    seen.page.on("websocket", lambda socket: socket.on("framereceived", keep))
    with talking(seen, headset, home, tmp_path, mode="test", says=[GREETING]):
        expect(seen.page.locator("#caller")).to_have_class("side caller now")
        expect(seen.page.get_by_role("button", name="Pause")).to_have_count(0)
        assert seen.page.locator("#said, #meter, #cue").count() == 0
        seen.page.keyboard.press("p")
        seen.page.get_by_role("button", name="Hang up").click()
        seen.page.wait_for_url("**/sessions/*")
    told = " ".join(map(str, sent)).lower()
    assert "talking" in told
    assert [word for word in ("good morning", "birthday", "upset", '"on": ["pause"]') if word in told] == []


def test_a_declined_call_leaves_nothing(seen, home):
    """The page says so, and leads back."""
    before = set((home / "sessions").glob("*"))
    seen.page.goto(f"{seen.home}calls/parcel")
    seen.page.get_by_role("button", name="Start the call").click()
    seen.page.get_by_role("button", name="Decline").click()
    expect(seen.page.get_by_text("You did not take the call.")).to_be_visible()
    assert set((home / "sessions").glob("*")) == before
    seen.page.get_by_role("link", name="Back to the briefing").click()
    expect(seen.page.get_by_role("button", name="Start the call")).to_be_visible()


def test_a_closed_page_hangs_up(seen, chrome, app, headset, home, tmp_path):  # noqa: PLR0917 - pytest names them
    """After a moment: the call is kept, and scored for whoever looks later. A second page had shown the same call."""
    with talking(seen, headset, home, tmp_path, says=[GREETING]) as session, watched(chrome) as other:
        expect(seen.page.locator("#said .caller")).to_have_count(1)
        come_in(other, app)
        other.page.get_by_role("link", name="Go to it").click()
        expect(other.page.locator("#said .caller").first).to_contain_text("Dana")
        seen.page.goto(seen.home)
        other.page.goto(app.home)
        wait_until(lambda: session.read().complete)
    assert session.read().events[-1].ending == "abandoned"
    wait_until((session.read().folder / "scorecard.json").exists)


def test_a_page_loaded_anew_goes_on(seen, headset, home, tmp_path):
    """Nobody hangs up for that."""
    with talking(seen, headset, home, tmp_path, says=[GREETING]) as session:
        expect(seen.page.locator("#said .caller")).to_have_count(1)
        seen.page.reload()
        expect(seen.page.locator("#said .caller").first).to_contain_text("Dana")
        assert not session.read().complete
        seen.page.keyboard.press("q")
        seen.page.wait_for_url("**/sessions/*")


def test_a_killed_call_is_kept_and_scored(seen, app, headset, home, tmp_path):
    """The process dies in mid-line: the page says so, and what was recorded can be heard."""
    with talking(seen, headset, home, tmp_path, says=[GREETING]):
        expect(seen.page.locator("#said .caller")).to_have_count(1)
        os.kill(call_process(app.process.pid), signal.SIGKILL)
        expect(seen.page.get_by_text("The call stopped unexpectedly")).to_be_visible()
        seen.page.get_by_role("link", name="Hear the call again").click()
    expect(seen.page.locator(".line.trainee", has_text="morning").first).to_be_visible()


def test_the_headset_check(seen, headset, home, tmp_path):
    """Each step is shown, the voice moves the meter, the verdicts are plain, and the next call knows them."""
    sound, rate_hz = soundfile.read(DEMO / "greeting.flac", dtype="int16")
    soundfile.write(tmp_path / "voice.wav", sound, rate_hz)
    seen.page.goto(f"{seen.home}headset")
    seen.page.get_by_role("button", name="Check it").click()
    expect(seen.page.locator("[data-step=room]")).to_have_attribute("aria-current", "")
    expect(seen.page.locator("[data-step=voice]")).to_have_attribute("aria-current", "")
    with headset.speak(tmp_path / "voice.wav"):
        until(seen.page, "document.getElementById('meter').getAttribute('aria-valuenow') > 20")
    expect(seen.page.get_by_role("heading", name="Your headset is fit for a call.")).to_be_visible()
    expect(seen.page.locator(".verdicts li")).to_have_count(5)
    assert seen.serious() == []
    assert (home / "headset.json").exists()


def test_a_lost_headset_is_told(chrome, tmp_path):
    """In mid-call: it ends, the page says why, and what was said can be heard. Then there is none for another call."""
    home = tmp_path / "home"
    with virtual_headset() as lone, served(home, "app", environment=lone.environment) as app, watched(chrome) as seen:
        come_in(seen, app)
        with talking(seen, lone, home, tmp_path, says=[GREETING]):
            expect(seen.page.locator("#said .caller")).to_have_count(1)
            lone.kill()
            expect(seen.page.get_by_text("The call ends here")).to_be_visible()
            seen.page.get_by_role("link", name="Hear the call again").click()
            expect(seen.page.locator(".line.trainee", has_text="morning").first).to_be_visible()
        seen.page.goto(f"{seen.home}calls/parcel")
        seen.page.get_by_role("button", name="Start the call").click()
        expect(seen.page.locator("#wrong")).to_contain_text("plug in a headset")


def test_ctrl_c_ends_a_call_well(chrome, headset, tmp_path):
    """The app hangs up, keeps the call, ends with 0; the page says what happened."""
    home = tmp_path / "home"
    with served(home, "app", environment=headset.environment) as app, watched(chrome) as seen:
        come_in(seen, app)
        with talking(seen, headset, home, tmp_path, says=[GREETING]) as session:
            expect(seen.page.locator("#said .caller")).to_have_count(1)
            assert app.stop() == 0
            expect(seen.page.get_by_text("callsim was closed")).to_be_visible()
        assert session.read().events[-1].ending == "abandoned"
        # The browser reports each try to reach an app that is gone.
        seen.wrong = [wrong for wrong in seen.wrong if "WebSocket connection" not in wrong]


def call_process(app_pid):
    """The process of the call, which the app began."""
    children = ["ps", "-o", "pid=,args=", "--ppid", str(app_pid)]
    listed = subprocess.run(children, capture_output=True, text=True, check=True)
    return next(int(row.split()[0]) for row in listed.stdout.splitlines() if "callprocess call" in row)


def wait_until(so):
    """Look until it is so."""
    give_up_s = time.monotonic() + SOON_MS / 1000
    while not so():
        assert time.monotonic() < give_up_s
        time.sleep(0.1)
