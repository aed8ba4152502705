"""How coaches and the machine agree: from what was said of sessions to `callsim calibrate`."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime

import pytest
from judged import CHECK, WRITTEN, of_card, overruled, put_some, reviewed
from postgres import new_database
from shelved import QUIET, card, put
from sqlalchemy import insert

from callsim.cli import run
from callsim.errors import UnknownName
from callsim.library.calibration import ScoredBy, agreed_with, calibration, judged_calls, scored_by
from callsim.library.models import ReviewRow
from callsim.library.rubrics import save_rubric
from callsim.library.shelf import library
from callsim.report.rescored import coaches_told
from callsim.scoring.rescored import NONE, Rescored, WithCoaches, shares_of
from callsim.scoring.rubric import adapted, read_rubric
from callsim.sessions.cards import RUBRICS, replace_scorecard


@pytest.fixture
def sessions(tmp_path, monkeypatch):
    """The folder of sessions of a home of our own."""
    monkeypatch.setenv("CALLSIM_HOME", str(tmp_path))
    return tmp_path / "sessions"


@pytest.fixture
def said(capsys):
    """What a command says; it ends well."""

    def of(*arguments, code=0):
        assert run(list(arguments)) == code
        out, err = capsys.readouterr()
        return out if code == 0 else err

    return of


def found_in(*who):
    """The calibration of this home's library."""
    with library(os.environ) as shelf:
        shelf.refresh(QUIET)
        return calibration(judged_calls(shelf), *who)


def on(found, check=CHECK):
    """The agreement on one check."""
    return next(one for one in found.checks if one.check == check)


def test_nobody_has_judged_anything_yet(sessions, said):
    """Then it says what to do."""
    put(sessions, "a")
    assert "overrule what is wrong in a call, then mark it as reviewed" in said("calibrate")
    assert json.loads(said("calibrate", "--json"))["calls"] == 0


def test_what_a_review_leaves_alone_is_agreed_with(sessions):
    """And what it overrules is not."""
    put_some(sessions, 2)
    with library(os.environ) as shelf:
        shelf.refresh(QUIET)
        reviewed(shelf, "a00")
        overruled(shelf, "a00", 0)
    found = found_in()
    assert (found.one, found.other, found.calls, found.coaches) == ("the machine", "the coaches", 1, ("Kim",))
    assert {one.check for one in found.checks} == {one.id for one in card().checks if one.of}
    assert [(one.check, one.lower) for one in found.checks if one.lower] == [(CHECK, 1)]
    assert found.checks[0].check == CHECK
    assert on(found).bias == pytest.approx(-of_card().points / of_card().of, abs=1e-3)
    (moment,) = found.moments
    assert (moment.session, moment.by, moment.reviewed, moment.points) == ("a00", "Kim", True, 0)
    assert moment.at_ms == of_card().evidence[0].start_ms


def test_an_overrule_without_a_review_is_told_beside(sessions, said):
    """Counting it would make the machine look worse than it is: nobody has said that the rest is right."""
    put_some(sessions, 2)
    with library(os.environ) as shelf:
        shelf.refresh(QUIET)
        reviewed(shelf, "a00")
        overruled(shelf, "a01", 0)
    found = found_in()
    assert found.calls == 1
    assert on(found).lower == 0
    assert found.aside == {CHECK: 1}
    assert [moment.reviewed for moment in found.moments] == [False]
    assert "Left out: 1 overruled check of calls that were not marked as reviewed" in said("calibrate")


def test_two_coaches_of_one_call_are_one_pair_with_the_machine(sessions):
    """What they gave on average; alone each is taken as they are."""
    put_some(sessions, 1)
    with library(os.environ) as shelf:
        shelf.refresh(QUIET)
        for by in ("Kim", "Lee"):
            reviewed(shelf, "a00", by)
        overruled(shelf, "a00", 0, by="Lee")
    share = of_card().points / of_card().of
    assert on(found_in()).bias == pytest.approx(-share / 2, abs=1e-3)
    assert on(found_in("kim")).bias == 0
    assert on(found_in("LEE")).bias == pytest.approx(-share, abs=1e-3)


