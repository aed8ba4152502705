"""Another rubric for past calls: what if, and then for good, with the old results kept."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from shelved import QUIET, content, put
from spoken import sentence, silence

from callsim.cli import kept_evidence, run
from callsim.cli.kept_evidence import Remembered, with_words_of
from callsim.cli.rescore import all_sessions, rescore_all
from callsim.cli.scored import Reading, score_session
from callsim.devices import models
from callsim.errors import UnknownName
from callsim.events import Word
from callsim.library.archive import export_library, import_library
from callsim.library.cards import kept_card
from callsim.library.forgetting import forget_session
from callsim.library.rubrics import rubric_named, rubrics_of, save_rubric
from callsim.library.shelf import library
from callsim.scoring.rereading import changes as changed_words
from callsim.scoring.rereading import reread
from callsim.scoring.rescored import NONE, Rescored, Scores, changes
from callsim.scoring.rubric import Rubric, read_rubric
from callsim.scoring.scorecard import ChangeRow, score
from callsim.sessions.cards import KEPT_EVIDENCE, card_at, earlier_cards
from callsim.sessions.folder import EVENTS, SCORECARD

HERE = Path(__file__).parent / "recordings"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
OTHER = 'name = "kinder"\n[phrasing.empathy]\npoints = 40\n[measures]\nturn_pause_ms = 900\n'

pytestmark = pytest.mark.usefixtures("model_folder")


@pytest.fixture(scope="module")
def taken(tmp_path_factory):
    """Two scored calls in a folder; not to be changed."""
    out = tmp_path_factory.mktemp("taken")
    for name in ("interrupting", "rude"):
        assert run(["run", "parcel", "--trainee", str(HERE / f"{name}.toml"), "--out", str(out / name)]) == 0
    return out


@pytest.fixture
def sessions(taken, tmp_path, monkeypatch):
    """A home with copies of them."""
    monkeypatch.setenv("CALLSIM_HOME", str(tmp_path))
    monkeypatch.delenv("CALLSIM_LIBRARY", raising=False)
    return Path(shutil.copytree(taken, tmp_path / "sessions"))


@pytest.fixture
def other(tmp_path):
    """Another rubric, as a file."""
    file = tmp_path / "kinder.toml"
    file.write_text(OTHER)
    return file


@pytest.fixture
def said(capsys):
    """What a command says."""

    def of(*arguments, code=0):
        capsys.readouterr()
        assert run([str(argument) for argument in arguments]) == code
        return capsys.readouterr().out

    return of


def rescored(sessions, rubric, moment=NOW, workers=1):
    """All sessions by a rubric."""
    return rescore_all(all_sessions(sessions), rubric, workers, QUIET, clock_at(moment))


def clock_at(moment):
    """A clock that stands still, and pickles."""
    return moment.astimezone


def test_a_what_if_changes_nothing(sessions, other, said):
    """But that what the scores rest on is kept, so that the next one answers at once."""
    before = content(sessions)
    figures = json.loads(said("rescore", "--rubric", other, "--what-if", "--json"))
    after = content(sessions)
    assert {name for name in after if after[name] != before.get(name)} == {
        f"{name}/{KEPT_EVIDENCE}" for name in ("interrupting", "rude")
    }
    assert before.keys() <= after.keys()
    assert [one["written"] for one in figures["sessions"]] == [False, False]
    assert json.loads(said("rescore", "--rubric", other, "--dry-run", "--json")) == figures


def test_it_foretells_what_score_would_say(sessions, other, said, tmp_path):
    """To the byte: what is kept of a call is all that its score rests on."""
    figures = json.loads(said("rescore", "--rubric", other, "--json", "--workers", 2))
    for one in figures["sessions"]:
        copy = shutil.copytree(sessions / one["session"], tmp_path / one["session"])
        card = json.loads(said("score", copy, "--rubric", other, "--json"))
        assert {"overall": card["overall"], **card["scores"]} == one["new"]
        assert (sessions / one["session"] / SCORECARD).read_bytes() == (copy / SCORECARD).read_bytes()


def test_the_old_results_stay_with_the_rubrics_that_made_them(sessions, other):
    """So that each can be looked at, and made again."""
    old = (sessions / "rude" / SCORECARD).read_bytes()
    rescored(sessions, read_rubric(other))
    (kept,) = earlier_cards(sessions / "rude")
    assert kept.read_bytes() == old
    assert kept.name == f"20260301T120000.000000Z-{read_rubric().fingerprint}.json"
    card = kept_card(sessions / "rude")
    assert card.rubric.name == "kinder"
    for which in (read_rubric().fingerprint, card.rubric.fingerprint):
        rubric = Rubric.model_validate_json((sessions / "rude" / "rubrics" / f"{which}.json").read_bytes())
        assert rubric.fingerprint == which
    assert card_at(sessions / "rude", datetime(2026, 2, 1, tzinfo=UTC)) == kept
    assert card_at(sessions / "rude", datetime(2026, 4, 1, tzinfo=UTC)) == sessions / "rude" / SCORECARD


def test_each_scorecard_is_the_one_before_until_it_is_replaced(sessions, other, said):
    """Not until the run began: a review made meanwhile was of the card that still lay there."""
    said("rescore", "--rubric", other, "--workers", 1)
    names = [path.name for folder in all_sessions(sessions) for path in earlier_cards(folder)]
    assert len(names) == 2
    assert len({name.split("-")[0] for name in names}) == 2


def test_the_app_replaces_each_at_its_own_moment_too(sessions, other):
    """And keeps the rubric of what it scores."""
    save_rubric(read_rubric(other), sessions)
    asked = json.dumps({"rubric": "kinder", "apply": True})
    command = [sys.executable, "-m", "callsim.app.callprocess"]
    subprocess.run([*command, "rescore", asked], stdin=subprocess.DEVNULL, capture_output=True, check=True)
    stamps = {path.name.split("-")[0] for folder in all_sessions(sessions) for path in earlier_cards(folder)}
    assert len(stamps) == 2
    shutil.rmtree(sessions / "rude" / "rubrics")
    asked = json.dumps({"session": "rude"})
    subprocess.run([*command, "score", asked], stdin=subprocess.DEVNULL, capture_output=True, check=True)
    card = kept_card(sessions / "rude")
    assert card.rubric.name == "standard"
    assert [path.stem for path in (sessions / "rude" / "rubrics").iterdir()] == [card.rubric.fingerprint]


@pytest.mark.usefixtures("sessions")
def test_a_library_that_cannot_be_opened_costs_no_what_if(other, said, monkeypatch):
    """It was scored; only how coaches would agree is not known."""
    monkeypatch.setenv("CALLSIM_LIBRARY", "nonsense")
    figures = json.loads(said("rescore", "--rubric", other, "--what-if", "--json"))
    assert figures["coaches"] is None
    assert len(figures["sessions"]) == 2


@pytest.mark.usefixtures("sessions")
def test_it_takes_no_more_processes_than_it_may_use_cores(monkeypatch, said):
    """Of a machine with many, of which it was given one."""
    asked = []

    def noted(folders, rubric, workers, *rest):
        asked.append(workers)
        return rescore_all(folders, rubric, workers, *rest)

    monkeypatch.setattr("callsim.cli.rescoring.rescore_all", noted)
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0}, raising=False)
    said("rescore", "--what-if")
    assert asked == [1]


def test_there_and_back_nothing_is_written_over(sessions, other):
    """Every change leaves one more result behind, and the last is as the first was."""
    first = (sessions / "rude" / SCORECARD).read_bytes()
    for hour, rubric in enumerate((read_rubric(other), read_rubric(), read_rubric(other), read_rubric())):
        rescored(sessions, rubric, NOW.replace(hour=hour))
    assert (sessions / "rude" / SCORECARD).read_bytes() == first
    assert len(earlier_cards(sessions / "rude")) == 4


def test_what_is_scored_by_that_rubric_already_is_passed_over(sessions, other):
    """Nothing is written a second time."""
    rescored(sessions, read_rubric(other))
    before = content(sessions)
    again = rescored(sessions, read_rubric(other))
    assert [(one.same, one.written) for one in again.sessions] == [(True, False)] * 2
    assert content(sessions) == before


def test_the_result_does_not_depend_on_the_number_of_workers(sessions, other, tmp_path):
    """To the byte, in all files."""
    copy = Path(shutil.copytree(sessions, tmp_path / "copy"))
    one, two = (rescored(where, read_rubric(other), workers=many) for where, many in ((sessions, 1), (copy, 2)))
    assert one == two
    ours, theirs = ({k: v for k, v in content(at).items() if KEPT_EVIDENCE not in k} for at in (sessions, copy))
    assert ours == theirs


def test_stopped_in_the_middle_it_goes_on_where_it_was(sessions, other):
    """What was done is done."""

    def stop(done, _):
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rescore_all(all_sessions(sessions), read_rubric(other), 1, stop, clock_at(NOW))
    names = [kept_card(folder).rubric.name for folder in all_sessions(sessions)]
    assert sorted(names) == ["kinder", "standard"]
    assert sorted(one.same for one in rescored(sessions, read_rubric(other)).sessions) == [False, True]
    assert {kept_card(folder).rubric.name for folder in all_sessions(sessions)} == {"kinder"}


def test_killed_in_the_middle_nothing_is_lost(sessions, other):
    """Each scorecard is the whole old one or the whole new one, and the next run does the rest."""
    for number in range(8):
        shutil.copytree(sessions / "rude", sessions / f"rude-{number}")
    command = [sys.executable, "-m", "callsim", "rescore", "--rubric", str(other), "--workers", "2"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as running:
        while not list(sessions.glob("*/scorecards/*.json")):
            assert running.poll() is None
            time.sleep(0.01)
        running.kill()
    names = [kept_card(folder).rubric.name for folder in all_sessions(sessions)]
    assert set(names) <= {"kinder", "standard"}
    found = rescored(sessions, read_rubric(other))
    assert found.failed == ()
    assert len(found.sessions) == 10
    assert {kept_card(folder).rubric.name for folder in all_sessions(sessions)} == {"kinder"}
    assert {len(earlier_cards(folder)) for folder in all_sessions(sessions)} == {1}


def test_what_is_kept_of_a_call_is_good_for_just_its_files(sessions):
    """Where they change, or where it cannot be read, it is made anew."""
    folder, rubric = sessions / "rude", read_rubric()
    first = Remembered(folder).card(rubric)
    kept = folder / KEPT_EVIDENCE
    kept.write_bytes(kept.read_bytes().replace(b'"length_ms":', b'"length_ms":1'))
    assert Remembered(folder).card(rubric).length_ms != first.length_ms
    os.utime(folder / EVENTS, ns=(1, 1))
    assert Remembered(folder).card(rubric) == first
    kept.write_bytes(b"{")
    assert Remembered(folder).card(rubric) == first


def test_what_is_kept_of_a_call_is_good_for_just_the_code_that_made_it(sessions, monkeypatch):
    """Another callsim makes it anew."""
    folder, rubric = sessions / "rude", read_rubric()
    first = Remembered(folder).card(rubric)
    kept = folder / KEPT_EVIDENCE
    kept.write_bytes(kept.read_bytes().replace(b'"length_ms":', b'"length_ms":1'))
    assert Remembered(folder).card(rubric) != first
    monkeypatch.setattr(kept_evidence, "_code", lambda: "another")
    assert Remembered(folder).card(rubric) == first


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("edges.py", True),
        ("cli/scored.py", True),
        ("devices/vosk_ear.py", True),
        ("acts/data/trained.npz", True),
        ("acts/words.toml", True),
        ("app/pages.py", False),
        ("report/static/page.toml", False),
        ("library/shelf.py", False),
        ("demo/hold.flac", False),
    ],
)
def test_the_digest_of_the_code_sees_all_that_a_score_rests_on(tmp_path, name, counts):
    """And nothing that shows it only."""
    file = tmp_path / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"one")
    before = kept_evidence._digest(tmp_path, ["vosk 1"])
    assert kept_evidence._digest(tmp_path, ["vosk 2"]) != before
    file.write_bytes(b"two")
    assert (kept_evidence._digest(tmp_path, ["vosk 1"]) != before) is counts
    assert (files("callsim") / name).is_file() or not counts


def test_a_call_that_was_heard_is_heard_again_by_another_model(sessions, tmp_path, monkeypatch):
    """And not by the same one; one whose words came from its events does not mind."""
    folder, rubric = sessions / "rude", read_rubric()
    (folder / EVENTS).write_bytes(b"")
    Remembered(folder).card(rubric)
    Remembered(sessions / "interrupting").card(rubric)
    reading = []

    def noted(folder, *rest):
        reading.append(folder.name)
        return score_session(folder, *rest)

    monkeypatch.setattr(kept_evidence, "score_session", noted)
    Remembered(folder)
    assert reading == []
    monkeypatch.setenv("CALLSIM_MODEL", str(shutil.copytree(models.find(None), tmp_path / "model")))
    Remembered(sessions / "interrupting")
    Remembered(folder)
    assert reading == ["rude"]


def test_the_words_of_a_second_reading_stay(sessions, other):
    """A call that was read again is scored by those words, and stays marked as such."""
    folder = sessions / "rude"
    evidence = Remembered(folder)._evidence
    sorry = [(Word("sorry", span.start_ms, span.end_ms, 0.5),) for span in evidence.trainee]
    readings = [
        (span, word if number % 2 else ())
        for number, (span, word) in enumerate(zip(evidence.trainee, sorry, strict=True))
    ]
    again = reread(evidence, "trainee", readings)
    before = tuple(word for said in evidence.utterances for word in said.words)
    after = tuple(word for said in again.utterances for word in said.words)
    rows = tuple(
        ChangeRow(start_ms=one.span.start_ms, end_ms=one.span.end_ms, before=one.before, after=one.after)
        for one in changed_words(before, after)
    )
    card = score(again, read_rubric()).model_copy(update={"changed": rows})
    assert with_words_of(card, evidence) == again
    (folder / SCORECARD).write_bytes(card.to_json().encode())
    rescored(sessions, read_rubric(other))
    assert kept_card(folder).recogniser == "whisper"
    rescored(sessions, read_rubric())
    assert kept_card(folder) == card


def test_a_session_that_was_never_scored_is_scored_where_it_is_named(sessions):
    """There is nothing to compare then. Unnamed it is left alone: its call may still go on."""
    (sessions / "rude" / SCORECARD).unlink()
    assert [folder.name for folder in all_sessions(sessions)] == ["interrupting"]
    (one,) = rescore_all([sessions / "rude"], read_rubric(), 1, QUIET, clock_at(NOW)).sessions
    assert (one.old, one.old_rubric, one.written, one.same) == (NONE, None, True, False)
    assert earlier_cards(sessions / "rude") == []


@pytest.mark.parametrize("caller_words", [False, True])
def test_a_recorded_call_keeps_the_words_of_both_sides(tmp_path, other, caller_words):
    """As far as they were read before."""
    trainee = np.concatenate([sentence(), silence(3000), sentence()])
    caller = np.concatenate([silence(2500), sentence("Where is my parcel?"), silence(3000)])
    length = max(len(trainee), len(caller))
    both = np.stack([np.pad(side, (0, length - len(side))) for side in (trainee, caller)], axis=1)
    folder = put(tmp_path / "sessions", "a", scored=False, about={"mode": "imported"})
    (folder / "script.toml").unlink()
    soundfile.write(folder / "call.flac", both, 16_000)
    card = score_session(folder, read_rubric(), Reading(caller_words=caller_words)).card()
    (folder / SCORECARD).write_bytes(card.to_json().encode())
    assert any(row.who == "caller" for row in card.transcript) is caller_words
    for rubric in (read_rubric(other), read_rubric(other), read_rubric()):
        assert rescored(tmp_path / "sessions", rubric).failed == ()
    assert kept_card(folder) == card


def test_one_bad_session_does_not_stop_the_others(sessions, other, capsys):
    """It is named, and the command ends with 2."""
    (sessions / "interrupting" / EVENTS).write_text("nonsense\n")
    assert run(["rescore", "--rubric", str(other)]) == 2
    out, err = capsys.readouterr()
    assert "Scored again: 1 session" in out
    assert "interrupting: Line 1 of" in err
    assert kept_card(sessions / "rude").rubric.name == "kinder"


def test_a_forgotten_session_keeps_its_scores_and_nothing_of_its_words(sessions, other, said):
    """Neither in what it was scored with before, nor in what was kept for the next time."""
    said_in_call = [word.word for said in Remembered(sessions / "rude")._evidence.utterances for word in said.words]
    rescored(sessions, read_rubric(other))
    forget_session(sessions / "rude", NOW.isoformat())
    assert not (sessions / "rude" / KEPT_EVIDENCE).exists()
    (old,) = earlier_cards(sessions / "rude")
    card = json.loads(old.read_bytes())
    assert card["transcript"] == []
    assert not any(quote["quote"] for check in card["checks"] for quote in check["evidence"])
    assert max(said_in_call, key=len) not in old.read_text()
    before = (sessions / "rude" / SCORECARD).read_bytes()
    assert "1 session keeps its scores: sound and words were removed" in said("rescore")
    assert (sessions / "rude" / SCORECARD).read_bytes() == before


def test_old_results_travel_with_the_library(sessions, other, tmp_path):
    """Export and import carry all that lies in a session."""
    rescored(sessions, read_rubric(other))
    before = content(sessions)
    with library(os.environ) as shelf:
        export_library(shelf, tmp_path / "all.zip", QUIET)
        for name in ("rude", "interrupting"):
            shelf.delete(name)
        import_library(shelf, tmp_path / "all.zip", QUIET)
    assert content(sessions) == before


def test_a_rubric_of_the_home_is_known_by_its_name(sessions, other, said):
    """Kept as just what differs from the standard one."""
    path = save_rubric(read_rubric(other), sessions)
    assert list(rubrics_of(sessions)) == ["kinder"]
    assert path.read_text() == (
        'format = "callsim.rubric/1"\nname = "kinder"\n\n[measures]\nturn_pause_ms = 900\n\n'
        "[phrasing.empathy]\npoints = 40.0\n"
    )
    assert rubric_named("kinder", sessions) == read_rubric(other)
    assert rubric_named("standard", sessions) == read_rubric()
    with pytest.raises(UnknownName, match="did you mean kinder"):
        rubric_named("kindr", sessions)
    figures = json.loads(said("rescore", "rude", "--rubric", "kinder", "--what-if", "--json"))
    assert [one["session"] for one in figures["sessions"]] == ["rude"]


def test_a_kept_rubric_is_the_same_rubric(tmp_path):
    """Whatever of it was changed, phrases with quotes and other alphabets included."""

    @given(st.floats(0, 1000), st.lists(st.floats(-1e6, 1e6), min_size=4, max_size=4).map(sorted), st.booleans())
    def holds(points, band, phrases):
        own = {"name": "mine", "pacing": {"response_gap": {"points": points, "band": band}}}
        if phrases:
            own["phrases"] = {"empathy": ["so schade [wirklich]", "c'est la vie"]}
        rubric = Rubric.model_validate(own)
        assert read_rubric(save_rubric(rubric, tmp_path / "sessions")) == rubric

    holds()


def scores(*values):
    """Four scores."""
    return Scores(**dict(zip(("overall", "pacing", "interruptions", "phrasing"), values, strict=True)))


def test_the_summary_counts_what_rose_and_what_fell():
    """What was not measured before or after is counted beside, and so is what the largest change was."""
    rows = [
        Rescored(session=name, old=scores(*old), new=scores(*new), old_rubric="a", new_rubric="b")
        for name, old, new in (
            ("x", (50, 10, None, 70), (52.5, 10, 5, 70)),
            ("y", (60, 10, 20, 70), (55, 10, None, 69)),
            ("z", (None, 10, 20, 70), (55, 10, 21, 70)),
        )
    ]
    overall, pacing, interruptions, _ = changes(rows)
    assert (overall.measured, overall.rise, overall.fall, overall.gained, overall.lost) == (2, 1, 1, 1, 0)
    assert (overall.mean, overall.largest, overall.largest_in) == (-1.2, -5.0, "y")
    assert (pacing.rise, pacing.fall, pacing.mean, pacing.largest_in) == (0, 0, 0, None)
    assert (interruptions.measured, interruptions.gained, interruptions.lost) == (1, 1, 1)


def test_nothing_to_do(tmp_path, monkeypatch, capsys):
    """Is said in a sentence."""
    monkeypatch.setenv("CALLSIM_HOME", str(tmp_path))
    assert run(["rescore"]) == 2
    assert "There is no scored session in" in capsys.readouterr().err
