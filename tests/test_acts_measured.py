"""How often acts are found rightly on utterances that nothing was tuned on; `bench_acts.py` prints all of it.

The floors are a little under what was measured on the blind set after everything was chosen: mean F1 0.94 clean, 0.86
as Vosk heard five voices and 0.91 as it heard the three that sound like people; patterns alone 0.74, 0.64 and 0.68.
They guard what was reached.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import bench_acts
import numpy as np
import pytest


@cache
def found(part: str) -> list:
    """Wanted and found acts of one set-aside part."""
    data = bench_acts.clean() if part == "clean" else bench_acts.recognised()
    return [(want, bench_acts.together(text)) for text, want in data]


def test_new_wording_is_told_apart() -> None:
    """The mean F1 over all acts stays where it was."""
    assert bench_acts.macro(found("clean")) >= 0.925


def test_recognised_words_are_told_apart() -> None:
    """So it does on what the recogniser made of five voices."""
    assert bench_acts.macro(found("recognised")) >= 0.845


def test_all_readers_together_beat_the_patterns_alone() -> None:
    """The two that were trained earn their places."""
    alone = [(want, bench_acts.by_patterns(text)) for text, want in bench_acts.clean()]
    assert bench_acts.macro(found("clean")) > bench_acts.macro(alone) + 0.1


@pytest.mark.parametrize("act", ["blame", "defensiveness", "refusal"])
def test_what_costs_points_is_rarely_found_where_it_is_not(act: str) -> None:
    """More than nineteen findings in twenty of a harmful act are right."""
    right, wrong, _ = bench_acts.tally(found("clean"))[act]
    assert right / (right + wrong) > 0.95


@pytest.mark.recordings
@pytest.mark.parametrize("kind", ["human_transcript", "transcript"])
def test_real_agents_are_understood(recordings: Path, kind: str) -> None:
    """In the calls of real people most acts that are there are found, and few that are not."""
    data = bench_acts.harper(recordings, kind)
    right, wrong, missed = np.sum(list(bench_acts.tally([(w, bench_acts.together(t)) for t, w in data]).values()), 0)
    assert len(data) == 105
    assert bench_acts.f1(right, wrong, missed) >= 0.85
