"""Speech to words by Vosk, offline and streaming."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import vosk

from callsim.errors import ModelError
from callsim.events import Word
from callsim.phone import Guess, Samples, Settled
from callsim.timeline import RATE_HZ, ms_at

# Vosk's results depend on how its input is cut up, so it always gets the same pieces; 0.2 s is what its author advises.
PIECE_SAMPLES = RATE_HZ // 5
# A finished stretch is followed by silence until Vosk closes it: 0.4 s on average with its rules set to 0.5 s.
SILENCE = np.zeros(RATE_HZ // 10, dtype=np.int16)
SILENCES = 12


class VoskModel:
    """A loaded speech model; any number of recognisers share it.

    `folder` is one prepared by `models.tuned` (no dither, or results differ from run to run). Raises ModelError.
    """

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise ModelError(f"There is no speech model in {folder}: run `callsim setup`, or name another with --model")
        vosk.SetLogLevel(-1)
        try:
            # Only ever by its path: Vosk's other ways to name a model go to the network.
            self.handle = vosk.Model(model_path=str(folder))
        except Exception as wrong:
            raise ModelError(
                f"The speech model in {folder} cannot be loaded: run `callsim setup` to fetch it anew"
            ) from wrong

    def knows(self, word: str) -> bool:
        """Whether a word (lower case) is in the vocabulary, so that it can be recognised at all."""
        return bool(self.handle.vosk_model_find_word(word) >= 0)


class VoskRecogniser:
    """`phone.Recogniser` that answers at once: a `Settled` is there when `finish` returns. Not for the audio thread.

    One instance hears one voice from start to end, because Vosk adapts to the speaker as it goes. `FinalResult` after
    each stretch would make it forget (word error 0.23 instead of 0.19 over read and spontaneous speech), so a stretch
    is closed by silence, until Vosk finds the end itself. Word starts are Vosk's own and about 24 ms late.
    """

    def __init__(self, model: VoskModel) -> None:
        self._ear = vosk.KaldiRecognizer(model.handle, RATE_HZ)
        self._ear.SetWords(True)
        self._rest: Samples = np.zeros(0, dtype=np.int16)
        self._fed_samples = 0
        self._stretch_from = 0
        self._words: list[Word] = []
        self._text = ""
        self._at_endpoint = True
        self._news: list[Guess | Settled] = []

    def feed(self, samples: Samples) -> None:
        """The next samples of the stretch; `Guess`es follow the pieces of 0.2 s that are full."""
        self._rest = np.concatenate((self._rest, samples))
        while len(self._rest) >= PIECE_SAMPLES:
            piece, self._rest = self._rest[:PIECE_SAMPLES], self._rest[PIECE_SAMPLES:]
            self._accept(piece)
            self._guess()

    def finish(self) -> None:
        """The stretch is over: settles it, which decodes up to 1.2 s of silence."""
        if len(self._rest):
            self._accept(self._rest)
            self._rest = self._rest[:0]
        self._close()
        self._news.append(Settled(tuple(self._words)))
        self._words, self._text, self._stretch_from = [], "", self._fed_samples

    def results(self) -> list[Guess | Settled]:
        """What has become known since the last look, oldest first."""
        news, self._news = self._news, []
        return news

    def _accept(self, piece: Samples) -> None:
        self._fed_samples += len(piece)
        self._at_endpoint = bool(self._ear.AcceptWaveform(piece.tobytes()))
        if self._at_endpoint:
            self._take(self._ear.Result())

    def _close(self) -> None:
        for _ in range(SILENCES):
            if self._at_endpoint:
                return
            self._accept(SILENCE)
        if not self._at_endpoint and self._partial():
            self._take(self._ear.FinalResult())
            self._at_endpoint = True

    def _guess(self) -> None:
        partial = "" if self._at_endpoint else self._partial()
        text = " ".join([*(word.word for word in self._words), *partial.split()])
        if text != self._text:
            self._text = text
            self._news.append(Guess(text))

    def _partial(self) -> str:
        return str(json.loads(self._ear.PartialResult())["partial"])

    def _take(self, answer: str) -> None:
        for found in json.loads(answer).get("result", ()):
            start_ms, end_ms = self._stretch_ms(found["start"]), self._stretch_ms(found["end"])
            self._words.append(Word(found["word"], start_ms, end_ms, found["conf"]))

    def _stretch_ms(self, fed_s: float) -> int:
        return ms_at(max(0, round(fed_s * RATE_HZ) - self._stretch_from))
