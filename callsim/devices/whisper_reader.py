"""The second reading: after the call, Whisper reads a voice again and hears most words better than the live ear."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import numpy as np

from callsim.devices.model_files import Progress
from callsim.devices.whisper_pieces import Piece, Window, cut_out
from callsim.errors import ModelError
from callsim.events import Word
from callsim.phone import Samples
from callsim.timeline import RATE_HZ, Ms, Span, total_ms

BEAM = 5
# Whisper's own bounds for "this is no speech", "I am guessing" and "I am going in circles" (openai/whisper,
# transcribe.py), but 0.5 for 0.6: single spans of real speech had 0 to 0.45 (um, uh and mm-hmm up to 0.78), of silence,
# noise, music and office 0.53 to 0.96. There, a window that fails is sampled again at random; here it is halved.
NO_SPEECH, LOG_PROBABILITY, COMPRESSION = 0.5, -1.0, 2.4
# Real speech takes 3 to 7 of Whisper's tokens in a second; where it goes in circles it would go on to 448.
FEW_TOKENS, TOKENS_PER_S = 20, 9
# Nobody says more words than these in a span: fast talk has 6 to 7 words in a second.
FEW_WORDS, WORDS_PER_S = 2, 8
# What follows the last word inside a span is read again, from so much on.
UNREAD_MS = 1_000
_NUMERAL = re.compile(r"[0-9%$£€#&@]")
# As the live recogniser writes them.
_SPELLED = {"ok": "okay", "mr": "mister", "mrs": "missus", "dr": "doctor"}


class _Heard(Protocol):
    """A word as faster-whisper gives it."""

    word: str
    start: float
    end: float
    probability: float


class _Segment(Protocol):
    """What all segments of a window share in faster-whisper."""

    no_speech_prob: float
    avg_logprob: float
    compression_ratio: float


class WhisperReader:
    """Whisper tiny.en through faster-whisper, on the processor, in int8; the same sound gives the same words.

    `folder` holds the weights (`whisper_model.find`). Raises ModelError where the extra is missing, or the weights
    cannot be loaded.
    """

    def __init__(self, folder: Path) -> None:
        try:
            import faster_whisper  # type: ignore[import-not-found,import-untyped,unused-ignore]  # noqa: PLC0415 - an extra
        except ImportError as missing:
            raise ModelError(
                "The second reading needs faster-whisper, which is not installed: run `pip install callsim[accurate]`"
            ) from missing
        if not folder.is_dir():
            raise ModelError(
                f"There is no model for the second reading in {folder}: fetch it with `callsim setup --accurate`"
            )
        try:
            model = faster_whisper.WhisperModel(str(folder), device="cpu", compute_type="int8", local_files_only=True)
        except (RuntimeError, OSError, ValueError) as wrong:
            raise ModelError(
                f"The model for the second reading in {folder} cannot be loaded: "
                "run `callsim setup --accurate` to fetch it anew"
            ) from wrong
        # The pipeline reads each window once; the model's own loop reads a window's end twice, and makes things up.
        self._pipeline = faster_whisper.BatchedInferencePipeline(model)
        vocabulary = model.hf_tokenizer.get_vocab(with_added_tokens=False)
        self._unwritten = [-1, *sorted(token for text, token in vocabulary.items() if _NUMERAL.search(text))]

    def read(
        self, sound: Iterable[Samples], spans: Sequence[Span], progress: Progress
    ) -> list[tuple[Span, tuple[Word, ...]]]:
        """The words of each of `spans` (voice, in order, free of overlaps), in the call's time; one entry for each.

        Words are lower case without punctuation, numbers are spelled out. `sound` is one voice from the call's start,
        in blocks of any length; about a minute of it is held at a time. A word that lies in no span is dropped; so is
        everything of a span that Whisper itself takes for no speech, or that nobody could say in that time.
        `progress` is told bytes of sound.
        """
        found: list[list[Word]] = [[] for _ in spans]
        waiting: list[Piece] = []
        total_bytes = 32 * spans[-1].end_ms if spans else 0
        for piece in cut_out(sound, spans):
            while waiting and not Window((*waiting, piece)).fits:
                waiting = self._settle(waiting, found)
            waiting.append(piece)
            progress.step("Reading the words again", 32 * piece.voice.start_ms, total_bytes)
        while waiting:
            waiting = self._settle(waiting, found)
        progress.step("Reading the words again", total_bytes, total_bytes)
        return [(span, tuple(words)) for span, words in zip(spans, found, strict=True)]

    def _settle(self, pieces: list[Piece], found: list[list[Word]]) -> list[Piece]:
        """Read one window and file its words; gives what has to be read again (always less than `pieces`)."""
        window = Window(tuple(pieces))
        words = self._words(window)
        if words is None:
            half = len(pieces) // 2
            first, second = pieces[:half], pieces[half:]
            while first:
                first = self._settle(first, found)
            return second if half else []
        filed = _file(words, pieces, found)
        return _unread(pieces, filed[-1].end_ms) if filed else []

    def _words(self, window: Window) -> list[Word] | None:
        """What Whisper hears in a window, in the call's time; None where it cannot be trusted."""
        sound = window.sound.astype(np.float32) / np.float32(32_768)
        if not len(sound):
            return []
        duration_s = len(sound) / RATE_HZ
        segments, _ = self._pipeline.transcribe(
            sound,
            language="en",
            beam_size=BEAM,
            temperature=0.0,
            without_timestamps=False,
            word_timestamps=True,
            vad_filter=False,
            clip_timestamps=[{"start": 0.0, "end": duration_s}],
            max_new_tokens=FEW_TOKENS + round(TOKENS_PER_S * duration_s),
            suppress_tokens=list(self._unwritten),
        )
        read = list(segments)
        if not read or _doubtful(read[0]):
            return None
        return [word for segment in read for heard in segment.words for word in _spoken(heard, window)]


