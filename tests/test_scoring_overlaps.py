"""Who spoke over whom, and what it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scenes import STORY, Part, scene

from callsim.events import SpeechEnded
from callsim.scoring.evidence import from_listening
from callsim.scoring.measured import measure
from callsim.scoring.rubric import read_rubric
from callsim.timeline import Span, bridged

RULES = read_rubric().measures
ANSWER = "no you have to send it back to us first"


def kinds(call):
    """The kinds of overlap of a scene as a simulated call."""
    return [one.kind for one in measure(call.evidence(), RULES).overlaps]


def kinds_imported(call):
    """The kinds of overlap of the same sounds as a recording."""
    return [one.kind for one in measure(call.imported(), RULES).overlaps]


def test_talking_into_the_middle_of_a_line_is_a_cut_in():
    """Starting 2 s into a line of 7.6 s and going on is a cut-in, from the trainee's start on."""
    found = measure(scene().caller(STORY).trainee(ANSWER, into_ms=2000).evidence(), RULES).overlaps
    assert [(one.kind, one.span) for one in found] == [("cut_in", Span(2500, 6500))]


@pytest.mark.parametrize(("both_ms", "expected"), [(500, []), (501, ["cut_in"])])
def test_both_must_speak_for_more_than_half_a_second(both_ms, expected):
    """Half a second of overlap in the middle is none of the kinds; a millisecond more is a cut-in."""
    call = scene(wpm=60_000 // both_ms).caller("one two three four five six seven eight")
    call.parts[0] = type(call.parts[0])("caller", STORY, 500, 8000, 7500)
    call.parts.append(type(call.parts[0])("trainee", "wait", 2000, 2000 + both_ms))
    assert kinds(call) == expected


def test_a_caller_who_had_to_stop_was_cut_in_on_however_short_the_overlap():
    """The caller gave way after 0.3 s: an interruption all the same."""
    assert kinds(scene().caller(STORY, cut_after_ms=2300).trainee(ANSWER, into_ms=2000)) == ["cut_in"]


def test_starting_in_the_last_half_second_is_early_and_neutral():
    """0.5 s before the end is early, 0.6 s before it is a cut-in."""
    assert kinds(scene().caller(STORY).trainee(ANSWER, -500)) == ["early_start"]
    assert kinds(scene().caller(STORY).trainee(ANSWER, -600)) == ["cut_in"]


def test_an_early_start_stays_early_where_the_caller_stopped_for_it():
    """The line had 0.4 s left to say when the trainee set in, though it was then cut."""
    full_ms = len(STORY.split()) * 400
    call = scene().caller(STORY, cut_after_ms=full_ms - 100).trainee(ANSWER, into_ms=full_ms - 400)
    assert kinds(call) == ["early_start"]


@pytest.mark.parametrize("said", ["right", "i see", "okay"])
def test_a_listed_word_or_two_is_a_backchannel(said):
    """Up to one second of listening noises inside the caller's speech is credited, not blamed."""
    call = scene().caller(STORY).trainee(said, into_ms=3000)
    assert kinds(call) == kinds_imported(call) == ["backchannel"]


def test_words_that_are_not_listed_are_no_backchannel():
    """Two words of contradiction, 0.8 s long, are a cut-in."""
    assert kinds(scene().caller(STORY).trainee("that's wrong", into_ms=3000)) == ["cut_in"]


def test_a_listed_word_that_leads_into_a_turn_is_part_of_the_cut_in():
    """ "Okay", then straight on over the caller: one cut-in, no credit."""
    call = scene().caller(STORY).trainee("okay", into_ms=1000).trainee("what is your order number please", 500)
    assert kinds(call) == ["cut_in"]


def test_an_okay_after_the_caller_has_finished_is_an_answer():
    """Between two lines of a simulated caller an okay overlaps nothing."""
    assert kinds(scene().caller(STORY).trainee("okay", 400).caller("So what now?", 300)) == []


def test_a_listed_word_in_a_short_pause_of_a_recorded_caller_is_a_backchannel():
    """In a recording the caller's own pause of 1.0 s, with a "right" in it, is inside the caller's turn."""
    call = scene().caller("it broke on the first day").trainee("right", 200).caller("and then it caught fire", 400)
    found = measure(call.imported(), RULES)
    assert [one.kind for one in found.overlaps] == ["backchannel"]
    assert [turn.who for turn in found.turns] == ["caller"]


def test_the_same_word_in_a_long_pause_is_an_answer():
    """With 2.4 s between the caller's sentences the "right" is the trainee's turn."""
    call = scene().caller("it broke on the first day").trainee("right", 1000).caller("and then it caught fire", 1000)
    found = measure(call.imported(), RULES)
    assert found.overlaps == ()
    assert [turn.who for turn in found.turns] == ["caller", "trainee", "caller"]


def test_a_cough_is_nothing():
    """Voice without a word, up to two seconds, is none of the kinds."""
    assert kinds(scene().caller(STORY).noise(1500, into_ms=2000)) == []


def test_a_long_wordless_voice_over_the_caller_is_a_cut_in():
    """Nobody coughs for three seconds; the recogniser just found no words."""
    assert kinds(scene().caller(STORY).noise(3000, into_ms=2000)) == ["cut_in"]


def test_the_caller_starting_over_the_trainee_is_never_the_trainees_fault():
    """The caller sets in while the trainee speaks, and the trainee finishes."""
    call = scene().trainee("let me just look that up for you in our system").caller("Hurry up please!", -2000)
    assert kinds(call) == kinds_imported(call) == ["caller_cut_in"]


def test_a_pause_taken_for_an_end_is_the_callers_cut_in():
    """The caller took the trainee's pause for the end; the trainee, 0.2 s into that line, was only going on."""
    call = scene().caller(STORY).trainee("so what i will do", 500).caller("What does that mean?", 800, cut_after_ms=350)
    call.trainee("is send you a new one", into_ms=200)
    assert kinds(call) == ["caller_cut_in"]


def test_reacting_to_what_the_caller_said_is_a_cut_in():
    """A second into the line the trainee has heard what it is about: that is a choice."""
    call = scene().caller(STORY).trainee("so what i will do", 500).caller("You never called me back at all.", 800)
    assert kinds(call.trainee("is send you a new one", into_ms=1000)) == ["cut_in"]


def test_a_recorded_callers_listening_noises_are_no_cut_in():
    """A recorded caller may say "okay" while the trainee speaks."""
    call = scene().trainee("let me just look that up for you in our system").caller("okay", -2000)
    assert kinds_imported(call) == []


def test_one_turn_over_one_line_counts_once():
    """Stopping for half a second and going on over the same line is the same cut-in."""
    call = scene().caller(STORY).trainee("what is your name", into_ms=1000).trainee("and your number please", 500)
    assert kinds(call) == ["cut_in"]


def test_cutting_in_on_two_lines_counts_twice():
    """Each line of the caller is a chance to listen."""
    call = scene().caller(STORY).trainee("what is your name", into_ms=1000).caller(STORY, 6000)
    assert kinds(call.trainee("what is your name", into_ms=1000)) == ["cut_in", "cut_in"]


def test_a_pause_inside_a_line_is_the_callers():
    """A line is one span, so that a start in its inner pause is a cut-in, while its end is the caller's own."""
    evidence = scene().caller(STORY).trainee(ANSWER, into_ms=3000).evidence()
    assert evidence.caller == (Span(500, 8100),)
    assert [one.kind for one in measure(evidence, RULES).overlaps] == ["cut_in"]


# --- recorded callers: who started last, and had the other finished? --------------------------------------------------


def paused_caller(trainee_after_ms, pause_ms, resumes="all of it"):
    """A recorded caller pauses, the trainee sets in `trainee_after_ms` into the pause, the caller goes on."""
    call = scene().caller("my order never came and")
    paused_ms = call.end_ms
    call.caller(resumes, pause_ms)
    call.parts.append(Part("trainee", ANSWER, paused_ms + trainee_after_ms, paused_ms + trainee_after_ms + 4000))
    return call


def test_a_caller_who_goes_on_at_once_had_not_finished():
    """44 ms into a pause of 460 ms nobody can have waited for the end: a cut-in, from the trainee's start on."""
    call = paused_caller(44, 460)
    [found] = measure(call.imported(), RULES).overlaps
    paused_ms = call.parts[0].end_ms
    assert (found.kind, found.span) == ("cut_in", Span(paused_ms + 44, paused_ms + 460 + 3 * 400))


def test_a_trainee_who_waited_took_the_pause_fairly():
    """0.4 s into the pause the trainee had heard it; the caller who then goes on is the one who starts last."""
    assert kinds_imported(paused_caller(400, 460)) == ["caller_cut_in"]


def test_a_caller_who_comes_back_late_had_finished():
    """Nobody was cut in on who says nothing more for 1.4 s; speaking then into the answer is the caller's doing."""
    assert kinds_imported(paused_caller(44, 1400)) == ["caller_cut_in"]


def test_a_callers_okay_is_not_going_on():
    """The caller had finished, and says "okay" to the trainee's first words."""
    assert kinds_imported(paused_caller(44, 460, resumes="okay")) == []


def test_setting_in_with_a_caller_who_only_paused_is_no_simultaneous_start():
    """0.3 s after the caller went on, but long after it began: the caller did not start over the trainee."""
    call = (
        scene().trainee("one moment").caller("my order never came and", 500).caller("nobody called me back at all", 500)
    )
    assert kinds_imported(call.trainee(ANSWER, into_ms=300)) == ["cut_in"]


@given(
    trainee=st.lists(st.tuples(st.integers(0, 30_000), st.integers(120, 6_000)), max_size=8),
    caller=st.lists(st.tuples(st.integers(0, 30_000), st.integers(120, 6_000)), max_size=8),
    leaked=st.lists(st.tuples(st.integers(0, 30_000), st.integers(300, 6_000)), max_size=5),
)
def test_overlaps_never_exceed_what_both_said(trainee, caller, leaked):
    """Whatever was heard: each cut-in lies where the trainee speaks, and nothing that leaked is speech."""
    ours, theirs, gone = (
        bridged((Span(at, at + long) for at, long in side), 300) for side in (trainee, caller, leaked)
    )
    heard = ([SpeechEnded(one.end_ms, one.end_ms, one.start_ms) for one in side] for side in (ours, theirs))
    evidence = from_listening(*heard, length_ms=40_000, leaked=gone)
    assert not [one for one in evidence.trainee if one not in ours and any(one & span for span in gone)]
    for one in measure(evidence, RULES).overlaps:
        assert one.span.start_ms >= one.said.span.start_ms
        assert one.span.end_ms <= one.said.span.end_ms
