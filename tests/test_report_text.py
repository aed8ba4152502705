"""The scorecard in the terminal."""

import io

import pytest
from rich.console import Console
from scenes import good_call, rude_call, scene, silent_call

from callsim.report.text import clock, show
from callsim.scoring.rubric import read_rubric
from callsim.scoring.scorecard import score


def shown(call, encoding="utf-8", **known):
    """What 80 columns without colour show of a scene."""
    paper = io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="\n")
    show(score(call.evidence(**known), read_rubric()), Console(file=paper, width=80, color_system=None))
    paper.flush()
    return paper.buffer.getvalue().decode(encoding)


def test_the_scores_come_first_and_the_wins_before_the_losses():
    """Encouragement first."""
    text = shown(good_call())
    order = [text.index(word) for word in ("Pacing", "Overall", "Went well", "To try next", "Not measured")]
    assert order == sorted(order)


def test_a_loss_is_shown_with_its_second_and_its_words():
    """Where it happened and what was said."""
    text = shown(rude_call())
    assert "0:04" in text
    assert "you should have read the" in text
    assert "Try: " in text


def test_what_was_not_measured_is_named_with_its_reason():
    """A score that is missing says why, and the overall one what it rests on."""
    text = shown(rude_call(), leak_db=-6.0)
    assert "not measured: the caller can be heard in" in text
    assert "(from pacing and phrasing)" in text


def test_the_mood_and_the_ending_are_told():
    """How the caller felt, why, and how it ended."""
    text = shown(good_call())
    assert "solved, and the caller was thankful" in text
    assert "15  you said what will be done" in text


@pytest.mark.parametrize("call", [good_call(), rude_call(), silent_call(), scene()])
def test_eighty_columns_are_enough(call):
    """No line is longer than the terminal, and no colour codes are in it."""
    text = shown(call)
    assert max(len(line) for line in text.splitlines()) <= 80
    assert "\x1b" not in text


def test_a_terminal_without_block_signs_gets_plain_ones():
    """Bars of # and . where the encoding knows no others."""
    assert "." * 20 in shown(silent_call(), encoding="ascii")
    assert "you should have read the" in shown(rude_call(), encoding="ascii")


def test_a_moment_is_minutes_and_seconds():
    """83.4 s is 1:23."""
    assert clock(83_400) == "1:23"
