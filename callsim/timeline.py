"""Time in a call: whole milliseconds on the call's own sample count, and spans of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from callsim.errors import OurBug

Ms: TypeAlias = int
RATE_HZ = 16_000
BLOCK_SAMPLES = 320


def ms_at(sample: int, rate_hz: int = RATE_HZ) -> Ms:
    """The millisecond in which a sample lies; computed from the count, never summed up."""
    return sample * 1000 // rate_hz


def sample_at(at_ms: Ms, rate_hz: int = RATE_HZ) -> int:
    """The first sample of a millisecond; `ms_at(sample_at(ms)) == ms` for rates of 1 kHz and more."""
    return -(-at_ms * rate_hz // 1000)


@dataclass(frozen=True, order=True, slots=True)
class Span:
    """A stretch of time, half-open: `start_ms` is in it, `end_ms` is not.

    Raises OurBug where the end lies before the start. An empty span is allowed: it is a moment.
    """

    start_ms: Ms
    end_ms: Ms

    def __post_init__(self) -> None:
        if self.end_ms < self.start_ms:
            raise OurBug(f"callsim has a bug: a span from {self.start_ms} ms to {self.end_ms} ms runs backwards")

    @property
    def duration_ms(self) -> Ms:
        """Its length in milliseconds."""
        return self.end_ms - self.start_ms

    def __contains__(self, at_ms: Ms) -> bool:
        return self.start_ms <= at_ms < self.end_ms

    def __and__(self, other: Span) -> Span | None:
        """What both cover, or None where they do not meet."""
        start_ms, end_ms = max(self.start_ms, other.start_ms), min(self.end_ms, other.end_ms)
        return Span(start_ms, end_ms) if start_ms < end_ms else None


def bridged(spans: Iterable[Span], gap_ms: Ms) -> list[Span]:
    """Spans in order, joined where the gap between them is shorter than `gap_ms` (0 joins only what touches)."""
    joined: list[Span] = []
    for span in sorted(spans):
        if joined and span.start_ms - joined[-1].end_ms < max(gap_ms, 1):
            joined[-1] = Span(joined[-1].start_ms, max(joined[-1].end_ms, span.end_ms))
        else:
            joined.append(span)
    return joined


def total_ms(spans: Iterable[Span]) -> Ms:
    """How much time the spans cover together; what two of them share counts once."""
    return sum(span.duration_ms for span in bridged(spans, 0))


def shared(ours: Sequence[Span], theirs: Sequence[Span]) -> list[Span]:
    """The stretches that lie in both lists, in order. Each list is sorted and free of overlaps (see `bridged`)."""
    both: list[Span] = []
    i = j = 0
    while i < len(ours) and j < len(theirs):
        if common := ours[i] & theirs[j]:
            both.append(common)
        if ours[i].end_ms <= theirs[j].end_ms:
            i += 1
        else:
            j += 1
    return both
