"""What a caller says was foreseen: every text, at the frustration at which it is said."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from callsim.caller import after_cut, respond, said_whole, speak_up
from callsim.foreseen import foreseen, rests, with_time
from callsim.mind import Mind, Response, new_mind
from callsim.promises import promised
from callsim.replies import Reply
from callsim.script import Script, read_script
from callsim.voice import step_of

SCRIPTS = {path.stem: read_script(path) for path in sorted((Path(__file__).parents[1] / "scripts").glob("*.toml"))}
ACTS = (
    ("question",), ("empathy",), ("apology",), ("blame",), ("refusal",), ("minimising",), ("solution", "timeframe"),
    ("ownership", "timeframe"), ("timeframe",), ("escalation",), ("hold",), ("thanks",), ("name_use",), ("rushing",),
    ("satisfaction_check",), ("closing",), ("recap",), (),
)  # fmt: skip
TIMES = ("by friday", "tomorrow", "within two hours", "today")


def turns(script: Script, chance: random.Random) -> Iterator[tuple[str, tuple[str, ...]]]:
    """A trainee who says anything: what a need or a question looks for, and a time now and then."""
    words = [phrase.replace("*", "") for part in (*script.needs, *script.answers) for phrase in part.words]
    while True:
        said = chance.choice(words) if chance.random() < 0.7 else "okay"
        yield f"{said} {chance.choice(TIMES)}" if chance.random() < 0.4 else said, chance.choice(ACTS)


def lines(script: Script, seed: int) -> Iterator[tuple[Mind, Response, str]]:
    """Each line of a call, with the mind before it and the trainee's words that it answers."""
    chance = random.Random(seed)
    mind = new_mind(script, seed)
    for text, acts in turns(script, chance):
        last = speak_up(mind) if chance.random() < 0.15 else respond(mind, text, acts)
        yield mind, last, text
        mind = said_whole(last.mind, last.reply)
        if last.ending:
            return


@pytest.mark.parametrize("name", SCRIPTS)
def test_all_that_a_caller_says_was_foreseen(name: str) -> None:
    """In forty calls of each script with trainees who say anything; the times promised are known by then."""
    script, said = SCRIPTS[name], 0
    known = {(line.text, line.step) for line in foreseen(script)}
    for seed in range(40):
        timed: set[tuple[str, int]] = set()
        for _, response, text in lines(script, seed):
            if when := promised(text):
                timed |= {(line.text, line.step) for line in with_time(script, when)}
            step = step_of(response.mind.frustration)
            for part in response.reply.parts:
                assert (part, step) in known | timed, response.reply.id
                said += 1
    assert said > 200


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_first_minutes_are_few_and_hold_the_first_line(name: str) -> None:
    """What has to be made before the call is a small part, and whichever seed, the first line is in it."""
    script = SCRIPTS[name]
    all_lines = list(foreseen(script))
    step = step_of(script.caller.frustration)
    first = {line.text for line in all_lines if line.rank == 0 and line.step == step}
    assert len(first) < 0.08 * len(all_lines)
    for seed in range(20):
        assert set(speak_up(new_mind(script, seed)).reply.parts) <= first


def test_the_rests_of_a_line_are_all_there() -> None:
    """Wherever it is cut; and none of a line that nobody goes back to."""
    line = Reply("story.looked", ("Well, no.", "I've looked, and it is not there. Not at all."))
    known = rests(line, 5_000)
    for heard_ms in range(5_000):
        rest = after_cut(line, heard_ms, 5_000)
        assert rest is not None
        assert rest.text in known
    assert known[0] == line.text
    assert rests(Reply("still_there", ("Hello? Are you there?",)), 2_000) == ()
