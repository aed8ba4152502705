"""What is kept for another rubric: what a call's score rests on, its words, its old results, and the rubric itself."""

from __future__ import annotations

import json
import os
import shutil
from importlib.resources import files

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from rescored_calls import NOW, home_of_calls, kinder_rubric, rescored, two_scored_calls, what_is_said  # noqa: F401 - fixtures
from shelved import QUIET, content, put
from spoken import sentence, silence

from callsim.cli import kept_evidence
from callsim.cli.kept_evidence import Remembered, with_words_of
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
from callsim.scoring.rubric import Rubric, read_rubric
from callsim.scoring.scorecard import ChangeRow, score
from callsim.sessions.cards import KEPT_EVIDENCE, earlier_cards
from callsim.sessions.folder import EVENTS, SCORECARD

pytestmark = pytest.mark.usefixtures("model_folder")


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
