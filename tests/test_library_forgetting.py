"""A retention period: what people said goes, what it came to stays, and it says so."""

from __future__ import annotations

import json

import pytest
from made_session import names
from replayed import session_of
from scenes import good_call

from callsim.errors import SessionError
from callsim.events import Chose, Hearing, from_json
from callsim.library.cards import kept_card
from callsim.library.forgetting import forget_session
from callsim.report.text import show as show_card
from callsim.sessions.folder import EVENTS, SCORECARD, Session, read_about, write_scorecard

MOMENT = "2026-06-01T12:00:00+00:00"
MIND = '{"said": ["my milk went off"]}'


@pytest.fixture
def call(tmp_path):
    """A scored session with everything in it that holds words."""
    more = [Hearing(300, 300, "good morning oak"), Chose(900, 900, "story.first", "you said milk", MIND)]
    session, card = session_of(good_call(), tmp_path / "a", more=more)
    write_scorecard(session.folder, card.to_json().encode())
    for sound in ("call.opus", "call.wav", "call.flac.77.part"):
        (session.folder / sound).write_bytes(b"sound")
    return session.folder


def events(folder):
    """The events as they lie there."""
    return [from_json(line) for line in (folder / EVENTS).read_bytes().split(b"\n")[:-1]]


def test_sound_and_words_are_gone(call):
    """No file of sound, and no word of the call in any file but the script, which was written before it."""
    heard = {word.word for event in events(call) if event.kind == "heard" for word in event.words}
    # "before" is part of a key.
    words = {word for word in heard if len(word) > 5} - {"before"}
    assert len(words) > 5
    forget_session(call, MOMENT)
    assert names(call) == ["events.jsonl", "scorecard.json", "script.toml", "session.json"]
    left = (call / EVENTS).read_text() + json.dumps(quotes_and_texts(call))
    assert {word for word in words if word in left} == set()
    assert "milk" not in left
    assert "hearing" not in left


def quotes_and_texts(folder):
    """All of a scorecard that comes from the call itself, not from the program."""
    card = json.loads((folder / SCORECARD).read_text())
    of_call = {key: card[key] for key in ("transcript", "changed", "advice", "acts", "checks", "wins")}
    for check in of_call["checks"]:
        if check["id"] != "phrasing.concrete":
            del check["why"]
    for win in of_call["wins"]:
        if win["check"] != "phrasing.concrete":
            del win["said"]
    return of_call


def test_figures_stay(call):
    """Scores, measures, marks with their times, needs, frustration."""
    before = kept_card(call)
    forget_session(call, MOMENT)
    after = kept_card(call)
    same = "overall scores measures speech overlaps needs frustration ending length_ms rubric".split()
    assert {name: getattr(after, name) for name in same} == {name: getattr(before, name) for name in same}
    assert [(act.act, act.start_ms) for act in after.acts] == [(act.act, act.start_ms) for act in before.acts]
    assert [(one.id, one.points) for one in after.checks] == [(one.id, one.points) for one in before.checks]
    assert before.transcript
    assert after.transcript == ()


def test_what_happened_stays(call):
    """Every event of this version with its times, but the guesses."""
    before = [event for event in events(call) if event.kind != "hearing"]
    forget_session(call, MOMENT)
    assert [(event.kind, event.at_ms) for event in events(call)] == [(event.kind, event.at_ms) for event in before]
    assert {event.id for event in events(call) if event.kind == "chose"} == {"story.first"}


def test_it_can_still_be_shown(call):
    """In the terminal."""
    from rich.console import Console

    forget_session(call, MOMENT)
    console = Console(width=80, record=True)
    show_card(kept_card(call), console)
    assert "Overall" in console.export_text()


def test_what_needs_the_sound_is_told(call):
    """When it was removed, in one sentence."""
    forget_session(call, MOMENT)
    assert read_about(call).forgotten == MOMENT
    with pytest.raises(SessionError, match="removed on 2026-06-01"):
        Session.read(call)


def test_stopped_half_way_it_can_go_on(call, monkeypatch):
    """The mark in session.json comes last."""
    from callsim.library import forgetting

    def stop(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(forgetting, "_figures", stop)
        with pytest.raises(KeyboardInterrupt):
            forget_session(call, MOMENT)
    assert read_about(call).forgotten is None
    forget_session(call, MOMENT)
    assert kept_card(call).transcript == ()
    assert read_about(call).forgotten == MOMENT


def test_what_a_later_version_wrote_goes_too(call):
    """Of an event only figures and names stay; what cannot be read at all is dropped."""
    with (call / EVENTS).open("ab") as file:
        file.write(b'{"kind":"sang","at_ms":7,"tune":"secret","notes":["secret"],"more":{"x":"secret"}}\n{"kind":"torn')
    (call / SCORECARD).write_bytes(b"not json, secret")
    forget_session(call, MOMENT)
    assert b"secret" not in (call / EVENTS).read_bytes() + (call / SCORECARD).read_bytes()
    assert b'{"kind": "sang", "at_ms": 7' in (call / EVENTS).read_bytes()


def test_a_call_that_was_never_scored_is_forgotten_too(call):
    """No scorecard appears."""
    (call / SCORECARD).unlink()
    forget_session(call, MOMENT)
    assert not (call / SCORECARD).exists()
