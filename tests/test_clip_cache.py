"""A cached line is the fresh line, and the cache heals, shares and limits itself."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from callsim.devices.clip_cache import CachedSynthesiser
from callsim.devices.pyttsx3_voice import Pyttsx3Synthesiser, platform_driver
from callsim.errors import VoiceEngineError
from callsim.phone import Clip, Delivery, Samples
from callsim.voice import read_voice

VOICE = read_voice(sorted(Path(__file__).parents[1].glob("voices/*.toml"))[0])
CALM = VOICE.delivery(0, platform_driver())
FURIOUS = VOICE.delivery(100, platform_driver())


class CountingSynthesiser:
    """Gives noise that depends on the line and on how often it was asked, and counts."""

    identity = "noise 1"

    def __init__(self) -> None:
        self.asked = 0

    def clip(self, text: str, delivery: Delivery) -> Clip:
        """Never the same twice, so that a second rendering would be noticed."""
        self.asked += 1
        rng = np.random.default_rng([self.asked, *text.encode(), delivery.words_per_minute])
        return Clip(rng.integers(-32768, 32768, 4000).astype(np.int16))


@pytest.fixture
def noise() -> CountingSynthesiser:
    """An engine that counts."""
    return CountingSynthesiser()


def test_a_cached_line_is_the_fresh_line_to_the_sample(tmp_path: Path) -> None:
    """With the real engine: fresh, kept, and read by another cache over a silent engine."""
    with Pyttsx3Synthesiser() as engine:
        fresh = engine.clip("Where is my parcel?", CALM)
        cache = CachedSynthesiser(engine, tmp_path)
        first, second = cache.clip("Where is my parcel?", CALM), cache.clip("Where is my parcel?", CALM)
    np.testing.assert_array_equal(second.samples, first.samples)
    assert second.samples.dtype == np.int16
    if platform_driver() == "espeak":
        np.testing.assert_array_equal(first.samples, fresh.samples)


def test_each_line_is_asked_for_once(tmp_path: Path, noise: CountingSynthesiser) -> None:
    """Also by a second cache over the same folder."""
    first = CachedSynthesiser(noise, tmp_path).clip("one", CALM)
    again = CachedSynthesiser(noise, tmp_path).clip("one", CALM)
    assert noise.asked == 1
    np.testing.assert_array_equal(first.samples, again.samples)


def test_text_delivery_and_engine_all_count(tmp_path: Path, noise: CountingSynthesiser) -> None:
    """A change of any of them asks again."""
    cache = CachedSynthesiser(noise, tmp_path)
    cache.clip("one", CALM)
    cache.clip("two", CALM)
    cache.clip("one", FURIOUS)
    noise.identity = "noise 2"
    cache.clip("one", CALM)
    assert noise.asked == 4


@pytest.mark.parametrize("damage", [b"", b"no sound at all", "half"])
def test_a_broken_file_is_made_again(tmp_path: Path, noise: CountingSynthesiser, damage: bytes | str) -> None:
    """Empty, foreign, or cut in half: it is replaced, and then read."""
    cache = CachedSynthesiser(noise, tmp_path)
    cache.clip("one", CALM)
    (file,) = tmp_path.iterdir()
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2] if isinstance(damage, str) else damage)
    made_again = cache.clip("one", CALM)
    assert noise.asked == 2
    np.testing.assert_array_equal(cache.clip("one", CALM).samples, made_again.samples)
    assert noise.asked == 2


def test_the_line_not_used_for_longest_makes_room(tmp_path: Path, noise: CountingSynthesiser) -> None:
    """The folder stays under its limit, and what was just read stays."""
    roomy = CachedSynthesiser(noise, tmp_path)
    ages = {}
    for age, text in enumerate(("old", "older", "oldest")):
        before = set(tmp_path.iterdir())
        roomy.clip(text, CALM)
        (ages[text],) = set(tmp_path.iterdir()) - before
        os.utime(ages[text], ns=(0, 10**9 * (10 - age)))
    roomy.clip("oldest", CALM)
    limit = sum(path.stat().st_size for path in tmp_path.iterdir()) + 100
    CachedSynthesiser(noise, tmp_path, limit).clip("new", CALM)
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= limit
    assert not ages["older"].exists()
    assert ages["oldest"].exists()
    assert ages["old"].exists()


def test_a_folder_that_cannot_be_made_costs_no_call(tmp_path: Path, noise: CountingSynthesiser) -> None:
    """A file stands where the folder should be: the line is spoken all the same, and just not kept."""
    (tmp_path / "file").touch()
    cached = CachedSynthesiser(noise, tmp_path / "file")
    assert len(cached.clip("one", CALM).samples)


def test_a_failing_engine_leaves_nothing_behind(tmp_path: Path) -> None:
    """No file for a line that could not be spoken."""

    class Failing(CountingSynthesiser):
        def clip(self, text: str, delivery: Delivery) -> Clip:  # noqa: ARG002
            raise VoiceEngineError("no")

    with pytest.raises(VoiceEngineError):
        CachedSynthesiser(Failing(), tmp_path).clip("one", CALM)
    assert list(tmp_path.iterdir()) == []


@given(arrays(np.int16, st.integers(1, 5000)))
def test_any_samples_come_back_unchanged(tmp_path_factory: pytest.TempPathFactory, samples: Samples) -> None:
    """The file is lossless, down to a single sample."""

    class Fixed(CountingSynthesiser):
        def clip(self, text: str, delivery: Delivery) -> Clip:  # noqa: ARG002
            self.asked += 1
            return Clip(samples)

    inner = Fixed()
    cache = CachedSynthesiser(inner, tmp_path_factory.mktemp("cache"))
    cache.clip("one", CALM)
    np.testing.assert_array_equal(cache.clip("one", CALM).samples, samples)
    assert inner.asked == 1
