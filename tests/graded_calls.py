"""The graded calls of `graded/`: read, played as scenes, and scored; and a rank correlation of our own."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scenes import Scene

from callsim.scoring.evidence import Evidence, ScriptFacts

FOLDER = Path(__file__).with_name("graded")


@dataclass(frozen=True)
class Graded:
    """One call with the coach's grade (5 is best), given before any score was looked at."""

    id: str
    grade: int
    evidence: Evidence


def graded(which: str) -> list[Graded]:
    """The calls of one file ("work" or "check"), in its order."""
    calls = tomllib.loads((FOLDER / f"{which}.toml").read_text(encoding="utf-8"))["call"]
    return [Graded(call["id"], call["grade"], evidence_of(call)) for call in calls]


def evidence_of(call: dict) -> Evidence:
    """What the call leaves behind, simulated, or recorded where it says `imported`."""
    played = Scene(facts=_facts(call))
    for who, after_s, text in call["turns"]:
        if who == "met":
            played.met(text)
        else:
            getattr(played, who)(text, round(after_s * 1000))
    if call.get("imported"):
        return played.imported()
    return played.ends(call["ending"]).evidence()


def _facts(call: dict) -> ScriptFacts | None:
    if call.get("imported"):
        return None
    words = {key: tuple(call[key]) for key in ("needs", "nouns")}
    return ScriptFacts(call["id"], call["caller"], call["company"], **words)


def spearman(ones: list[float], others: list[float]) -> float:
    """Spearman's rank correlation, -1 to 1: Pearson's of the ranks, equal values sharing the mean of theirs."""
    return float(np.corrcoef(_ranks(ones), _ranks(others))[0, 1])


def _ranks(values: list[float]) -> np.ndarray:
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    lasts = np.cumsum(counts)
    return (lasts - (counts - 1) / 2)[places]
