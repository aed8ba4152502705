"""The coach's pages for the score itself: is it right, and what would another rubric make of past calls."""

from __future__ import annotations

import html
import json
import re
import shutil
import time
from pathlib import Path

import pytest
from app_client import ORIGIN, TOKEN, client, place
from hypothesis import given
from hypothesis import strategies as st
from judged import overruled, put_some, reviewed
from shelved import QUIET, card, put

from callsim.app.rubric_form import form_of, rubric_from
from callsim.app.rules import RULES
from callsim.app.visitor import Visitor
from callsim.cli import run
from callsim.library.cards import kept_card
from callsim.library.rubrics import rubric_named
from callsim.library.shelf import library
from callsim.report.rescored import changed_told, coaches_told, rows_told
from callsim.scoring.remedies import remedy
from callsim.scoring.rescored import Change, Rescored, WithCoaches
from callsim.scoring.rubric import Rubric, adapted, read_rubric
from callsim.scoring.rubric_notes import rubric_notes
from callsim.sessions.cards import RUBRICS, earlier_cards

HERE = Path(__file__).parent / "recordings"
WITHIN_S = 90


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home of our own."""
    monkeypatch.setenv("CALLSIM_HOME", str(tmp_path))
    monkeypatch.delenv("CALLSIM_LIBRARY", raising=False)
    return tmp_path


@pytest.fixture
def app(home):
    """Somebody who sits here."""
    with client(place(home)) as made:
        made.get(f"/?token={TOKEN}")
        made.headers["origin"] = ORIGIN
        yield made


@pytest.fixture
def trainee(monkeypatch):
    """Whoever asks is a trainee."""
    monkeypatch.setattr("callsim.app.calibrating.visitor", lambda _: Visitor("Ana", "trainee"))


def seen(page):
    """What stands on a page, without its markup."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page.text)).split())


def fields(page):
    """The fields of the rubric's form and what is in them."""
    inputs = dict(re.findall(r'<input type="text"[^>]* name="([^"]+)" value="([^"]*)"', page.text))
    return inputs | dict(re.findall(r'<textarea name="([^"]+)"[^>]*>([^<]*)</textarea>', page.text))


# --- calibration ------------------------------------------------------------------------------------------------------


def test_an_empty_calibration_says_what_to_do(app, home):
    """Which is to review calls."""
    put_some(home / "sessions", 1)
    page = app.get("/calibration")
    assert "No call has been judged by the machine and by the coaches yet." in seen(page)
    assert 'href="/sessions"' in page.text


def test_the_page_says_what_the_command_prints(app, home, capsys):
    """Every figure, in the same digits."""
    put_some(home / "sessions", 12)
    with library({"CALLSIM_HOME": str(home)}) as shelf:
        shelf.refresh(QUIET)
        for number in range(12):
            reviewed(shelf, f"a{number:02}", by="Kim")
            if number < 7:
                overruled(shelf, f"a{number:02}", 0, by="Kim")
    assert run(["calibrate"]) == 0
    out = capsys.readouterr().out
    page = seen(app.get("/calibration"))
    for line in out.splitlines()[3:]:
        if "  " in line:
            cells = [cell for cell in re.split(r"  +", line) if cell not in {"–", ""}]
            assert " ".join(cells) in re.sub(r" –(?= |$)", "", page), line
        else:
            assert " ".join(line.split()) in page
    assert "Understanding: coaches give" in page
    assert re.search(r'href="/sessions/a00#t=\d+"', app.get("/calibration").text)


def test_the_page_tells_the_settings_of_the_rubric_that_scored_the_calls(app, home):
    """Not those of the standard one."""
    kinder = adapted(read_rubric(), {"name": "kinder", "phrasing": {"empathy": {"late": 0.25}}})
    used = card().rubric.model_copy(update={"name": "kinder", "fingerprint": kinder.fingerprint})
    for number in range(12):
        folder = put(home / "sessions", f"a{number:02}", rubric=used)
        (folder / RUBRICS).mkdir()
        (folder / RUBRICS / f"{kinder.fingerprint}.json").write_text(kinder.model_dump_json())
    with library({"CALLSIM_HOME": str(home)}) as shelf:
        shelf.refresh(QUIET)
        for number in range(12):
            reviewed(shelf, f"a{number:02}", by="Kim")
            if number < 7:
                overruled(shelf, f"a{number:02}", 0, by="Kim")
    page = seen(app.get("/calibration"))
    assert "less than the machine by the rubric kinder (" in page
    assert "phrasing.empathy.late, now 0.25" in page


def test_the_pages_say_by_what_new_calls_are_scored(app):
    """Scoring past calls by a rubric does not change that."""
    app.post("/rubric", data={"name": "kinder"})
    says = "New calls are scored by the standard rubric until you score them again by yours."
    assert says in seen(app.get("/rubric"))


