"""Real `callsim call`s on a virtual headset, with a robot trainee: live as headless, and what can go wrong."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from functools import cache

import pytest
import soundfile
from headset import lacking, virtual_headset
from live_calls import (
    CALLSIM,
    AtATerminal,
    Taken,
    Until,
    acts_of_turns,
    after_lines,
    into_line,
    lines_of,
    never,
    take_asked,
    take_headless,
    take_live,
    timings,
    write_scene,
)
from robot import robot

from callsim.events import SpeechEnded
from callsim.script import read_script
from callsim.sessions.folder import SCRIPT, Session

pytestmark = [
    pytest.mark.headset,
    pytest.mark.skipif(lacking() is not None, reason=str(lacking())),
    pytest.mark.usefixtures("model_folder"),
]

SEED = 3
# As live calls and headless ones are to agree (issue 3, "How to prove it").
SAME_MS = 60
# What the caller does is heard later than it is decided: 150 to 250 ms of buffers of the microphone and the speaker;
# and a busy recogniser may be late by as much again.
ON_ITS_WAY_MS = 450
# What the caller learnt of its way to the ear while the machine was busy is too much for a moment that is not.
TOO_SOON_MS = 160
# A robot whose own clock slipped by more, on a machine too busy, has not measured anything: the call is taken again.
SLIPPED_S = 0.015
TRIES = 2

GREETING = ("greeting", "at start", 600)
CALM = (
    GREETING,
    ("sorry", "after caller", 800),
    ("number", "after caller", 700),
    ("solution", "after caller", 700),
    ("goodbye", "after caller", 900),
)
SCENES: dict[str, tuple[tuple[tuple[str, str, int], ...], Until]] = {
    "calm": (CALM, never),
    "cut_in": ((GREETING, ("cut_number", "into line 1", 1_500)), into_line(2, 1.0)),
    "backchannel": ((GREETING, ("right", "into line 1", 3_000)), after_lines(1)),
    "silence": ((GREETING,), into_line(2, 1.0)),
    "hold": ((GREETING, ("hold", "after caller", 800), ("sorry", "after caller", 9_000)), into_line(3, 1.0)),
}


@dataclass(frozen=True)
class Pair:
    """One scene, live and headless; `headless` goes on after the live trainee has hung up."""

    live: Taken
    headless: Session

    @property
    def shared(self) -> set[str]:
        """The gaps that both calls have."""
        return set(timings(self.live.session.events)) & set(timings(self.headless.events))

    def later_ms(self, gap: str) -> int:
        """How much longer a gap is in the live call."""
        return timings(self.live.session.events)[gap] - timings(self.headless.events)[gap]

    def told(self) -> str:
        """The comparison in one line."""
        return ", ".join(f"{gap} {self.later_ms(gap):+d} ms" for gap in sorted(self.shared))


@pytest.fixture(scope="module")
def headset():
    """One virtual headset for all calls that leave it whole."""
    with virtual_headset() as made:
        yield made


@pytest.fixture(scope="module")
def pair(headset, tmp_path_factory):
    """A scene's pair of calls by name, taken once."""

    @cache
    def taken(name: str) -> Pair:
        said, until = SCENES[name]
        folder = tmp_path_factory.mktemp(name)
        scene = write_scene(folder / "scene.toml", *said)
        headless = take_headless(scene, folder / "headless", SEED)
        for attempt in range(TRIES):
            live = take_live(headset, scene, folder / f"live{attempt}", SEED, until)
            if live.slipped_s < SLIPPED_S:
                break
        return Pair(live, headless)

    return taken


@pytest.mark.parametrize("name", SCENES)
def test_live_and_headless_are_the_same_call(pair, name):
    """The same lines of the caller, and the same acts in each turn of the trainee."""
    live, headless = (session.events for session in (pair(name).live.session, pair(name).headless))
    ours, theirs = ([line.text for line in lines_of(events)] for events in (live, headless))
    assert ours == theirs[: len(ours)]
    acts = acts_of_turns(live)
    assert acts
    assert acts == acts_of_turns(headless)[: len(acts)]


@pytest.mark.parametrize("name", SCENES)
def test_the_trainee_is_timed_as_in_a_headless_call(pair, name):
    """From the end of a line to the answer, and from its start to the cut-in: within 60 ms of the headless call."""
    gaps = {gap for gap in pair(name).shared if gap.startswith(("reply", "into"))}
    if len(SCENES[name][0]) > 1:
        assert gaps
    assert all(abs(pair(name).later_ms(gap)) <= SAME_MS for gap in gaps), pair(name).told()