def _doubtful(segment: _Segment) -> bool:
    return (
        segment.no_speech_prob > NO_SPEECH
        or segment.avg_logprob < LOG_PROBABILITY
        or segment.compression_ratio > COMPRESSION
    )


def plain_words(written: str) -> list[str]:
    """What Whisper writes as the live recogniser would: "Mr. O'Neil's well-known" is mister o'neil's well known."""
    letters = unicodedata.normalize("NFKD", written.lower().replace("’", "'")).encode("ascii", "ignore").decode()
    words = (word.strip("'") for word in re.split(r"[^a-z']+", letters))
    return [_SPELLED.get(word, word) for word in words if word]


def _spoken(heard: _Heard, window: Window) -> list[Word]:
    """The plain words of one that Whisper wrote, its time shared out evenly."""
    words = plain_words(heard.word)
    share_s = (heard.end - heard.start) / max(len(words), 1)
    timed = []
    for place, word in enumerate(words):
        start_s = heard.start + place * share_s
        span = window.call_span(start_s, start_s + share_s)
        timed.append(Word(word, span.start_ms, span.end_ms, round(float(heard.probability), 2)))
    return timed


def _file(words: Iterable[Word], pieces: Sequence[Piece], found: list[list[Word]]) -> list[Word]:
    """Add each word to what was found in the span that it shares most time with; gives those that have one."""
    by_piece: list[list[Word]] = [[] for _ in pieces]
    for word in words:
        shares = [_share_ms(word, piece) for piece in pieces]
        if max(shares) > 0:
            by_piece[shares.index(max(shares))].append(word)
    filed = list[Word]()
    for piece, its in zip(pieces, by_piece, strict=True):
        if len(its) <= FEW_WORDS + WORDS_PER_S * piece.voice.duration_ms / 1000:
            filed += _inside(its, piece.near)
            found[piece.number] += _inside(its, piece.near)
    return filed


def _share_ms(word: Word, piece: Piece) -> Ms:
    common = Span(word.start_ms, max(word.end_ms, word.start_ms + 1)) & piece.near
    return common.duration_ms if common else 0


def _inside(words: Iterable[Word], near: Span) -> list[Word]:
    """The words, their times cut to `near` and put into order."""
    kept: list[Word] = []
    free_ms = near.start_ms
    for word in words:
        start_ms = min(max(word.start_ms, free_ms), near.end_ms)
        free_ms = max(start_ms, min(word.end_ms, near.end_ms))
        kept.append(replace(word, start_ms=start_ms, end_ms=free_ms))
    return kept


def _unread(pieces: Sequence[Piece], read_to_ms: Ms) -> list[Piece]:
    """The pieces, or the last part of one, after the last word that was read."""
    rest = [(piece, left) for piece in pieces if (left := piece.after(read_to_ms))]
    unread = [left for piece, left in rest if left is piece or left.voice.duration_ms >= UNREAD_MS]
    # A word at the very start leaves everything unread: the same window would say the same again.
    return unread if total_ms(left.voice for left in unread) < total_ms(piece.voice for piece in pieces) else []
