"""A turn taken again: where the call stood, the same caller, both takes compared."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conversing import talk

from callsim.actions import Say
from callsim.again import moment_before
from callsim.cli import run
from callsim.conversation import step
from callsim.errors import InputError
from callsim.events import Chose, LineStarted, TurnEnded
from callsim.floor import Tick, start_again
from callsim.script import read_script
from callsim.sessions.folder import Session

HERE = Path(__file__).parent / "recordings"
SCRIPT = read_script(Path(__file__).parent / "stove.toml")


@pytest.fixture
def call():
    """A call with three turns."""
    call = talk(SCRIPT, seed=4).silence(2_500).listens()
    for said in ("i am so sorry to hear that", "that must be awful", "i will send somebody tomorrow"):
        call.trainee(said).silence(2_000).listens()
    return call


def lines_and_turns(events):
    """The caller's lines, and the moments at which turns were over."""
    return (
        [event for event in events if isinstance(event, LineStarted)],
        [event.noticed_ms for event in events if isinstance(event, TurnEnded)],
    )


@pytest.mark.parametrize("turn", [1, 2, 3])
def test_the_caller_says_the_line_before_the_turn_again(call, turn):
    """And feels and knows just what it did then."""
    lines, turns = lines_and_turns(call.events)
    before = [line for line in lines if line.noticed_ms < turns[turn - 1]][-1]
    moment = moment_before(call.events, SCRIPT, turn)
    assert moment.line.text == before.text
    assert moment.at_ms == before.at_ms
    state, actions = step(start_again(moment.mind, moment.line), Tick(20))
    assert next(action for action in actions if isinstance(action, Say)).reply.text == before.text
    chosen = [event for event in call.events if isinstance(event, Chose) and event.noticed_ms <= before.noticed_ms]
    assert state.mind == moment.mind
    assert json.loads(chosen[-1].mind)["frustration"] == state.mind.frustration


@pytest.mark.parametrize("turn", [0, 4, -1])
def test_a_turn_that_was_not_is_refused(call, turn):
    """The sentence says how many there are."""
    with pytest.raises(InputError, match="3 turns"):
        moment_before(call.events, SCRIPT, turn)


def test_an_old_session_says_why_it_cannot(call):
    """Without what the caller knew, nothing is guessed."""
    with pytest.raises(InputError, match="kept too little"):
        moment_before([event for event in call.events if not isinstance(event, Chose)], SCRIPT, 2)


@pytest.mark.usefixtures("model_folder")
def test_a_take_goes_on_from_there_and_is_compared(tmp_path, capsys):
    """Through the command line: same script, voice and seed; what differs is what the trainee says."""
    first, again = tmp_path / "first", tmp_path / "again"
    scene = str(HERE / "good.toml")
    assert run(["run", "parcel", "--seed", "3", "--trainee", scene, "--out", str(first)]) == 0
    capsys.readouterr()
    rude = tmp_path / "rude.toml"
    rude.write_text(
        'format = "callsim.scene/1"\n[[cue]]\ntext = "that is your own fault"\nwhen = "after caller"\ndelay_ms = 600\n'
    )
    asked = ["run", "--from", str(first), "--turn", "3", "--trainee", str(rude), "--out", str(again)]
    assert run(asked) == 0
    told = capsys.readouterr().out
    assert "Turn 3 on: both takes" in told
    old, new = Session.read(first), Session.read(again)
    assert new.about.take_of.turn == 3
    assert (new.about.seed, new.about.voice, new.about.script) == (3, old.about.voice, "parcel")
    line = next(event for event in new.events if isinstance(event, LineStarted))
    assert line.text in {event.text for event in old.events if isinstance(event, LineStarted)}
    assert "phrasing" in told


@pytest.mark.parametrize(
    "asked",
    [
        ["--from", "nowhere"],
        ["parcel", "--from", "nowhere", "--turn", "1"],
        ["--turn", "2"],
        ["--from", "nowhere", "--turn", "1", "--seed", "3"],
        [],
    ],
)
def test_half_a_wish_is_refused(tmp_path, capsys, asked):
    """One sentence, 2."""
    assert run(["run", *asked, "--trainee", str(tmp_path / "x.wav")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