@pytest.mark.parametrize("name", SCENES)
def test_the_caller_reacts_as_in_a_headless_call(pair, name):
    """Answering and falling silent: hardly earlier, later by what the sound is on its way."""
    gaps = {gap for gap in pair(name).shared if gap.startswith(("answer", "heard"))}
    if not gaps:
        pytest.skip("the live and the headless call were not heard alike, so their waits cannot be compared")
    late = {gap: pair(name).later_ms(gap) for gap in gaps}
    assert all(-TOO_SOON_MS <= ms <= SAME_MS + ON_ITS_WAY_MS for ms in late.values()), pair(name).told()


def test_the_session_tells_the_time_as_a_stopwatch_does(pair):
    """What the robot timed, at the headset: the length of the caller's lines, and the silence between both."""
    live = pair("calm").live
    lines = lines_of(live.session.events)
    assert len(lines) == len(live.lines)
    for line, heard in zip(lines, live.lines, strict=True):
        assert line.end_ms - line.start_ms == pytest.approx((heard.last_s - heard.first_s) * 1000, abs=SAME_MS)
    offsets = [line.start_ms - heard.first_s * 1000 for line, heard in zip(lines, live.lines, strict=True)]
    assert max(offsets) - min(offsets) <= SAME_MS


def test_a_calm_call_ends_well(pair):
    """The caller is thankful, the program ends with 0, says nothing on standard error, shows the scorecard."""
    live, headless = pair("calm").live, pair("calm").headless
    assert live.session.events[-1].ending == headless.events[-1].ending == "thankful"
    assert (live.code, live.complaint) == (0, "")
    assert "Overall" in live.out
    assert live.session.sound.name == "call.flac"
    assert live.session.about.latencies.output_ms > 0


def test_a_cut_in_stops_the_caller(pair):
    """The line is cut off, it hurts, and the next one goes back to it."""
    live = pair("cut_in").live
    first, second = lines_of(live.session.events)[:2]
    assert 1_500 < first.heard_ms < 3_500
    assert second.id == f"{first.id}.resume"
    assert "cut_in_on_the_story" in {event.rule for event in live.session.events if event.kind == "decided"}
    assert scorecard(live)["measures"]["cut_ins"] == 1


def test_an_acknowledgement_does_not(pair):
    """ "Right" in the middle of a line leaves the caller talking, and is credited."""
    live = pair("backchannel").live
    assert lines_of(live.session.events)[0].heard_ms is None
    card = scorecard(live)
    assert (card["measures"]["cut_ins"], card["measures"]["backchannels"]) == (0, 1)


def test_the_caller_speaks_up_when_nobody_answers(pair):
    """After the patience that the script gives it, the caller asks whether anybody is there."""
    live = pair("silence").live
    assert lines_of(live.session.events)[1].id == "still_there"
    patience_ms = read_script(live.folder / SCRIPT).caller.patience_ms
    assert -TOO_SOON_MS <= timings(live.session.events)["answer 2"] - patience_ms <= SAME_MS + ON_ITS_WAY_MS


def test_an_explained_hold_buys_time(pair):
    """After "bear with me" nine seconds of silence pass without a word of the caller."""
    live = pair("hold").live
    silent_ms = timings(live.session.events)["reply to 2"]
    assert silent_ms > 8_500
    assert "hold" in acts_of_turns(live.session.events)[1]


def test_ctrl_c_says_one_thing_and_keeps_the_call(pair):
    """The trainee breaks off: 130, one sentence, the call is abandoned."""
    live = pair("cut_in").live
    assert live.code == 130
    assert live.complaint.startswith("callsim: Stopped")
    assert live.complaint.count("\n") == 1
    assert live.session.events[-1].ending == "abandoned"


def test_a_turn_is_taken_again_live(pair, headset, tmp_path):
    """The second turn of a call, from the caller's line before it on; both takes stand beside each other at the end."""
    first = pair("calm").headless
    scene = write_scene(tmp_path / "scene.toml", ("solution", "after caller", 700))
    asked = ["--from", str(first.folder), "--turn", "2"]
    live = take_asked(headset, scene, tmp_path / "again", asked, after_lines(2))
    old, new = lines_of(first.events), lines_of(live.session.events)
    assert new[0].text == old[0].text
    assert new[1].text != old[1].text
    assert live.session.about.take_of.turn == 2
    assert acts_of_turns(live.session.events)[0] != acts_of_turns(first.events)[1]


@pytest.fixture
def lone_headset():
    """A headset that the test may break."""
    with virtual_headset() as made:
        yield made


