"""What is noted of reading in a training room, and whose a recording is that is brought there."""

from __future__ import annotations

import json
import re

import pytest
from sqlalchemy import text
from training import LIVE, ORIGIN, PASSWORDS, SAID, SESSIONS, come_in, training

from callsim.app.room import COOKIE
from callsim.library.accounts import IDLE_MS
from callsim.library.audit import reads

SOUND = f"/sessions/{SESSIONS['Ben']}/sound.wav"


@pytest.fixture
def room(tmp_path):
    """A coach, two trainees, a call of each."""
    with training(tmp_path) as made:
        yield made


def noted(room):
    """The audit, in short."""
    return [(one.by, one.trainee, one.session, one.what) for one in reads(room.shelf)]


def test_each_reading_is_one_line(room):
    """Who, whose, which session, what."""
    here, anna = f"/sessions/{SESSIONS['Ben']}", room.signed_in("Anna")
    for path in (here, f"{here}/replay.json", f"{here}/report.html", f"{here}/sound.opus"):
        assert anna.get(path).status_code == 200
    room.signed_in("Ben").get(here)
    ben = ("Ben", SESSIONS["Ben"])
    whats = ["replay", "replay.json", "report", "sound"]
    assert noted(room) == [*(("Anna", *ben, what) for what in whats), ("Ben", *ben, "replay")]
    assert reads(room.shelf)[0].at.startswith(("2025-12-31T", "2026-01-01T"))


def test_sound_in_pieces_is_one_line_an_hour(room):
    """Of each sign-in and session, whatever the browser fetches."""
    anna = room.signed_in("Anna")
    for start in range(0, 10_000, 1000):
        assert anna.get(SOUND, headers={"range": f"bytes={start}-{start + 999}"}).status_code == 206
    anna.get(f"/sessions/{SESSIONS['Cleo']}/sound.wav")
    room.signed_in("Anna").get(SOUND)
    assert [line[2] for line in noted(room)] == [SESSIONS["Ben"], SESSIONS["Cleo"], SESSIONS["Ben"]]
    room.clock.ms += IDLE_MS - 1000
    anna.get(SOUND)
    assert len(noted(room)) == 3
    room.clock.ms += 1000
    anna.get(SOUND)
    assert len(noted(room)) == 4


def test_what_was_not_read_is_not_noted(room):
    """Another's session, none at all, a range that is not there, a list."""
    ben = room.signed_in("Ben")
    for path in (f"/sessions/{SESSIONS['Cleo']}", "/sessions/nothing", "/sessions", "/", "/calls/parcel"):
        ben.get(path)
    assert ben.get(SOUND, headers={"range": "bytes=99999999-"}).status_code == 416
    room.browser().get(SOUND)
    assert noted(room) == []


def test_what_cannot_be_noted_is_not_read(room):
    """Not a byte of it."""
    with room.shelf.writing() as connection:
        connection.execute(text("DROP TABLE reads"))
    here, anna = f"/sessions/{SESSIONS['Ben']}", room.signed_in("Anna")
    for path in (here, f"{here}/replay.json", f"{here}/report.html", f"{here}/sound.opus", SOUND):
        refused = anna.get(path)
        assert refused.status_code == 503
        assert "cannot be noted" in refused.text
        assert SAID["Ben"] not in refused.text
    assert anna.get("/sessions").status_code == 200


def test_without_its_database_nobody_is_let_in(room):
    """A page says so, and no more."""
    ben = room.signed_in("Ben")
    with room.shelf.writing() as connection:
        connection.execute(text("DROP TABLE sign_ins"))
    refused = ben.get("/sessions")
    assert refused.status_code == 503
    assert "sign_ins" not in refused.text


def upload(client, room, query):
    """What the import was asked to do."""
    answer = client.post(f"/recordings?trainee=left&name=x.wav{query}", content=b"RIFF")
    assert answer.status_code == 202
    return room.desk.reading.asked["whose"]


@pytest.mark.parametrize(
    ("name", "query", "whose"),
    [("Ben", "", "Ben"), ("Ben", "&whose=Cleo", "Ben"), ("Anna", "&whose=%20Ben%00", "Ben"), ("Anna", "", "")],
)
def test_a_recording_is_a_trainees_own_or_whose_a_coach_says(room, monkeypatch, name, query, whose):
    """No trainee puts a call among those of another."""
    monkeypatch.setattr(room.desk, "_do", lambda what: what.close())
    assert upload(room.signed_in(name), room, query) == whose


def test_how_far_a_recording_is_concerns_its_owner_and_coaches(room, monkeypatch):
    """Its file's name may be a customer's."""
    monkeypatch.setattr(room.desk, "_do", lambda what: what.close())
    ben, cleo, anna = room.signed_in("Ben"), room.signed_in("Cleo"), room.signed_in("Anna")
    upload(ben, room, "")
    assert 'data-reading="yes"' in ben.get("/recordings").text
    assert 'data-reading="yes"' in anna.get("/recordings").text
    assert 'data-reading="no"' in cleo.get("/recordings").text
    assert cleo.post("/recordings?trainee=left&name=y.wav", content=b"RIFF").status_code == 409
    with cleo.websocket_connect(f"{LIVE}/recording", headers={"origin": ORIGIN}) as socket:
        assert socket.receive()["code"] == 4404
    with ben.websocket_connect(f"{LIVE}/recording", headers={"origin": ORIGIN}) as socket:
        assert json.loads(socket.receive()["text"])["kind"] == "import"


def test_no_answer_and_no_line_holds_a_secret(room, capfd):
    """Neither passwords nor tokens stand in a page or on the terminal."""
    ben = room.signed_in("Ben")
    token = ben.cookies[COOKIE]
    pages = [ben.get(path).text for path in ("/", "/sessions", "/nothing", f"/sessions/{SESSIONS['Ben']}")]
    pages += [come_in(room.browser(), "Ben", "not my password").text, *capfd.readouterr()]
    for secret in (token, PASSWORDS["Ben"], "not my password"):
        assert not any(secret in page for page in pages)
    assert not re.search(r"argon2", "".join(pages))
