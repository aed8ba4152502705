"""Speech for tests that need some: a real sentence by the real voice engine, made once."""

from functools import cache

import numpy as np

from callsim.devices.pyttsx3_voice import Pyttsx3Synthesiser
from callsim.phone import Delivery

SORRY = "I am sorry about the delay."


@cache
def sentence(text: str = SORRY) -> np.ndarray:
    """A spoken sentence without silence at its edges, 16 kHz int16."""
    with Pyttsx3Synthesiser() as engine:
        return engine.clip(text, Delivery("en-us-nyc+f2", 150, 50, 50, -20.0)).samples


def silence(duration_ms: int) -> np.ndarray:
    """Digital silence."""
    return np.zeros(duration_ms * 16, dtype=np.int16)
