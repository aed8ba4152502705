from dataclasses import replace
from pathlib import Path

import pytest
from conversing import STEP_MS, WORD_MS, Talk, talk
from hypothesis import given, settings
from hypothesis import strategies as st

from callsim.actions import Cut
from callsim.conversation import step
from callsim.endpoint import ASKED_MS
from callsim.errors import IllegalEvent
from callsim.events import Acted, Decided, Heard, Hearing, LineEnded, LineStarted, SpeechEnded, SpeechStarted, TurnEnded
from callsim.floor import Tick, start
from callsim.script import read_script

SCRIPT = read_script(Path(__file__).parent / "stove.toml")
SLOW = SCRIPT.model_copy(update={"caller": SCRIPT.caller.model_copy(update={"holds_on_ms": 1_500})})
STORY = SCRIPT.story[0].say.any[0]


def test_the_caller_waits_for_the_greeting_and_then_tells_the_story():
    """A greeting is answered with the story's first part."""
    call = talk(SCRIPT).trainee("good morning smith repairs how can i help").listens()
    assert [line_id for _, line_id, _ in call.lines] == ["story.stove"]


def test_without_a_greeting_the_caller_begins():
    """Somebody who says nothing is told the story after the script's greeting wait."""
    call = talk(SCRIPT).silence(4_000)
    assert call.lines[0][:2] == (SCRIPT.caller.greeting_wait_ms, "story.stove")


def test_the_answer_comes_soon_after_a_question():
    """A question is answered within 700 ms of its true end."""
    call = talk(SCRIPT).silence(2_500).listens()
    call.trainee("i am so sorry when did this happen").silence(1_000)
    ended = next(event for event in call.events if isinstance(event, TurnEnded))
    assert call.lines[1][0] - ended.at_ms <= 700


def test_a_trailing_and_gets_more_time():
    """Who stops at "and" is not done: the caller waits longer and both parts make one turn."""
    call = talk(SCRIPT).silence(2_500).listens()
    call.trainee("i will send somebody and").trainee("he will be there tomorrow", after_ms=1_100).silence(1_500)
    assert sum(isinstance(event, TurnEnded) for event in call.events) == 1


def test_an_acknowledgement_does_not_stop_the_caller():
    """A "right" said over the story leaves it whole and is no turn."""
    call = talk(SCRIPT).silence(2_500).into_line(2_000).trainee("right", after_ms=0).silence(9_000)
    assert call.cut_lines() == []
    assert "cut_in" not in call.causes()


def test_a_cut_in_stops_the_caller_and_costs():
    """Talking on over the story stops the caller within 300 ms of being recognisable, and makes it worse."""
    call = talk(SCRIPT).silence(2_500).into_line(2_000)
    call.trainee("can you give me your postcode please", after_ms=0)
    assert call.causes() == ["cut_in_on_the_story"]
    [heard_ms] = call.cut_lines()
    second_word_guessed_ms = 2_000 + 2 * WORD_MS + 100
    assert 2_000 < heard_ms <= second_word_guessed_ms + 300


def test_after_a_cut_in_the_caller_goes_back():
    """The caller says so and takes up the clause in which it was cut off."""
    call = talk(SCRIPT).silence(2_500).into_line(3_000)
    call.trainee("hold on what is your postcode", after_ms=0).silence(2_000)
    _, line_id, text = call.lines[1]
    assert line_id == "story.stove.resume"
    assert STORY.endswith(text[-20:])
    assert len(text) < len(STORY) + 40


def test_a_stubborn_caller_talks_on_for_a_while():
    """`holds_on_ms` lets the caller talk on over a cut-in for so long before it yields."""
    yields, stubborn = (
        talk(script).silence(2_500).into_line(1_000).trainee("can you give me your name and postcode now", after_ms=0)
        for script in (SCRIPT, SLOW)
    )
    assert yields.cut_lines()[0] < 2_000
    assert stubborn.cut_lines()[0] >= 1_000 + 1_500 + 500