def test_two_coaches_are_compared_on_the_page(app, home):
    """On the calls that both reviewed."""
    put_some(home / "sessions", 2)
    with library({"CALLSIM_HOME": str(home)}) as shelf:
        shelf.refresh(QUIET)
        for by, name in (("Kim", "a00"), ("Lee", "a00"), ("Kim", "a01")):
            reviewed(shelf, name, by=by)
    assert "1 call judged by Kim and by Lee." in seen(app.get("/calibration?coach=Kim&with=Lee"))
    assert "2 calls judged by the machine and by Kim." in seen(app.get("/calibration?coach=Kim&with="))
    assert app.get("/calibration?coach=Nobody").status_code == 400


@pytest.mark.usefixtures("trainee")
def test_a_trainee_sees_neither(app, home):
    """Nor can they change a rubric; and in a training room each address has a rule."""
    (home / "rubrics").mkdir()
    (home / "rubrics" / "mine.toml").write_text("")
    ours = [key for key in RULES if "/calibration" in key or "/rubric" in key]
    assert len(ours) == 8
    for key in ours:
        method, path = key.replace("{rubric}", "mine").split()
        assert RULES[key].who == "coach"
        assert app.request(method, path).status_code == 403


def test_the_links_are_there(app):
    """For those who coach."""
    assert '<a href="/calibration" aria-current="page">' in app.get("/calibration").text
    assert 'href="/rubric"' in app.get("/").text


# --- the rubric as a form ---------------------------------------------------------------------------------------------


def test_a_copy_is_begun(app, home):
    """Under a name of its own; what cannot be a name is told at the field."""
    assert "There is only the standard rubric so far" in seen(app.get("/rubric"))
    begun = app.post("/rubric", data={"name": "kinder", "of": "standard"})
    assert (begun.status_code, begun.headers["location"]) == (303, "/rubric/kinder")
    assert rubric_named("kinder", home / "sessions") == read_rubric().model_copy(update={"name": "kinder"})
    for name, says in (
        ("kinder", "There is a rubric named 'kinder' already"),
        ("standard", "is not 'standard'"),
        ("../x", "'../x' cannot be one"),
        ("", "small letters, digits and single hyphens"),
    ):
        page = app.post("/rubric", data={"name": name})
        assert page.status_code == 400
        assert says in seen(page)
    assert app.get("/rubric/other").status_code == 404


def test_every_number_is_a_field_with_the_standards_beside_it(app):
    """And nothing else is needed to get the same rubric back."""
    app.post("/rubric", data={"name": "kinder"})
    page = app.get("/rubric/kinder")
    there = fields(page)
    assert there["pacing.response_gap.band.3"] == "4000"
    assert "standard 4000" in seen(page)
    rubric, wrong = rubric_from(read_rubric(), there)
    assert (rubric, wrong) == (read_rubric(), {})


def test_what_is_wrong_is_told_at_its_field(app, home):
    """Nothing is saved, and what was entered stays."""
    app.post("/rubric", data={"name": "kinder"})
    before = (home / "rubrics" / "kinder.toml").read_bytes()
    sent = fields(app.get("/rubric/kinder"))
    page = app.post("/rubric/kinder", data=sent | {"pacing.response_gap.band.1": "soon", "overall.pacing": ""})
    assert page.status_code == 400
    assert "Nothing was saved: 2 settings have to be put right" in seen(page)
    assert "This should be a number, not 'soon'." in seen(page)
    assert fields(page)["pacing.response_gap.band.1"] == "soon"
    for name, value, says in (
        ("pacing.response_gap.band.1", "9999", "The numbers must not fall from left to right."),
        ("overall.pacing", "", "A number is missing here."),
        ("overall.pacing", "-1", "This should be greater than or equal to 0."),
        ("measures.dead_air_ms", "0.5", "This should be a valid integer, got a number with a fractional part."),
        ("phrasing.empathy.late", "nan", "This should be a finite number."),
        ("phrases.empathy", "(open", "(open"),
    ):
        page = app.post("/rubric/kinder", data=sent | {name: value})
        assert page.status_code == 400
        at = page.text.index('class="notice bad small"')
        assert says in html.unescape(page.text[at : at + 300])
    assert (home / "rubrics" / "kinder.toml").read_bytes() == before


@given(st.data())
def test_what_was_saved_comes_back_as_it_was(data):
    """A form holds a rubric to the last digit."""
    points = st.floats(0, 1000).map(lambda value: round(value, 6))
    band = data.draw(st.lists(st.integers(-10_000, 10_000), min_size=4, max_size=4).map(sorted))
    own = {"pacing": {"response_gap": {"points": data.draw(points), "band": band}}, "phrases": {"empathy": ["oh no"]}}
    rubric = Rubric.model_validate(own)
    sent = {
        number.name: number.value
        for _, groups in form_of(rubric).sections
        for group in groups
        for setting in group.settings
        for number in setting.numbers
    }
    sent |= {one.name: one.text for one in form_of(rubric).phrases}
    assert rubric_from(read_rubric(), sent) == (rubric, {})


