"""Trends and exports out of a library, on a SQLite file and on a real PostgreSQL alike."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest
from practised import earning, learning, practise
from shelved import QUIET, card
from sqlalchemy import func, select

from callsim.catalogue import script_files
from callsim.library.exports import Chosen, records
from callsim.library.follow_ups import follow_up
from callsim.library.models import CheckRow
from callsim.library.reading import made_checks
from callsim.library.review import Reviews
from callsim.library.statements import makes_one
from callsim.library.trends import Sought, team, trend
from callsim.report.progress import basis_says, team_says
from callsim.scoring.practice import losses
from callsim.scoring.progress import Call, CheckMade, latest
from callsim.script import read_script
from callsim.sessions.folder import TakeOf

NOON = datetime(2026, 6, 2, 12, tzinfo=UTC)
SCRIPTS = {name: read_script(path) for name, path in script_files().items()}
COACH = Sought(whose="coach")


def taken(shelf, trainee, cards, **how):
    """Calls in the library; their names."""
    names = practise(shelf.sessions, trainee, cards, **how)
    shelf.refresh(QUIET)
    return names


def of(shelf, trainee, sought=Sought(), by=None):  # noqa: B008 - a frozen value
    """A trainee's trend."""
    return trend(shelf, trainee, sought, SCRIPTS, by)


# --- what counts ----------------------------------------------------------------------------------------------------


def test_a_trainee_over_time(shelf):
    """By any spelling of the name; the scores are those of the scorecards, in order of the calls."""
    cards = learning(12, 0.4, 0.9)
    names = taken(shelf, "Ana Kovač", cards)
    taken(shelf, "Ben", learning(3, 0.5, 0.5))
    found = of(shelf, "ANA kovač")
    assert found.trainee == "Ana Kovač"
    assert [call.session for call in found.calls] == names
    assert [call.scores["overall"] for call in found.calls] == [one.overall for one in cards]
    assert found.scores["overall"].since_start.verdict == "better"
    assert found.grouping == "week"
    assert sum(len(period.sessions) for period in found.periods) == 12


def test_runs_without_a_headset_and_parts_taken_again_are_left_out(shelf):
    """And calls that came to no score."""
    part = TakeOf(session="00000-parcel", turn=1, at_ms=0)
    taken(shelf, "Ana", learning(2, 0.5, 0.5))
    taken(shelf, "Ana", learning(2, 0.5, 0.5), mode="headless")
    taken(shelf, "Ana", learning(2, 0.5, 0.5), take_of=part)
    unmeasured = card().model_copy(update={"overall": None, "scores": dict.fromkeys(card().scores)})
    taken(shelf, "Ana", [unmeasured])
    assert len(of(shelf, "Ana").calls) == 2
    assert [row.calls for row in team(shelf, Sought())] == [2]


def test_days_and_a_script_are_filters(shelf):
    """Both days count."""
    taken(shelf, "Ana", learning(6, 0.5, 0.5), days=1)
    days = Sought(since=date(2026, 6, 2), until=date(2026, 6, 4))
    assert [call.day.day for call in of(shelf, "Ana", days).calls] == [2, 3, 4]
    assert [call.script for call in of(shelf, "Ana", Sought(script="HOTEL")).calls] == ["hotel"]
    assert [row.calls for row in team(shelf, Sought(script="hotel"))] == [1]


@pytest.mark.parametrize(
    "sought", [Sought(since=date(2026, 6, 12)), Sought(until=date(2026, 6, 6)), Sought(script="hotel")]
)
def test_a_choice_of_calls_makes_no_other_start(shelf, sought):
    """The first calls stay the first, and a script that was taken is not called new; that is said."""
    taken(shelf, "Ana", learning(18, 0.3, 0.9), days=1)
    taken(shelf, "Ben", learning(12, 0.3, 0.9), days=1)
    whole, part = of(shelf, "Ana"), of(shelf, "Ana", sought)
    assert 0 < len(part.calls) < len(whole.calls) == part.all_calls == 18
    assert [name for one in part.periods for name in one.sessions] == [one.session for one in part.calls]
    for score, one in part.scores.items():
        assert one.since_start == whole.scores[score].since_start is not None
        assert one.same_scripts == whole.scores[score].same_scripts
        assert one.measured == 18
        assert one.now == latest(part.calls, score)
    assert (part.moves, part.practise) == (whole.moves, whole.practise)
    assert "rests on every call there is (18)." in basis_says(part)[1]
    assert len(basis_says(whole)) == 1
    rows, chosen = team(shelf, Sought()), team(shelf, sought)
    assert [row.change for row in chosen] == [row.change for row in rows[: len(chosen)]]
    assert chosen[0].calls == len(part.calls)
    assert "goes by all calls of a trainee" in team_says(sought)
    assert "goes by all calls" not in team_says(Sought())