def test_a_lost_headset_ends_the_call(lone_headset, tmp_path):
    """The sound server dies in mid-line: the call ends, one sentence says why, all until then is kept and scored."""
    scene = write_scene(tmp_path / "scene.toml", GREETING)
    lost_s = []

    def pull_the_plug(trainee, process):
        if not lost_s and len(trainee.lines) == 1 and into_line(1, 2.0)(trainee, process):
            lost_s.append(trainee.lines[0])
            lone_headset.kill()
        return False

    live = take_live(lone_headset, scene, tmp_path / "live", SEED, pull_the_plug)
    assert live.code == 0
    assert live.out.count("The call ends here") == 1
    assert "Traceback" not in live.complaint
    session = live.session
    assert session.events[-1].ending == "abandoned"
    assert kept_s(session) >= lines_of(session.events)[0].start_ms / 1000 + 1.5
    assert "good morning" in scorecard(live)["transcript"][0]["text"]


def test_a_killed_call_is_kept(headset, tmp_path):
    """After kill -9 in mid-line the sound is there up to the last moments, and is scored."""
    scene = write_scene(tmp_path / "scene.toml", GREETING)

    def kill(trainee, process):
        if into_line(1, 2.0)(trainee, process):
            process.kill()
            process.wait()
        return False

    live = take_live(headset, scene, tmp_path / "live", SEED, kill)
    assert live.code == -9
    session = live.session
    assert not session.complete
    line = lines_of(session.events)[0]
    assert kept_s(session) >= line.start_ms / 1000 + 1.5
    assert any(isinstance(event, SpeechEnded) for event in session.events)
    assert "good morning" in scorecard(live)["transcript"][0]["text"]


def test_the_keys_at_a_terminal(headset, tmp_path):
    """Answer, mute, hold, pause, say that again, hang up: each is told, seen, and the terminal is as before."""
    scene = write_scene(tmp_path / "scene.toml", GREETING)
    live = tmp_path / "live"
    with robot(headset.environment, scene, live), AtATerminal(headset, live, "practice") as call:
        call.wait_for(lambda: "Check the headset first?" in call.shown, "the offer of a check")
        call.press("n\n")
        call.wait_for(lambda: "Press any key" in call.shown, "the ring")
        call.press(" ")
        call.wait_for(lambda: "line_ended" in {event["kind"] for event in call.events()}, "the end of the first line")
        for keys, told, sight in (
            ("mm", ["mute", "unmute"], "good morning"),
            ("m", ["mute"], "you are muted"),
            ("m", ["unmute"], "your turn"),
            ("h", ["hold"], "on hold"),
            ("h", ["unhold"], "your turn"),
            ("p", ["pause"], "paused"),
            ("p", ["resume"], "your turn"),
            ("r", ["again"], "is speaking"),
        ):
            before = len(call.shown)
            known = call.pressed()
            call.press(keys)
            call.wait_for(lambda known=known, told=told: call.pressed() == [*known, *told], f"{keys}: {told}")
            begun = before if sight != "good morning" else 0
            call.wait_for(lambda begun=begun, sight=sight: sight in call.shown[begun:], sight)
        call.wait_for(lambda: len(said_lines(call)) == 2, "the line, said again")
        call.press("q")
        assert call.end() == 0
        assert call.settings() == call.before
    assert said_lines(call)[0] == said_lines(call)[1]
    assert Session.read(call.folder).events[-1].ending == "abandoned"
    assert "Traceback" not in call.shown
    assert f"The session lies in {call.folder}" in call.shown


def test_a_test_shows_nothing_but_the_call(headset, tmp_path):
    """No words, no mood and no pause; the call itself is there."""
    scene = write_scene(tmp_path / "scene.toml", GREETING)
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "headset.json").write_text('{"fit": true, "leak_db": -70.0}')
    live = tmp_path / "live"
    with robot(headset.environment, scene, live), AtATerminal(headset, live, "test") as call:
        call.wait_for(lambda: "Press any key" in call.shown, "the ring")
        assert "Check the headset" not in call.shown
        call.press(" ")
        call.wait_for(lambda: said_lines(call), "the caller's first line")
        call.wait_for(lambda: "Dana is speaking" in call.shown, "who speaks")
        call.press("p")
        call.press("m")
        call.wait_for(lambda: call.pressed() == ["mute"], "mute, and no pause")
        shown = call.shown
        call.press("q")
        assert call.end() == 0
    for word in ("good morning", "birthday present", "mood", "→", "p pause"):
        assert word not in shown, word
    assert "h hold" in shown


def said_lines(call):
    """The texts of the caller's lines so far."""
    return [event["text"] for event in call.events() if event["kind"] == "line_started"]


def kept_s(session):
    """How many seconds of sound a session has."""
    return soundfile.info(session.sound).duration


def scorecard(live):
    """The scorecard of a session, made anew."""
    done = subprocess.run([*CALLSIM, "score", str(live.folder), "--json"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
