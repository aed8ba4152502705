"""What an utterance's letters speak for: the reader that mishearings disturb least.

A recogniser that mishears a word keeps most of its sounds and puts the cuts between words elsewhere ("i'm sorry about
that" comes as "i'm sore he a bat that"). So this reader takes no words: it looks at every run of three to six letters
of the utterance written without gaps, and adds up what each speaks for. Runs share BUCKETS places by their CRC-32, as
a table of all of them would be a hundred times larger (feature hashing, arXiv 0902.2206).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

BUCKETS = 1 << 15
SHORTEST, LONGEST = 3, 6


def buckets(words: list[str]) -> NDArray[np.int64]:
    """The different places of the runs in plain words, ascending; none where there are fewer letters than SHORTEST."""
    letters = "".join(words).encode()
    runs = {
        letters[at : at + length] for length in range(SHORTEST, LONGEST + 1) for at in range(len(letters) - length + 1)
    }
    return np.unique(np.array([crc32(run) % BUCKETS for run in runs], np.int64))


@dataclass(frozen=True, slots=True)
class Letters:
    """For each act how much each place speaks for it (BUCKETS by acts), and the log odds where nothing does."""

    acts: tuple[str, ...]
    weights: NDArray[Any]
    bias: NDArray[Any]

    def odds(self, words: list[str]) -> dict[str, float]:
        """Log odds by act of an utterance's plain words: what its places add up to, by the root of their number."""
        places = buckets(words)
        total = self.weights[places].astype(np.float32).sum(0) / max(len(places), 1) ** 0.5 + self.bias
        return dict(zip(self.acts, map(float, total), strict=True))


@cache
def letters() -> Letters:
    """The shipped reader, loaded once."""
    with as_file(files(__package__) / "data" / "letters.npz") as path:
        return letters_of(path)


def letters_of(path: Path) -> Letters:
    """The reader that `train_letters.py` has stored in a file."""
    with np.load(path) as file:
        return Letters(tuple(str(file["acts"]).split()), file["weights"], file["bias"])
