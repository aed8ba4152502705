"""How two judges agree: against published examples, a second implementation, and what must always hold."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from functools import cache, reduce
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scenes import GREETING, STORY, good_call, rude_call, scene, silent_call

from callsim.acts import ACTS
from callsim.report.agreed import RULE
from callsim.scoring.agreement import LEAST_BIAS, LEAST_CALLS, Pair, agreement, class_of, kappa_interval, kappas
from callsim.scoring.phrases import read_acts
from callsim.scoring.remedies import remedy
from callsim.scoring.rubric import Plain, adapted, read_rubric
from callsim.scoring.scorecard import score
from callsim.scoring.tone import Tone

# Printed by SAS's PROC FREQ, as statsmodels' tests of cohens_kappa quote it.
SAS_TABLE = np.array([[0, 4, 1], [0, 8, 0], [0, 1, 5]])
SAS_WEIGHTED, SAS_ERROR = 0.4701, 0.1457

shares = st.sampled_from([0.0, 0.2, 0.25, 0.5, 0.74, 0.75, 1.0]) | st.floats(0, 1)
pairs = st.lists(st.builds(Pair, shares, shares, st.sampled_from([2.0, 10.0])), max_size=40)


def judged(one, other, of=10.0):
    """Pairs from two lists of shares."""
    return [Pair(a, b, of) for a, b in zip(one, other, strict=True)]


def kappa_by_counting(table):
    """Weighted kappa straight from its definition, 1 - observed disagreement / disagreement by chance, in fractions."""
    calls = int(table.sum())
    places = list(product(range(3), range(3)))
    seen = sum(Fraction(abs(a - b) * int(table[a, b]), calls) for a, b in places)
    chance = sum(Fraction(abs(a - b) * int(table[a].sum()) * int(table[:, b].sum()), calls * calls) for a, b in places)
    return float(1 - seen / chance)


def test_kappa_is_that_of_sas():
    """Linear weights, in the example with three classes."""
    assert float(kappas(SAS_TABLE)) == pytest.approx(SAS_WEIGHTED, abs=5e-5)


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ([[20, 0, 5], [0, 0, 0], [10, 0, 15]], 0.40),  # grant proposals, the worked example of many textbooks
        ([[45, 0, 15], [0, 0, 0], [25, 0, 15]], 0.1304),  # the same agreement, other marginals
        ([[25, 0, 35], [0, 0, 0], [5, 0, 35]], 0.2593),
    ],
)
def test_with_two_classes_it_is_the_kappa_of_1960(table, expected):
    """As in the worked examples that are passed on in textbooks and encyclopedias."""
    assert float(kappas(np.array(table))) == pytest.approx(expected, abs=5e-5)


@given(st.lists(st.integers(0, 30), min_size=9, max_size=9).map(lambda cells: np.array(cells).reshape(3, 3)))
def test_kappa_is_what_its_definition_says(table):
    """A second way to it: by disagreement, in exact fractions."""
    if np.count_nonzero(table.sum(0)) > 1 and np.count_nonzero(table.sum(1)) > 1:
        assert float(kappas(table)) == pytest.approx(kappa_by_counting(table), abs=1e-9)


def test_in_many_calls_the_interval_is_the_usual_one():
    """SAS's asymptotic error of the same shares, in 100 times as many calls, is a tenth of what it printed."""
    low, high = kappa_interval(SAS_TABLE * 100)
    assert low == pytest.approx(SAS_WEIGHTED - 1.96 * SAS_ERROR / 10, abs=0.002)
    assert high == pytest.approx(SAS_WEIGHTED + 1.96 * SAS_ERROR / 10, abs=0.002)


def test_in_few_calls_the_interval_holds_the_truth_about_as_often_as_it_says():
    """Two judges who agree well, 10 calls at a time, 300 times: the usual interval holds it in about half of them."""
    truth = np.array([[0.30, 0.01, 0], [0.01, 0.30, 0.02], [0, 0.02, 0.34]])
    drawn = np.random.default_rng(8).multinomial(10, truth.ravel(), size=300).reshape(-1, 3, 3)
    tables = [table for table in drawn if np.count_nonzero(table.sum(0)) > 1 and np.count_nonzero(table.sum(1)) > 1]
    held = [low <= float(kappas(truth)) <= high for low, high in map(kappa_interval, tables)]
    assert 0.85 <= np.mean(held) <= 0.99


