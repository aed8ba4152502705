"""A coach's forms on the page of a session, and what a trainee sees of it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from coachs_pages import ROSA, listed, make_home, say_everything, seen_as, send

from callsim.app import visitor
from callsim.app.visitor import Visitor
from callsim.cli import run
from callsim.library.follow_ups import follow_up, follow_ups
from callsim.library.review import Reviews
from callsim.library.shelf import library


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home with a good call of Ana's and a rude one of Ben's."""
    return make_home(tmp_path, monkeypatch)


@pytest.fixture
def rosa(home, monkeypatch):
    """The app as a coach in a training room sees it."""
    with seen_as(home, ROSA, monkeypatch) as made:
        yield made


def review(home, name="good"):
    """What the library knows."""
    with library({"CALLSIM_HOME": str(home)}) as shelf:
        return Reviews(shelf).of(name)


def test_a_coach_says_all_of_it_on_the_page(home, rosa):
    """As the commands do, under their own name."""
    say_everything(rosa)
    found = review(home)
    assert [(note.at_ms, note.check, note.by) for note in found.notes] == [
        (1234, None, "Rosa"), (None, "phrasing.empathy", "Rosa"),
    ]  # fmt: skip
    assert [(one.points, one.reason) for one in found.overrules] == [(3.5, "It came late.")]
    assert ([one.by for one in found.reviewed], [one.title for one in found.clips]) == (["Rosa"], ["How to"])
    page = rosa.get("/sessions/good").text
    assert "Here you were &lt;b&gt;fast&lt;/b&gt;." in page
    assert "once more" in rosa.get("/").text


def test_all_of_it_is_taken_back(home, rosa):
    """By the buttons beside it."""
    say_everything(rosa)
    found = review(home)
    for note in found.notes:
        send(rosa, "notes", take_back=note.id)
    send(rosa, "overrules", check="phrasing.empathy", take_back="1")
    send(rosa, "clips", take_back=found.clips[0].id)
    send(rosa, "reviewed", take_back="1")
    left = review(home)
    assert (left.notes, left.overrules, left.clips, left.reviewed) == ((), (), (), ())


def test_a_trainee_reads_all_of_it_and_changes_nothing(home, rosa, monkeypatch):
    """Both scores, the notes, the clip, what is asked of them; no form, and none is taken."""
    say_everything(rosa)
    before = review(home)
    with seen_as(home, Visitor("Ana", "trainee"), monkeypatch) as ana:
        page = ana.get("/sessions/good").text
        assert "From your coach" in page
        for words in ("Overall, the coach's", "machine 9", "It came late."):
            assert words in page
        assert "data-coach" not in page
        for what in ("notes", "overrules", "reviewed", "clips", "follow-ups"):
            assert ana.post(f"/sessions/good/{what}", data={"text": "x"}).status_code == 403
        assert "due" in ana.get("/").text
        assert 'href="/calls/parcel"' in ana.get("/").text
        clip = ana.get(f"/sessions/good/clips/{before.clips[0].id}.opus")
        assert (clip.content[:4], clip.headers["content-type"]) == (b"OggS", "audio/ogg")
        assert clip.headers["content-disposition"].startswith('attachment; filename="good-')
    assert review(home) == before


def test_a_trainee_sees_nothing_of_others(home, rosa, monkeypatch):
    """Not in the list, whatever they ask for; no page, no clip, nothing that is asked of others."""
    say_everything(rosa)
    clip = review(home).clips[0].id
    with seen_as(home, Visitor("Ben", "trainee"), monkeypatch) as ben:
        for path in ("good", f"good/clips/{clip}.opus", "good/report.html"):
            assert ben.get(f"/sessions/{path}").status_code == 404
        assert ben.post("/sessions/good/notes", data={"text": "x"}).status_code == 404
        assert listed(ben.get("/sessions", params={"trainee": "Ana"}).text) == ["rude"]
        assert "once more" not in ben.get("/").text


