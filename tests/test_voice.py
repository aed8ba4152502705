"""A voice file says how a caller speaks at any frustration; a mistake in it is told in one sentence."""

from __future__ import annotations

from dataclasses import astuple
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callsim.errors import OurBug, VoiceError
from callsim.phone import Person
from callsim.voice import read_voice, voice_files

FOLDER = Path(__file__).parents[1] / "voices"
DRIVERS = ("espeak", "nsss", "sapi5", "natural")
GOOD = """
format = "callsim.voice/1"
title = "A test"
gender = "woman"
accent = "American"
engine = "pyttsx3"
[names]
espeak = "en-us+f3"
nsss = "Samantha"
sapi5 = "Zira"
[calm]
words_per_minute = 140
pitch = 45
liveliness = 40
level_dbfs = -26
[furious]
words_per_minute = 175
pitch = 60
liveliness = 80
level_dbfs = -20
"""


def written(folder: Path, text: str) -> Path:
    """A voice file with that text."""
    path = folder / "someone.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_voice_is_calm_at_0_and_furious_at_100(tmp_path: Path) -> None:
    """The two ends are just what the file says."""
    voice = read_voice(written(tmp_path, GOOD))
    assert astuple(voice.delivery(0, "espeak"))[:5] == ("en-us+f3", 140, 45, 40, -26.0)
    assert astuple(voice.delivery(100, "espeak"))[:5] == ("en-us+f3", 175, 60, 80, -20.0)


def test_half_way_is_half_way(tmp_path: Path) -> None:
    """At 50 every value lies in the middle."""
    assert astuple(read_voice(written(tmp_path, GOOD)).delivery(50, "sapi5"))[:5] == ("Zira", 158, 52, 60, -23.0)


@given(st.integers(0, 100), st.integers(0, 100), st.sampled_from(DRIVERS))
def test_more_frustration_is_never_slower_or_softer(one: int, other: int, driver: str) -> None:
    """Holds for every voice of ours, on every platform."""
    calmer, angrier = sorted((one, other))
    for path in voice_files(FOLDER).values():
        voice = read_voice(path)
        before, after = voice.delivery(calmer, driver), voice.delivery(angrier, driver)
        assert before.words_per_minute <= after.words_per_minute
        assert before.level_dbfs <= after.level_dbfs


def test_lines_can_be_rendered_ahead(tmp_path: Path) -> None:
    """A hundred and one frustrations share eleven deliveries, none more than 5 away."""
    voice = read_voice(written(tmp_path, GOOD))
    deliveries = [voice.delivery(frustration, "espeak") for frustration in range(101)]
    assert len(set(deliveries)) == 11
    for at, delivery in enumerate(deliveries):
        assert delivery in (deliveries[max(at - 5, 0)], deliveries[min(at + 5, 100)])


@pytest.mark.parametrize(
    ("frustration", "driver"), [(-1, "espeak"), (101, "espeak"), (50, "festival"), (50, "natural")]
)
def test_a_delivery_that_cannot_be_is_our_bug(tmp_path: Path, frustration: int, driver: str) -> None:
    """Nobody's file can cause it."""
    with pytest.raises(OurBug, match="no delivery"):
        read_voice(written(tmp_path, GOOD)).delivery(frustration, driver)


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("accent =", "acent =", "no key acent: use accent"),
        ("[calm]\nwords_per_minute", "[calm]\nword_per_minute", "no key calm.word_per_minute: use words_per_minute"),
        ('gender = "woman"', 'gender = "robot"', "gender is 'robot', and allowed is 'woman' or 'man'"),
        ("words_per_minute = 140", "words_per_minute = 90", "calm.words_per_minute is 90: .*130"),
        ("pitch = 60", 'pitch = "high"', "furious.pitch is 'high': .*integer"),
        ("level_dbfs = -26", "level_dbfs = nan", "calm.level_dbfs is nan"),
        ('nsss = "Samantha"\n', "", "names.nsss is missing"),
        ('title = "A test"', 'title = " "', "title is ' '"),
        ('"callsim.voice/1"', '"callsim.voice/2"', "format is 'callsim.voice/2', and allowed is 'callsim.voice/1'"),
        ("[calm]", "[calm", r"not TOML: .*line 11"),
        ("[names]", "names = 3\n[other]", "no key other"),
        ("[names]", "calm = 3\n[names]", "not TOML"),
    ],
)
def test_a_mistake_is_named_with_file_and_key(tmp_path: Path, right: str, wrong: str, said: str) -> None:
    """One line, with what is allowed."""
    assert right in GOOD
    with pytest.raises(VoiceError, match=said) as caught:
        read_voice(written(tmp_path, GOOD.replace(right, wrong, 1)))
    assert "someone.toml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_value_where_a_table_belongs(tmp_path: Path) -> None:
    """The table's name is said."""
    names = GOOD[GOOD.index("[names]") : GOOD.index("[calm]")]
    with pytest.raises(VoiceError, match=r"names is 3, and allowed is a table \[names\]$"):
        read_voice(written(tmp_path, GOOD.replace(names, "").replace("[calm]", "names = 3\n[calm]")))