def test_the_interval_of_the_bias_is_students():
    """Gosset's own example (1908): hours of sleep gained by ten patients with one drug against another."""
    gained = [1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4]
    found = agreement("a.b", judged([0.0] * 10, [hours / 10 for hours in gained]))
    # Mean 1.58, 95 % from 0.70 to 2.46 (R: t.test(extra ~ group, sleep, paired = TRUE)).
    assert found.bias == 0.158
    assert found.bias_interval == (0.070, 0.246)
    assert found.leaning == "higher"


@pytest.mark.parametrize(
    ("share", "expected"),
    [(0, "lost"), (0.249, "lost"), (0.25, "part"), (0.749, "part"), (0.75, "met"), (1, "met")],
)
def test_classes_begin_at_a_quarter_and_at_three_quarters(share, expected):
    """Whatever the points."""
    assert class_of(share) == expected


def test_few_calls_are_counted_and_nothing_is_claimed():
    """The reason says how many there are and how many it takes."""
    found = agreement("a.b", judged([0, 1, 1], [1, 1, 1]))
    assert (found.calls, found.same, found.higher, found.lower, found.bias_points) == (3, 2, 1, 0, 3.33)
    assert found.bias_unknown == found.kappa_unknown == f"3 of the {LEAST_CALLS} calls that it takes"
    assert (found.kappa, found.bias_interval, found.leaning) == (None, None, None)


def test_where_one_judge_gives_all_the_same_there_is_no_kappa():
    """It would be 0 whatever the other one said."""
    found = agreement("a.b", judged([1.0] * 12, [1.0] * 9 + [0.0] * 3))
    assert found.kappa is None
    assert "judged every call met" in (found.kappa_unknown or "")
    assert found.same == 9


def test_a_coach_who_changes_nothing_leaves_nothing_to_change():
    """No interval of no width around 0."""
    found = agreement("a.b", judged([0.5, 1.0] * 6, [0.5, 1.0] * 6))
    assert (found.bias, found.bias_interval, found.bias_unknown) == (0, None, "every call was judged alike")
    assert (found.kappa, found.leaning) == (1, None)
    low, high = found.kappa_interval or (0, 0)
    assert low < 0.9 < high == 1


def test_a_small_bias_is_no_reason_to_change_a_check():
    """However sure it is."""
    sure = [0.5 + LEAST_BIAS * (0.8 if number % 2 else 0.9) for number in range(40)]
    found = agreement("a.b", judged([0.5] * 40, sure))
    assert (found.bias_interval or (0, 0))[0] > 0
    assert found.leaning is None


@given(pairs)
def test_what_always_holds(found):
    """Counts add up, intervals hold their own value, and the other way round is the mirror image."""
    there, back = agreement("a.b", found), agreement("a.b", [Pair(one.other, one.one, one.of) for one in found])
    assert there.calls == len(found) == sum(map(sum, there.table))
    assert (there.higher, there.lower, there.same) == (back.lower, back.higher, back.same)
    assert (there.bias is None) == (not found)
    assert (there.kappa is None) == (there.kappa_unknown is not None) == (there.kappa_interval is None)
    assert there.kappa == back.kappa
    if there.bias is not None and there.bias_interval is not None:
        low, high = there.bias_interval
        assert low - 1e-9 <= there.bias <= high + 1e-9
    if there.kappa is not None and there.kappa_interval is not None:
        assert -1 <= there.kappa_interval[0] <= there.kappa <= there.kappa_interval[1] <= 1
    assert agreement("a.b", found) == there


