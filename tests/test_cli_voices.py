"""`callsim voices`: what speaks each voice here, and how one sounds."""

import sys
from unittest.mock import Mock

import pytest
from headset import lacking, virtual_headset

from callsim.cli import run
from callsim.devices import natural_voice
from callsim.devices.pyttsx3_voice import platform_driver
from callsim.errors import VoiceEngineError

NAMES = ("arthur", "dana", "marcus", "rosa", "ruth", "tony")


def rows(capsys):
    """The last word of each voice's row: what speaks it."""
    lines = (line.split() for line in capsys.readouterr().out.splitlines())
    return {words[0]: words[-1] for words in lines if words and words[0] in NAMES}


def test_each_voice_is_listed_with_what_speaks_it(capsys):
    """Here, by this platform's engine, which the tests ask for."""
    assert run(["voices"]) == 0
    assert rows(capsys) == dict.fromkeys(NAMES, platform_driver())


@pytest.mark.skipif(natural_voice.missing() is not None, reason=str(natural_voice.missing()))
def test_natural_voices_are_listed_where_they_are_installed(capsys, monkeypatch):
    """Without anything being chosen."""
    monkeypatch.delenv("CALLSIM_VOICES")
    assert run(["voices"]) == 0
    assert rows(capsys) == dict.fromkeys(NAMES, "natural")


def test_without_natural_voices_the_list_says_how_to_get_them(capsys, monkeypatch):
    """With the command to run."""
    monkeypatch.setattr(natural_voice, "find_spec", lambda _: None)
    assert run(["voices"]) == 0
    assert 'pip install "callsim[natural]"' in capsys.readouterr().out


def test_a_voice_that_nothing_speaks_is_said_to_be_so(capsys, monkeypatch):
    """The others are listed all the same."""

    refuse = Mock(side_effect=VoiceEngineError("There is no such voice"))
    monkeypatch.setattr("callsim.devices.clip_cache.CachedSynthesiser.clip", refuse)
    assert run(["voices"]) == 0
    assert rows(capsys) == dict.fromkeys(NAMES, "here")


def test_an_unknown_voice_cannot_be_played(capsys):
    """The near ones are named."""
    assert run(["voices", "--play", "diana"]) == 2
    told = capsys.readouterr().err
    assert "dana" in told or "sound" in told


@pytest.mark.headset
@pytest.mark.skipif(lacking() is not None, reason=str(lacking()))
def test_a_voice_is_played_in_each_mood():
    """Through the speaker, each line printed as it comes."""
    with virtual_headset() as headset:
        process = headset.start(sys.executable, "-m", "callsim", "voices", "--play", "dana")
        out, complaint = process.communicate(timeout=120)
    assert process.returncode == 0, complaint
    moods = [line.split()[0] for line in out.splitlines() if line.split()[0] in {"calm", "upset", "furious"}]
    assert moods == ["calm", "upset", "furious"]
