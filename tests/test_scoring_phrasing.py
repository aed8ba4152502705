"""The checks of phrasing, each by a call that meets it and one that does not; and a coach's own rubric."""

import re

import pytest
from scenes import FACTS, GREETING, STORY, good_call, rude_call, scene

from callsim.errors import RubricError
from callsim.scoring.rubric import read_rubric
from callsim.scoring.scorecard import score

RUBRIC = read_rubric()


def checks(call, rubric=RUBRIC):
    """The phrasing checks of a scene in which both needs were met, by name."""
    call.met("replacement").met("apology").ends("cool")
    return {one.id.removeprefix("phrasing."): one for one in score(call.evidence(), rubric).checks}


def after_story(*said):
    """The caller's story and what the trainee says to it, turn by turn."""
    call = scene().caller(STORY)
    for one in said:
        call.trainee(one).caller("And now?")
    return call


def rubric_of(folder, text):
    """A rubric from a real file with this text."""
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return read_rubric(path)


# --- what was done ------------------------------------------------------------------------------------------------


def test_early_empathy_in_the_callers_own_words_earns_all():
    """ "All your food", two turns after the story at most."""
    found = checks(after_story("i can imagine how upsetting it is to lose all your milk"))["empathy"]
    assert found.points == found.of
    assert found.evidence[0].quote.startswith("i can imagine")


def test_empathy_in_general_words_earns_less():
    """It says nothing of what the caller had told."""
    found = checks(after_story("i understand how frustrating that must be"))["empathy"]
    assert found.points == pytest.approx(0.6 * found.of)


def test_late_empathy_earns_half():
    """Warm early: the third turn after the story is late."""
    found = checks(after_story("what is the number please", "and the street", "i can imagine how upsetting that is"))
    assert found["empathy"].points == pytest.approx(0.5 * found["empathy"].of)


def test_i_beats_we():
    """The same offer: in the first person it is ownership in full, as "we" in part, as nobody not at all."""
    shares = [
        checks(after_story(said))["ownership"].points
        for said in ("i'm sending you a new fridge", "we can send you a new fridge", "it will be sent")
    ]
    assert shares == [10.0, 5.0, 0.0]


def test_an_offer_that_meets_no_need_is_half_a_solution():
    """Something was offered, but not what the caller needed."""
    call = scene().caller(STORY).trainee("i can give you a voucher").ends("cool")
    found = next(one for one in score(call.evidence(), RUBRIC).checks if one.id == "phrasing.solution")
    assert found.points == pytest.approx(0.5 * found.of)
    assert "not what the caller needed" in found.why


def test_a_need_met_twice_counts_once():
    """A caller who was put off may take the same need for met again."""
    call = scene().caller(STORY).trainee("i will send you a new fridge").met("replacement").met("replacement")
    found = next(one for one in score(call.evidence(), RUBRIC).checks if one.id == "phrasing.needs")
    assert found.points == pytest.approx(0.5 * found.of)
    assert found.why == "1 of the caller's 2 needs were met"


def test_the_middle_of_a_call_is_for_work():
    """Comforting on and on is idle there; asking and solving is not."""
    idle = after_story("how awful", "i am so sorry to hear that", "you have every right to be upset")
    busy = after_story("how awful", "when did the fridge stop working", "i will send you a new fridge tomorrow")
    assert checks(idle)["middle"].points < checks(busy)["middle"].points == 6.0


def test_a_handover_counts_only_where_somebody_senior_came_into_it():
    """Not needed: not measured. Cold: half. With the story told on: all."""
    none = score(good_call().evidence(), RUBRIC)
    assert none.not_measured_checks["phrasing.handover"] == "nobody senior was needed"
    cold = after_story("i will transfer you to my supervisor")
    warm = after_story("i will transfer you to my supervisor and tell her everything so you need not say it again")
    assert [checks(call)["handover"].points for call in (cold, warm)] == [5.0, 10.0]
    assert checks(rude_call())["handover"].why == "the caller had to ask for somebody senior"


def test_a_name_in_every_sentence_earns_nothing():
    """Twice is kind, ten times grates."""
    often = after_story(*["dana i see dana", "okay dana yes dana", "well dana fine dana"])
    assert checks(often)["name"].points == 0
    assert "too often" in checks(after_story("dana i see dana", "okay dana yes dana"))["name"].why
    assert checks(after_story("i see dana"))["name"].points == 4.0


def test_the_callers_nouns_count_where_the_caller_is_answered():
    """Named in the greeting they answer nothing."""
    before = scene().trainee("good morning fridge and milk hotline").caller(STORY).trainee("i will sort that out")
    after = after_story("i will send you a new fridge before saturday")
    assert [checks(call)["concrete"].points for call in (before, after)] == [0.0, 6.0]


def test_a_bare_goodbye_is_not_a_warm_close():
    """ "Bye" earns a part, a kind word with it all."""
    shares = [
        checks(after_story("i will call you", said))["closing"].points for said in ("okay bye", "bye dana take care")
    ]
    assert shares == [2.0, 5.0]


def test_thanks_and_alliance_have_a_small_place():
    """Two points each."""
    found = checks(after_story("you are right and i'm on your side", "thank you for your patience"))
    assert (found["alliance"].points, found["thanks"].points) == (2.0, 2.0)


# --- what was avoided ---------------------------------------------------------------------------------------------