def test_two_coaches_are_compared_on_what_both_reviewed(sessions, said):
    """Not on what one of them did, and whoever comes second is compared with the first."""
    put_some(sessions, 3)
    with library(os.environ) as shelf:
        shelf.refresh(QUIET)
        for by, name in (("Kim", "a00"), ("Kim", "a01"), ("Lee", "a01"), ("Lee", "a02")):
            reviewed(shelf, name, by)
        overruled(shelf, "a01", 0, by="Lee")
        overruled(shelf, "a00", 0, by="Kim")
    found = found_in("Kim", "Lee")
    assert (found.one, found.other, found.calls) == ("Kim", "Lee", 1)
    assert (on(found).higher, on(found).lower) == (0, 1)
    assert "1 call judged by Kim and by Lee" in said("calibrate", "--coach", "kim", "--with", "lee")
    with pytest.raises(UnknownName, match=r"did you mean Kim"):
        found_in("Kimm", "Lee")


def test_which_check_to_change(sessions, said):
    """Said in a sentence with its numbers, and with the setting that does it."""
    put_some(sessions, 12)
    with library(os.environ) as shelf:
        shelf.refresh(QUIET)
        for number in range(12):
            reviewed(shelf, f"a{number:02}")
            if number < 8:
                overruled(shelf, f"a{number:02}", of_card("pacing.response_gap").of / 2, check="pacing.response_gap")
    shown = said("calibrate")
    assert "Time to answer: coaches give" in shown
    assert "Narrow the band of pacing.response_gap, now [-500, 300, 1500, 4000]." in shown
    assert "at least 10 calls were judged" in shown


KINDER = adapted(read_rubric(), {"name": "kinder", "pacing": {"response_gap": {"band": [-500, 200, 1700, 5000]}}})


def keep(folder, rubric):
    """A session keeps the rubric that it was scored by."""
    (folder / RUBRICS).mkdir()
    (folder / RUBRICS / f"{rubric.fingerprint}.json").write_text(rubric.model_dump_json())


def judged_too_high(sessions, *rubrics, kept=()):
    """Twelve calls scored by these rubrics in turn, in most of which a coach gives less for the time to answer."""
    for number in range(12):
        rubric = rubrics[number % len(rubrics)]
        used = card().rubric.model_copy(update={"name": rubric.name, "fingerprint": rubric.fingerprint})
        folder = put(sessions, f"a{number:02}", rubric=used)
        if rubric in kept:
            keep(folder, rubric)
    with library(os.environ) as shelf:
        shelf.refresh(QUIET)
        for number in range(12):
            reviewed(shelf, f"a{number:02}")
            if number < 8:
                overruled(shelf, f"a{number:02}", of_card("pacing.response_gap").of / 2, check="pacing.response_gap")


def test_the_settings_are_those_of_the_rubric_that_scored_the_calls(sessions, said):
    """As each session keeps it; a rubric that is named goes before it."""
    judged_too_high(sessions, KINDER, kept=[KINDER])
    shown = said("calibrate")
    assert "less than the machine by the rubric kinder (" in shown
    assert "Narrow the band of pacing.response_gap, now [-500, 200, 1700, 5000]." in shown
    save_rubric(KINDER.model_copy(update={"name": "other"}), sessions)
    other = sessions.parent / "rubrics" / "other.toml"
    other.write_text(other.read_text().replace("1700", "1800"))
    assert "now [-500, 200, 1800, 5000]." in said("calibrate", "--rubric", str(other))


@pytest.mark.parametrize(
    ("rubrics", "kept", "by"),
    [([KINDER], [], "rubric kinder"), ([KINDER, read_rubric()], [KINDER], "rubrics kinder and standard")],
)
def test_settings_that_are_not_known_are_not_told(sessions, said, rubrics, kept, by):
    """Where no session keeps the rubric, or where the calls were scored by several."""
    judged_too_high(sessions, *rubrics, kept=kept)
    shown = said("calibrate")
    assert f"less than the machine by the {by} (" in shown
    assert "Narrow the band of pacing.response_gap.\n" in shown


def test_a_rubrics_name_moves_nothing_in_the_terminal(sessions, said):
    """Whatever characters are in it."""
    judged_too_high(sessions, KINDER.model_copy(update={"name": "kin\x1b[2Jder"}))
    shown = said("calibrate")
    assert "by the rubric kin" in shown
    assert "\x1b" not in shown


def test_the_rubric_is_that_of_the_calls_that_were_reviewed(sessions):
    """By anybody, or by that coach; not of those in which somebody overruled a check alone."""
    for name, rubric in (("a", KINDER), ("b", read_rubric()), ("c", read_rubric())):
        used = card().rubric.model_copy(update={"name": rubric.name, "fingerprint": rubric.fingerprint})
        keep(put(sessions, name, rubric=used), rubric)
    with library(os.environ) as shelf:
        shelf.refresh(QUIET)
        reviewed(shelf, "a", by="Kim")
        overruled(shelf, "c", 0, by="Kim")
        assert scored_by(sessions, judged_calls(shelf)) == ScoredBy(("kinder",), KINDER)
        reviewed(shelf, "b", by="Lee")
        calls = judged_calls(shelf)
    assert scored_by(sessions, calls, "lee") == ScoredBy(("standard",), read_rubric())
    assert scored_by(sessions, calls) == ScoredBy(("kinder", "standard"), None)


