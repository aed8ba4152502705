"""A trainee over time: points with what is behind them, their own start, the same script, and what to practise."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callsim.catalogue import script_files
from callsim.report.progress import chance_says, marks_of
from callsim.scoring.practice import losses, moves, much_of, script_for, to_practise
from callsim.scoring.progress import (
    SCORES,
    Call,
    CheckMade,
    Spread,
    grouping_of,
    latest,
    measured,
    periods,
    rubrics,
    same_scripts,
    since_start,
    spread,
)
from callsim.script import read_script

MONDAY = date(2026, 6, 1)
SCRIPTS = {name: read_script(path) for name, path in script_files().items()}


def call(day, overall, *, script="parcel", checks=(), rubric="r", **scores):
    """A call so many days after a Monday."""
    when = MONDAY + timedelta(days=day)
    found = {score: scores.get(score, overall) for score in SCORES}
    return Call(f"{day}-{script}", f"{when}T09:30:00+00:00", when, script, script.title(), found, tuple(checks), rubric)


def calls(*overall, every=1, **of):
    """Calls with these scores, one after the other."""
    return [call(every * number, value, **of) for number, value in enumerate(overall)]


# --- points ---------------------------------------------------------------------------------------------------------


def test_a_week_is_a_point():
    """From Monday to Sunday, with the number of its calls, their mean and their spread; empty weeks are none."""
    found = periods([call(0, 40.0), call(6, 50.0), call(7, 60.0), call(30, 70.0)], "week")
    assert [(one.first, one.last, len(one.sessions)) for one in found] == [
        (MONDAY, date(2026, 6, 7), 2),
        (date(2026, 6, 8), date(2026, 6, 14), 1),
        (date(2026, 6, 29), date(2026, 7, 5), 1),
    ]
    assert found[0].scores["overall"] == Spread(2, 45.0, 40.0, 50.0)
    assert found[0].sessions == ("0-parcel", "6-parcel")


def test_one_call_has_no_spread():
    """And no call no point."""
    assert spread([61.5]) == Spread(1, 61.5, None, None)
    assert spread([]) is None
    assert "pacing" not in periods([call(0, 40.0, pacing=None)], "week")[0].scores


def test_a_month_is_a_point():
    """By the calendar, leap years and Decembers too."""
    found = periods([call(0, 40.0), call(29, 50.0), call(30, 60.0), call(213, 70.0), call(637, 1.0)], "month")
    ends = [(2026, 6, 30), (2026, 7, 31), (2026, 12, 31), (2028, 2, 29)]
    assert [one.last for one in found] == [date(*end) for end in ends]


@given(st.integers(1, 700), st.integers(0, 5))
def test_every_call_is_in_one_point(count, days):
    """However they are put together; in rows of so many there are twelve points at most, up to 1,200 calls."""
    some = calls(*[50.0] * count, every=days)
    for by in ("week", "month", "calls"):
        found = periods(some, by)
        assert [name for one in found for name in one.sessions] == [one.session for one in some]
        assert all(one.first <= one.last for one in found)
    assert len(periods(some, "calls")) <= 12


@pytest.mark.parametrize("by", ["week", "month", "calls"])
def test_days_on_the_wall_may_go_back(by):
    """Between two places: a week or month is one point all the same, and every point has its place in a chart."""
    away = [call(29, 40.0), call(30, 50.0), call(29, 60.0), call(31, 70.0), call(29, 80.0)]
    found = periods(away, by)
    assert sorted(name for one in found for name in one.sessions) == sorted(one.session for one in away)
    assert by == "calls" or len({one.first for one in found}) == len(found)
    assert all(0 <= mark.at <= 1 for mark in marks_of(found, by, "overall"))
    days = [periods(away * 3, "calls")]
    assert all(one.first <= one.last for one in days[0])
    back_again = [call(6, 40.0), call(7, 50.0), call(6, 60.0)]
    assert [len(one.sessions) for one in periods(back_again, "week")] == [2, 1]


def test_points_suit_how_long_somebody_practises():
    """A few days: call by call; a few weeks: by week; more than half a year: by month."""
    assert grouping_of([]) == "calls"
    assert grouping_of(calls(1.0, 2.0, 3.0)) == "calls"
    assert grouping_of(calls(1.0, 2.0, 3.0, every=7)) == "week"
    assert grouping_of(calls(1.0, 2.0, 3.0, every=100)) == "month"


# --- their own start ------------------------------------------------------------------------------------------------


def test_the_latest_are_held_against_the_first():
    """Five of each, the ones between them left out."""
    change = since_start([30.0, 32, 34, 36, 38, 99, 99, 70, 72, 74, 76, 78])
    assert (change.before, change.after, change.n_before, change.n_after, change.difference) == (34, 74, 5, 5, 40)
    assert change.verdict == "better"
    assert change.low < 40 < change.high


def test_no_call_is_both_first_and_latest():
    """With eight calls the latest are three; with seven it is too few to say."""
    assert since_start([1.0] * 8).n_after == 3
    assert since_start([1.0] * 9).n_after == 4
    assert since_start([1.0] * 7) is None
    assert since_start([]) is None


def test_good_and_bad_days_are_no_change():
    """The verdict says so where the interval holds nothing."""
    assert since_start([40.0, 60, 50, 45, 55, 52, 48, 58, 43, 50]).verdict == "unclear"
    assert since_start([80.0, 81, 82, 83, 84, 40, 41, 42]).verdict == "worse"


def test_what_was_not_measured_counts_for_nothing():
    """Neither among the first nor among the latest."""
    some = [call(number, None if number % 2 else 50.0) for number in range(10)]
    assert measured(some, "overall") == [50.0] * 5
    assert latest(some, "overall").n == 5
    assert latest(some[1:2], "overall") is None


# --- the same script ------------------------------------------------------------------------------------------------


def test_an_easier_script_is_no_progress():
    """Better scores on other scripts: the pairs on the same ones have not moved."""
    hard = [call(day, 40.0, script=f"hard-{day}") for day in range(6)]
    easy = [call(10 + day, 80.0, script=f"easy-{day}") for day in range(6)]
    again = [call(20 + day, 40.0, script=f"hard-{day}") for day in range(6)]
    assert since_start(measured(hard + easy, "overall")).verdict == "better"
    same = same_scripts(hard + easy + again, "overall")
    assert len(same.pairs) == 6
    assert (same.change.difference, same.change.verdict) == (0.0, "unclear")


def test_pairs_are_the_first_and_the_latest_take():
    """With their sessions, to hear them."""
    pair = same_scripts([*calls(40.0, 90.0, 60.0), call(9, 10.0, script="hotel")], "overall").pairs
    assert [(one.script, one.takes, one.first, one.latest) for one in pair] == [("parcel", 3, 40.0, 60.0)]
    assert (pair[0].first_session, pair[0].latest_session) == ("0-parcel", "2-parcel")


def test_scripts_taken_last_are_those_of_the_latest_moment():
    """Calls come in the order of their moments, which their times on the wall may not follow."""
    far = [call(1, 40.0, script="far"), replace(call(2, 60.0, script="far"), started="2026-06-03T23:00:00+14:00")]
    near = [call(1, 40.0, script="near"), replace(call(2, 60.0, script="near"), started="2026-06-03T10:00:00+00:00")]
    ordered = [near[0], far[0], far[1], near[1]]
    assert [pair.script for pair in same_scripts(ordered, "overall").pairs] == ["far", "near"]


def test_a_recording_is_no_take_of_a_script():
    """It goes by its file's name, which may be that of a script."""
    recorded = [replace(one, imported=True) for one in calls(40.0, 60.0, checks=made(phrasing__recap=2))]
    assert same_scripts(recorded, "overall").change is None
    found = script_for("phrasing.recap", recorded, {"parcel": SCRIPTS["parcel"]})
    assert (found.script, found.takes, found.share) == ("parcel", 0, None)