def test_a_coach_without_a_leaning_is_seldom_taken_for_one():
    """Who corrects three calls in ten, as often up as down, is named in no more than one of twenty sets of calls."""
    chance, named = np.random.default_rng(9), 0
    for _ in range(400):
        gaps = np.where(chance.random(15) < 0.3, chance.choice([-1, 1], 15) * chance.random(15), 0) / 2
        named += agreement("a.b", judged([0.5] * 15, 0.5 + gaps)).leaning is not None
    assert named <= 20


# --- what to change ---------------------------------------------------------------------------------------------------

STANDARD = read_rubric()
NEW, FAULT = "zorble fennick", "wibble quonk"
# Fillers are heard, and one phrase is every fault.
HEARS = {"pacing": {"fillers": {"heard_by": [good_call().evidence().recogniser]}}}
BASE = adapted(STANDARD, HEARS | {"phrases": {act: [FAULT] for act in ACTS[ACTS.index("blame") :]}})
PARTS = [(dimension, getattr(BASE, dimension)) for dimension in ("pacing", "interruptions", "phrasing")]
CHECKS = [f"{dimension}.{name}" for dimension, part in PARTS for name, rules in part if isinstance(rules, Plain)]
NOTHING_MOVES = {"interruptions.heard_out", "interruptions.listening", "phrasing.needs", "phrasing.middle"}
NOTHING_MOVES |= {"phrasing.order"}
MET_OR_NOT = {f"phrasing.{act}" for act in ("greeting", "apology", "alliance", "question", "recap", "thanks")}
MET_OR_NOT |= {"phrasing.satisfaction_check"}
_SAID = re.compile(r"(?i)\b(raise|lower|widen|narrow|add)\b|\b([a-z]+\.[a-z_]+(?:\.[a-z_]+)?)\b|\bas (\w+) = \[")


def after(*said, wpm=150, gap_ms=500, ending="thankful"):
    """A call in which the trainee greets, hears the story and says these things, one after another."""
    call = scene(wpm).trainee(GREETING).caller(STORY)
    for text in said:
        call.trainee(text, after_ms=gap_ms).caller("I see, and what now?")
    return call.ends(ending)


def odd_call(said, ending="thankful"):
    """Words that no phrase of callsim's knows, wherever something might be looked for."""
    call = scene().trainee(f"yes {said} well").caller(STORY).trainee(f"well {said} then")
    return call.caller("I see.").trainee(f"quite {said} really").ends(ending)


def heated(level_db=0, semitones=0, wpm=150):
    """Somewhat louder, higher or faster after a heated line."""
    calm = "i am going to look that up for you right now"
    call = scene().trainee(calm).caller("Hello? My parcel never came.").trainee(calm)
    call.mood(55, 75, "you blamed the caller").caller(STORY)
    call.wpm = wpm
    start, end = Tone(-26, 120), Tone(-26 + level_db, 120 * 2 ** (semitones / 12))
    return replace(call.trainee(calm).evidence(), tones=(start, start, end))


@cache
def calls():
    """Calls in which each check can move."""
    send, feel = "i will send you a new fridge", "i can imagine how upsetting that is dana without a fridge"
    long = f"{send} {'and the van comes up to the house by the road ' * 16}"
    scenes = [
        good_call(), rude_call(), silent_call(), odd_call(NEW), odd_call(NEW, "supervisor"), odd_call(FAULT),
        after(f"{send} {NEW}"), after(send, send, wpm=120), after(send, send, gap_ms=2500), after(long),
        after("um uh i will er send um you a uh new fridge and i will also call the shop for you right away myself"),
        scene().caller(STORY).trainee(long).caller(STORY, after_ms=5000).trainee("yes").ends("thankful"),
        scene().caller(STORY * 5).caller(STORY, cut_after_ms=3000).trainee("no no", into_ms=2400).caller(STORY),
        after(send, feel), after(send, send, send, feel), after(send, feel, feel.replace("upsetting", "frustrating")),
        after("i understand how upsetting that must be", send),
        after("we will send you a new one"), after(send),
        after("i will send you a new fridge and one of the big blue vans of the shop tomorrow"),
        after("i will put you through to my supervisor", ending="supervisor"), after(send, "goodbye"),
        after("dana yes dana well dana i hear you dana and so on dana", "and the van comes up to your house by road"),
        after("dana yes dana well dana i hear"), after("dana yes dana well dana i hear you dana", long[:300]),
        after(send, "i am so sorry for the trouble", "i am so sorry for all the trouble", "i am sorry for the delay"),
    ]  # fmt: skip
    return [one.evidence() for one in scenes] + [heated(level_db=5), heated(semitones=3.5), heated(wpm=195)]