def test_the_page_shows_what_the_commands_print(rosa, capsys):
    """Both overall scores, on the page, in the list, in the report and at the terminal."""
    say_everything(rosa)
    run(["sessions", "--json", "--trainee", "ana"])
    row = json.loads(capsys.readouterr().out)
    replay = rosa.get("/sessions/good/replay.json").json()
    assert (replay["overall"], replay["coach"]["overall"]) == (row["overall"], row["coach"])
    for path in ("/sessions/good", "/sessions/good/report.html", "/sessions", "/"):
        page = rosa.get(path).text
        assert f"machine {row['overall']:.0f}<" in page
    assert re.search(rf'class="value good">{row["coach"]:.0f}<', rosa.get("/sessions/good").text)


@pytest.mark.parametrize(
    ("what", "fields"),
    [
        ("notes", {"on": "moment", "at_ms": "x", "text": "x"}),
        ("notes", {"on": "phrasing.singing", "text": "x"}),
        ("notes", {"text": ""}),
        ("notes", {"take_back": "zz"}),
        ("overrules", {"check": "phrasing.empathy", "points": "nan", "reason": "x"}),
        ("overrules", {"check": "phrasing.empathy", "points": "99", "reason": "x"}),
        ("overrules", {"check": "phrasing.empathy", "points": "1", "reason": ""}),
        ("clips", {"start_ms": "100", "end_ms": ""}),
        ("follow-ups", {"script": "parcel", "due": "soon"}),
        ("follow-ups", {"script": "parcel", "due": "2020-01-01"}),
    ],
)
def test_a_form_that_cannot_be_is_told_in_one_sentence(home, rosa, what, fields):
    """And nothing is kept."""
    answer = rosa.post(f"/sessions/good/{what}", data=fields)
    assert answer.status_code == 400
    assert "<h1>" in answer.text
    found = review(home)
    assert (found.notes, found.overrules, found.clips) == ((), (), ())


def test_a_form_from_elsewhere_is_not_taken(rosa):
    """Nor is anything changed by opening a link."""
    assert rosa.post("/sessions/good/reviewed", headers={"origin": "http://evil.example"}).status_code == 403
    assert rosa.get("/sessions/good/reviewed").status_code == 405
    assert rosa.post("/sessions/nowhere/reviewed").status_code == 404
    assert rosa.get(f"/sessions/good/clips/{'0' * 32}.opus").status_code == 404


def test_on_one_machine_everybody_may_do_everything(home, monkeypatch):
    """Under the name that the system knows; what others wrote may be taken back too."""
    monkeypatch.setattr(visitor, "own_name", lambda: "sam")
    with library({"CALLSIM_HOME": str(home)}) as shelf:
        note = Reviews(shelf).note("good", "x", by="Rosa", now=datetime.now().astimezone())
    with seen_as(home, None, monkeypatch) as app:
        send(app, "reviewed")
        send(app, "notes", take_back=note.id)
    assert ([one.by for one in review(home).reviewed], review(home).notes) == (["sam"], ())


def test_what_was_forgotten_says_so(home, rosa):
    """In the list; what coaches judged is still counted."""
    say_everything(rosa)
    with library({"CALLSIM_HOME": str(home)}) as shelf:
        shelf.forget("good", datetime.now().astimezone())
    page = rosa.get("/sessions").text
    assert "words removed" in page
    assert "machine 9" in page
    assert not re.search("It came late|Warm|How to|once more", rosa.get("/").text)
    figures = rosa.get("/sessions/good").text
    assert "were removed on" in figures
    assert re.search(r"Understanding</th>.*>14<.*>14<.*3.5 .*Rosa", figures)
    assert not re.search("It came late|Warm", figures)
    for what in ("sound.opus", "sound.wav", "replay.json", "report.html"):
        gone = rosa.get(f"/sessions/good/{what}")
        assert (gone.status_code, "were removed" in gone.text) == (410, True)


def test_a_follow_up_is_overdue_or_done(home, rosa):
    """And leads to the call, or to the session that did it."""
    with library({"CALLSIM_HOME": str(home)}) as shelf:
        then = datetime.fromisoformat("2026-05-01T09:00:00+00:00")
        follow_up(shelf, "Ana", "parcel", by="Rosa", now=then, due=then.date())
        follow_up(shelf, "Ana", "hotel", by="Rosa", now=then, due=then.date())
    page = rosa.get("/").text
    assert "overdue since 1 May" in page
    assert re.search(r'href="/sessions/good"><strong>The birthday parcel that never came</strong>', page)


