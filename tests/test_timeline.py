"""Milliseconds on the sample count, and spans of them."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callsim.errors import OurBug
from callsim.timeline import RATE_HZ, Span, bridged, ms_at, sample_at, shared, total_ms

moments = st.integers(min_value=0, max_value=400)
spans = st.tuples(moments, moments).map(lambda pair: Span(min(pair), max(pair)))
span_lists = st.lists(spans, max_size=12)
gaps_ms = st.integers(min_value=0, max_value=60)


def covered(of):
    """The milliseconds that lie in any of the spans: the plain meaning, against which the clever one is held."""
    return {at_ms for span in of for at_ms in range(span.start_ms, span.end_ms)}


@given(st.integers(min_value=0, max_value=10**8), st.sampled_from([1_000, 8_000, 16_000, 22_050, 44_100, 48_000]))
def test_a_millisecond_has_a_first_sample_that_lies_in_it(at_ms, rate_hz):
    """Going to samples and back loses nothing, and the sample before belongs to the millisecond before."""
    first = sample_at(at_ms, rate_hz)
    assert ms_at(first, rate_hz) == at_ms
    assert first == 0 or ms_at(first - 1, rate_hz) == at_ms - 1


def test_the_count_does_not_drift():
    """Ten hours into a call the millisecond is still exact."""
    assert ms_at(RATE_HZ * 36_000) == 36_000_000


def test_a_span_running_backwards_is_our_bug():
    """It cannot come from anything that a user did."""
    with pytest.raises(OurBug, match="from 5 ms to 4 ms"):
        Span(5, 4)


@given(spans, st.integers(min_value=-10, max_value=410))
def test_a_span_holds_its_start_and_not_its_end(span, at_ms):
    """Half-open: neighbours share no millisecond."""
    assert (at_ms in span) == (at_ms in covered([span]))


@given(spans)
def test_a_span_lasts_as_many_milliseconds_as_it_holds(span):
    """An empty span is a moment and lasts none."""
    assert span.duration_ms == len(covered([span]))


@given(spans, spans)
def test_what_two_spans_share_is_what_both_hold(one, other):
    """None stands for nothing shared, and the order of the two is of no matter."""
    common = one & other
    assert covered([common] if common else []) == covered([one]) & covered([other])
    assert common == other & one


@given(span_lists, gaps_ms)
def test_bridged_spans_are_in_order_with_no_short_gap_left(of, gap_ms):
    """What is left apart is at least the gap apart."""
    joined = bridged(of, gap_ms)
    assert all(after.start_ms - before.end_ms >= max(gap_ms, 1) for before, after in pairwise(joined))


@given(span_lists, gaps_ms)
def test_bridging_loses_nothing_and_adds_only_gaps(of, gap_ms):
    """Whatever is added lies between two spans that were too close."""
    added = covered(bridged(of, gap_ms)) - covered(of)
    assert covered(of) <= covered(bridged(of, gap_ms))
    assert all(covered(of) & set(range(at_ms - gap_ms, at_ms)) for at_ms in added)


@given(span_lists, gaps_ms)
def test_bridging_again_changes_nothing(of, gap_ms):
    """Once joined, spans stay as they are."""
    assert bridged(bridged(of, gap_ms), gap_ms) == bridged(of, gap_ms)


@given(span_lists, gaps_ms, st.randoms(use_true_random=False))
def test_the_order_of_the_spans_is_of_no_matter(of, gap_ms, random):
    """They may come as they like."""
    mixed = list(of)
    random.shuffle(mixed)
    assert bridged(mixed, gap_ms) == bridged(of, gap_ms)


@given(span_lists)
def test_the_total_counts_shared_time_once(of):
    """Two spans over the same second are a second."""
    assert total_ms(of) == len(covered(of))


@given(span_lists, span_lists)
def test_what_two_lists_share_is_what_both_hold(ours, theirs):
    """The quick walk along both lists finds the same as counting every millisecond."""
    ours, theirs = bridged(ours, 0), bridged(theirs, 0)
    assert covered(shared(ours, theirs)) == covered(ours) & covered(theirs)
    assert shared(ours, theirs) == shared(theirs, ours)
