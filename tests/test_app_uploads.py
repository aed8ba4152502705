"""A recording is brought to the app: bounded, one at a time, checked, and a session like any other afterwards."""

from __future__ import annotations

import asyncio
import json
import os
import time
from pathlib import Path
from types import SimpleNamespace

import httpx2 as httpx
import numpy as np
import pytest
import soundfile
from app_client import LIVE, ORIGIN, TOKEN, client, place, program
from hypothesis import given
from hypothesis import strategies as st
from live_calls import DEMO

from callsim.app import uploads
from callsim.app.desk import Desk
from callsim.app.server import application
from callsim.app.uploads import file_name
from callsim.app.work import PROGRAM
from callsim.sessions.folder import Session

OURS = {"origin": ORIGIN}
NOTHING = program("tell(stage='scored')")


@pytest.fixture
def asking(tmp_path, monkeypatch):
    """A browser that is in, and the app's home."""
    monkeypatch.setenv("CALLSIM_HOME", str(tmp_path))

    def with_program(processes=NOTHING):
        browser = client(place(tmp_path), Desk(processes))
        browser.__enter__()
        browser.get("/", params={"token": TOKEN})
        opened.append(browser)
        return browser

    opened = []
    yield with_program
    for browser in opened:
        browser.__exit__(None, None, None)


def bring(browser, content, name="call.wav", trainee="left"):
    """Send a recording."""
    return browser.post("/recordings", params={"name": name, "trainee": trainee}, content=content, headers=OURS)


def facts_at_the_end(browser):
    """What the page is told until the work is over."""
    facts = {}
    with browser.websocket_connect(LIVE.replace("headset", "recording"), headers=OURS) as socket:
        while (told := socket.receive())["type"] == "websocket.send":
            facts |= json.loads(told["text"])
    return facts


def left_over(home: Path):
    """What lies beside the sessions."""
    return [path.name for path in home.glob("upload-*")]


def two_sides(path, *, trainee="greeting", caller="sorry"):
    """A call of which each side is known, trainee left."""
    ours, theirs = (soundfile.read(DEMO / f"{name}.flac", dtype="int16")[0] for name in (trainee, caller))
    sound = np.zeros((len(ours) + len(theirs), 2), np.int16)
    sound[: len(ours), 0], sound[len(ours) :, 1] = ours, theirs
    soundfile.write(path, sound, 16_000)
    return path.read_bytes()


def mono(path):
    """One channel."""
    soundfile.write(path, np.ones(16_000, np.int16), 16_000)
    return path.read_bytes()


def one_sided(path):
    """Nothing on the left."""
    soundfile.write(path, np.stack([np.zeros(16_000, np.int16), np.ones(16_000, np.int16)], axis=1), 16_000)
    return path.read_bytes()


@pytest.mark.parametrize(
    ("content", "trainee", "says"),
    [(b"x", "middle", "left or right"), (b"x", "", "left or right"), (b"", "left", "empty")],
)
def test_what_cannot_be_a_recording_is_refused_at_once(asking, tmp_path, content, trainee, says):
    """In one sentence; nothing is left of it."""
    refused = bring(asking(), content, trainee=trainee)
    assert refused.status_code == 400
    assert says in refused.json()["wrong"]
    assert left_over(tmp_path) == []


def test_a_file_that_is_too_large_is_not_taken_in(asking, tmp_path, monkeypatch):
    """It is stopped when it has sent too much, whatever it said of its length."""
    monkeypatch.setattr(uploads, "LARGEST_BYTES", 1 << 20)
    refused = bring(asking(), iter([b"x" * 300_000] * 10))
    assert refused.status_code == 413
    assert "larger than 1 MB" in refused.json()["wrong"]
    assert left_over(tmp_path) == []


def test_one_recording_at_a_time(asking):
    """The second one is told to wait, and taken once the first is done."""
    browser = asking(program("time.sleep(1)", "tell(stage='scored')"))
    assert bring(browser, b"x").status_code == 202
    assert bring(browser, b"x").status_code == 409
    assert 'data-reading="yes"' in browser.get("/recordings").text
    assert facts_at_the_end(browser)["stage"] == "scored"
    assert bring(browser, b"x").status_code == 202


def test_the_file_goes_once_it_was_worked_on(asking, tmp_path):
    """Whatever came of it."""
    browser = asking(program("tell(size=os.stat(asked['file']).st_size, name=asked['name'])", "os._exit(1)"))
    bring(browser, b"xyz", name=r"C:\calls\my call.wav")
    facts = facts_at_the_end(browser)
    assert (facts["size"], facts["name"], facts["stage"]) == (3, "my call.wav", "failed")
    wait_until(lambda: left_over(tmp_path) == [])


