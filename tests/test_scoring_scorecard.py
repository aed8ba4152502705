"""The scorecard: its contract, its honesty, and which way it moves."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import FACTS, GREETING, STORY, good_call, rude_call, scene, silent_call

from callsim.scoring.rubric import read_rubric
from callsim.scoring.scorecard import Scorecard, score
from callsim.scoring.wording import _TRY

RUBRIC = read_rubric()
BLAME = "you should have read the manual"


def card(call, **known):
    """The scorecard of a scene as a simulated call."""
    return score(call.evidence(**known), RUBRIC)


def check(of, id):
    """One check of a scorecard."""
    return next(one for one in of.checks if one.id == id)


# --- the contract -------------------------------------------------------------------------------------------------


def test_the_json_has_the_keys_of_the_contract():
    """Keys are only ever added, never renamed."""
    call = good_call().trainee("okay", into_ms=100)
    found = json.loads(card(call).to_json())
    assert found["format"] == "callsim.scorecard/1"
    assert set(found) >= {
        *("overall", "scores", "not_measured", "measures", "speech", "overlaps", "transcript", "acts", "checks")
    }
    assert set(found["scores"]) == {"pacing", "interruptions", "phrasing"}
    assert set(found["measures"]) == {
        *("words_per_minute", "articulation_rate", "talk_share", "response_gap_ms", "dead_air", "longest_turn_ms"),
        *("fillers_per_100_words", "cut_ins", "backchannels", "early_starts", "caller_cut_ins", "steadiness"),
    }
    assert set(found["measures"]["response_gap_ms"]) == {"median", "p90", "all"}
    assert set(found["speech"]) == {"trainee", "caller"}
    assert set(found["transcript"][0]) >= {"who", "start_ms", "end_ms", "text", "words"}
    assert set(found["transcript"][0]["words"][0]) == {"word", "start_ms", "end_ms", "confidence"}
    assert set(found["acts"][0]) == {"act", "start_ms", "end_ms", "quote"}
    assert set(found["checks"][0]) == {"id", "dimension", "points", "of", "why", "evidence"}
    assert all(set(quote) == {"start_ms", "end_ms", "quote"} for one in found["checks"] for quote in one["evidence"])


def test_overlaps_are_listed_with_their_kind():
    """Where both spoke, and what it was."""
    found = json.loads(card(scene().caller(STORY).trainee("right", into_ms=2000)).to_json())
    assert found["overlaps"] == [{"start_ms": 2500, "end_ms": 2900, "kind": "backchannel"}]


@pytest.mark.parametrize("call", [good_call(), rude_call(), silent_call(), scene()])
def test_a_scorecard_comes_back_from_its_json(call):
    """Reading what was written gives the same scorecard, and the same bytes."""
    written = card(call).to_json()
    assert Scorecard.model_validate_json(written) == card(call)
    assert Scorecard.model_validate_json(written).to_json() == written


def test_the_points_add_up_to_the_score():
    """Anybody with a pencil can work a score out from its checks."""
    found = card(good_call())
    for dimension, shown in found.scores.items():
        ours = [one for one in found.checks if one.dimension == dimension]
        assert shown == pytest.approx(100 * sum(one.points for one in ours) / sum(one.of for one in ours), abs=0.1)


def test_the_overall_score_is_the_weighted_mean():
    """The weights are those of the rubric."""
    found = card(good_call())
    parts = [(getattr(RUBRIC.overall, name), value) for name, value in found.scores.items()]
    assert found.overall == pytest.approx(sum(w * v for w, v in parts) / sum(w for w, _ in parts), abs=0.05)


# --- what cannot be measured --------------------------------------------------------------------------------------


def test_a_leaking_microphone_leaves_interruptions_unmeasured():
    """Nobody can tell who spoke over whom; the overall score rests on the other two."""
    found = card(rude_call(), leak_db=-6.3)
    assert found.scores["interruptions"] is None
    assert found.not_measured["interruptions"] == "the caller can be heard in the trainee's microphone (-6 dB)"
    assert found.rests_on == ("pacing", "phrasing")
    assert found.measures.cut_ins is None
    assert found.overlaps == ()


def test_a_leak_below_the_limit_changes_nothing():
    """What leaks is told from the trainee's voice, so that the score stands."""
    assert card(rude_call(), leak_db=-12.0).scores == card(rude_call()).scores


def test_too_few_words_give_no_rate():
    """27 words are not enough to know how fast somebody speaks."""
    found = card(rude_call())
    assert found.measures.words_per_minute is None
    assert "takes 30" in found.not_measured_checks["pacing.words_per_minute"]


def test_fillers_are_not_measured_with_a_recogniser_that_hides_them():
    """No praise for ums that were never heard; a measured recogniser counts them."""
    assert card(good_call()).measures.fillers_per_100_words is None
    assert "hides" in card(good_call()).not_measured_checks["pacing.fillers"]
    hears = RUBRIC.pacing.fillers.model_copy(update={"heard_by": ("whisper",)})
    rubric = RUBRIC.model_copy(update={"pacing": RUBRIC.pacing.model_copy(update={"fillers": hears})})
    found = score(good_call().evidence(recogniser="whisper"), rubric)
    assert found.measures.fillers_per_100_words == 0.0
    assert check(found, "pacing.fillers").points == 5.0


