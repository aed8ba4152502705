"""Turns, gaps, silences and shares, against values worked out by hand."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scenes import scene

from callsim.scoring.measured import measure
from callsim.scoring.rubric import read_rubric
from callsim.scoring.turns import Turn, longest_turn, silences, talk_share, turns
from callsim.timeline import Span

RULES = read_rubric().measures


def of(call):
    """The measures of a scene as a simulated call."""
    return measure(call.evidence(), RULES)


def spans(*pairs):
    """Spans from pairs of milliseconds."""
    return [Span(*pair) for pair in pairs]


def test_a_pause_of_three_seconds_is_inside_a_turn_and_a_longer_one_ends_it():
    """The bridge is 3.0 s, its end included."""
    assert turns(spans((0, 1000), (4000, 5000)), [], [], 3000) == [Turn("trainee", Span(0, 5000))]
    assert len(turns(spans((0, 1000), (4001, 5000)), [], [], 3000)) == 2


def test_the_other_sides_turn_ends_a_turn_however_short_the_pause():
    """Who takes the floor ends the other's turn."""
    found = turns(spans((0, 1000), (2000, 3000)), spans((1200, 1800)), [], 3000)
    assert [turn.who for turn in found] == ["trainee", "caller", "trainee"]


def test_words_inside_the_others_speech_take_no_floor():
    """A remark during the caller's line, and up to 0.1 s beyond it, leaves the caller's turn whole."""
    inside, beyond = spans((2000, 5100)), spans((2000, 5101))
    assert turns(inside, spans((0, 5000), (6000, 7000)), [], 3000) == [Turn("caller", Span(0, 7000))]
    assert len(turns(beyond, spans((0, 5000), (6000, 7000)), [], 3000)) == 3


def test_an_aside_in_a_pause_takes_no_floor():
    """A backchannel between two sentences of the caller does not split the caller's turn."""
    aside = Span(5100, 5500)
    assert turns([aside], spans((0, 5000), (6000, 7000)), [aside], 3000) == [Turn("caller", Span(0, 7000))]


def test_the_gap_is_from_the_callers_end_to_the_trainees_start():
    """Two answers, 0.4 s and 1.2 s after the caller's lines."""
    call = scene().caller("one two three").trainee("yes of course", 400).caller("four five").trainee("i see it", 1200)
    assert [gap.gap_ms for gap in of(call).gaps] == [400, 1200]


def test_an_early_start_is_a_negative_gap():
    """Answering in the caller's last 0.3 s is a gap of -300 ms."""
    call = scene().caller("what is your name and where do you live").trainee("my name is sam", -300)
    assert [gap.gap_ms for gap in of(call).gaps] == [-300]


def test_a_cut_in_is_no_answer():
    """Cutting in is judged elsewhere; it must not look like a quick answer."""
    call = scene().caller("what is your name and where do you live").trainee("no you listen to me now", into_ms=1000)
    assert of(call).gaps == ()


def test_starting_together_is_no_answer():
    """Two recorded people who set in within 0.2 s of each other answer nobody."""
    call = scene().caller("so what do you say to that", 4000).trainee("yes of course i am here and i can", into_ms=200)
    assert [turn.who for turn in measure(call.imported(), RULES).turns] == ["caller", "trainee"]
    assert measure(call.imported(), RULES).gaps == ()


def test_only_the_last_line_before_the_answer_counts_for_the_gap():
    """The silence before the caller's "hello?" is dead air, not a gap; the answer came 0.5 s after the "hello?"."""
    call = scene().caller("what is your name").caller("Hello?", after_ms=6000).trainee("my name is sam", 500)
    assert [gap.gap_ms for gap in of(call).gaps] == [500]
    assert of(call).dead_air == (Span(2100, 8100),)


def test_three_seconds_of_silence_are_not_dead_air_and_more_is():
    """The limit is "more than 3 s"."""
    assert of(scene().caller("hello there").trainee("yes", 3000)).dead_air == ()
    assert of(scene().caller("hello there").trainee("yes", 3001)).dead_air == (Span(1300, 4301),)


def test_silence_before_the_caller_has_spoken_is_nobodys():
    """Waiting for the other side to come on the line costs nothing."""
    assert of(scene().trainee("hello").caller("hello there", 8000)).dead_air == ()


def test_an_explained_hold_is_no_dead_air():
    """ "Bear with me while I check" excuses 20 s of silence, and the answer after it is no slow answer."""
    held = scene().caller("where is my order").trainee("bear with me while i check your order", 500)
    held = held.caller("All right.", 600).trainee("thank you for waiting it is on its way", 20_000)
    assert of(held).dead_air == ()
    assert [gap.gap_ms for gap in of(held).gaps] == [500]


