"""What to change in a rubric where coaches judge a check otherwise than the machine does. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from callsim.acts import ACTS
from callsim.scoring.rubric import Banded, Limited, Plain, Rubric, Steadiness

# The act that a check listens for, where it is not called like the check.
_ACT_OF: Mapping[str, str] = {"name": "name_use", "handover": "escalation", "rote": "empathy"}
_AVOIDED = frozenset({"blame", "defensiveness", "refusal", "minimising", "rushing", "hedging"})


def remedy(check: str, leaning: Literal["higher", "lower"], rubric: Rubric) -> str:
    """One sentence on what to change so that a check gives more (or less), naming its settings as they are now."""
    dimension, _, name = check.partition(".")
    part = getattr(getattr(rubric, dimension, None), name, None)
    if not isinstance(part, Plain):
        return f"This rubric has no check {check}: look at the one that made these scores."
    return _of_numbers(check, part, leaning) or _of_words(check, name, part, leaning)


def _of_numbers(check: str, part: Plain, leaning: Literal["higher", "lower"]) -> str | None:
    milder = leaning == "higher"
    if isinstance(part, Banded):
        how = "Widen" if milder else "Narrow"
        return f"{how} the band of {check}, now {_numbers(part.band)}."
    if isinstance(part, Limited):
        how = "Raise" if milder else "Lower"
        return f"{how} the two numbers of {check}.limit, now {_numbers(part.limit)}."
    if isinstance(part, Steadiness):
        how = "Widen" if milder else "Narrow"
        limits = {"loudness_db": part.loudness_db, "pitch_semitones": part.pitch_semitones, "rate": part.rate}
        now = ", ".join(f"{name} {_numbers(limit)}" for name, limit in limits.items())
        return f"{how} what {check} lets pass, now {now}."
    return None


def _of_words(check: str, name: str, part: Plain, leaning: Literal["higher", "lower"]) -> str:
    act = _ACT_OF.get(name, name)
    if act in ACTS and (leaning == "higher") != (act in _AVOIDED):
        heard = "hear in these calls" if leaning == "higher" else "mind in these calls"
        return f"Add the words that coaches {heard} to [phrases] as {act} = [...]."
    if act in _AVOIDED:
        return f"Lower phrasing.avoided.each_costs, or the points of {check}, now {part.points:g}."
    how_it_judges = "milder" if leaning == "higher" else "stricter"
    shares = [f"{key}, now {value:g}" for key, value in part if key != "points" and isinstance(value, int | float)]
    if shares:
        how = "Raise" if leaning == "higher" else "Lower"
        return f"{how} what {check} gives in part: {'; '.join(shares)}."
    return f"No setting makes {check} {how_it_judges}; its points, now {part.points:g}, say how much it counts."


def _numbers(numbers: tuple[float, ...]) -> str:
    return f"[{', '.join(f'{number:g}' for number in numbers)}]"
