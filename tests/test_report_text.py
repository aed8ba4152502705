"""The scorecard in the terminal."""

import io

import pytest
from rich.console import Console
from scenes import good_call, rude_call, scene, silent_call

from callsim.report.text import clock, show
from callsim.scoring.rubric import read_rubric
from callsim.scoring.scorecard import ChangeRow, score


def shown(call, encoding="utf-8", changed=(), **known):
    """What 80 columns without colour show of a scene."""
    paper = io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="\n")
    card = score(call.evidence(**known), read_rubric()).model_copy(update={"changed": tuple(changed)})
    show(card, Console(file=paper, width=80, color_system=None))
    paper.flush()
    return paper.buffer.getvalue().decode(encoding)


def test_the_scores_come_first_and_the_wins_before_the_losses():
    """Encouragement first."""
    text = shown(good_call())
    order = [text.index(word) for word in ("Pacing", "Overall", "Went well", "To try next", "Not measured")]
    assert order == sorted(order)


def section(text, title):
    """The lines under a title."""
    return text.split(f"\n{title}", 1)[1].split("\n\n")[0].splitlines()[1:]


def test_what_went_well_is_what_the_scorecard_names():
    """Its wins in their order, each with its second; none of them is among the losses."""
    card = score(good_call().evidence(), read_rubric())
    text = shown(good_call())
    well = " ".join(" ".join(section(text, "Went well")).split())
    assert len(card.wins) > 3
    places = [well.index(win.said[1:30]) for win in card.wins[:6]]
    assert places == sorted(places)
    first = card.wins[0].evidence
    assert section(text, "Went well")[0].split()[0] == clock(first.start_ms)


def test_a_win_is_not_counted_among_the_losses():
    """What was done as far as the help in the call let it stands in one place only."""
    for call in (good_call(), rude_call(), silent_call()):
        card, text = score(call.evidence(), read_rubric()), " ".join(shown(call).split())
        also = text.split("Also cost points")[1].split("Measured")[0] if "Also cost points" in text else ""
        assert not [win.check for win in card.wins if win.said[1:40] in also]


def test_the_recogniser_is_named():
    """Whose words the scorecard rests on; nothing is said of changes where there were none."""
    assert "The words: read by Vosk, as the call went" in shown(good_call())
    assert "The words: read by Whisper, a second time after the call" in shown(good_call(), recogniser="whisper")
    assert " is now " not in shown(good_call(), recogniser="whisper")


def test_what_the_second_reading_changed_is_listed_with_its_second():
    """Words that became others, went, or were not heard before."""
    changed = [
        ChangeRow(start_ms=4_000, end_ms=4_300, before="way", after="wait"),
        ChangeRow(start_ms=61_000, end_ms=61_300, before="huh", after=""),
        ChangeRow(start_ms=62_500, end_ms=63_000, before="", after="very much"),
    ]
    lines = section(shown(good_call(), recogniser="whisper", changed=changed), "The words: read by Whisper")
    assert [" ".join(line.split()) for line in lines] == [
        '0:04 "way" is now "wait"',
        '1:01 "huh" is gone',
        '1:02 "very much" was not heard before',
    ]


def test_of_many_changes_the_largest_are_listed_in_order_of_time():
    """Five of them, and how many more there were."""
    changed = [
        ChangeRow(start_ms=1000 * at, end_ms=1000 * at + 300, before="a", after=" ".join(["word"] * size))
        for at, size in enumerate((1, 4, 1, 3, 5, 1, 2, 6))
    ]
    lines = section(shown(good_call(), recogniser="whisper", changed=changed), "The words: read by Whisper")
    assert [line.split()[0] for line in lines] == ["0:01", "0:03", "0:04", "0:06", "0:07", "and"]
    assert lines[-1].strip() == "and 3 smaller changes"


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
