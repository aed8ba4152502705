"""A scored session made from a scene: its events, and noise wherever somebody speaks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from made_session import ABOUT, SCRIPT
from scenes import Scene, good_call, scene

from callsim.report.replay import Replay, Take, replay_of
from callsim.scoring.rubric import read_rubric
from callsim.scoring.scorecard import Scorecard, score
from callsim.sessions.folder import About, Session, SessionWriter
from callsim.timeline import sample_at


def session_of(call: Scene, folder: Path, about: About = ABOUT, more=()) -> tuple[Session, Scorecard]:
    """The session that such a call leaves, and its scorecard; `more` are events of the phone."""
    events = sorted([*call.events(), *more], key=lambda event: event.noticed_ms)
    writer = SessionWriter.create(folder, about, SCRIPT)
    writer.sound(*sides(call))
    for event in events:
        writer.event(event)
    writer.close()
    return Session.read(folder), score(call.evidence(), read_rubric())


def sides(call: Scene) -> tuple[np.ndarray, np.ndarray]:
    """Both sides' sound: noise in each stretch of voice, silence elsewhere."""
    random = np.random.default_rng(5)
    made = {who: np.zeros(sample_at(call.end_ms + 400), dtype=np.int16) for who in ("trainee", "caller")}
    for part in call.parts:
        here = made[part.who][sample_at(part.start_ms) : sample_at(part.end_ms)]
        here[:] = random.integers(-8_000, 8_000, len(here), dtype=np.int16)
    return made["trainee"], made["caller"]


def replayed(call: Scene, folder: Path, others: tuple[Take, ...] = (), more=(), **about) -> Replay:
    """The replay of such a call."""
    session, card = session_of(call, folder, ABOUT.model_copy(update=about), more)
    return replay_of(session, card, others)


def long_call(minutes: float) -> Scene:
    """A made-up call of so many minutes: two people who never say quite the same."""
    random = np.random.default_rng(11)
    words = " ".join(one.text for one in good_call().parts).lower().replace(".", "").split()
    call, level = scene(), 55
    while call.end_ms < minutes * 60_000:
        call.caller(" ".join(random.choice(words, random.integers(8, 30))).capitalize() + ".")
        level = int(np.clip(level + random.integers(-8, 9), 0, 100))
        call.mood(call.others[-1].frustration_after if call.others else 55, level, "you said back what you understood")
        if random.random() < 0.2:
            call.trainee("can i stop you there", into_ms=1_500)
        call.trainee(" ".join(random.choice(words, random.integers(6, 40))), after_ms=int(random.integers(200, 4_500)))
    return call.ends("cool")