def test_voice_without_any_recognised_word_is_the_recognisers_failure():
    """Eight seconds of voice and no word: phrasing is not measured, rather than nought."""
    call = scene().caller(STORY).noise(8000, into_ms=8000)
    found = card(call)
    assert found.scores["phrasing"] is None
    assert "no word was recognised" in found.not_measured["phrasing"]


def test_a_recording_leaves_what_needs_a_script_unmeasured():
    """Needs, name and nouns come from a script; the rest is scored."""
    found = score(good_call().imported(), RUBRIC)
    assert {"phrasing.needs", "phrasing.name", "phrasing.concrete"} <= set(found.not_measured_checks)
    assert found.scores["phrasing"] > 80
    assert found.title is None
    assert found.needs is None


def test_an_empty_call_scores_nothing():
    """No voice, no score, and a reason for each."""
    found = card(scene())
    assert found.scores["pacing"] is None
    assert found.scores["interruptions"] is None
    assert set(found.not_measured) == {name for name, value in found.scores.items() if value is None}


# --- which way it moves -------------------------------------------------------------------------------------------


def test_a_good_call_beats_a_rude_one_and_silence_in_everything():
    """The three calls fall in their places."""
    good, rude, silent = card(good_call()), card(rude_call()), card(silent_call())
    assert good.overall > 90
    assert rude.overall < 25
    assert silent.scores == {"pacing": 0.0, "interruptions": None, "phrasing": 0.0}
    assert all(good.scores[name] > rude.scores[name] for name in good.scores)


def test_a_greeting_and_then_silence_earns_little():
    """Nobody who leaves the caller alone gets marks for not interrupting."""
    call = scene().trainee(GREETING).caller(STORY).caller("Hello?", 6000).ends("hang_up", 6000)
    found = card(call)
    assert found.scores["interruptions"] is None
    assert found.scores["phrasing"] < 10


def test_nice_phrases_without_an_answer_score_low():
    """Sorry, sorry, thank you: and the fridge is still dead."""
    call = scene().trainee(GREETING).caller(STORY)
    for said in ("i am so sorry", "i do apologise", "i am really sorry about that", "thank you for your patience"):
        call.trainee(said, 600).caller("And now?", 500)
    assert card(call.ends("hang_up")).scores["phrasing"] < 30


def test_the_same_phrase_again_earns_nothing():
    """Saying it three times is worth no more than saying it once, and grates."""
    once = scene().caller(STORY).trainee("i am so sorry to hear that")
    thrice = scene().caller(STORY).trainee("i am so sorry to hear that")
    for _ in range(2):
        thrice.caller("And now?").trainee("i am so sorry to hear that")
    assert 0 < card(thrice).scores["phrasing"] < card(once).scores["phrasing"]
    assert check(card(thrice), "phrasing.rote").why.startswith("the same kind phrase again: 2 times")


def test_an_offer_before_the_story_is_no_solution():
    """What is offered before the caller has told anything answers nothing."""
    call = scene().trainee("i will send you a new one").caller(STORY).trainee("all right then")
    found = check(card(call), "phrasing.solution")
    assert found.points == 0
    assert "before the story" in found.why


def test_a_bare_refusal_costs_and_a_softened_one_does_not():
    """ "I can't" with what can be done beside it is an answer."""
    bare = scene().caller(STORY).trainee("i can't do that it is our policy").caller("What?").trainee("i will call you")
    soft = scene().caller(STORY).trainee("i can't do that but i will send you a new one tomorrow")
    assert check(card(bare), "phrasing.refusal").points < check(card(soft), "phrasing.refusal").points
    assert check(card(soft.met("replacement").met("apology")), "phrasing.refusal").points == 8.0


def test_a_time_counts_beside_a_promise_only():
    """ "A whole week without" is the caller's week, not a promise."""
    week = scene().caller(STORY).trainee("how awful to be without a fridge for a week")
    soon = scene().caller(STORY).trainee("i will send you a new one tomorrow before noon")
    soon.met("replacement").met("apology")
    assert check(card(week), "phrasing.timeframe").points == 0
    assert check(card(soon), "phrasing.timeframe").points == 10.0


def test_met_needs_earn_their_share():
    """One of two needs met: half of the points."""
    call = scene().caller(STORY).trainee("i will send you a new one").met("replacement")
    assert check(card(call), "phrasing.needs").points == 11.0
    assert card(call).needs.missed == ("apology",)


def test_a_switched_off_check_is_gone():
    """`points = 0` leaves a check out of the sum and out of the list."""
    off = RUBRIC.phrasing.model_copy(update={"greeting": RUBRIC.phrasing.greeting.model_copy(update={"points": 0})})
    found = score(good_call().evidence(), RUBRIC.model_copy(update={"phrasing": off}))
    assert "phrasing.greeting" not in {one.id for one in found.checks}
    assert "phrasing.greeting" not in found.not_measured_checks


