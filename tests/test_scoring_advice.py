"""The advice: what was said, what to try in words of this call, where; and the wins."""

from dataclasses import replace

import pytest
from graded_calls import graded
from scenes import FACTS, GREETING, STORY, good_call, rude_call, scene, silent_call

from callsim.scoring.rubric import read_rubric
from callsim.scoring.scorecard import score
from callsim.scoring.wording import _TRY

RUBRIC = read_rubric()


def card(call):
    """The scorecard of a scene as a simulated call."""
    return score(call.evidence(), RUBRIC)


def advice(call):
    """The advice for a scene, by check."""
    return {one.check.removeprefix("phrasing."): one for one in card(call).advice}


def solved(*said):
    """A call in which both needs are met by the last thing said."""
    call = scene().trainee(GREETING).caller(STORY)
    for one in said:
        call.trainee(one).caller("I see.")
    return call.met("replacement").met("apology").ends("cool")


def test_what_to_try_uses_the_callers_name_and_things():
    """Dana and her fridge, not somebody else's delivery."""
    found = advice(solved("what is your number", "i will send you a new fridge tomorrow"))
    assert found["empathy"].instead == 'Name early what this is like: "Dana, no wonder you are upset about the fridge."'


def test_what_to_try_names_the_need_that_is_open():
    """In the script's words where they are known."""
    call = (
        scene()
        .trainee(GREETING)
        .caller(STORY)
        .trainee("i am so sorry dana how awful to lose your milk")
        .ends("hang_up")
    )
    assert "Dana still needs this: replacement" in advice(call)["solution"].instead
    call.facts = replace(FACTS, wishes=("a new fridge before Sunday", "to hear that you are sorry"))
    assert "Dana still needs this: a new fridge before Sunday." in advice(call)["solution"].instead


def test_a_bare_no_is_advised_with_what_may_be_offered():
    """The briefing says what there is to offer."""
    call = solved("no we can't do that", "i will send you a new fridge dana tomorrow how awful to lose your milk")
    call.facts = replace(FACTS, may_offer=("a new fridge, free of charge",))
    found = next(one for one in card(call).checks if one.id == "phrasing.refusal")
    assert found.points < found.of / 2
    from callsim.scoring.measured import measure
    from callsim.scoring.wording import wording

    words = wording(measure(call.evidence(), RUBRIC.measures))
    assert (
        words.instead(found)
        == "After a no, say at once what you can do for Dana, such as: a new fridge, free of charge."
    )


def test_a_missing_time_is_advised_beside_the_trainees_own_promise():
    """It quotes what was promised."""
    call = solved("how awful to lose your milk i am so sorry dana", "i will send you a new fridge")
    found = advice(call)["timeframe"]
    assert '"i will send you a new fridge"' in found.instead
    assert found.evidence.quote.startswith("i will send")


@pytest.mark.parametrize("which", ["work"])
def test_advice_is_made_of_this_calls_words_only(which):
    """No names or things of one graded call turn up in the advice for another."""
    calls = graded(which)
    names = {call.evidence.facts.caller_name.split()[0] for call in calls if call.evidence.facts}
    for call in calls:
        facts = call.evidence.facts
        text = " ".join(one.instead for one in score(call.evidence, RUBRIC).advice)
        others = names - {facts.caller_name.split()[0]} if facts else names
        assert not [name for name in others if name in text.replace(",", " ").replace('"', " ").split()]
        assert "{" not in text


def test_a_recording_gets_neutral_words():
    """Nothing is known of it but the sound."""
    found = score(rude_call().imported(), RUBRIC).advice
    assert found
    assert all(one.instead == _TRY[one.check] or "you promised" in one.instead for one in found)


def test_what_was_never_said_points_to_where_it_would_have_fitted():
    """Empathy at the first answer, the close at the last words, and a quote of what was said there."""
    call = solved("what is your number", "i will send you a new fridge tomorrow")
    found = card(call)
    empathy = next(one for one in found.advice if one.check == "phrasing.empathy")
    assert empathy.evidence.quote == "what is your number"
    assert empathy.evidence.start_ms == next(
        row.start_ms for row in found.transcript if row.text == "what is your number"
    )


def test_a_fault_points_to_its_own_second():
    """The blame, as it was said."""
    found = next(one for one in card(rude_call()).checks if one.id == "phrasing.blame")
    assert "manual" in found.evidence[0].quote


def test_silence_is_not_told_to_leave_out_blame():
    """Nobody who said nothing was at fault in words: the answer is what is missing."""
    found = card(silent_call()).advice
    assert found[0].check == "phrasing.solution"
    assert not {"phrasing.blame", "phrasing.defensiveness", "phrasing.hedging"} & {one.check for one in found}
    assert card(silent_call()).wins == ()


def test_kind_words_are_not_advised_again_where_only_help_was_missing():
    """An apology that was made is no advice, however little it was worth."""
    call = scene().trainee(GREETING).caller(STORY).trainee("i am so sorry to hear that").caller("And?").ends("hang_up")
    assert "apology" not in advice(call)


def test_the_dearest_comes_first():
    """Worth falls from one piece of advice to the next, and is what the overall score could gain."""
    for call in graded("work"):
        found = score(call.evidence, RUBRIC)
        worths = [one.worth for one in found.advice]
        assert worths == sorted(worths, reverse=True)
        assert all(0 <= worth <= 100 for worth in worths)
        assert len(found.advice) <= 3


def test_the_missing_help_is_spoken_of_once():
    """A missing solution and the open needs are one thing to mend."""
    for call in graded("work"):
        ids = [one.check for one in score(call.evidence, RUBRIC).advice]
        assert len({"phrasing.solution", "phrasing.needs"} & set(ids)) <= 1


def test_half_met_needs_are_advised():
    """One of two is still open: which one."""
    call = scene().trainee(GREETING).caller(STORY).trainee("i will send you a new fridge tomorrow dana")
    found = advice(call.met("replacement").ends("cool"))
    assert found["needs"].instead.startswith("Dana still needs this: apology.")


def test_wins_are_named_with_a_moment():
    """What was done in full, what can be heard first, the dearest first."""
    found = card(good_call()).wins
    assert found[0].check == "phrasing.solution"
    assert found[0].evidence.quote.startswith("i will send")
    heard = [one.evidence is not None for one in found]
    assert heard == sorted(heard, reverse=True)
    assert "phrasing.blame" in {one.check for one in found}