def test_a_coach_s_points_of_calls_not_chosen_count_too(shelf):
    """In what rests on all calls, where they are asked for."""
    first, *_ = taken(shelf, "Ana", learning(9, 0.3, 0.9), days=1)
    Reviews(shelf).overrule(first, "phrasing.recap", 0, "She did not.", by="Kim", now=NOON)
    late = date(2026, 6, 5)
    found = of(shelf, "Ana", Sought(since=late, whose="coach"))
    assert found.scores["overall"].since_start == of(shelf, "Ana", COACH).scores["overall"].since_start
    assert found.scores["overall"].since_start != of(shelf, "Ana", Sought(since=late)).scores["overall"].since_start


def test_a_whole_call_is_the_same_in_trends_and_in_statements(shelf):
    """Recordings are calls of people; runs without a headset and parts are not."""
    for mode in ("practice", "test", "overview", "imported", "headless"):
        taken(shelf, "Ana", learning(1, 0.5, 0.5), mode=mode)
    taken(shelf, "Ana", learning(1, 0.5, 0.5), take_of=TakeOf(session="00000-parcel", turn=1, at_ms=0))
    in_trends = [call.session for call in of(shelf, "Ana").calls]
    stated = [one["session"] for one in records(shelf, Chosen()) if makes_one(one)]
    assert sorted(in_trends) == sorted(stated)
    assert len(stated) == 4


def test_recordings_of_one_file_name_are_no_script_taken_twice(shelf):
    """A name like call.wav says nothing of what was called about."""
    taken(shelf, "Ana", learning(3, 0.5, 0.5), mode="imported", scripts=["parcel"])
    found = of(shelf, "Ana")
    assert len(found.calls) == 3
    assert found.scores["overall"].same_scripts.pairs == ()
    taken(shelf, "Ana", learning(2, 0.5, 0.5), scripts=["parcel"])
    assert [one.takes for one in of(shelf, "Ana").scores["overall"].same_scripts.pairs] == [2]


def test_a_script_s_own_settings_are_no_other_rubric(shelf):
    """Two rubrics are: their scores stand side by side, and that is said."""
    other = card().rubric
    adapted = other.model_copy(update={"fingerprint": "1", "by_script": ("measures.dead_air_ms",)})
    taken(shelf, "Ana", [card(), card().model_copy(update={"rubric": adapted})])
    assert of(shelf, "Ana").rubrics == 1
    taken(shelf, "Ana", [card().model_copy(update={"rubric": other.model_copy(update={"fingerprint": "2"})})])
    assert of(shelf, "Ana").rubrics == 2
    assert "2 different rubrics" in basis_says(of(shelf, "Ana"))[-1]


def test_nobody_has_an_empty_trend(shelf):
    """No figure is made up."""
    found = of(shelf, "Nobody")
    assert (found.calls, found.periods, found.practise, found.moves.tested) == ((), (), (), 0)
    assert found.scores["overall"].now is None
    assert team(shelf, Sought()) == []


# --- checks and what they cost --------------------------------------------------------------------------------------


def test_the_worth_of_what_was_lost_is_what_the_score_lacks():
    """Of a real scorecard, and of made-up ones, but for its rounding."""
    for made in (card(), *learning(5, 0.3, 0.9)):
        lost = sum((one.of - one.points) * one.worth for one in made_checks(json.loads(made.to_json())))
        assert lost == pytest.approx(100 - made.overall, abs=0.2)


def test_losses_of_several_calls_too():
    """What the checks cost in the latest five is what their overall scores lack of 100."""
    cards = learning(5, 0.3, 0.9)
    calls = [
        Call(
            "a", "", date(2026, 6, 1), "parcel", "", {"overall": one.overall}, tuple(CheckMade(*made) for made in rows)
        )
        for one in cards
        for rows in [made_checks(json.loads(one.to_json()))]
    ]
    lacking = sum(100 - one.overall for one in cards) / 5
    assert sum(one.per_call for one in losses(calls)) == pytest.approx(lacking, abs=2)


