"""The trainees without a headset: a recording, and a scene that follows the caller."""

from itertools import islice, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from callsim.devices.recorded import RecordedPhone, ScriptedPhone
from callsim.errors import OurBug
from callsim.phone import Clip, Cue


def clip(mark, duration_ms):
    """A clip whose every sample is `mark`."""
    return Clip(np.full(duration_ms * 16, mark, np.int16))


def cue(mark, duration_ms, when, delay_ms=0, line=None):
    """A cue that says `mark` for some time."""
    return Cue(clip(mark, duration_ms), when, delay_ms, line)


def call(phone, actions, duration_ms):
    """The trainee's whole sound, with `actions` (play a clip, or "cut") taken before the blocks at their times."""
    heard = []
    for block in islice(phone.blocks(), duration_ms // 20):
        heard.append(block.trainee)
        match actions.get(block.end_sample // 16):
            case "cut":
                phone.cut()
            case Clip() as line:
                phone.play(line)
    return np.concatenate(heard)


def said(sound):
    """What was said: (mark, from ms, to ms) of each run of equal samples that is not silence; times may be broken."""
    edges = [0, *(np.flatnonzero(np.diff(sound)) + 1), len(sound)]
    runs = [(int(sound[a]), a / 16, b / 16) for a, b in pairwise(edges)]
    return [run for run in runs if run[0]]


@given(sizes=st.lists(st.integers(0, 700), max_size=8))
def test_a_recording_is_heard_as_it_is_and_then_silence(sizes):
    """In whatever pieces the recording comes, no sample is lost or moved."""
    recording = np.arange(1, sum(sizes) + 1, dtype=np.int16)
    pieces = np.split(recording, np.cumsum(sizes)[:-1]) if sizes else []
    heard = np.concatenate([block.trainee for block in islice(RecordedPhone(pieces).blocks(), 30)])
    assert np.array_equal(heard[: len(recording)], recording)
    assert not heard[len(recording) :].any()


def test_a_recording_is_read_as_the_call_goes():
    """An hour of recording is not taken into memory to hear its first second."""
    drawn = []

    def pieces():
        for number in range(1000):
            drawn.append(number)
            yield np.ones(1600, np.int16)

    list(islice(RecordedPhone(pieces()).blocks(), 50))
    assert len(drawn) <= 11


def test_a_cue_at_the_start_counts_from_the_first_sample():
    """The trainee answers the phone 105 ms into the call, in the middle of a block."""
    assert said(call(ScriptedPhone([cue(1, 30, "at start", 105)]), {}, 400)) == [(1, 105, 135)]


def test_nothing_is_said_while_its_moment_is_out():
    """A trainee who waits for a caller who never speaks is silent, and the cues are known to be unsaid."""
    cues = [cue(1, 30, "after caller", 100), cue(2, 30, "into line", 100, 1)]
    phone = ScriptedPhone(cues)
    assert said(call(phone, {}, 2000)) == []
    assert phone.unsaid == tuple(cues)


def test_a_cue_after_the_caller_counts_from_the_lines_last_sample():
    """A line of 130 ms from 100 ms on ends in the middle of a block; 45 ms later the trainee answers."""
    phone = ScriptedPhone([cue(1, 200, "after caller", 45)])
    assert said(call(phone, {100: clip(9, 130)}, 1000)) == [(1, 275, 475)]
    assert phone.unsaid == ()


def test_an_answer_without_delay_starts_with_the_sample_after_the_line():
    """Even where that lies in the block in which the line ended."""
    assert said(call(ScriptedPhone([cue(1, 50, "after caller")]), {100: clip(9, 130)}, 1000)) == [(1, 230, 280)]


def test_answers_go_with_their_lines():
    """Each line is answered once, and the trainee does not go on alone."""
    cues = [cue(1, 300, "after caller", 100), cue(2, 300, "after caller", 100)]
    lines = {100: clip(9, 200), 1500: clip(9, 200)}
    assert said(call(ScriptedPhone(cues), lines, 3000)) == [(1, 400, 700), (2, 1800, 2100)]


def test_a_longer_wait_for_the_next_answer_does_not_go_back_to_the_last_line():
    """The line that the cue before has answered is answered, however late the next cue's moment would be."""
    cues = [cue(1, 100, "after caller", 100), cue(2, 100, "after caller", 800)]
    assert said(call(ScriptedPhone(cues), {100: clip(9, 200)}, 3000)) == [(1, 400, 500)]


def test_an_interruption_counts_from_the_lines_first_sample():
    """105 ms into the second line, whatever that line does meanwhile."""
    cues = [cue(1, 100, "after caller", 100), cue(2, 300, "into line", 105, 2)]
    lines = {100: clip(9, 200), 1000: clip(9, 500)}
    assert said(call(ScriptedPhone(cues), lines, 3000)) == [(1, 400, 500), (2, 1105, 1405)]


def test_an_interruption_of_a_line_that_is_over_is_never_said():
    """The line turned out shorter than the delay: the cue is passed over, kept in mind, and the next has its turn."""
    cues = [cue(1, 100, "into line", 400, 1), cue(2, 100, "after caller", 100)]
    phone = ScriptedPhone(cues)
    assert said(call(phone, {100: clip(9, 200)}, 2000)) == [(2, 400, 500)]
    assert phone.unsaid == (cues[0],)


def test_an_interruption_whose_moment_and_end_of_line_lie_in_one_block_is_said():
    """10 ms before the line's last sample is into the line."""
    phone = ScriptedPhone([cue(1, 100, "into line", 190, 1)])
    assert said(call(phone, {100: clip(9, 200)}, 2000)) == [(1, 290, 390)]


def test_two_cues_are_never_said_at_once():
    """The second one's moment falls into the first: it is put off to that one's end."""
    cues = [cue(1, 300, "into line", 100, 1), cue(2, 100, "into line", 200, 1)]
    assert said(call(ScriptedPhone(cues), {100: clip(9, 1000)}, 2000)) == [(1, 200, 500), (2, 500, 600)]


def test_who_talks_the_caller_down_waits_for_the_callers_word_on_it():
    """The line was cut 300 ms into a long interruption; the next answer is for the next line."""
    cues = [cue(1, 2000, "into line", 200, 1), cue(2, 300, "after caller", 100)]
    actions = {100: clip(9, 3000), 600: "cut", 3000: clip(9, 500)}
    assert said(call(ScriptedPhone(cues), actions, 5000)) == [(1, 300, 2300), (2, 3600, 3900)]


def test_who_stops_the_caller_with_a_word_can_go_on():
    """After a short "stop", 400 ms from when the caller fell silent (5 ms after the cut), the trainee says the rest."""
    cues = [cue(1, 500, "into line", 200, 1), cue(2, 300, "after caller", 400)]
    actions = {100: clip(9, 3000), 600: "cut"}
    assert said(call(ScriptedPhone(cues), actions, 3000)) == [(1, 300, 800), (2, 1005, 1305)]


def test_an_acknowledgement_over_the_last_words_is_no_answer():
    """The answer is still due, 400 ms after the line."""
    cues = [cue(1, 300, "into line", 800, 1), cue(2, 200, "after caller", 400)]
    assert said(call(ScriptedPhone(cues), {100: clip(9, 1000)}, 3000)) == [(1, 900, 1200), (2, 1500, 1700)]


def test_a_line_that_is_still_playing_has_no_end_yet():
    """An acknowledgement in mid-line, and the answer once the line is over."""
    cues = [cue(1, 100, "into line", 100, 1), cue(2, 100, "after caller", 100)]
    assert said(call(ScriptedPhone(cues), {100: clip(9, 1000)}, 3000)) == [(1, 200, 300), (2, 1200, 1300)]


def test_a_cue_into_no_line_is_a_bug():
    """Scenes are checked when they are read, so this cannot come from a user."""
    with pytest.raises(OurBug, match="no line is named"):
        call(ScriptedPhone([cue(1, 100, "into line", 100)]), {}, 100)


moments = st.sampled_from(["at start", "after caller", "into line"])
cues = st.builds(cue, st.just(1), st.integers(0, 300), moments, st.integers(0, 500), st.integers(1, 3))


@given(cues=st.lists(cues, max_size=5), lines=st.lists(st.integers(1, 600), max_size=3))
def test_every_cue_is_said_whole_once_or_is_unsaid(cues, lines):
    """Nothing is lost, nothing is said twice, in any scene."""
    phone = ScriptedPhone(cues)
    actions = {1000 * (number + 1): clip(9, duration_ms) for number, duration_ms in enumerate(lines)}
    heard = call(phone, actions, 6000)
    unsaid = list(phone.unsaid)
    spoken = [one for one in cues if not any(one is other for other in unsaid)]
    assert len(spoken) + len(unsaid) == len(cues)
    assert np.count_nonzero(heard) == sum(len(one.clip.samples) for one in spoken)
