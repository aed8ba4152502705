"""Times that a trainee promises, as the caller remembers them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callsim.promises import contradicts, promised


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("i will send it by friday", "by Friday"),
        ("you will have it tomorrow before noon", "tomorrow before noon"),
        ("it will be there within two hours", "within two hours"),
        ("i'll ring you before lunchtime and it comes on monday morning", "on Monday morning"),
        ("in three to five working days", "in three to five working days"),
        ("by the end of the day", "by the end of the day"),
        ("what is the order number", None),
        ("i see", None),
    ],
)
def test_the_last_time_named_is_kept_in_the_trainees_words(said, kept):
    """The caller says it back, weekdays in capitals."""
    assert promised(said) == kept


@pytest.mark.parametrize(
    ("before", "now", "other"),
    [
        ("by Friday", "on Monday", True),
        ("tomorrow before noon", "today", True),
        ("by Friday", "Friday morning", False),
        ("tomorrow", "within two days", False),
        ("within an hour", "within two hours", False),
    ],
)
def test_only_another_day_contradicts(before, now, other):
    """Two lengths of time may both be true."""
    assert contradicts(before, now) is other


@given(st.text(max_size=200))
def test_any_text_can_be_listened_to(text):
    """What is kept stands in the text."""
    kept = promised(text)
    assert kept is None or kept.lower() in text.lower()
