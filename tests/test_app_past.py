"""The lists of the first page: what was taken, how it went, what comes next; and only sessions that there are."""

from __future__ import annotations

import json

import pytest
from app_client import LIVE, ORIGIN, TOKEN, client, place, program
from made_session import ABOUT, write_call
from replayed import session_of
from scenes import good_call

from callsim.app.desk import Desk
from callsim.app.past import past_sessions, practices, suggested
from callsim.catalogue import script_files
from callsim.sessions.folder import SCORECARD


def taken(sessions, name, *, script="parcel", started="2026-01-31T09:30:00+01:00", overall=None, scored=True):
    """A session with as much of a scorecard as a list looks at."""
    folder = sessions / name
    write_call(folder, ABOUT.model_copy(update={"script": script, "started": started}), seconds=1).close()
    if scored:
        card = {"title": "A call", "overall": overall, "scores": {}, "ending": "cool", "length_ms": 61_000}
        (folder / SCORECARD).write_text(json.dumps(card))
    return folder


def listed(sessions):
    """What the first page makes of them."""
    past = past_sessions(sessions)
    return practices(script_files(), past.values()), past


def next_of(sessions):
    """The name of the suggested call, and why."""
    calls, past = listed(sessions)
    practice, why = suggested(calls, past.values())
    return practice.name, why


def test_the_newest_session_comes_first(tmp_path):
    """By the moment it began, wherever that was; not by its name."""
    taken(tmp_path, "b", started="2026-01-31T09:30:00+01:00")
    taken(tmp_path, "a", started="2026-01-31T09:00:00+00:00")
    assert list(past_sessions(tmp_path)) == ["a", "b"]


def test_what_is_no_session_is_left_out(tmp_path):
    """A file, an empty folder, a link to somewhere else, a session.json that is none."""
    real = taken(tmp_path / "elsewhere", "real")
    sessions = tmp_path / "sessions"
    taken(sessions, "mine")
    (sessions / "file").write_text("x")
    (sessions / "empty").mkdir()
    (sessions / "link").symlink_to(real)
    (sessions / "broken").mkdir()
    (sessions / "broken" / "session.json").write_text("{}")
    assert list(past_sessions(sessions)) == ["mine"]
    assert past_sessions(tmp_path / "nowhere") == {}


def test_a_new_scorecard_is_noticed(tmp_path):
    """A session is read again once it has changed."""
    folder = taken(tmp_path, "a", scored=False)
    assert past_sessions(tmp_path)["a"].scores is None
    taken(tmp_path, "b")
    (folder / SCORECARD).write_text((tmp_path / "b" / SCORECARD).read_text().replace("null", "71.5"))
    assert past_sessions(tmp_path)["a"].overall == 71.5


def test_a_call_has_its_last_and_its_best_result(tmp_path):
    """Of those that came to a result."""
    for number, overall in enumerate((40.0, 90.0, 70.0, None)):
        taken(tmp_path, str(number), started=f"2026-01-1{number}T09:30:00+01:00", overall=overall)
    parcel = next(one for one in listed(tmp_path)[0] if one.name == "parcel")
    assert (parcel.takes, parcel.last, parcel.best) == (3, 70.0, 90.0)


def test_easy_calls_come_first(tmp_path):
    """All ten, by difficulty."""
    difficulties = [one.script.difficulty for one in listed(tmp_path)[0]]
    assert len(difficulties) == 10
    assert difficulties == sorted(difficulties, key=["easy", "medium", "hard"].index)


def test_the_first_call_is_an_easy_one(tmp_path):
    """For whoever has taken none."""
    name, why = next_of(tmp_path)
    assert listed(tmp_path)[0][0].name == name
    assert "first" in why


def test_a_call_that_went_badly_is_taken_again(tmp_path):
    """While it is fresh."""
    taken(tmp_path, "a", overall=41.0)
    assert next_of(tmp_path)[0] == "parcel"
    assert "41" in next_of(tmp_path)[1]


def test_a_call_that_went_well_leads_to_a_new_one(tmp_path):
    """The easiest of those left."""
    taken(tmp_path, "a", script="clinic", overall=80.0)
    name, why = next_of(tmp_path)
    assert name != "clinic"
    assert "not taken" in why


def test_in_the_end_the_weakest_is_suggested(tmp_path):
    """By its best result, once all have been taken."""
    for name in script_files():
        taken(tmp_path, name, script=name, overall=65.0 if name == "hotel" else 80.0)
    name, why = next_of(tmp_path)
    assert name == "hotel"
    assert "65" in why


# --- the pages of a session -----------------------------------------------------------------------------------------


@pytest.fixture
def known(tmp_path, monkeypatch):
    """A browser that is in, with a scored call and one that was never scored."""
    monkeypatch.setenv("CALLSIM_HOME", str(tmp_path))
    session, card = session_of(good_call(), tmp_path / "sessions" / "scored")
    (session.folder / SCORECARD).write_text(card.to_json())
    taken(tmp_path / "sessions", "bare", scored=False)
    with client(place(tmp_path), Desk(program("tell(stage='scored')"))) as made:
        made.get("/", params={"token": TOKEN})
        yield made


def test_a_session_can_be_heard_again(known):
    """Its page, its sound both ways, its data, and one file to keep."""
    page = known.get("/sessions/scored")
    assert page.status_code == 200
    assert page.headers["content-encoding"] == "gzip"
    assert "/sessions/scored/sound.opus" in page.text
    opus = known.get("/sessions/scored/sound.opus", headers={"range": "bytes=0-3"})
    assert (opus.status_code, opus.content, opus.headers["content-type"]) == (206, b"OggS", "audio/ogg")
    assert known.get("/sessions/scored/sound.wav", headers={"range": "bytes=0-3"}).content == b"RIFF"
    assert known.get("/sessions/scored/replay.json").json()["format"] == "callsim.replay/1"
    report = known.get("/sessions/scored/report.html")
    assert report.headers["content-disposition"].startswith('attachment; filename="scored.html"')


def test_a_session_without_a_scorecard_is_scored(known):
    """The page shows how far that has come, and leads on."""
    page = known.get("/sessions/bare")
    assert page.status_code == 202
    assert 'data-session="bare"' in page.text
    with known.websocket_connect(LIVE.replace("headset", "score/bare"), headers={"origin": ORIGIN}) as live:
        told = {}
        while (message := live.receive())["type"] == "websocket.send":
            told |= json.loads(message["text"])
    assert told["stage"] == "scored"
    assert known.get("/sessions/bare/replay.json").status_code == 404


@pytest.mark.parametrize(
    "name", ["nothing", "%2e%2e", "..%2f..%2fetc", "%2fetc%2fpasswd", "scored%00", "scored%2f..%2fbare", "%2e"]
)
@pytest.mark.parametrize("what", ["", "/sound.opus", "/sound.wav", "/replay.json", "/report.html"])
def test_no_other_folder_is_reached(known, name, what):
    """A name that is not on the list is nothing."""
    assert known.get(f"/sessions/{name}{what}").status_code == 404


def test_a_link_among_the_sessions_leads_nowhere(known, tmp_path):
    """Whoever could make one could read the rest by it."""
    (tmp_path / "sessions" / "link").symlink_to(tmp_path / "sessions" / "scored")
    assert known.get("/sessions/link").status_code == 404


def test_the_lists_show_what_there_is(known):
    """On the first page and on their own."""
    for path in ("/", "/sessions"):
        page = known.get(path).text
        assert 'href="/sessions/scored"' in page
        assert "not scored yet" in page