def test_advice_is_about_the_dearest_losses_and_points_at_a_moment():
    """Three pieces of advice, each about another moment, what would have solved it first."""
    found = card(rude_call()).advice
    assert [one.check for one in found] == ["phrasing.solution", "interruptions.cut_ins", "pacing.dead_air"]
    assert found[1].evidence.start_ms == 4600
    assert "manual" in found[1].evidence.quote


def test_hundred_and_nought_are_truly_so():
    """A score that lacks a hundredth of a point is not shown as 100, one that has a trace is not shown as 0."""
    points = RUBRIC.phrasing.model_copy(
        update={
            "solution": RUBRIC.phrasing.solution.model_copy(update={"points": 1000.0}),
            "apology": RUBRIC.phrasing.apology.model_copy(update={"points": 0.2}),
        }
    )
    rubric = RUBRIC.model_copy(update={"phrasing": points})
    traced = score(scene().caller(STORY).trainee("sorry").evidence(), rubric)
    assert traced.scores["phrasing"] == 0.1
    assert card(good_call()).scores["interruptions"] == 100.0


INTO = st.integers(800, 6000)
TALK = st.sampled_from(["no you listen to me now", "what is your number please", "you have to send it back"])


@settings(deadline=None, max_examples=40)
@given(st.sampled_from([good_call, rude_call]), st.integers(0, 3), INTO, TALK)
def test_cutting_in_never_raises_interruptions(made, which, into_ms, said):
    """Put a cut-in into any line of any call: the score stays or falls."""
    call, worse = made(), made()
    lines = [part for part in worse.parts if part.who == "caller"]
    line = lines[which % len(lines)]
    start_ms = line.start_ms + min(into_ms, max(400, line.end_ms - line.start_ms - 900))
    talk = scene().trainee(said, start_ms).parts
    free = [part for part in worse.parts if part.who != "trainee" or not _meets(part, talk[0])]
    worse.parts = [*free, *talk]
    call.parts = free
    before, after = card(call).scores["interruptions"], card(worse).scores["interruptions"]
    assert after is not None
    assert before is None or after <= before


def _meets(part, other):
    return part.start_ms < other.end_ms + 400 and other.start_ms < part.end_ms + 400


@settings(deadline=None, max_examples=40)
@given(st.sampled_from([good_call, rude_call]), st.integers(0, 20))
def test_blaming_never_raises_phrasing(made, after):
    """Put a blame at any free place of any call: the score stays or falls."""
    call, worse = made(), made()
    part = worse.parts[after % len(worse.parts)]
    moved = [replace(p, start_ms=p.start_ms + 6000, end_ms=p.end_ms + 6000) for p in worse.parts]
    later = [p for p in moved if p.start_ms - 6000 > part.start_ms]
    earlier = [p for p in worse.parts if p.start_ms <= part.start_ms]
    worse.parts = [*earlier, *scene().trainee(BLAME, max(p.end_ms for p in earlier) + 1500).parts, *later]
    assert card(worse).scores["phrasing"] <= card(call).scores["phrasing"]


@settings(deadline=None, max_examples=20)
@given(st.sampled_from([good_call, rude_call]), st.integers(1, 3_600_000))
def test_shifting_a_call_changes_nothing_but_times(made, by_ms):
    """Scores, points and measures without a time stay as they are."""
    here, there = score(made().evidence(), RUBRIC), score(made().shifted(by_ms).evidence(), RUBRIC)
    assert here.scores == there.scores
    points = [[(one.id, one.points, one.why) for one in found.checks] for found in (here, there)]
    assert points[0] == points[1]
    assert here.measures.response_gap_ms == there.measures.response_gap_ms
    assert [(a + by_ms, b + by_ms) for a, b in here.speech.trainee] == list(there.speech.trainee)
    assert [(a + by_ms, b + by_ms) for a, b in here.measures.dead_air] == list(there.measures.dead_air)


def test_the_scorecard_knows_the_script_and_the_mood():
    """Title, ending, needs, and the steps of frustration with their causes."""
    found = card(good_call())
    assert (found.title, found.ending) == (FACTS.title, "thankful")
    assert [(level, why) for _, level, why in found.frustration] == [
        (45, "you let the caller tell the story"),
        (15, "you said what will be done"),
    ]


def test_a_score_that_would_rest_on_too_little_is_not_shown():
    """A trainee alone on the recording: the longest turn is all there is of pacing, a tenth of its points."""
    found = score(scene().trainee("hello is anybody there").imported(), RUBRIC)
    assert [one.id for one in found.checks if one.dimension == "pacing"] == ["pacing.longest_turn"]
    assert found.scores["pacing"] is None


def test_every_check_that_can_be_lost_has_advice():
    """Credit for listening is never lost; all others come with something to try."""
    settings = {"phrasing.wordless_ms", "phrasing.answer_words", "phrasing.words_alone", "phrasing.avoided"}
    settings |= {"interruptions.leak_limit_db", "interruptions.listening"}
    ids = {f"{name}.{key}" for name in ("pacing", "interruptions", "phrasing") for key in dict(getattr(RUBRIC, name))}
    assert set(_TRY) == ids - settings
