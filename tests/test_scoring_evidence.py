"""What a score rests on, from a whole call, a broken-off one, and a recording."""

import pytest
from scenes import FACTS, STORY, good_call, scene

from callsim.events import Heard, LineEnded, SpeechStarted, Word
from callsim.scoring.evidence import from_events
from callsim.scoring.rubric import read_rubric
from callsim.scoring.scorecard import Scorecard, score
from callsim.timeline import Span


def test_the_callers_speech_is_the_lines_as_played():
    """A line of 8 words, cut after 1 s, leaves 1 s of the caller's speech and says that it was cut."""
    evidence = scene().caller("one two three four five six seven eight", cut_after_ms=1000).evidence()
    assert evidence.caller == (Span(500, 1500),)
    assert [(line.span, line.full_ms, line.cut) for line in evidence.lines] == [(Span(500, 1500), 3200, True)]


def test_a_line_still_playing_when_the_program_died_ends_with_the_last_that_is_known():
    """Without its LineEnded a line lasts until the last event, and never longer than the whole line."""
    events = [one for one in scene().caller(STORY).events() if not isinstance(one, LineEnded)]
    assert from_events(events, FACTS).caller == ()
    going_on = from_events([*events, SpeechStarted(3000, 3130)], FACTS)
    assert going_on.caller == (Span(500, 3000),)
    long_after = from_events([*events, SpeechStarted(60_000, 60_130)], FACTS)
    assert long_after.caller == (Span(500, 500 + 19 * 400),)


@pytest.mark.parametrize("kept", range(len(good_call().events()) + 1))
def test_a_call_that_stops_anywhere_can_be_scored(kept):
    """After a crash any beginning of the events gives a scorecard."""
    evidence = from_events(good_call().events()[:kept], FACTS)
    card = score(evidence, read_rubric())
    assert Scorecard.model_validate_json(card.to_json()) == card
    assert all(span.end_ms <= evidence.length_ms for span in (*evidence.trainee, *evidence.caller))


def test_a_recording_has_both_voices_and_no_lines():
    """An imported call knows no script, lines, moods or ending."""
    evidence = good_call().imported()
    assert evidence.lines is None
    assert evidence.facts is None
    assert {said.who for said in evidence.utterances} == {"trainee", "caller"}


def test_a_word_a_little_outside_the_voice_belongs_to_the_nearest_stretch():
    """Recognisers put words up to 0.15 s beside the voice; they are not lost."""
    from callsim.scoring.stretches import trainee_stretches

    call = scene().trainee("hello", 1000)
    heard = Heard(1000, 2000, 1400, (Word("well", 870, 960), Word("hello", 1000, 1400)))
    events = [one for one in call.events() if not isinstance(one, Heard)]
    assert [one.text for one in trainee_stretches(from_events([*events, heard], None))] == ["well hello"]
