"""When each word of the simulated caller's line was said. Pure.

Nobody recognises the caller's words, they are known; their times are found from how long each takes to say and from
where the voice pauses: a pause is where a sentence or a clause ends. Good enough to light the word that is being spoken
and to play from a word; no measure rests on it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from callsim.report.peaks import LOUDEST
from callsim.scoring.syllables import syllables
from callsim.timeline import Ms, Span

_Floats = npt.NDArray[np.float64]

# A step louder than this is voice. Silence gets a hair of it, so that every moment is reached.
_VOICE_LEVEL = LOUDEST // 8
_SILENT_WEIGHT = 0.01
# In syllables: the sounds around the vowels take time too, and a digit is said as a word.
_EACH_WORD = 0.6
_EACH_DIGIT = 1.5
# The least pause that may end a clause, and how far from where one expects it the pause may lie (of a sentence: more).
# Of 80 to 180, 200 to 700 and 400 to 1200 ms these put 273 words of three calls nearest to where Vosk heard them: half
# of them within 62 ms, nine in ten within 203 ms.
_LEAST_PAUSE_MS: Ms = 180
_CLAUSE_MS: Ms = 400
_SENTENCE_MS: Ms = 900


def word_starts(text: str, span: Span, whole_ms: Ms, levels: Sequence[int], step_ms: Ms) -> tuple[Ms, ...]:
    """When each of the words in `text.split()` began; those of a cut line that were not heard are missing at the end.

    `span` is what was heard of the line, `whole_ms` what all of it takes; `levels` are the caller's peaks of the whole
    call, one each `step_ms`.
    """
    words = text.split()
    weights = np.asarray([_weight(word) for word in words])
    if not words:
        return ()
    heard = min(1.0, span.duration_ms / max(whole_ms, 1)) or 1.0
    shares = (np.cumsum(weights) - weights) / (weights.sum() * heard)
    first = span.start_ms // step_ms
    voice = _Voice.of(levels[first : -(-span.end_ms // step_ms)], step_ms)
    kept = shares[shares < 1]
    moments = first * step_ms + voice.moments(kept, _ends(words[: len(kept)]))
    return tuple(int(at_ms) for at_ms in np.clip(moments, span.start_ms, max(span.start_ms, span.end_ms - 1)))


@dataclass(frozen=True, slots=True)
class _Voice:
    """A line's voice: how much of it (in ms) was heard before each step, and the steps at which a pause ends."""

    heard_ms: _Floats
    pause_ends: tuple[int, ...]
    step_ms: Ms

    @classmethod
    def of(cls, levels: Sequence[int], step_ms: Ms) -> _Voice:
        loud = np.asarray(levels or (0,)) > _VOICE_LEVEL
        heard_ms = np.concatenate(([0.0], np.cumsum(np.where(loud, step_ms, _SILENT_WEIGHT * step_ms))))
        begins = np.flatnonzero(loud & ~np.concatenate(([True], loud[:-1])))
        lasted = [int(step) - _last_loud(loud, int(step)) for step in begins]
        long = (int(step) for step, steps in zip(begins, lasted, strict=True) if steps * step_ms >= _LEAST_PAUSE_MS)
        return cls(heard_ms, tuple(long), step_ms)

    def moments(self, shares: _Floats, ends: dict[int, Ms]) -> _Floats:
        """When words begin that come after these shares of the line, in ms from its first step.

        `ends`: the words before which a clause or a sentence ends, and how far from the pause one may be.
        """
        whole_ms = self.heard_ms[-1]
        expected = {word: shares[word] * whole_ms for word in ends}
        anchors = _matched(expected, {step: self.heard_ms[step] for step in self.pause_ends}, ends)
        known = [0.0, *(shares[word] for word in anchors), 1.0]
        at = [0.0, *(self.heard_ms[step] for step in anchors.values()), whole_ms]
        steps = np.interp(np.interp(shares, known, at), self.heard_ms, np.arange(len(self.heard_ms)))
        return np.asarray(steps * self.step_ms)


def _last_loud(loud: npt.NDArray[np.bool_], step: int) -> int:
    """The step after the last one that was loud before this one; 0 where there was none."""
    before = np.flatnonzero(loud[:step])
    return int(before[-1]) + 1 if len(before) else step


def _matched(expected: dict[int, float], pauses: dict[int, float], reach: dict[int, Ms]) -> dict[int, int]:
    """Which word begins at the end of which pause, in order of both, with the least sum of distances.

    A word without a pause costs its reach, so that none is matched from farther away.
    """
    best: list[tuple[float, dict[int, int]]] = [(0.0, {})] * (len(pauses) + 1)
    for word, at_ms in expected.items():
        row = [(best[0][0] + reach[word], best[0][1])]
        for number, (step, pause_ms) in enumerate(pauses.items()):
            cost, before = best[number]
            taken = (cost + abs(at_ms - pause_ms), {**before, word: step})
            left = (best[number + 1][0] + reach[word], best[number + 1][1])
            row.append(min(taken, left, row[number], key=lambda one: one[0]))
        best = row
    return best[-1][1]


def _ends(words: Sequence[str]) -> dict[int, Ms]:
    """The numbers of the words that follow a clause or a sentence, and how far from its pause each may be."""
    reach = {",": _CLAUSE_MS, ";": _CLAUSE_MS, ":": _CLAUSE_MS, "–": _CLAUSE_MS}
    reach |= dict.fromkeys(".?!…", _SENTENCE_MS)
    return {number + 1: reach[word[-1]] for number, word in enumerate(words[:-1]) if word[-1] in reach}


def _weight(word: str) -> float:
    letters = re.sub(r"[^a-zA-Z']", "", word)
    said = syllables(letters) if letters else 0
    return _EACH_WORD + said + _EACH_DIGIT * sum(sign.isdigit() for sign in word)