def test_a_caller_that_spoke_into_a_pause_gives_way():
    """The trainee was not done: the caller says sorry, takes its answer back, and hears one whole turn."""
    call = talk(SCRIPT).silence(2_500).listens()
    call.trainee("i will send somebody today").trainee("and he will call you first", after_ms=700).silence(3_000)
    assert [line_id for _, line_id, _ in call.lines][2] == "go_on"
    back = next(event for event in call.events if isinstance(event, Decided) and event.rule == "back_off")
    assert back.frustration_after == next(e for e in call.events if isinstance(e, Decided)).frustration_before
    assert "cut_in" not in call.causes()


def test_silence_is_asked_about_and_then_ends_the_call():
    """After six seconds the caller speaks up; nobody there at all ends in a hang-up."""
    call = talk(SCRIPT).silence(2_500).listens()
    quiet_ms = call.now_ms
    call.silence(7_000)
    assert call.lines[1][1] == "still_there"
    assert 0 <= call.lines[1][0] - quiet_ms - SCRIPT.caller.patience_ms <= 40
    assert call.silence(120_000).ending == "hang_up"


def test_an_explained_hold_buys_time():
    """After "bear with me while i check" the caller waits for much longer than its patience."""
    call = talk(SCRIPT).silence(2_500).listens().trainee("i'm sorry about that").listens()
    call.trainee("please bear with me a moment while i check that for you").listens()
    assert call.lines[-1][1] == "waiting"
    assert len(call.silence(20_000).lines) == len(call.lines)


def test_a_voice_without_words_is_asked_to_repeat():
    """A second of mumbling gets a "sorry?", not an answer."""
    call = talk(SCRIPT).silence(2_500).listens()
    at_ms = call.now_ms + 500
    call._at(at_ms + 120, SpeechStarted(at_ms, at_ms + 120))
    call._at(at_ms + 1_300, SpeechEnded(at_ms + 1_000, at_ms + 1_300, at_ms))
    call._at(at_ms + 1_300, Heard(at_ms, at_ms + 1_300, at_ms + 1_000, ()))
    assert call.silence(4_000).lines[1][1] == "pardon"


def test_a_late_recogniser_is_not_waited_for():
    """Words that take 5 s are answered on the guess, and do not count as a second turn when they come."""
    call = talk(SCRIPT).silence(2_500).listens()
    call.trainee("i am so sorry to hear that", heard_late_ms=5_000).silence(2_300)
    answered = len(call.lines)
    assert answered == 2
    call.listens().silence(4_000)
    assert sum(isinstance(event, TurnEnded) for event in call.events) == 1


def test_events_that_cannot_happen_raise():
    """A line cannot start or end while nobody asked for one."""
    state = start(SCRIPT, 0)
    with pytest.raises(IllegalEvent):
        step(state, LineStarted(0, 0, 1, "story.stove", "…", 1_000))
    with pytest.raises(IllegalEvent):
        step(state, LineEnded(0, 0, 1, 1_000, cut=False))


def test_a_call_that_is_over_ignores_what_is_still_heard():
    """After the hang-up nothing changes any more."""
    over = replace(start(SCRIPT, 0), phase="over")
    for event in (Tick(5), SpeechStarted(1, 2), Hearing(1, 2, "hello"), SpeechEnded(1, 2, 0), Heard(1, 2, 3, ())):
        after, actions = step(over, event)
        assert (after.phase, actions) == ("over", ())


