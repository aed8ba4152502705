"""A live call's lines are ready before they are needed, and it is told where one was not."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from callsim.again import Moment
from callsim.cli.ahead import Ahead
from callsim.devices.clip_cache import CachedSynthesiser
from callsim.errors import VoiceEngineError
from callsim.events import Decided, Hearing, LineStarted
from callsim.foreseen import foreseen, rests, with_time
from callsim.mind import new_mind
from callsim.phone import Clip, Delivery
from callsim.replies import Reply
from callsim.script import read_script
from callsim.voice import read_voice, step_of

ROOT = Path(__file__).parents[1]
SCRIPT = read_script(ROOT / "scripts" / "parcel.toml")
VOICE = read_voice(ROOT / "voices" / "dana.toml")
START = SCRIPT.caller.frustration
LONG_S = 60
CUT_LINE = Reply("story.never_came", ("Hi. I ordered a scooter, and it never came. Where is it?",))


class Engine:
    """Gives a click for each line, remembers what it was asked for, and may be told to fail."""

    identity = "click 1"

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []
        self.fails = False
        self.news = threading.Condition()

    def clip(self, text: str, delivery: Delivery) -> Clip:
        """A click."""
        if self.fails:
            raise VoiceEngineError("The engine is broken: mend it")
        with self.news:
            self.asked.append((text, delivery.words_per_minute))
            self.news.notify_all()
        return Clip(np.full(160, 1000, np.int16))

    def wait_for(self, text: str, frustration: int) -> bool:
        """Whether the line comes to be made, within a minute."""
        wanted = (text, VOICE.delivery(frustration, "espeak").words_per_minute)
        with self.news:
            return self.news.wait_for(lambda: wanted in self.asked, LONG_S)


@pytest.fixture
def engine() -> Engine:
    """An engine that remembers."""
    return Engine()


def ahead(engine: Engine, folder: Path, take: Moment | None = None) -> Ahead:
    """What a live call of the parcel script has."""
    return Ahead(CachedSynthesiser(engine, folder), VOICE, "espeak", SCRIPT, take)


def line_started(line: Reply) -> LineStarted:
    """The caller begins a line of four seconds."""
    return LineStarted(1000, 1000, 1, line.id, line.text, 4000)


def test_the_first_minutes_are_ready_before_the_call(engine: Engine, tmp_path: Path) -> None:
    """Just what may come first at the caller's first frustration, each once, and nothing when the cache has it."""
    wanted = {line.text for line in foreseen(SCRIPT) if line.rank == 0 and line.step == step_of(START)}
    with ahead(engine, tmp_path) as ready:
        ready.prepare(iter)
        assert sorted(text for text, _ in engine.asked) == sorted(wanted)
        for text in wanted:
            ready.mouth.clip(text, START)
    with ahead(engine, tmp_path) as ready:
        ready.prepare(iter)
    assert len(engine.asked) == len(wanted)


def test_the_rest_is_made_in_the_background_nearest_first(engine: Engine, tmp_path: Path) -> None:
    """What may be said at the present frustration comes before what may be said two steps away."""
    with ahead(engine, tmp_path) as ready:
        ready.start()
        far = next(line for line in foreseen(SCRIPT) if line.rank == 1 and line.step == 80)
        assert engine.wait_for(far.text, 80)
        made = len(engine.asked)
    here = [line for line in foreseen(SCRIPT) if line.rank == 0 and line.step == step_of(START)]
    pace = VOICE.delivery(START, "espeak").words_per_minute
    before = engine.asked[:made]
    assert all(before.index((line.text, pace)) < made - 1 for line in here)
    assert len(set(engine.asked)) == len(engine.asked)


def test_it_follows_the_caller_when_the_temper_changes(engine: Engine, tmp_path: Path) -> None:
    """A furious line is far off at first, and is made once the caller comes near it."""
    furious = next(line for line in foreseen(SCRIPT) if line.rank == 0 and line.step == 100)
    with ahead(engine, tmp_path) as ready:
        ready.start()
        ready.watch(Decided(1000, 1000, "you blamed the caller", "blame", START, 95))
        assert engine.wait_for(furious.text, 100)


def test_what_a_caller_comes_back_to_is_made_while_the_line_is_said(engine: Engine, tmp_path: Path) -> None:
    """Wherever it is cut."""
    with ahead(engine, tmp_path) as ready:
        ready.start()
        ready.watch(line_started(CUT_LINE))
        found = rests(CUT_LINE, 4000)
        assert len(found) >= 3
        for text in found:
            assert engine.wait_for(text, START)