def test_the_same_silence_unexplained_is_dead_air():
    """Without the explanation the same 20 s count, and so does the gap."""
    quiet = scene().caller("where is my order").trainee("well that is a good question", 500)
    quiet = quiet.caller("All right.", 600).trainee("thank you for waiting it is on its way", 20_000)
    assert [span.duration_ms for span in of(quiet).dead_air] == [20_000]
    assert [gap.gap_ms for gap in of(quiet).gaps] == [500, 20_000]


def test_a_hold_has_an_end():
    """Of a hold of 60 s, what exceeds 45 s is dead air."""
    held = scene().caller("where is my order").trainee("bear with me while i check your order", 500)
    held = held.trainee("here it is", 60_000)
    assert [span.duration_ms for span in of(held).dead_air] == [15_000]


def test_a_recorded_callers_thinking_is_not_the_trainees_dead_air():
    """After the trainee spoke, a silence that the caller breaks is the caller's own in a recording."""
    call = scene().caller("hello there").trainee("what is your order number", 500).caller("let me see", 8000)
    assert measure(call.imported(), RULES).dead_air == ()


def test_the_trainees_own_silence_counts_in_a_recording_too():
    """Going quiet in the middle of one's own turn is dead air."""
    call = scene().caller("hello there").trainee("right so", 500).trainee("here it is", 8000)
    assert [span.duration_ms for span in measure(call.imported(), RULES).dead_air] == [8000]


def test_a_caller_left_without_an_answer_until_the_end_is_dead_air():
    """The call ends 6 s after the caller's last line."""
    call = scene().caller("hello there").ends("hang_up", after_ms=6000)
    assert [span.duration_ms for span in of(call).dead_air] == [6000]


def test_the_longest_turn_includes_its_pauses():
    """1.2 s, a pause of 1 s, 0.8 s: a turn of 3.0 s."""
    call = scene().trainee("one two three", 0).trainee("four five", 1000).caller("all right")
    assert longest_turn(of(call).turns) == Turn("trainee", Span(0, 3000))


def test_talk_share_counts_time_both_speak_for_both():
    """2 s against 3 s, overlapping or not: two fifths."""
    assert talk_share(spans((0, 2000)), spans((1000, 4000))) == pytest.approx(0.4)
    assert talk_share([], []) is None


def test_a_silence_is_named_by_who_spoke_before_and_after():
    """Where both end at once the caller's end counts, since the trainee has to answer."""
    found = silences(spans((0, 1000), (5000, 6000)), spans((500, 1000)), 9000)
    assert [(one.span, one.after, one.before) for one in found] == [
        (Span(1000, 5000), "caller", "trainee"),
        (Span(6000, 9000), "trainee", None),
    ]


STRETCHES = st.lists(st.tuples(st.integers(1, 4000), st.integers(1, 4000)), max_size=12)


def laid_out(pairs):
    """Stretches from pairs of (pause, length)."""
    found, at_ms = [], 0
    for pause_ms, length_ms in pairs:
        at_ms += pause_ms
        found.append(Span(at_ms, at_ms + length_ms))
        at_ms += length_ms
    return found


@given(STRETCHES, STRETCHES, st.integers(0, 100_000))
def test_moving_a_call_in_time_moves_its_turns_and_changes_nothing_else(ours, theirs, by_ms):
    """Turns depend on differences of times alone."""
    ours, theirs = laid_out(ours), laid_out(theirs)

    def later(span):
        return Span(span.start_ms + by_ms, span.end_ms + by_ms)

    moved = turns([later(span) for span in ours], [later(span) for span in theirs], [], 3000)
    assert moved == [Turn(turn.who, later(turn.span)) for turn in turns(ours, theirs, [], 3000)]


@given(STRETCHES, STRETCHES)
def test_every_turn_begins_and_ends_with_its_sides_voice(ours, theirs):
    """A turn invents no time at its edges, and turns of one side never overlap."""
    ours, theirs = laid_out(ours), laid_out(theirs)
    found = turns(ours, theirs, [], 3000)
    for who, voice in (("trainee", ours), ("caller", theirs)):
        own = [turn.span for turn in found if turn.who == who]
        assert {span.start_ms for span in own} <= {span.start_ms for span in voice}
        assert {span.end_ms for span in own} <= {span.end_ms for span in voice}
        assert all(a.end_ms <= b.start_ms for a, b in pairwise(own))