def test_an_unknown_key_names_the_near_one(tmp_path: Path) -> None:
    """A slip of the finger is answered with the word that was meant."""
    with pytest.raises(VoiceError, match=r"no key furious\.pich: use pitch$"):
        read_voice(written(tmp_path, GOOD + "pich = 3\n"))


def test_a_key_unlike_all_others_names_them_all(tmp_path: Path) -> None:
    """So that the author can choose."""
    with pytest.raises(VoiceError, match=r"use words_per_minute, pitch, liveliness, level_dbfs, effort, tremor$"):
        read_voice(written(tmp_path, GOOD + "zzz = 3\n"))


NATURAL = """
[natural]
lexicon = "gb"
pitch_scale = 0.6
warp = 0.9
"""


def test_a_natural_voice_is_a_person_with_effort_and_tremor(tmp_path: Path) -> None:
    """They follow frustration as the pitch does; what is left out is as it is."""
    text = GOOD.replace("level_dbfs = -20", "level_dbfs = -20\neffort = 80\ntremor = 20") + NATURAL
    delivery = read_voice(written(tmp_path, text)).delivery(50, "natural")
    assert delivery.person == Person("gb", 0.6, 0.9)
    assert (delivery.effort, delivery.tremor) == (65, 10)
    assert delivery.engine_voice == ""


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("warp = 0.9", "warp = 0.3", "natural.warp is 0.3: .*0.75"),
        ("warp =", "wrap =", r"no key natural\.wrap: use warp"),
        ('"gb"', '"uk"', "natural.lexicon is 'uk', and allowed is 'us' or 'gb'"),
        ("warp = 0.9", "", "the key natural.warp is missing"),
    ],
)
def test_a_mistake_in_a_natural_voice_is_named_too(tmp_path: Path, right: str, wrong: str, said: str) -> None:
    """Although the whole table may be left out."""
    with pytest.raises(VoiceError, match=said):
        read_voice(written(tmp_path, GOOD + NATURAL.replace(right, wrong)))


@pytest.mark.parametrize("line", ["clear", "telephone"])
def test_what_a_voice_comes_through_is_up_to_its_file(tmp_path: Path, line: str) -> None:
    """Left out, it is the telephone."""
    assert read_voice(written(tmp_path, GOOD)).delivery(0, "espeak").line == "telephone"
    text = GOOD.replace("[names]", f'line = "{line}"\n[names]')
    assert read_voice(written(tmp_path, text)).delivery(0, "espeak").line == line


def test_files_that_are_no_files(tmp_path: Path) -> None:
    """Missing, a folder, or not text."""
    with pytest.raises(VoiceError, match="cannot be read"):
        read_voice(tmp_path / "nobody.toml")
    with pytest.raises(VoiceError, match="cannot be read"):
        read_voice(tmp_path)
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(VoiceError, match="not TOML"):
        read_voice(tmp_path / "bytes.toml")


def test_our_voices_are_women_and_men_with_different_accents() -> None:
    """At least two of each, no two alike."""
    voices = [read_voice(path) for path in voice_files(FOLDER).values()]
    assert [voice.gender for voice in voices].count("woman") >= 2
    assert [voice.gender for voice in voices].count("man") >= 2
    assert len({voice.accent for voice in voices}) >= 3
    assert len({(voice.names.espeak) for voice in voices}) == len(voices)
    assert len({voice.title for voice in voices}) == len(voices)
    people = [voice.natural for voice in voices if voice.natural]
    assert len({(person.pitch_scale, person.warp) for person in people}) == len(voices)
    assert {person.lexicon for person in people} == {"us", "gb"}


def test_voice_files_are_found_by_name(tmp_path: Path) -> None:
    """The name is the file's without its ending; other files do not count."""
    for name in ("b.toml", "a.toml", "README.md"):
        (tmp_path / name).touch()
    assert list(voice_files(tmp_path)) == ["a", "b"]
    assert voice_files(tmp_path / "nowhere") == {}