@pytest.mark.usefixtures("model_folder")
def test_a_recorded_call_becomes_a_session(asking, tmp_path):
    """Heard on both sides, scored, and opened like a call of one's own; the trainee may be on the right."""
    browser = asking(PROGRAM)
    bring(browser, two_sides(tmp_path / "call.flac"), name="Tuesday.flac", trainee="right")
    facts = facts_at_the_end(browser)
    assert facts["stage"] == "scored", facts
    session = Session.read(tmp_path / "sessions" / facts["session"])
    assert (session.about.mode, session.about.script) == ("imported", "Tuesday")
    sound = soundfile.read(session.sound, dtype="int16")[0]
    assert sound[-8_000:, 0].any()
    assert not sound[-8_000:, 1].any()
    page = browser.get(f"/sessions/{facts['session']}")
    assert page.status_code == 200
    assert "good morning" in page.text
    assert "sorry" in page.text


@pytest.mark.usefixtures("model_folder")
@pytest.mark.parametrize(
    ("content", "says"),
    [
        (lambda _: b"this is no sound at all", "is not a sound file"),
        (mono, "is mono"),
        (one_sided, "choose the other side"),
    ],
)
def test_a_recording_that_cannot_be_used_is_told_why(asking, tmp_path, content, says):
    """By the name that the trainee knows it by; no session is left of it."""
    browser = asking(PROGRAM)
    bring(browser, content(tmp_path / "made.wav"), name="Monday.wav", trainee="left")
    facts = facts_at_the_end(browser)
    assert facts["stage"] == "failed"
    assert says in facts["wrong"]
    assert "Monday.wav" in facts["wrong"]
    assert str(tmp_path) not in facts["wrong"]
    assert list((tmp_path / "sessions").glob("*")) == []


def test_whoever_sends_no_more_makes_room_for_the_next(tmp_path, monkeypatch):
    """The one slot is not theirs for good; nothing is left of what came."""
    monkeypatch.setattr(uploads, "_PIECE_WITHIN_S", 0.1)

    async def stuck():
        yield b"x"
        await asyncio.Event().wait()

    async def ask():
        transport = httpx.ASGITransport(application(place(tmp_path), Desk(NOTHING)))
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers=OURS, timeout=None) as browser:
            await browser.get("/", params={"token": TOKEN})
            wanted = {"name": "call.wav", "trainee": "left"}
            return [await browser.post("/recordings", params=wanted, content=sent) for sent in (stuck(), b"")]

    slow, following = asyncio.run(asyncio.wait_for(ask(), 20))
    assert (slow.status_code, following.status_code) == (408, 400)
    assert "send it again" in slow.json()["wrong"]
    assert left_over(tmp_path) == []


def test_a_disk_that_is_nearly_full_takes_no_recording(asking, tmp_path, monkeypatch):
    """Calls need the rest; from twice the largest one on it is taken."""
    free = 2 * uploads.LARGEST_BYTES
    monkeypatch.setattr(uploads, "disk_usage", lambda _: SimpleNamespace(free=free))
    browser = asking()
    assert bring(browser, b"x").status_code == 202
    assert facts_at_the_end(browser)["stage"] == "scored"
    free -= 1
    refused = bring(browser, b"x")
    assert refused.status_code == 507
    assert "too little free space" in refused.json()["wrong"]
    wait_until(lambda: left_over(tmp_path) == [])


def test_what_an_app_that_was_killed_has_left_is_removed(asking, tmp_path):
    """At the next start, once it is a day old: another app may be at work on what is younger."""
    for name, age_s in (("upload-old.part", 90_000), ("upload-new.part", 3_600), ("mine.part", 90_000)):
        (tmp_path / name).write_bytes(b"x")
        os.utime(tmp_path / name, (time.time() - age_s,) * 2)
    asking()
    assert sorted(path.name for path in tmp_path.glob("*.part")) == ["mine.part", "upload-new.part"]


@given(st.text(max_size=300))
def test_a_name_is_only_ever_shown(given_name):
    """Whatever the browser calls it, it is one short line without a folder in it."""
    name = file_name(given_name)
    assert 0 < len(name) <= 80
    assert name.isprintable()
    assert "/" not in name


def wait_until(so):
    """Look until it is so."""
    give_up_s = time.monotonic() + 20
    while not so():
        assert time.monotonic() < give_up_s
        time.sleep(0.02)
