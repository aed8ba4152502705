"""A check: one small question about the call, its points, why, and the seconds that show it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict

from callsim.scoring.rubric import Band, Limit
from callsim.scoring.stretches import Stretch
from callsim.timeline import Ms, Span

Dimension: TypeAlias = Literal["pacing", "interruptions", "phrasing"]
DIMENSIONS: tuple[Dimension, ...] = ("pacing", "interruptions", "phrasing")
QUOTE_WORDS = 16


class Part(BaseModel):
    """A frozen piece of a scorecard with just the keys it names."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Quote(Part):
    """A stretch of the call and what the trainee said in it (nothing, where it shows a silence)."""

    start_ms: Ms
    end_ms: Ms
    quote: str = ""


class Check(Part):
    """A check that could be made."""

    id: str
    dimension: Dimension
    points: float
    of: float
    why: str
    evidence: tuple[Quote, ...] = ()


class NotMeasured(Part):
    """A check that could not be made, and why; it counts for nothing and against nothing."""

    id: str
    dimension: Dimension
    why: str


Outcome: TypeAlias = Check | NotMeasured


def made(id: str, share: float, of: float, why: str, evidence: Iterable[Quote] = ()) -> Check:
    """A check that earned `share` (0 to 1) of its points; `id` starts with its dimension."""
    return Check(id=id, dimension=_dimension(id), points=round(share * of, 2), of=of, why=why, evidence=tuple(evidence))


def not_made(id: str, why: str) -> NotMeasured:
    """A check without the material it needs."""
    return NotMeasured(id=id, dimension=_dimension(id), why=why)


def _dimension(id: str) -> Dimension:
    return next(one for one in DIMENSIONS if id.startswith(f"{one}."))


def in_band(value: float, band: Band) -> float:
    """0 to 1: all between the inner two numbers, falling in a straight line to none at the outer two."""
    none_low, all_low, all_high, none_high = band
    if all_low <= value <= all_high:
        return 1.0
    if value <= none_low or value >= none_high:
        return 0.0
    if value < all_low:
        return (value - none_low) / (all_low - none_low)
    return (none_high - value) / (none_high - all_high)


def in_limit(value: float, limit: Limit) -> float:
    """0 to 1: all up to the first number, falling in a straight line to none at the second."""
    return in_band(value, (float("-inf"), float("-inf"), *limit))


def quote_of(span: Span, said: Stretch | None = None) -> Quote:
    """A span as evidence, with the first words of what was said."""
    words = [word.word for word in said.words] if said else []
    text = " ".join(words[:QUOTE_WORDS]) + (" ..." if len(words) > QUOTE_WORDS else "")
    return Quote(start_ms=span.start_ms, end_ms=span.end_ms, quote=text)
