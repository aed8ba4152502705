"""What to change in a rubric where coaches judge a check otherwise than the machine does. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from callsim.acts import ACTS
from callsim.scoring.rubric import Banded, Limited, Plain, Rubric, Steadiness, read_rubric

Leaning: TypeAlias = Literal["higher", "lower"]

# The act that a check listens for, where it is not called like the check.
_ACT_OF: Mapping[str, str] = {"name": "name_use", "handover": "escalation"}
_AVOIDED = frozenset({"blame", "defensiveness", "refusal", "minimising", "rushing", "hedging"})
# More of these gives more points, or fewer (`phrasing_done`, `phrasing_avoided`).
_MILDER_WITH_MORE = ("phrasing.rote.alike", "phrasing.name.always_fine")
_MILDER_WITH_LESS = ("phrasing.name.one_in_words", "phrasing.concrete.enough")


def remedy(check: str, leaning: Leaning, rubric: Rubric | None) -> str:
    """One sentence on what to change so that a check gives more (or less), naming its settings as they are now.

    Without a rubric, which is one that nobody knows the numbers of, it names the settings alone.
    """
    dimension, _, name = check.partition(".")
    part = getattr(getattr(rubric or read_rubric(), dimension, None), name, None)
    if not isinstance(part, Plain):
        return f"This rubric has no check {check}: look at the one that made these scores."
    known = rubric is not None
    found = _of_numbers(check, part, leaning, known) or _of_counts(check, part, leaning, known)
    return found or _of_words(check, part, leaning, rubric)


def _of_numbers(check: str, part: Plain, leaning: Leaning, known: bool) -> str | None:
    milder = leaning == "higher"
    if isinstance(part, Banded):
        how = "Widen" if milder else "Narrow"
        return f"{how} the band of {check}{_now(part.band, known)}."
    if isinstance(part, Limited):
        how = "Raise" if milder else "Lower"
        return f"{how} the two numbers of {check}.limit{_now(part.limit, known)}."
    if isinstance(part, Steadiness):
        how = "Widen" if milder else "Narrow"
        limits = {"loudness_db": part.loudness_db, "pitch_semitones": part.pitch_semitones, "rate": part.rate}
        now = ", ".join(f"{name} {_numbers(limit)}" for name, limit in limits.items())
        return f"{how} what {check} lets pass{f', now {now}' if known else ''}."
    return None


def _of_counts(check: str, part: Plain, leaning: Leaning, known: bool) -> str | None:
    milder = leaning == "higher"
    said = list[str]()
    for names, how in ((_MILDER_WITH_MORE, "raise" if milder else "lower"),
                       (_MILDER_WITH_LESS, "lower" if milder else "raise")):  # fmt: skip
        ours = [key for key, _ in part if f"{check}.{key}" in names]
        said += [f"{how} {check}.{key}{_now(getattr(part, key), known)}" for key in ours]
    if not said:
        return None
    act = _ACT_OF.get(check.partition(".")[2])
    if act and milder:
        said = [f"Where it was said too often, {', or '.join(said)}", f"where it was not heard, {_adding(act, 'hear')}"]
        return f"{'; '.join(said)}."
    sentence = ", or ".join(said)
    return f"{sentence[0].upper()}{sentence[1:]}."


def _of_words(check: str, part: Plain, leaning: Leaning, rubric: Rubric | None) -> str:
    name, known = check.partition(".")[2], rubric is not None
    act = _ACT_OF.get(name, name)
    if act in ACTS and (leaning == "higher") != (act in _AVOIDED):
        sentence = _adding(act, "hear" if leaning == "higher" else "mind")
        return f"{sentence[0].upper()}{sentence[1:]}."
    if act in _AVOIDED:
        costs = (rubric or read_rubric()).phrasing.avoided.each_costs
        return f"Lower phrasing.avoided.each_costs{_now(costs, known)}; it counts for everything to avoid."
    shares = [f"{check}.{key}{_now(value, known)}" for key, value in part if key != "points"]
    if shares:
        return f"Lower {', or '.join(shares)}."
    how_it_judges = "milder" if leaning == "higher" else "stricter"
    points = f"its points{_now(part.points, known)}{',' if known else ''} say how much it counts"
    return f"No setting makes {check} {how_it_judges}; {points}."


def _adding(act: str, heard: str) -> str:
    return f"add the words that coaches {heard} in these calls to [phrases] as {act} = [...]"


def _now(value: float | tuple[float, ...], known: bool) -> str:
    if not known:
        return ""
    return f", now {_numbers(value) if isinstance(value, tuple) else f'{value:g}'}"


def _numbers(numbers: tuple[float, ...]) -> str:
    return f"[{', '.join(f'{number:g}' for number in numbers)}]"