def test_few_pairs_are_told_but_not_judged():
    """Fewer than six scripts: a difference, and no interval."""
    change = same_scripts(calls(40.0, 60.0), "overall").change
    assert (change.difference, change.low, change.verdict) == (20.0, None, "too few")
    assert same_scripts(calls(40.0), "overall").change is None


def test_two_rubrics_are_noticed():
    """Their scores cannot be compared."""
    assert rubrics([*calls(1.0, 2.0), call(9, 3.0, rubric="other"), call(9, 3.0, rubric=None)]) == 2


# --- what to practise -----------------------------------------------------------------------------------------------


def made(**points):
    """Checks of ten points each, worth two points of the overall score for each of theirs."""
    return [CheckMade(id.replace("__", "."), float(value), 10.0, 2.0) for id, value in points.items()]


def test_losses_are_points_of_the_overall_score():
    """A call, over the latest ones; what was not made cost nothing then."""
    some = [call(0, 80.0, checks=made(pacing__dead_air=5, phrasing__recap=10))] * 3
    some += [call(1, 80.0, checks=made(phrasing__recap=0))] * 2
    first, second = losses(some)
    assert (first.check, first.per_call, first.share, first.made, first.calls) == ("phrasing.recap", 8.0, 0.4, 5, 5)
    assert (second.check, second.per_call, second.share, second.made) == ("pacing.dead_air", 6.0, 0.5, 3)