def test_a_scorecard_names_no_file_outside_its_session(sessions):
    """Whatever stands in it."""
    used = card().rubric.model_copy(update={"name": "kinder", "fingerprint": "../../kinder"})
    put(sessions, "a", rubric=used)
    (sessions / "a" / "rubrics").mkdir()
    (sessions / "kinder.json").write_text(KINDER.model_dump_json())
    with library(os.environ) as shelf:
        shelf.refresh(QUIET)
        reviewed(shelf, "a")
        assert scored_by(sessions, judged_calls(shelf)) == ScoredBy(("kinder",), None)


def test_after_a_rescore_the_coach_stands_by_what_they_saw(sessions):
    """They agreed with the scorecard of that day; the machine's word is that of today."""
    folder = put(sessions, "a00")
    with library(os.environ) as shelf:
        shelf.refresh(QUIET)
        reviewed(shelf, "a00")
    checks = [one.model_copy(update={"points": 0.0}) if one.id == CHECK else one for one in card().checks]
    new = card().model_copy(update={"checks": tuple(checks)}).to_json().encode()
    replace_scorecard(folder, new, datetime(2026, 3, 1, tzinfo=UTC))
    assert on(found_in()).bias == pytest.approx(of_card().points / of_card().of, abs=1e-3)


def test_another_rubric_is_held_against_what_coaches_said(sessions):
    """In the calls that they reviewed: how many checks both would put into one class, now and then."""
    put_some(sessions, 3)
    with library(os.environ) as shelf:
        shelf.refresh(QUIET)
        reviewed(shelf, "a00")
        reviewed(shelf, "a01")
        overruled(shelf, "a00", 0)
        overruled(shelf, "a02", 0)
        calls = judged_calls(shelf)
    many = len([check for check in card().checks if check.of])
    kinder = {check: share for check, share in shares_of(card()).items() if check != "pacing.dead_air"} | {CHECK: 0.0}
    rows = [
        Rescored(session=f"a{number:02}", old=NONE, new=NONE, old_rubric=None, new_rubric="b", checks=kinder)
        for number in range(3)
    ]
    found = agreed_with(calls, rows)
    assert found == WithCoaches(
        calls=2, before=2 * many - 1, checks_before=2 * many, after=2 * (many - 1) - 1, checks_after=2 * (many - 1)
    )
    assert "Coaches agree, in 2 reviewed calls, with" in coaches_told(found)
    assert coaches_told(found).endswith("so another rubric starts behind.")
    assert agreed_with(calls, rows[2:]) is None


def test_another_call_of_that_name_is_not_the_one_that_was_judged(sessions):
    """What people said stays with the call that they heard."""
    put(sessions, "a00")
    with library(os.environ) as shelf:
        shelf.refresh(QUIET)
        session, _ = shelf.key("a00")
        with shelf.writing() as connection:
            row = {"session": session, "fingerprint": "0" * 64, "by": "Kim", "written": WRITTEN}
            connection.execute(insert(ReviewRow), [row])
    assert found_in().calls == 0


def test_it_is_read_from_a_postgresql_just_as_well(sessions, server, monkeypatch):
    """The same figures as from a SQLite file."""
    put_some(sessions, 2)
    found = []
    for url in (None, new_database(server, "calibration")):
        if url:
            monkeypatch.setenv("CALLSIM_LIBRARY", url)
        with library(os.environ) as shelf:
            shelf.refresh(QUIET)
            for name in ("a00", "a01"):
                reviewed(shelf, name, by="Zoë")
            overruled(shelf, "a01", 0.5, by="Zoë")
        found.append(found_in())
    assert found[0] == found[1]
    assert found[0].calls == 2


def test_words_that_cannot_be_understood(sessions, said):
    """One sentence each."""
    put(sessions, "a")
    assert "Name both coaches" in said("calibrate", "--with", "Kim", code=2)
    assert "always agrees with themselves" in said("calibrate", "--with", "Kim", "--coach", "kim", code=2)
    assert "There is no coach with a review named 'Kim'" in said("calibrate", "--coach", "Kim", code=2)