def test_the_notes_are_those_of_the_file():
    """What the standard rubric says of a number stands beside it."""
    notes = rubric_notes()
    assert (
        notes["pacing.words_per_minute.min_words"]
        == "Fewer recognised words than this say nothing about a rate. Our choice."
    )
    assert notes["measures.pause_ms"].startswith("Pauses longer than this are no speaking time")
    assert not [note for note in notes.values() if note.startswith("#")]


@pytest.mark.parametrize(
    ("check", "leaning", "says"),
    [
        ("pacing.talk_share", "higher", "Widen the band of pacing.talk_share, now [0, 0.35, 0.6, 0.85]."),
        ("pacing.dead_air", "lower", "Lower the two numbers of pacing.dead_air.limit, now [0, 0.1]."),
        ("pacing.steadiness", "higher", "Widen what pacing.steadiness lets pass"),
        ("phrasing.empathy", "higher", "[phrases] as empathy = [...]"),
        ("phrasing.empathy", "lower", "Lower phrasing.empathy.early_passages, now 2, or phrasing.empathy.late"),
        ("phrasing.blame", "lower", "[phrases] as blame = [...]"),
        ("phrasing.blame", "higher", "Lower phrasing.avoided.each_costs"),
        ("phrasing.name", "higher", "[phrases] as name_use = [...]"),
        ("phrasing.order", "lower", "No setting makes phrasing.order stricter"),
        ("phrasing.nothing", "lower", "This rubric has no check phrasing.nothing"),
    ],
)
def test_what_to_change_names_the_setting(check, leaning, says):
    """For each kind of check."""
    assert says in remedy(check, leaning, read_rubric())


# --- what it makes of past calls --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def taken(tmp_path_factory, model_folder):  # noqa: ARG001 - the call needs the model
    """Two scored calls; not to be changed."""
    out = tmp_path_factory.mktemp("taken")
    for name in ("interrupting", "rude"):
        assert run(["run", "parcel", "--trainee", str(HERE / f"{name}.toml"), "--out", str(out / name)]) == 0
    return out


def waited(app, name="kinder"):
    """The page once the work is over."""
    give_up_s = time.monotonic() + WITHIN_S
    while True:
        page = app.get(f"/rubric/{name}")
        if 'id="progress"' not in page.text:
            return page
        assert time.monotonic() < give_up_s
        time.sleep(0.1)


def test_saving_shows_what_changes_and_applying_does_it(app, home, taken, capsys):
    """In the figures that `callsim rescore` prints; the old results stay."""
    sessions = Path(shutil.copytree(taken, home / "sessions"))
    with library({"CALLSIM_HOME": str(home)}) as shelf:
        shelf.refresh(QUIET)
        reviewed(shelf, "rude", by="Kim")
    app.post("/rubric", data={"name": "kinder"})
    sent = fields(app.get("/rubric/kinder"))
    saved = app.post("/rubric/kinder", data=sent | {"phrasing.empathy.points": "40"})
    assert (saved.status_code, saved.headers["location"]) == (303, "/rubric/kinder#change")
    page = seen(waited(app))
    assert kept_card(sessions / "rude").rubric.name == "standard"
    capsys.readouterr()
    assert run(["rescore", "--rubric", "kinder", "--what-if", "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    rows = rows_told([Rescored.model_validate(one) for one in figures["sessions"]])
    summary = changed_told([Change.model_validate(one) for one in figures["changes"]])
    for name, *cells in rows:
        assert " ".join([name, *cells]) in page
    for name, *cells in summary[1:]:
        assert " ".join([name.capitalize(), *cells]) in page
    assert figures["coaches"]["calls"] == 1
    assert coaches_told(WithCoaches.model_validate(figures["coaches"])) in page
    assert any("→" in cell for row in rows for cell in row)

    assert "New calls are scored by the standard rubric until you score them again by this one." in page
    assert app.post("/rubric/kinder/apply").status_code == 303
    page = seen(waited(app))
    assert "Done: 2 calls were scored again by this rubric." in page
    assert kept_card(sessions / "rude").rubric.name == "kinder"
    assert len(earlier_cards(sessions / "rude")) == 1


def test_it_can_be_stopped_and_is_not_begun_twice(app, home, taken):
    """Nothing is lost by that."""
    shutil.copytree(taken, home / "sessions")
    app.post("/rubric", data={"name": "kinder"})
    assert app.post("/rubric/kinder/apply").status_code == 303
    assert app.post("/rubric/kinder/what-if").status_code == 409
    assert 'id="progress"' in app.get("/rubric/kinder").text
    assert app.post("/rubric/kinder/stop").status_code == 303
    page = app.get("/rubric/kinder")
    assert 'id="progress"' not in page.text
    assert "Stopped." in seen(page)
    assert all(kept_card(folder) is not None for folder in (home / "sessions").iterdir())


def test_where_there_is_no_call_the_page_says_so(app):
    """And leads to one."""
    app.post("/rubric", data={"name": "kinder"})
    app.post("/rubric/kinder/what-if")
    assert "There is no call yet that could be scored." in seen(waited(app))