def test_a_promised_time_is_taken_up_while_it_is_still_being_said(engine: Engine, tmp_path: Path) -> None:
    """From the recogniser's guess on."""
    with ahead(engine, tmp_path) as ready:
        ready.start()
        ready.watch(Hearing(1000, 1500, "you will have it by friday and"))
        wanted = next(line for line in with_time(SCRIPT, "by Friday") if line.step == step_of(START))
        assert "by Friday" in wanted.text
        assert engine.wait_for(wanted.text, START)


def test_a_line_that_was_not_ready_is_counted_and_told(engine: Engine, tmp_path: Path) -> None:
    """Once, however many parts of it were missing; lines that were ready do not count."""
    with ahead(engine, tmp_path) as ready:
        for parts in (("Nobody foresaw this.", "Nor this."), ("Nobody foresaw this.",)):
            ready.mouth.line(parts, START)
            ready.watch(line_started(Reply("need.present", parts)))
        assert ready.unprepared == 1
        assert ready.complaints == ("1 line was spoken unprepared.",)


def test_a_line_ready_in_another_manner_is_said_in_that_one(engine: Engine, tmp_path: Path) -> None:
    """The nearest that is there: nothing is made while the call waits, and nothing is told."""
    with ahead(engine, tmp_path) as ready:
        for frustration in (0, 90):
            engine_clip = ready.mouth.voice.delivery(frustration, "espeak")
            CachedSynthesiser(engine, tmp_path).clip("Where is it?", engine_clip)
        made = list(engine.asked)
        ready.mouth.line(["Where is it?"], 70)
        ready.watch(line_started(CUT_LINE))
        assert engine.asked == made
        assert ready.complaints == ()


def test_every_line_is_made_once_before_any_is_made_in_a_second_manner(engine: Engine, tmp_path: Path) -> None:
    """So that a call whose cache was empty soon has all that it may need in some manner."""
    near = {line.text for line in foreseen(SCRIPT) if abs(line.step - step_of(START)) <= 30}
    with ahead(engine, tmp_path) as ready:
        ready.start()
        again = next(line for line in foreseen(SCRIPT) if line.rank == 0 and line.step == step_of(START) + 10)
        assert engine.wait_for(again.text, step_of(START) + 10)
    texts = [text for text, _ in engine.asked]
    first_repeat = next(at for at, text in enumerate(texts) if text in texts[:at])
    assert set(texts[:first_repeat]) == near


def test_nothing_is_told_where_all_was_ready(engine: Engine, tmp_path: Path) -> None:
    """A good call ends without a warning."""
    with ahead(engine, tmp_path) as ready:
        ready.prepare(iter)
        ready.mouth.line([next(iter(SCRIPT.story[0].say.variants(START)))], START)
        ready.watch(line_started(CUT_LINE))
        assert ready.complaints == ()


def test_a_prepared_line_is_the_fresh_line_to_the_sample(engine: Engine, tmp_path: Path) -> None:
    """So a live call says what a headless one says."""
    with ahead(engine, tmp_path) as ready:
        text = SCRIPT.story[0].say.variants(START)[0]
        fresh = engine.clip(text, VOICE.delivery(START, "espeak"))
        ready.prepare(iter)
        np.testing.assert_array_equal(ready.mouth.clip(text, START).samples, fresh.samples)


def test_a_turn_taken_again_begins_with_its_line_ready(engine: Engine, tmp_path: Path) -> None:
    """At the frustration of that turn, not of the script's beginning."""
    mind = new_mind(SCRIPT, 1)
    take = Moment(type(mind)(SCRIPT, 90, mind.memory), CUT_LINE, 1000)
    with ahead(engine, tmp_path, take) as ready:
        ready.start()
        assert engine.wait_for(CUT_LINE.text, 90)


def test_a_broken_engine_is_told_by_the_call_and_not_by_the_background(engine: Engine, tmp_path: Path) -> None:
    """The thread gives up in silence, closing waits for it, and the line that is needed raises."""
    engine.fails = True
    with ahead(engine, tmp_path) as ready:
        ready.start()
        with pytest.raises(VoiceEngineError, match="broken"):
            ready.mouth.clip("Hello.", START)
    assert not any(thread.name == "callsim ahead" for thread in threading.enumerate())


def test_closing_ends_the_background_at_once(engine: Engine, tmp_path: Path) -> None:
    """Nothing is made after the call."""
    with ahead(engine, tmp_path) as ready:
        ready.start()
    made = len(engine.asked)
    assert not any(thread.name == "callsim ahead" for thread in threading.enumerate())
    assert len(engine.asked) == made
