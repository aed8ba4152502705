"""Charts are sound SVG that says in words what it shows, and trends are told in plain sentences."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callsim.report.charts import HEIGHT, WIDTH, Mark, line_chart, spark_line
from callsim.report.names import CHECKS
from callsim.report.progress import (
    chance_says,
    change_says,
    marks_of,
    next_says,
    pairs_say,
    period_name,
    script_says,
    signed,
    spread_cell,
    spread_says,
    start_says,
)
from callsim.scoring.practice import Loss, Next, Suggested
from callsim.scoring.progress import Change, Pair, Period, SameScripts, Spread, since_start

POINT = st.floats(0, 100)
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["C"]))


@st.composite
def some_mark(draw):
    """A point of some calls."""
    low, mean, high = sorted(draw(st.tuples(POINT, POINT, POINT)))
    n, name = draw(st.integers(1, 500)), draw(TEXT)
    spread = (low, high) if n > 1 else (None, None)
    return Mark(draw(st.floats(0, 1)), mean, *spread, n, name, name[:5])


def drawn(marks, title="Overall by week"):
    """The chart, read as XML, without the namespace that a page needs not."""
    return ElementTree.fromstring(str(line_chart("chart", title, marks)))


@given(st.lists(some_mark(), max_size=30), TEXT)
def test_a_chart_is_sound_whatever_it_is_called(marks, title):
    """Everything lies on the sheet; title and description are there and are named."""
    chart = drawn(marks, title)
    assert chart.get("role") == "img"
    assert chart.get("aria-labelledby").split() == [chart.find("title").get("id"), chart.find("desc").get("id")]
    assert chart.find("title").text in (title, None)
    assert len(chart.findall("g")) == len(marks)
    for one in chart.iter():
        for key, most in (("x", WIDTH), ("x1", WIDTH), ("cx", WIDTH), ("y", HEIGHT), ("y1", HEIGHT), ("cy", HEIGHT)):
            assert 0 <= float(one.get(key, 0)) <= most


def test_a_point_shows_what_is_behind_it():
    """Its mean, its spread, its number of calls, for eyes and in words; a single call has no spread."""
    chart = drawn([Mark(0, 60, 50, 70, 3, "week of 1 Jun 2026", "1 Jun"), Mark(1, 80, None, None, 1, "later", "8 Jun")])
    assert chart.find("desc").text == "week of 1 Jun 2026: 60.0 (3 calls, 50.0 to 70.0); later: 80.0 (1 call)."
    first, second = chart.findall("g")
    spread, dot = first.find("line"), first.find("circle")
    assert float(spread.get("y1")) > float(dot.get("cy")) > float(spread.get("y2"))
    assert second.find("line") is None
    assert float(second.find("circle").get("cy")) < float(dot.get("cy"))
    assert float(second.find("circle").get("r")) < float(dot.get("r"))
    below = [text.text for text in chart.findall("text") if text.get("class") == "calls"]
    assert below == ["3", "1"]


def test_names_below_do_not_touch():
    """Of many points only some are named."""
    marks = [Mark(number / 25, 50, None, None, 1, "x", "13 Jul") for number in range(26)]
    places = [float(text.get("x")) for text in drawn(marks).findall("text") if text.get("class") == "name"]
    assert 4 <= len(places) <= 8
    assert all(after - before > 70 for before, after in pairwise(places))


def test_a_row_s_line():
    """Nothing of a single call."""
    assert spark_line([1.0]) == ""
    line = ElementTree.fromstring(str(spark_line([0.0, 100.0])))
    assert line.find("polyline").get("points") == "2,30 94,2"


def test_weeks_stand_where_they_lie_in_time():
    """A gap of three weeks is as wide as three weeks; calls stand one beside the other."""
    days = [date(2026, 6, 1), date(2026, 6, 8), date(2026, 6, 29)]
    some = [Period(day, day, ("a",), {"overall": Spread(1, 50.0, None, None)}) for day in days]
    assert [mark.at for mark in marks_of(some, "week", "overall")] == [0, 0.25, 1]
    assert [mark.at for mark in marks_of(some, "calls", "overall")] == [0, 0.5, 1]
    assert [mark.at for mark in marks_of(some[:1], "week", "overall")] == [0.5]
    assert marks_of(some, "week", "pacing") == []


# --- words ----------------------------------------------------------------------------------------------------------


def test_a_change_is_told_with_how_sure_it_is():
    """Both means with their calls, the difference, the interval, the verdict; too few is an answer."""
    change = Change(40.0, 52.5, 5, 4, 12.5, -3.0, 28.0)
    says = "40.0 in the first 5 calls, 52.5 in the latest 4: +12.5 (−3.0 to +28.0), no clear change."
    assert start_says(change, 12) == says
    assert change_says(change) == "+12.5 (−3.0 to +28.0)"
    assert start_says(since_start([1.0] * 6), 6).startswith("Too few calls to say: 6 so far. It takes 8")
    assert change_says(None) == "too few calls"
    assert [signed(value) for value in (0.0, -0.0, 3.0, -2.5)] == ["0.0", "0.0", "+3.0", "−2.5"]


def test_one_call_says_that_it_is_one():
    """And nothing that it is not measured."""
    assert spread_says(Spread(1, 61.5, None, None)) == "61.5 (1 call)"
    assert spread_says(Spread(3, 61.5, 50.0, 70.0)) == "61.5 (3 calls, 50.0 to 70.0)"
    assert spread_says(None) == spread_cell(None, 3) == "not measured"
    assert spread_cell(Spread(2, 61.5, 50.0, 73.0), 3) == "61.5 (50.0–73.0) of 2"
    assert spread_cell(Spread(3, 61.5, 50.0, 73.0), 3) == "61.5 (50.0–73.0)"


def test_pairs_are_told():
    """None, too few, and enough."""
    pair = Pair("parcel", "A parcel", 2, 40.0, 60.0, "a", "b")
    few = SameScripts((pair,), Change(40.0, 60.0, 1, 1, 20.0, None, None))
    assert pairs_say(SameScripts((), None)) == "No call script was taken twice yet."
    assert pairs_say(few).endswith("40.0 the first time, 60.0 the latest: +20.0. Too few to say: it takes 6 scripts.")
    enough = SameScripts((pair,) * 6, Change(40.0, 60.0, 6, 6, 20.0, 20.0, 20.0))
    assert pairs_say(enough).endswith("+20.0 (+20.0 to +20.0), better.")


def test_periods_have_names():
    """A week by its Monday, a month, a day, several days."""
    june = Period(date(2026, 6, 1), date(2026, 6, 30), (), {})
    assert [period_name(june, by) for by in ("week", "month", "calls")] == [
        "week of 1 Jun 2026",
        "June 2026",
        "1 Jun 2026 to 30 Jun 2026",
    ]
    assert period_name(Period(june.first, june.first, (), {}), "calls") == "1 Jun 2026"


def test_what_to_practise_is_told_with_its_reason():
    """What it costs, and why this script."""
    loss = Loss("pacing.dead_air", 3.2, 0.4, 4, 5)
    weak = Suggested("hotel", "The room", 1, 0.56, "impatience", 6_000)
    assert next_says(Next(loss, weak)) == (
        "Silences cost 3.2 points of the overall score a call in the latest 5 calls: 40 % of its own points, made in 4 "
        "of them. Practise it on “The room”: taken once, and the last time this lost 56 % of its points there."
    )
    new = Suggested("hotel", "The room", 0, None, "impatience", 4_500)
    assert script_says(new).endswith("its caller asks whether you are there after 4.5 seconds of silence.")
    assert next_says(Next(loss, None)).endswith("made in 4 of them.")
    assert chance_says(0, 0).startswith("No check could be made in 8 calls")
    assert "about 1.2" in chance_says(24, 1.2)


@pytest.mark.parametrize("check", CHECKS)
def test_every_check_has_something_to_practise_it_on(check):
    """Each names a demand that has words."""
    from callsim.catalogue import script_files
    from callsim.scoring.practice import script_for
    from callsim.script import read_script

    found = script_for(check, [], {"parcel": read_script(script_files()["parcel"])})
    assert "{" not in script_says(found)
