"""A session as a call writes it, for the tests of what becomes of it."""

import numpy as np
import soundfile

from callsim.events import Ended, Heard, TurnEnded, Word
from callsim.sessions.folder import About, SessionWriter
from callsim.timeline import BLOCK_SAMPLES, RATE_HZ

ABOUT = About(
    script="late-parcel",
    voice="dana",
    seed=7,
    mode="headless",
    trainee="scene.toml",
    started="2026-01-31T09:30:00+01:00",
    versions={"callsim": "0.1.0"},
)
SCRIPT = b"title = 'My parcel is late'\r\n"
EVENTS = (
    Heard(20, 900, 800, (Word("good", 20, 300, 0.5), Word("day\u2028\x85\n", 300, 800))),
    TurnEnded(800, 1500),
    Ended(1500, 1500, "thankful"),
)


def noise(seconds):
    """Both sides of some sound: trainee and caller, never alike."""
    both = np.random.default_rng(3).integers(-9_000, 9_000, (2, seconds * RATE_HZ), dtype=np.int16)
    return both[0], both[1]


def write_call(folder, about=ABOUT, seconds=2):
    """A whole session as a call writes it: blocks of 20 ms, events in between."""
    writer = SessionWriter.create(folder, about, SCRIPT)
    trainee, caller = noise(seconds)
    for first in range(0, len(trainee), BLOCK_SAMPLES):
        writer.sound(trainee[first : first + BLOCK_SAMPLES], caller[first : first + BLOCK_SAMPLES])
    for event in EVENTS:
        writer.event(event)
    return writer


def samples(path):
    """A two-channel sound file as one array."""
    read, rate_hz = soundfile.read(path, dtype="int16")
    assert rate_hz == RATE_HZ
    return read


def names(folder):
    """What lies in a folder."""
    return sorted(path.name for path in folder.iterdir())
