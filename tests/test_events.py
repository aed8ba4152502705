"""Events and their JSON form."""

import json
from dataclasses import fields, replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callsim.errors import SessionError
from callsim.events import Event, Heard, LineStarted, Moment, SpeechEnded, TurnEnded, Word, from_json, to_json
from callsim.timeline import Span

KINDS = get_args(Event)
moments = st.integers(min_value=-1_000, max_value=10**9)
words = st.builds(Word, st.text(), moments, moments, st.floats(allow_nan=False, allow_infinity=False))


def any_event():
    """Any event of any kind, by its field types; the kind and the like are left to their defaults."""
    heard = st.builds(Heard, moments, moments, moments, st.lists(words, max_size=4).map(tuple))
    return st.one_of(heard, *(st.builds(kind, **integers(kind)) for kind in KINDS if kind is not Heard))


def integers(kind):
    """Whole numbers for the integer fields of a kind; Hypothesis finds the rest by their types."""
    return {field.name: moments for field in fields(kind) if field.type in ("Ms", "int")}


def can_be(event):
    """Whether the event lies within the call and ends no sooner than it begins."""
    return 0 <= getattr(event, "started_ms", event.at_ms) <= event.at_ms <= getattr(event, "end_ms", event.at_ms)


@given(any_event().filter(can_be))
def test_reading_what_was_written_gives_the_same_event(event):
    """Nothing is lost or changed on the way to the file and back."""
    assert from_json(to_json(event)) == event


@given(any_event().filter(lambda event: not can_be(event)))
def test_what_runs_backwards_is_refused(event):
    """An event that ends before it begins was never written by a call."""
    with pytest.raises(SessionError):
        from_json(to_json(event))


@given(any_event())
def test_an_event_is_one_line(event):
    """No line feed in it, whatever was said: a line feed ends an event in the file."""
    assert "\n" not in to_json(event)
    assert json.loads(to_json(event))["kind"] == event.kind


@given(any_event())
def test_the_same_event_gives_the_same_bytes(event):
    """Equal events are written alike, so that identical calls leave identical files."""
    assert to_json(replace(event)) == to_json(event)


@given(st.lists(any_event(), min_size=2, max_size=2, unique=True))
def test_different_events_give_different_bytes(two):
    """Events that differ are never taken for each other."""
    assert to_json(two[0]) != to_json(two[1])


def test_every_kind_has_a_name_of_its_own():
    """The reader tells kinds apart by name alone, and knows every one there is."""
    names = [next(field.default for field in fields(kind) if field.name == "kind") for kind in KINDS]
    assert len(set(names)) == len(names)
    assert {kind.__name__ for kind in KINDS} == {kind.__name__ for kind in Moment.__subclasses__()}


@pytest.mark.parametrize(
    "line",
    [
        "",
        "{",
        "[]",
        "null",
        '{"at_ms": 1, "noticed_ms": 1}',
        '{"at_ms": 1, "noticed_ms": 1, "kind": "sneezed"}',
        '{"at_ms": 1, "kind": "turn_ended"}',
        '{"at_ms": 1.5, "noticed_ms": 1, "kind": "turn_ended"}',
        '{"at_ms": "1", "noticed_ms": 1, "kind": "turn_ended"}',
        '{"at_ms": 1, "noticed_ms": 1, "kind": "turn_ended", "mood": "grim"}',
        '{"at_ms": 1, "noticed_ms": 1, "kind": "ended", "ending": "happily ever after"}',
    ],
)
def test_what_no_writer_made_is_refused(line):
    """A damaged or foreign line is an error, never a guess."""
    with pytest.raises(SessionError):
        from_json(line)


def test_a_refusal_does_not_repeat_what_was_said():
    """What was said in a call stays out of messages."""
    line = '{"at_ms": 1, "noticed_ms": 1, "kind": "hearing", "text": ["my card number"], "who": "trainee"}'
    with pytest.raises(SessionError) as refusal:
        from_json(line)
    assert "card" not in str(refusal.value)


def test_heard_reads_as_its_words():
    """The text of a stretch is its words in order."""
    heard = Heard(0, 900, 800, (Word("good", 0, 300), Word("morning", 350, 800)))
    assert heard.text == "good morning"
    assert Heard(0, 900, 800, ()).text == ""


def test_speech_that_ended_knows_its_span():
    """The whole stretch, from its start on."""
    assert SpeechEnded(2_100, 2_400, 300).span == Span(300, 2_100)


def test_events_cannot_be_changed():
    """What happened, happened."""
    with pytest.raises(AttributeError):
        TurnEnded(1, 2).at_ms = 3  # type: ignore[misc]
    with pytest.raises(AttributeError):
        LineStarted(1, 2, 3, "story", "Hello.", 900).text = ""  # type: ignore[misc]