def test_what_counts_nothing_is_no_loss():
    """Nor is what was not lost; and only the latest calls are looked at."""
    switched_off = CheckMade("pacing.fillers", 0.0, 5.0, 0.0)
    old = call(0, 10.0, checks=made(phrasing__blame=0))
    new = call(1, 100.0, checks=[*made(phrasing__blame=10), switched_off])
    assert losses([old, *[new] * 5]) == ()
    assert losses([]) == ()


def test_checks_that_moved():
    """The furthest first; how many were compared, and how many would look moved by chance."""
    worse, better = made(phrasing__blame=10, phrasing__recap=1), made(phrasing__blame=3, phrasing__recap=9)
    found = moves([call(day, 50.0, checks=worse if day < 5 else better) for day in range(10)])
    assert [(one.check, one.change.difference) for one in found.better] == [("phrasing.recap", 80.0)]
    assert [(one.check, one.change.difference) for one in found.worse] == [("phrasing.blame", -70.0)]
    assert (found.tested, found.by_chance) == (2, 0.1)
    says = "2 checks were compared; about 0.1 of them would look moved by chance alone on average, or fewer."
    assert chance_says(found.tested, found.by_chance) == says


def test_a_script_on_which_it_was_weak_comes_first():
    """The weakest that was not taken often; how much it lost there is said."""
    some = [
        call(0, 50.0, script="parcel", checks=made(phrasing__recap=9)),
        call(1, 50.0, script="hotel", checks=made(phrasing__recap=2)),
        call(2, 50.0, script="clinic", checks=made(phrasing__recap=5)),
    ]
    found = script_for("phrasing.recap", some, SCRIPTS)
    assert (found.script, found.share, found.takes) == ("hotel", 0.8, 1)


def test_after_two_takes_another_script_is_better():
    """One that has much of what the check needs, new ones first; of a file that is gone nothing is said."""
    weak = made(phrasing__needs=2)
    some = [call(day, 50.0, script="hotel", checks=weak) for day in range(3)]
    some.append(call(4, 50.0, script="/gone/own.toml", checks=weak))
    found = script_for("phrasing.needs", some, SCRIPTS)
    assert found.script not in {"hotel", "/gone/own.toml"}
    assert (found.share, found.takes) == (None, 0)
    assert found.much == max(len(one.needs) for name, one in SCRIPTS.items() if name != "hotel")
    assert script_for("phrasing.needs", some, {}) is None


@pytest.mark.parametrize(("check", "demand"), [("pacing.dead_air", "impatience"), ("phrasing.blame", "frustration")])
def test_the_most_demanding_script_is_chosen(check, demand):
    """The least patience, the highest frustration."""
    best = min if demand == "impatience" else max
    found = script_for(check, [], SCRIPTS)
    assert (found.demand, found.much) == (demand, best(much_of(demand, one) for one in SCRIPTS.values()))


def test_no_more_than_three_things_at_once():
    """The dearest ones."""
    lost = made(phrasing__recap=1, phrasing__blame=2, phrasing__thanks=3, phrasing__order=4)
    found = to_practise([call(0, 50.0, checks=lost)], SCRIPTS)
    assert [one.loss.check for one in found] == ["phrasing.recap", "phrasing.blame", "phrasing.thanks"]
    assert all(one.on is not None for one in found)