def test_checks_are_read_from_cards_of_any_version():
    """What is no check is passed over; where no weights are kept those of the standard rubric count."""
    good = {"id": "pacing.dead_air", "dimension": "pacing", "points": 5, "of": 20}
    bad = [{**good, "id": 3}, {**good, "points": 21}, {**good, "of": None}, {**good, "dimension": "x"}, 7, None]
    old = {"checks": [*bad, good], "scores": {"pacing": 25.0, "phrasing": None}}
    assert [tuple(one) for one in made_checks(old)] == [("pacing.dead_air", 5, 20, 5.0)]
    assert made_checks({"checks": [good]})[0].worth == 0
    assert made_checks({"checks": "x", "scores": 3, "rubric": {"weights": {"pacing": -1}}}) == ()


def test_checks_go_with_their_session(shelf):
    """And come again with a rebuild."""
    taken(shelf, "Ana", learning(2, 0.5, 0.5))
    rows = select(func.count()).select_from(CheckRow)

    def there_are():
        with shelf.reading() as connection:
            return connection.execute(rows).scalar()

    before = there_are()
    assert before == 2
    shelf.rebuild(QUIET)
    assert there_are() == before
    shelf.delete("00000-parcel")
    assert there_are() == 1


# --- whose figures --------------------------------------------------------------------------------------------------


def test_the_machine_s_figures_unless_a_coach_s_are_asked_for(shelf):
    """Where a coach overruled a check, its points are theirs, and so are the scores; all others stay the machine's."""
    first, second = taken(shelf, "Ana", [earning({"phrasing.recap": 0.0})] * 2)
    whole = next(one.of for one in card().checks if one.id == "phrasing.recap")
    Reviews(shelf).overrule(first, "phrasing.recap", whole, "She did say it back.", by="Kim", now=NOON)
    machine, coach = of(shelf, "Ana"), of(shelf, "Ana", COACH)
    assert (machine.overruled, coach.overruled) == (1, 1)
    assert [call.scores["overall"] for call in machine.calls] == [machine.calls[1].scores["overall"]] * 2
    assert [call.scores["overall"] for call in coach.calls] == [100.0, machine.calls[1].scores["overall"]]
    recap = [one.points for call in coach.calls for one in call.checks if one.id == "phrasing.recap"]
    assert recap == [whole, 0.0]
    assert machine.practise[0].loss.per_call > coach.practise[0].loss.per_call
    assert team(shelf, COACH)[0].now.mean > team(shelf, Sought())[0].now.mean
    assert second == coach.calls[1].session


def test_the_team(shelf):
    """Each trainee once, with what a coach did and what is asked of them; those who have yet to begin too."""
    names = taken(shelf, "Ana", learning(10, 0.4, 0.9))
    taken(shelf, "Ben", learning(2, 0.5, 0.5))
    Reviews(shelf).reviewed(names[0], by="Kim", now=NOON)
    Reviews(shelf).reviewed(names[0], by="Lee", now=NOON)
    follow_up(shelf, "Zoe", "parcel", by="Kim", now=NOON)
    follow_up(shelf, "ana", "parcel", by="Kim", now=NOON)
    follow_up(shelf, "ben", "broadband", by="Kim", now=NOON)
    ana, ben, zoe = team(shelf, Sought())
    assert (ana.trainee, ana.calls, ana.reviewed, ana.follow_ups) == ("Ana", 10, 1, 0)
    assert (ben.trainee, ben.calls, ben.change, ben.best, ben.follow_ups) == ("Ben", 2, None, None, 1)
    assert (zoe.trainee, zoe.calls, zoe.last, zoe.now, zoe.follow_ups) == ("Zoe", 0, None, None, 1)
    found = of(shelf, "Ana")
    assert (ana.now, ana.change) == (found.scores["overall"].now, found.scores["overall"].since_start)
    assert ana.way == tuple(call.scores["overall"] for call in found.calls)
    now = {name: found.scores[name].now.mean for name in ("pacing", "interruptions", "phrasing")}
    assert (now[ana.best], now[ana.worst]) == (max(now.values()), min(now.values()))
