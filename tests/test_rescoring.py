"""Another rubric for past calls: what if, and then for good; stopped, killed or in several processes alike."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rescored_calls import NOW, clock_at, home_of_calls, kinder_rubric, rescored, two_scored_calls, what_is_said  # noqa: F401 - fixtures
from shelved import QUIET, content

from callsim.cli import run
from callsim.cli.rescore import all_sessions, rescore_all
from callsim.library.cards import kept_card
from callsim.library.rubrics import save_rubric
from callsim.scoring.rescored import NONE, Rescored, Scores, changes
from callsim.scoring.rubric import Rubric, read_rubric
from callsim.sessions.cards import KEPT_EVIDENCE, card_at, earlier_cards
from callsim.sessions.folder import EVENTS, SCORECARD

pytestmark = pytest.mark.usefixtures("model_folder")


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


def test_a_session_that_was_never_scored_is_scored_where_it_is_named(sessions):
    """There is nothing to compare then. Unnamed it is left alone: its call may still go on."""
    (sessions / "rude" / SCORECARD).unlink()
    assert [folder.name for folder in all_sessions(sessions)] == ["interrupting"]
    (one,) = rescore_all([sessions / "rude"], read_rubric(), 1, QUIET, clock_at(NOW)).sessions
    assert (one.old, one.old_rubric, one.written, one.same) == (NONE, None, True, False)
    assert earlier_cards(sessions / "rude") == []


def test_one_bad_session_does_not_stop_the_others(sessions, other, capsys):
    """It is named, and the command ends with 2."""
    (sessions / "interrupting" / EVENTS).write_text("nonsense\n")
    assert run(["rescore", "--rubric", str(other)]) == 2
    out, err = capsys.readouterr()
    assert "Scored again: 1 session" in out
    assert "interrupting: Line 1 of" in err
    assert kept_card(sessions / "rude").rubric.name == "kinder"


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
