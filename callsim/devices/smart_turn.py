"""Does it sound finished? Smart Turn v3.2 by Daily: 8 million parameters, trained on how turns end in 23 languages.

The weights (smart-turn-v3.2-cpu.onnx, 8.7 MB, BSD 2-clause) ride in the wheel of pipecat-ai. One look takes about 40 ms
on one core, so never on the audio thread.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime

from callsim.devices.carried_model import CarriedModel
from callsim.devices.model_files import Pinned, PinnedModel
from callsim.devices.model_wheel import Wheel
from callsim.errors import ModelError
from callsim.phone import Samples
from callsim.timeline import RATE_HZ

# What the model was trained on: the last 8 s, as Whisper hears it (25 ms frames every 10 ms, 80 mel bands, log power).
WINDOW_SAMPLES = 8 * RATE_HZ
FRAME = 400
HOP = 160
BANDS = 80
FLOOR = 1e-10
RANGE_LOG10 = 8.0

NAME = "smart-turn-v3.2-cpu.onnx"
WEIGHTS = CarriedModel(
    PinnedModel(
        "smart-turn-v3.2",
        "turn model",
        {NAME: Pinned(8679182, "2bb026316b14a660486a75b1733cd3fbab8c2fd0314dc9af7be49f8cca967e4f")},
        anchor=NAME,
    ),
    Wheel("pipecat-ai==1.14.0", 12_109_725, "0352f504b44e78bdf524e45af4bc759601c835b9b7dc195efe5e03384b974a44"),
    setup="callsim setup",
)

Floats = npt.NDArray[np.float64]


class SmartTurn:
    """`phone.TurnSense`: the chance that a speaker has finished, from how it sounds. Raises ModelError.

    The same sound gives the same chance on the same machine (one thread).
    """

    window_samples = WINDOW_SAMPLES

    def __init__(self, folder: Path) -> None:
        weights = folder / NAME
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        try:
            self._session = onnxruntime.InferenceSession(str(weights), options)
        except Exception as wrong:
            raise ModelError(f"The turn model in {weights} cannot be loaded: run callsim setup to fetch it") from wrong

    def finished_chance(self, sound: Samples) -> float:
        """0 to 1, from the turn's sound up to some 0.3 s after its voice ended; only the last 8 s count."""
        recent = sound[-WINDOW_SAMPLES:].astype(np.float32) / np.float32(32_768)
        features = log_mel(np.pad(recent, (WINDOW_SAMPLES - len(recent), 0)))
        (chances,) = self._session.run(None, {"input_features": features[np.newaxis]})
        return float(np.ravel(chances)[0])


def log_mel(sound: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Whisper's features of 8 s of sound: 80 bands x 800 frames, as OpenAI and Hugging Face compute them."""
    even = (sound - sound.mean()) / np.sqrt(sound.var() + 1e-7)
    padded = np.pad(even.astype(np.float64), FRAME // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, FRAME)[::HOP][: len(sound) // HOP]
    power = np.abs(np.fft.rfft(frames * np.hanning(FRAME + 1)[:-1])) ** 2
    loud = np.log10(np.maximum(_BAND_WEIGHTS @ power.T, FLOOR))
    features: npt.NDArray[np.float32] = ((np.maximum(loud, loud.max() - RANGE_LOG10) + 4.0) / 4.0).astype(np.float32)
    return features


def _band_weights() -> Floats:
    """Triangles of equal area, evenly spaced on Slaney's mel scale from 0 to 8 kHz: 80 bands x 201 bins."""
    edges = _hz(np.linspace(0.0, _mel(RATE_HZ / 2), BANDS + 2))
    bins = np.linspace(0.0, RATE_HZ / 2, FRAME // 2 + 1)
    low, middle, high = (edges[at : at + BANDS, np.newaxis] for at in range(3))
    triangles = np.minimum((bins - low) / (middle - low), (high - bins) / (high - middle))
    weights: Floats = np.maximum(triangles, 0.0) * 2.0 / (high - low)
    return weights


# Slaney's scale: even up to 1 kHz (15 mel), logarithmic above.
_LOG_STEP = np.log(6.4) / 27.0


def _mel(hz: float) -> float:
    return float(15.0 + np.log(hz / 1_000.0) / _LOG_STEP) if hz >= 1_000.0 else 3.0 * hz / 200.0


def _hz(mel: Floats) -> Floats:
    return np.where(mel < 15.0, 200.0 * mel / 3.0, 1_000.0 * np.exp(_LOG_STEP * (mel - 15.0)))


_BAND_WEIGHTS = _band_weights()
