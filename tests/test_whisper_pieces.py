"""The sound of a call cut to its speech, and the way back to the call's time."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callsim.devices.whisper_pieces import PAD_MS, WINDOW_SAMPLES, Window, cut_out
from callsim.timeline import RATE_HZ, Span, sample_at

RAMP_S = 90


def ramp(length_s=RAMP_S):
    """Sound of which every sample tells where it is from, for 4 s at a time."""
    return (np.arange(length_s * RATE_HZ) % 64_000 - 32_000).astype(np.int16)


def delivered(sound, block_samples):
    """The same sound in blocks."""
    return (sound[at : at + block_samples] for at in range(0, len(sound), block_samples))


@st.composite
def spans_of_a_call(draw):
    """Voice with pauses, within 90 s."""
    edges = sorted(draw(st.sets(st.integers(0, RAMP_S * 1000), min_size=2, max_size=12)))
    return [Span(start, end) for start, end in zip(edges[::2], edges[1::2], strict=False)]


@settings(deadline=None, max_examples=60)
@given(spans_of_a_call(), st.integers(7, 300_000))
def test_the_pieces_hold_all_the_voice_once_however_the_sound_is_delivered(spans, block_samples):
    """Their voices are the spans, cut here and there; each has its own sound around it and fits into a window."""
    sound = ramp()
    pieces = list(cut_out(delivered(sound, max(block_samples, 1000)), spans))
    for number, span in enumerate(spans):
        parts = [piece for piece in pieces if piece.number == number]
        assert (parts[0].voice.start_ms, parts[-1].voice.end_ms) == (span.start_ms, span.end_ms)
        assert all(one.voice.end_ms == other.voice.start_ms for one, other in pairwise(parts))
    for piece in pieces:
        assert np.array_equal(piece.samples, sound[piece.first : piece.end])
        assert piece.first == sample_at(max(0, piece.voice.start_ms - PAD_MS))
        assert piece.end == min(len(sound), sample_at(piece.voice.end_ms + PAD_MS))
        assert Window((piece,)).fits


@settings(deadline=None, max_examples=60)
@given(spans_of_a_call(), st.data())
def test_a_place_in_a_window_leads_back_to_its_sample(spans, data):
    """What is heard at a time in the window is what the call has at the time that it leads to."""
    sound = ramp()
    window = Window(tuple(cut_out([sound], spans)))
    at = data.draw(st.integers(0, len(window.sound) - 1))
    called = window.call_span(at / RATE_HZ, at / RATE_HZ).start_ms
    near = sound[sample_at(called) : sample_at(called + 1)]
    assert window.sound[at] in near or at == 0 or window.sound[at - 1] in near


@given(spans_of_a_call())
def test_no_word_can_lie_near_two_spans(spans):
    """Each moment of the call belongs to one piece at most."""
    nears = [piece.near for piece in cut_out([], spans)]
    assert all(one.end_ms <= other.start_ms for one, other in pairwise(nears))


def test_a_long_span_is_cut_where_it_is_quietest():
    """In the pause at 20 s, not in the middle of a word."""
    sound = np.random.default_rng(1).integers(-8000, 8000, 60 * RATE_HZ).astype(np.int16)
    sound[20 * RATE_HZ : 20 * RATE_HZ + 4_800] //= 100
    first, *_ = cut_out([sound], [Span(0, 60_000)])
    assert 20_000 <= first.voice.end_ms <= 20_300


def test_what_is_left_of_a_piece_begins_where_it_is_told():
    """All of it, a part, or nothing."""
    (piece,) = cut_out([ramp()], [Span(2_000, 5_000)])
    assert piece.after(1_000) is piece
    rest = piece.after(3_000)
    assert (rest.voice, rest.first, rest.end) == (Span(3_000, 5_000), 48_000, piece.end)
    assert piece.after(5_000) is None


def test_a_long_call_is_read_in_constant_memory():
    """Of what has run by, no more is held than a piece needs."""
    alive, most = 0, 0

    class Counted(np.ndarray):
        def __del__(self):
            nonlocal alive
            alive -= 1

    def call():
        nonlocal alive, most
        for _ in range(1800):
            block = np.zeros(RATE_HZ, dtype=np.int16).view(Counted)
            alive += 1
            most = max(most, alive)
            yield block
            del block

    spans = [Span(second * 1000, second * 1000 + 4_000) for second in range(100, 1800, 100)]
    assert sum(len(piece.samples) for piece in cut_out(call(), spans)) == 17 * 5 * RATE_HZ
    assert most < 60


@pytest.mark.parametrize("spans", [[Span(0, 10_000)], [Span(70_000, 95_000)], [Span(100_000, 101_000)]])
def test_sound_that_ends_early_gives_shorter_pieces(spans):
    """A span at or past the end of the sound is no error."""
    pieces = list(cut_out([ramp(5)], spans))
    assert sum(len(piece.samples) for piece in pieces) == (5 * RATE_HZ if spans[0].start_ms == 0 else 0)


def test_a_window_takes_what_whisper_hears_at_once():
    """28 s of sound fit, more do not; silence between the spans is not counted."""
    spans = [Span(start * 1000, start * 1000 + 8_000) for start in (1, 31, 61, 80)]
    pieces = tuple(cut_out([ramp()], spans))
    assert len(Window(pieces[:3]).sound) == 27 * RATE_HZ < WINDOW_SAMPLES
    assert Window(pieces[:3]).fits
    assert not Window(pieces).fits