SAYINGS = st.sampled_from(
    [
        "right",
        "i'm so sorry",
        "what is your postcode",
        "that is not my department",
        "i will send an engineer tomorrow morning",
        "and",
        "calm down",
        "let me put you through to my supervisor",
        "bear with me while i check",
        "is there anything else",
    ]
)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(SAYINGS, st.integers(0, 9_000)), max_size=12), st.integers(0, 5))
def test_any_trainee_at_any_time_gets_a_call_that_ends(sayings, seed):
    """Whatever is said whenever: no illegal event, frustration stays in range, and silence ends the call."""
    call = talk(SCRIPT, seed)
    for text, after_ms in sayings:
        call.trainee(text, after_ms)
    call.silence(300_000)
    assert call.ending is not None
    assert all(0 <= e.frustration_after <= 100 for e in call.events if isinstance(e, Decided))


@settings(max_examples=10, deadline=None)
@given(st.lists(SAYINGS, max_size=6), st.integers(0, 5))
def test_same_seed_same_caller(sayings, seed):
    """The same call twice gives the same events."""
    calls = [talk(SCRIPT, seed) for _ in range(2)]
    for text in sayings:
        for call in calls:
            call.trainee(text)
    assert calls[0].events == calls[1].events


def test_a_story_cut_off_by_a_cough_is_still_told():
    """A voice without words stops the caller, who asks, and then goes back: the story counts as heard in the end."""
    call = talk(SCRIPT).silence(2_500).into_line(3_000)
    at_ms = call.now_ms
    call._at(at_ms + 120, SpeechStarted(at_ms, at_ms + 120))
    call._at(at_ms + 1_700, SpeechEnded(at_ms + 1_400, at_ms + 1_700, at_ms))
    call._at(at_ms + 1_700, Heard(at_ms, at_ms + 1_700, at_ms + 1_400, ()))
    call.silence(3_000).listens().trainee("sorry please go on").silence(1_500).listens()
    call.trainee("i am so sorry to hear that").silence(1_500).listens()
    assert [line_id for _, line_id, _ in call.lines][:3] == ["story.stove", "pardon", "story.stove.resume"]
    assert call.state.mind.story == "told"


def test_words_that_came_late_are_kept_when_the_caller_gives_way():
    """The caller answered on a guess into a pause: the words that settle later belong to the turn that goes on."""
    call = talk(SCRIPT).silence(2_500).listens()
    call.trainee("i am so sorry to hear that", heard_late_ms=2_600)
    call.silence(1_960).trainee("and i will send somebody", after_ms=0).silence(6_000)
    turns = [event for event in call.events if isinstance(event, Acted)]
    assert "go_on" in [line_id for _, line_id, _ in call.lines]
    assert {"apology"} <= {event.act for event in turns}


def test_what_is_long_on_its_way_is_sent_sooner():
    """A caller whose voice takes 100 ms to be heard decides that much sooner, from its first line on."""
    at_once, late = (Talk(start(SCRIPT, 0), way_ms).silence(2_500) for way_ms in (0, 100))
    for call in (at_once, late):
        for _ in range(4):
            call.listens().trainee("i am so sorry when did this happen")
        call.silence(1_000)
    assert answers_ms(at_once) == answers_ms(late) == [ASKED_MS] * 4


def answers_ms(call):
    """From the end of each turn to the line that answers it."""
    ends = [event.at_ms for event in call.events if isinstance(event, SpeechEnded)]
    return [min(at for at, *_ in call.lines if at > end) - end for end in ends]


@pytest.mark.parametrize(("voiced", "after_ms"), [(False, 1_000), (True, 800)])
def test_a_voice_that_sounds_on_is_cut_to_ahead_of_time(voiced, after_ms):
    """Silence needs its 200 ms to the ear; but a voice that may be over already might have been an acknowledgement."""
    state = talk(SCRIPT).silence(2_500).into_line(1_000).state
    began_ms = state.now_ms
    state, _ = step(state, SpeechStarted(began_ms, began_ms + 100))
    for at_ms in range(began_ms + 100, began_ms + 3_000, STEP_MS):
        state, actions = step(state, Tick(at_ms, voiced, lead_ms=200))
        if Cut() in actions:
            break
    assert at_ms - began_ms == after_ms
