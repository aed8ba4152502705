"""The phrasing score against a coach's grades, and against those who try to trick it.

`graded/work.toml` was looked at while the score was made, `graded/check.toml` only once it was done.
"""

import tomllib

import pytest
from graded_calls import FOLDER, evidence_of, graded, spearman

from callsim.scoring.rubric import read_rubric
from callsim.scoring.scorecard import score

RUBRIC = read_rubric()
WORK = tomllib.loads((FOLDER / "work.toml").read_text(encoding="utf-8"))["call"]


def phrasing(evidence):
    """The phrasing score of a call."""
    return score(evidence, RUBRIC).scores["phrasing"]


def agreement(calls):
    """Spearman's rho between grades and scores."""
    return spearman([call.grade for call in calls], [phrasing(call.evidence) for call in calls])


def test_the_rank_correlation_is_spearmans():
    """Worked out by hand: ties share their ranks, an order turned round is -1."""
    assert spearman([1, 2, 3, 4], [10, 20, 30, 40]) == pytest.approx(1)
    assert spearman([1, 2, 3, 4], [9, 8, 7, 1]) == pytest.approx(-1)
    assert spearman([1, 1, 2], [5, 6, 7]) == pytest.approx(3**0.5 / 2)


def test_the_graded_calls_are_many_and_of_all_grades():
    """At least 28 calls, ten of them set aside, every grade in both, no call twice, each with its reason."""
    work, check = graded("work"), graded("check")
    assert len(work) >= 28
    assert len(check) == 10
    assert {call.grade for call in work} == {call.grade for call in check} == {1, 2, 3, 4, 5}
    assert len({call.id for call in work + check}) == len(work + check)
    assert all(call["because"] for call in WORK)


@pytest.mark.parametrize("which", ["work", "check"])
def test_the_score_ranks_calls_as_the_coach_does(which):
    """Spearman's rho of at least 0.9 between grade and phrasing score."""
    assert agreement(graded(which)) >= 0.9


@pytest.mark.parametrize(
    ("id", "least", "most"),
    [
        ("stove_silence", 0, 0),
        ("parcel_recited_phrases", 0, 35),
        ("furniture_keyword_salad", 0, 45),
        ("optician_whole_checklist_in_one_breath", 0, 50),
        ("optician_imported_checklist_in_one_breath", 0, 50),
        ("hotel_same_sorry_five_times", 0, 35),
        ("software_name_in_every_sentence", 0, 40),
        ("gym_nice_stonewall_imported", 0, 40),
        ("parcel_rude_but_solved", 45, 80),
        ("stove_calm_short_competent", 85, 100),
        ("library_calm_five_lines", 80, 100),
    ],
)
def test_tricks_score_low_and_a_calm_short_call_high(id, least, most):
    """Silence, nice phrases, magic words, the whole checklist in a breath; rude but solved lies between."""
    call = next(call for call in graded("work") if call.id == id)
    assert least <= phrasing(call.evidence) <= most


@pytest.mark.parametrize("call", WORK, ids=[call["id"] for call in WORK])
def test_saying_any_turn_again_never_raises_the_score(call):
    """Whatever the trainee says after the greeting, said once more it earns nothing."""
    before = phrasing(evidence_of(call))
    said = [at for at, turn in enumerate(call["turns"]) if turn[0] == "trainee" and at]
    for at in said:
        again = [["caller", 0.5, "And now?"], ["trainee", 0.5, call["turns"][at][2]]]
        twice = call | {"turns": [*call["turns"][: at + 1], *again, *call["turns"][at + 1 :]]}
        assert phrasing(evidence_of(twice)) <= before


@pytest.mark.parametrize("call", WORK, ids=[call["id"] for call in WORK])
def test_every_unmet_need_costs(call):
    """The same words count for less where the caller did not get what was needed."""
    turns = [turn for turn in call["turns"] if turn[0] != "met"]
    if turns != call["turns"]:
        assert phrasing(evidence_of(call | {"turns": turns})) < phrasing(evidence_of(call))