def test_a_follow_up_is_taken_back_on_the_first_page(home, rosa, monkeypatch):
    """By whoever asked for it."""
    now = datetime.now().astimezone()
    with library({"CALLSIM_HOME": str(home)}) as shelf:
        asked = [follow_up(shelf, "Ben", "parcel", by=by, now=now, text=f"from {by}") for by in ("Rosa", "Tom")]
        assert [f'value="{one.id}"' in rosa.get("/").text for one in asked] == [True, False]
        assert [rosa.post("/follow-ups", data={"take_back": one.id}).status_code for one in asked] == [303, 400]
        assert [one.by for one in follow_ups(shelf)] == ["Tom"]
    with seen_as(home, Visitor("Ben", "trainee"), monkeypatch) as ben:
        assert "from Tom" in ben.get("/").text
        assert ben.post("/follow-ups", data={"take_back": asked[1].id}).status_code == 403


def test_of_what_was_done_the_last_is_shown(home, rosa):
    """The first page does not grow for ever."""
    with library({"CALLSIM_HOME": str(home)}) as shelf:
        for day in range(1, 6):
            then = datetime.fromisoformat(f"2026-05-0{day}T09:00:00+00:00")
            follow_up(shelf, "Ana", "parcel", by="Rosa", now=then, text=f"No. {day}")
    page = rosa.get("/").text
    assert re.findall(r"No\. \d", page) == ["No. 5", "No. 4", "No. 3"]


def test_the_app_is_loaded_without_the_library():
    """Nothing that it imports needs the database."""
    program = "import sys; sys.modules |= {'sqlalchemy': None, 'alembic': None}; import callsim.app.server"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


WITHOUT_THE_LIBRARY = """
import json, sys
sys.modules |= {"sqlalchemy": None, "alembic": None}
from pathlib import Path
from app_client import ORIGIN, TOKEN, client, place
with client(place(Path(sys.argv[1]))) as app:
    app.get("/", params={"token": TOKEN})
    pages = {path: app.get(path) for path in sys.argv[2:]}
    said = {what: app.post(f"/sessions/good/{what}", headers={"origin": ORIGIN}) for what in ("reviewed", "notes")}
print(json.dumps({path: (page.status_code, page.text) for path, page in (pages | said).items()}))
"""


def test_without_the_library_the_app_still_runs(home):
    """Calls are listed and heard; the list says in one sentence what to install. The packages really are not there."""
    asked = ["/", "/sessions", "/sessions?mark=cut_in", "/sessions/good", "/trends", "/calibration", "/rubric"]
    command = [sys.executable, "-c", WITHOUT_THE_LIBRARY, str(home), *asked]
    paths = os.pathsep.join(filter(None, (str(Path(__file__).parent), os.environ.get("PYTHONPATH"))))
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=100, env={**os.environ, "PYTHONPATH": paths}
    )
    assert (done.returncode, done.stderr) == (0, "")
    pages = json.loads(done.stdout)
    assert {path: pages[path][0] for path in asked} == dict.fromkeys(asked, 200)
    assert "pip install &#34;callsim[library]&#34;" in pages["/sessions"][1]
    assert 'href="/sessions/good"' in pages["/sessions"][1]
    assert "data-coach" not in pages["/sessions/good"][1]
    for what in ("reviewed", "notes"):
        assert "pip install &#34;callsim[library]&#34;" in pages[what][1]


def test_a_clip_of_a_session_with_any_name_is_kept(home, monkeypatch):
    """Its file is called after it, in letters that a header cannot have too."""
    (home / "sessions" / "good").rename(home / "sessions" / "Łódź")
    with seen_as(home, ROSA, monkeypatch) as app:
        assert app.post("/sessions/Łódź/clips", data={"start_ms": "100", "end_ms": "900"}).status_code == 303
        (clip,) = review(home, "Łódź").clips
        answer = app.get(f"/sessions/Łódź/clips/{clip.id}.opus")
    assert answer.status_code == 200
    assert f"filename*=UTF-8''%C5%81%C3%B3d%C5%BA-{clip.id[:8]}.ogg" in answer.headers["content-disposition"]
