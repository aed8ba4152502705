"""A corner of the grid, small enough for every day; tests/bench_turns.py is the whole of it."""

import grid
import numpy as np
import pytest
from bench_turns import edge_errors, stretches

from callsim.scoring.leak import LeakMeter


@pytest.fixture(autouse=True)
def _few_clips(monkeypatch):
    """Every fifth clip is enough."""
    few = dict(list(grid.clips().items())[::5])
    monkeypatch.setattr(grid, "clips", lambda: few)


@pytest.mark.parametrize(
    ("level", "narrow", "noise", "snr_db", "within_ms"),
    [
        (-26, False, None, 0, 60),
        (-26, True, None, 0, 60),
        (-3, False, None, 0, 100),
        (-26, False, "white noise", 10, 120),
    ],
    ids=["clean", "8 kHz", "clipping", "noise"],
)
def test_onsets_are_found(level, narrow, noise, snr_db, within_ms):
    """Nine in ten within 60 ms clean, 100 ms clipped and 120 ms in noise, and none is missed."""
    onsets, _, missed = edge_errors(level, narrow, noise, snr_db)
    assert missed == 0
    assert np.percentile(np.abs(onsets), 90) <= within_ms


@pytest.mark.parametrize("noise", ["white noise", "hum", "music", "breathing", "typing (made)", "comfort noise"])
def test_nobody_speaks_in_noise(noise):
    """Fifteen seconds of it are no speech."""
    assert stretches(grid.noises()[noise][: 15 * grid.RATE] * 1000) == []


@pytest.mark.parametrize("leak_db", [-30, -45])
def test_a_leaking_caller_does_not_speak_for_the_trainee(leak_db):
    """All that is found in the microphone of a silent trainee is known to have leaked."""
    rng = np.random.default_rng(2)
    caller = np.concatenate([np.pad(clip, (8000, 8000)) for clip in grid.clips().values()])
    mic = grid.samples(grid.leak_of(caller, leak_db, rng) + rng.normal(0, 6, len(caller)))
    meter = LeakMeter()
    meter.hear(mic, grid.samples(caller))
    leaked = meter.leaked()
    assert all(any(gone & span for gone in leaked) for span in stretches(mic.astype(float)))
