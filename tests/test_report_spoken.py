"""When the simulated caller's words were said."""

from hypothesis import given
from hypothesis import strategies as st

from callsim.report.spoken import word_starts
from callsim.timeline import Span

LOUD, STEP_MS = 20, 20


def starts(text, voice, whole_ms=None, start_ms=0):
    """The starts in a line whose steps are loud or silent: "xxx..xx"."""
    levels = [0] * (start_ms // STEP_MS) + [LOUD if step == "x" else 0 for step in voice]
    span = Span(start_ms, start_ms + len(voice) * STEP_MS)
    return word_starts(text, span, whole_ms or span.duration_ms, levels, STEP_MS)


def test_words_begin_where_their_share_of_the_voice_has_been_heard():
    """Four words of one syllable, one after the other, in an even voice."""
    assert starts("it is not here", "x" * 40) == (0, 200, 400, 600)


def test_longer_words_take_longer():
    """By their syllables."""
    first, second = starts("unbelievable day", "x" * 40)
    assert second - first > 500


def test_a_pause_is_nobodys_word():
    """The voice pauses after two of four words."""
    assert starts("it is not here", "x" * 20 + "." * 30 + "x" * 20)[3] > (20 + 30) * STEP_MS


def test_times_are_those_of_the_call():
    """A line that begins later."""
    assert starts("it is", "x" * 10, start_ms=5_000)[0] == 5_000


def test_words_that_were_cut_off_have_no_start():
    """Half of the line was heard."""
    assert len(starts("it is not here", "x" * 20, whole_ms=800)) == 2


@given(
    st.lists(st.sampled_from(["I", "waited,", "four", "47", "unbelievable…", "–"]), max_size=20).map(" ".join),
    st.text("x.", min_size=1, max_size=80),
    st.integers(0, 3_000),
    st.integers(0, 20_000),
)
def test_starts_rise_and_stay_inside_the_line(text, voice, whole_ms, start_ms):
    """Whatever was said and however it sounded."""
    found = starts(text, voice, whole_ms, start_ms // STEP_MS * STEP_MS)
    begin_ms = start_ms // STEP_MS * STEP_MS
    assert list(found) == sorted(found)
    assert len(found) <= len(text.split())
    assert all(begin_ms <= at_ms < begin_ms + len(voice) * STEP_MS for at_ms in found)


def test_a_line_without_words_has_none():
    """Nothing to find."""
    assert starts("", "xx") == ()