reader = cache(read_acts)


def shares(rubric):
    """What each check earns in each of the calls."""
    return [{one.id: one.points / one.of for one in score(call, rubric, reader).checks} for call in calls()]


before = cache(lambda: shares(BASE))


def named(sentence):
    """What a remedy says to do, and with which settings."""
    how = ""
    for verb, setting, act in _SAID.findall(sentence):
        how = verb.lower() or how
        settings = {"lets": [f"{setting}.{one}" for one in ("loudness_db", "pitch_semitones", "rate")]}
        kind = "band" if f"band of {setting}" in sentence else "lets" if f"{setting} lets pass" in sentence else ""
        if setting or act:
            yield from (
                (how, one) for one in settings.get(kind, [f"{setting}.band" if kind else setting or f"phrases.{act}"])
            )


def told():
    """Everything that a remedy of the base rubric says to do."""
    leanings = product(CHECKS, ("higher", "lower"))
    return [(check, way, *one) for check, way in leanings for one in named(remedy(check, way, BASE))
            if not remedy(check, way, BASE).startswith("No setting")]  # fmt: skip


def moved(how, value):
    """A setting that was raised, lowered, widened or narrowed."""
    more = how in ("raise", "widen")
    if how == "add":
        return [*value, NEW]
    if isinstance(value, tuple):
        by = (value[-1] - value[0]) / 2 if len(value) == 2 else (value[2] - value[1]) / 2
        signs = (1, 1) if len(value) == 2 else (-1, -1, 1, 1)
        return [one + (by if more else -by) * sign for one, sign in zip(value, signs, strict=True)]
    if isinstance(value, int):
        return value * 2 if more else max(1, value // 2)
    return (1 + value) / 2 if more else value / 2


def changed(how, setting):
    """The rubric with one setting as a remedy wants it."""
    *path, last = setting.split(".")
    value = reduce(getattr, path, BASE) if path != ["phrases"] else BASE.phrases
    now = value.get(last, ()) if path == ["phrases"] else getattr(value, last)
    return adapted(BASE, reduce(lambda inner, key: {key: inner}, reversed([*path, last]), moved(how, now)))


@pytest.mark.parametrize(("check", "way", "how", "setting"), told())
def test_a_setting_that_a_remedy_names_moves_the_check_that_way(check, way, how, setting):
    """In at least one call, and in none the other way."""
    sign = 1 if way == "higher" else -1
    pairs = zip(before(), shares(changed(how, setting)), strict=True)
    gaps = [sign * (new[check] - old[check]) for old, new in pairs if check in old and check in new]
    assert min(gaps) >= 0
    assert max(gaps) > 0


def test_every_check_has_a_setting_or_says_that_it_has_none():
    """Both ways."""
    without = {(check, way) for check, way in product(CHECKS, ("higher", "lower"))} - {one[:2] for one in told()}
    assert without == {*product(NOTHING_MOVES, ("higher", "lower")), *product(MET_OR_NOT, ("lower",))}


@pytest.mark.parametrize(("check", "way"), [*product(CHECKS, ("higher", "lower"))])
def test_without_a_rubric_the_same_settings_are_named_without_their_numbers(check, way):
    """Nobody knows what they are now."""
    assert "now" in remedy(check, way, BASE) or "[phrases]" in remedy(check, way, BASE)
    assert "now" not in remedy(check, way, None).split()
    assert [*named(remedy(check, way, None))] == [*named(remedy(check, way, BASE))]


def test_one_check_in_twenty_is_told_to_stand_out_by_chance():
    """Each is tested by itself."""
    assert RULE.endswith("about 1 in 20 may stand out by chance alone.")
