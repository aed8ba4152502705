"""Any recording, read in a stream: WAV, FLAC, Ogg, MP3, AIFF, one or two channels, as 16 kHz 16-bit blocks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import chain, repeat, zip_longest
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from callsim.devices.riff import MendedWav, source
from callsim.errors import RecordingError
from callsim.phone import Samples
from callsim.timeline import RATE_HZ, Ms, ms_at

LOWEST_HZ, HIGHEST_HZ = 8_000, 192_000
# libsndfile's error codes: its SF_ERR_UNRECOGNISED_FORMAT and SF_ERR_MALFORMED_FILE.
_UNRECOGNISED, _MALFORMED = 1, 3
# A FLAC that was never closed announces 2^63 - 1 frames; a year at 192 kHz is 2^43.
_ENDLESS_FRAMES = 1 << 44

_Sound = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Recording:
    """A sound file that can be read, as often as one likes; `channels` is 1 or 2, `rate_hz` the file's own."""

    path: Path
    channels: int
    rate_hz: int
    duration_ms: Ms

    def blocks(self, channel: int, block_samples: int) -> Iterator[Samples]:
        """One channel (0 is left) at 16 kHz in blocks of `block_samples`, the last one shorter; constant memory.

        The resampler's delay is made up for: what was at t stays at t. Raises RecordingError where the file has no
        such channel, and while reading where it turns out to be damaged or cut short.
        """
        if channel >= self.channels:
            raise RecordingError(
                f"{self.path} is mono where two channels are needed: "
                "give a recording with two channels, or a file for each side"
            )
        return reblocked(_at_call_rate(self._pieces(channel), self.rate_hz), block_samples)

    def is_silent(self, channel: int) -> bool:
        """Whether a channel is digital silence throughout; reads up to the first sample that is not."""
        return not any(piece.any() for piece in self._pieces(channel))

    def _pieces(self, channel: int) -> Iterator[_Sound]:
        """A channel second by second at the file's own rate, -1 to 1; what is no number counts as silence."""
        read = 0
        with _opened(self.path) as file:
            announced = file.frames
            while len(piece := _read(self.path, file, self.rate_hz)):
                read += len(piece)
                yield np.nan_to_num(piece[:, channel])
        # An MP3's announced length can be wrong by a few of its frames.
        if announced - read > self.rate_hz // 10:
            raise _cut_short(self.path)


def open_recording(path: Path) -> Recording:
    """Look at a sound file without reading it through. Raises RecordingError, one sentence, where it cannot be used."""
    if path.is_dir():
        raise RecordingError(f"{path} is a folder: name the sound file in it")
    if not path.exists():
        raise RecordingError(f"There is no recording {path}: check its name and folder")
    with _opened(path) as file:
        channels, rate_hz, frames = file.channels, file.samplerate, file.frames
    if frames == 0:
        raise RecordingError(f"{path} is empty: it holds no sound; record or export it again")
    if frames > _ENDLESS_FRAMES:
        raise _cut_short(path)
    if channels > 2:
        raise RecordingError(f"{path} has {channels} channels, callsim reads one or two: mix it down first")
    if not LOWEST_HZ <= rate_hz <= HIGHEST_HZ:
        raise RecordingError(f"{path} has a rate of {rate_hz} Hz: record or export it with 8000 to 48000 Hz")
    return Recording(path, channels, rate_hz, ms_at(frames, rate_hz))


def pairs(left: Iterable[Samples], right: Iterable[Samples]) -> Iterator[tuple[Samples, Samples]]:
    """Two sides in step, the shorter one padded with silence; both come in blocks of the same size."""
    nothing: Samples = np.zeros(0, dtype=np.int16)
    for one, other in zip_longest(left, right, fillvalue=nothing):
        size = max(len(one), len(other))
        yield _padded(one, size), _padded(other, size)


def after_silence(sound: Iterable[Samples], silent_samples: int, block_samples: int) -> Iterator[Samples]:
    """The sound with so much silence before it, in blocks of one size; constant memory, however long the silence is."""
    whole, rest = divmod(silent_samples, block_samples)
    silence: Samples = np.zeros(block_samples, dtype=np.int16)
    return reblocked(chain(repeat(silence, whole), (silence[:rest],), sound), block_samples)


def reblocked(pieces: Iterable[Samples], block_samples: int) -> Iterator[Samples]:
    """The same sound in blocks of one size; the last one may be shorter, never empty."""
    rest: Samples = np.zeros(0, dtype=np.int16)
    for piece in pieces:
        rest = np.concatenate((rest, piece))
        whole = len(rest) - len(rest) % block_samples
        yield from (rest[at : at + block_samples] for at in range(0, whole, block_samples))
        rest = rest[whole:]
    if len(rest):
        yield rest


class _Forward(soundfile.SoundFile):  # type: ignore[misc]  # soundfile has no types
    """A sound file that is read from its start to its end.

    soundfile seeks to where it is after every read, and an MP3 decoder that is made to seek forgets what the next
    frames build on: read in blocks of 4096, half of the sound was wrong (soundfile 0.14.0, libsndfile 1.2.2).
    """

    def seekable(self) -> bool:
        """Not to be sought in."""
        return False


def _padded(samples: Samples, size: int) -> Samples:
    return np.pad(samples, (0, size - len(samples)))


def _at_call_rate(pieces: Iterator[_Sound], rate_hz: int) -> Iterator[Samples]:
    if rate_hz == RATE_HZ:
        yield from map(_as_int16, pieces)
        return
    # soxr gives no output for its own delay and the rest at the end, so that nothing moves.
    stream = soxr.ResampleStream(rate_hz, RATE_HZ, 1, dtype="float32")
    for piece in pieces:
        yield _as_int16(stream.resample_chunk(piece))
    yield _as_int16(stream.resample_chunk(np.zeros(0, dtype=np.float32), last=True))


def _as_int16(sound: _Sound) -> Samples:
    return np.clip(np.rint(sound * 32_768), -32_768, 32_767).astype(np.int16)


@contextmanager
def _opened(path: Path) -> Iterator[soundfile.SoundFile]:
    with ExitStack() as stack:
        try:
            where = source(path)
            if isinstance(where, MendedWav):
                stack.callback(where.close)
            file = stack.enter_context(_Forward(where))
        except OSError as wrong:
            raise RecordingError(f"{path} cannot be opened ({wrong.strerror}): check that you may read it") from None
        except soundfile.LibsndfileError as wrong:
            raise _unreadable(path, wrong.code) from None
        except TypeError:
            # soundfile asks for a rate where the name ends in .raw.
            raise _unreadable(path, _UNRECOGNISED) from None
        yield file


def _read(path: Path, file: soundfile.SoundFile, frames: int) -> npt.NDArray[np.float32]:
    try:
        return np.asarray(file.read(frames, dtype="float32", always_2d=True))
    except soundfile.LibsndfileError:
        raise _cut_short(path) from None


def _unreadable(path: Path, code: int) -> RecordingError:
    if path.stat().st_size == 0:
        return RecordingError(f"{path} is empty: it holds no sound; record or export it again")
    if code == _MALFORMED:
        return _cut_short(path)
    return RecordingError(f"{path} is not a sound file that callsim reads: export it as WAV, FLAC, Ogg, MP3 or AIFF")


def _cut_short(path: Path) -> RecordingError:
    return RecordingError(f"{path} is damaged or cut short: copy or export it again")
