"""What the trainee sees of a call: who is to speak, the words, the mood; in a test none of the last two."""

from __future__ import annotations

from dataclasses import replace

import pytest
from conversing import talk

from callsim.catalogue import script_files
from callsim.coaching import HESITATES_MS
from callsim.events import Heard, Hearing, LineEnded, LineStarted, Word
from callsim.picture import Board, Said
from callsim.script import read_script

PARCEL = read_script(script_files()["parcel"])
HELLO = "good morning bluebird toys this is priya speaking how can i help"
LINE = LineStarted(1_000, 1_000, 1, "story.never_came", "It never came.", 2_000)
WORDS = Heard(4_000, 4_600, 4_500, (Word("i'm", 4_000, 4_200), Word("sorry", 4_200, 4_500)))


def board(mode="practice", events=()):
    """A board that saw these events."""
    made = Board(PARCEL, mode)
    for event in events:
        made.watch(event)
    return made


def picture(events=(), mode="practice", on=(), state=None):
    """The picture after these events."""
    return board(mode, events).picture(state or talk(PARCEL).state, set(on), 0.5)


def test_both_sides_words_are_there_in_order():
    """The caller's as the line begins, the trainee's once they are known."""
    assert picture([LINE, WORDS]).said == (
        Said(1_000, "caller", "It never came."),
        Said(4_000, "trainee", "i'm sorry"),
    )


def test_a_guess_stands_until_the_words_are_known():
    """Then it is gone, even where no word was found."""
    guess = Hearing(4_000, 4_300, "i'm")
    assert picture([guess]).guess == "i'm"
    assert picture([guess, WORDS]).guess == ""
    nothing = replace(WORDS, words=())
    assert picture([guess, nothing]).guess == ""
    assert picture([guess, nothing]).said == ()


def test_a_cut_line_is_marked():
    """The caller's last one, also where the trainee's words came in between."""
    said = picture([LINE, WORDS, LineEnded(2_500, 2_500, 1, 1_500, cut=True)]).said
    assert [one.cut_ms for one in said] == [2_500, None]
    assert picture([LINE, LineEnded(3_000, 3_000, 1, 2_000, cut=False)]).said[0].cut_ms is None


@pytest.mark.parametrize(
    ("on", "floor", "says"),
    [
        ((), "trainee", "your turn"),
        (("mute",), "muted", "you are muted"),
        (("hold", "mute"), "hold", "on hold"),
        (("pause", "hold"), "pause", "paused"),
    ],
)
def test_it_tells_whose_turn_it_is(on, floor, says):
    """Or what keeps the trainee from it."""
    seen = picture(on=on)
    assert (seen.floor, seen.says, seen.on) == (floor, says, frozenset(on))


def test_it_tells_when_the_caller_speaks():
    """By name; a muted microphone is told once the caller is done."""
    call = talk(PARCEL).trainee(HELLO).into_line(500)
    seen = picture(state=call.state, on=("mute",))
    assert (seen.floor, seen.says) == ("caller", "Dana is speaking")


def test_a_test_shows_neither_words_nor_mood():
    """They are not in the picture at all, so that no page can show them by mistake."""
    seen = picture([LINE, WORDS, Hearing(5_000, 5_200, "and")], mode="test")
    assert (seen.said, seen.guess, seen.cue, seen.frustration, seen.mood) == ((), "", "", None, None)
    assert seen.level == 0.5


def test_an_overview_shows_the_mood_and_no_words():
    """Those of the script's caller at the start; the words are for practice."""
    seen = picture([LINE, WORDS, Hearing(5_000, 5_200, "and")], mode="overview")
    assert (seen.frustration, seen.mood) == (55, "upset")
    assert (seen.said, seen.guess, seen.cue) == ((), "", "")


def test_a_cue_comes_in_practice_alone():
    """When the trainee hesitates; the overview showed the story before."""
    waiting = talk(PARCEL).silence(HESITATES_MS + 40).state
    assert picture(state=waiting).cue == "Say who you are, and offer your help."
    assert picture(state=waiting, mode="overview").cue == ""


def test_the_same_cue_comes_twice_at_most():
    """The third time it helps nobody; while it stands it is one."""
    made, busy = board(), talk(PARCEL).trainee(HELLO).state
    waiting = talk(PARCEL).silence(HESITATES_MS + 40).state
    shown = []
    for _ in range(3):
        shown.append([bool(made.picture(waiting, (), 0.0).cue) for _ in range(3)])
        made.picture(busy, (), 0.0)
    assert shown == [[True] * 3, [True] * 3, [False] * 3]