def test_an_offer_before_the_story_costs_even_where_one_comes_after_it():
    """Whoever offers first has not listened."""
    early = scene().trainee("i can offer you a voucher").caller(STORY).trainee("i will send you a new fridge")
    assert checks(early)["order"].points == 0
    assert checks(after_story("i will send you a new fridge"))["order"].points == 6.0


def test_the_same_kind_phrase_by_rote_costs():
    """Said again in nearly the same words; other words are another kindness."""
    rote = after_story("i am so sorry to hear that", "i am really so sorry to hear that", "i will call you")
    fresh = after_story("i am so sorry to hear that", "i do apologise for the wait", "i will call you")
    assert checks(rote)["rote"].points < checks(fresh)["rote"].points == 4.0


@pytest.mark.parametrize("met", [0, 1, 2])
def test_clean_manners_earn_as_far_as_there_was_help(met):
    """No need met, one, both."""
    call = scene().caller(STORY).trainee("i will send you a new fridge").ends("cool")
    for need in FACTS.needs[:met]:
        call.met(need)
    found = next(one for one in score(call.evidence(), RUBRIC).checks if one.id == "phrasing.blame")
    assert found.points == pytest.approx(10 * (0.4 + 0.3 * met))
    assert ("little help" in found.why) == (met < 2)


def test_a_caller_handed_over_with_care_was_helped():
    """Some things only a senior can do: manners count in full then."""
    call = after_story("i will bring in my supervisor and tell her everything").ends("supervisor")
    found = next(one for one in score(call.evidence(), RUBRIC).checks if one.id == "phrasing.blame")
    assert found.points == 10.0


# --- a coach's own rubric -----------------------------------------------------------------------------------------


def test_a_coachs_phrase_is_heard(tmp_path):
    """The act is found in words that callsim does not know, with its quote and its second."""
    mine = rubric_of(tmp_path, '[phrases]\nempathy = ["bless my (boots|soul) ..2"]\n')
    call = after_story("well bless my boots a fridge full of milk")
    assert checks(after_story("well bless my boots a fridge full of milk"))["empathy"].points == 0
    found = checks(call, mine)["empathy"]
    assert found.points == found.of
    assert found.evidence[0].quote.startswith("bless my boots")
    assert found.evidence[0].start_ms == 500 + 19 * 400 + 500 + 400


def test_a_coachs_phrase_that_callsim_knows_anyway_adds_nothing(tmp_path):
    """One place is one act."""
    mine = rubric_of(tmp_path, '[phrases]\napology = ["sorry", "so sorry to hear"]\nblame = ["read the manual"]\n')
    call = after_story("i am so sorry to hear that", "you should have read the manual").ends("cool")
    acts = [score(call.evidence(), rubric).acts for rubric in (RUBRIC, mine)]
    assert acts[0] == acts[1]
    assert {one.act for one in acts[1]} >= {"apology", "blame"}


def test_a_coach_can_switch_a_check_off(tmp_path):
    """`points = 0`: gone from the sum, the list and the advice."""
    mine = rubric_of(tmp_path, "[phrasing.empathy]\npoints = 0\n[phrasing.rote]\npoints = 0\n")
    card = score(rude_call().evidence(), mine)
    assert not {"phrasing.empathy", "phrasing.rote"} & {one.id for one in card.checks}
    assert "phrasing.empathy" not in card.not_measured_checks


def test_another_phrase_is_another_rubric(tmp_path):
    """The fingerprint on the scorecard tells."""
    assert rubric_of(tmp_path, '[phrases]\nempathy = ["oof"]\n').fingerprint != RUBRIC.fingerprint


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            '[phrases]\nempaty = ["oof"]\n',
            "phrases: there is no act 'empaty': did you mean 'empathy'? allowed are greeting, closing, empathy",
        ),
        (
            '[phrases]\nempathy = ["that (must sting"]\n',
            "phrases.empathy 1: The phrase 'that (must sting' has a bracket",
        ),
        (
            '[phrases]\nempathy = ["oof", "you?"]\n',
            "phrases.empathy 2: The phrase 'you?' has a sign that means nothing",
        ),
        ('[phrases]\nempathy = ["@sorrow"]\n', "names the class @sorrow, which is not among"),
        ('[phrases]\nempathy = ["[oof]"]\n', "has no word that must be said"),
        ('[phrases]\nempathy = [""]\n', "phrases.empathy 1: "),
        ('[phrases]\nempathy = "oof"\n', "phrases.empathy"),
        ("[phrasing.empaty]\npoints = 0\n", "phrasing: there is no key 'empaty': did you mean 'empathy'?"),
        (
            "[phrasing.name]\nalways_fine = 0\n",
            "phrasing.name.always_fine: should be greater than or equal to 1, not 0",
        ),
        ("[phrasing.rote]\nalike = 2\n", "phrasing.rote.alike: should be less than or equal to 1, not 2"),
    ],
)
def test_a_mistake_in_a_coachs_rubric_is_one_sentence(tmp_path, text, says):
    """Which file, which key, what is allowed; and where the allowed is long, no second line."""
    with pytest.raises(RubricError, match=re.escape(says)) as wrong:
        rubric_of(tmp_path, text)
    assert "mine.toml" in str(wrong.value)
    assert "\n" not in str(wrong.value)


def test_a_recording_leaves_out_what_needs_a_script():
    """Needs, name and nouns are not measured there, and cost nothing."""
    found = score(scene().trainee(GREETING).caller(STORY).trainee("i will send you a new fridge").imported(), RUBRIC)
    assert {f"phrasing.{name}" for name in ("needs", "name", "concrete")} <= set(found.not_measured_checks)
