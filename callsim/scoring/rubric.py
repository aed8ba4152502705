"""The rubric: every number a score depends on, read from TOML and checked. `rubric.toml` is the standard one."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from callsim.acts import ACTS
from callsim.checked import read_checked, told_in_table
from callsim.errors import RubricError, ScriptError
from callsim.scoring.phrases import rules_for
from callsim.script import Script, read_script
from callsim.timeline import Ms


def _rising(numbers: tuple[float, ...]) -> tuple[float, ...]:
    if list(numbers) != sorted(numbers):
        raise ValueError("the numbers must not fall from left to right")
    return numbers


Points: TypeAlias = Annotated[float, Field(ge=0, le=1000)]
Share: TypeAlias = Annotated[float, Field(ge=0, le=1)]
Length: TypeAlias = Annotated[Ms, Field(ge=0)]
Band: TypeAlias = Annotated[tuple[float, float, float, float], AfterValidator(_rising)]
Limit: TypeAlias = Annotated[tuple[float, float], AfterValidator(_rising)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Plain(_Part):
    """A check that is met or not."""

    points: Points


class Banded(Plain):
    """A check on a number: none up to the first, all from the second to the third, none from the fourth on."""

    band: Band


class Limited(Plain):
    """A check on a number: all up to the first, none from the second on."""

    limit: Limit


class Overall(_Part):
    """How the three scores make the overall one."""

    pacing: Points
    interruptions: Points
    phrasing: Points
    least_share: Share


class MeasureRules(_Part):
    """How speech, turns and silences are measured, and overlaps told apart."""

    pause_ms: Length
    turn_pause_ms: Length
    dead_air_ms: Annotated[Ms, Field(gt=0)]
    hold_ms: Annotated[Ms, Field(gt=0)]
    grace_ms: Length
    early_ms: Length
    backchannel_ms: Length
    backchannel_words: Annotated[int, Field(ge=1)]
    inner_pause_ms: Length
    unfinished_ms: Length
    reaction_ms: Length
    story_ms: Length
    wordless_ms: Length


class WordsPerMinute(Banded):
    """A band, and how many words it takes to know."""

    min_words: Annotated[int, Field(ge=1)]


class Steadiness(Plain):
    """What counts as a heated line, how much speech it takes, and how far loudness, pitch and rate may move."""

    heated_by: Annotated[int, Field(ge=1)]
    least_ms: Length
    loudness_db: Limit
    pitch_semitones: Limit
    rate: Limit


class Fillers(Limited):
    """A limit, and the recognisers that hear fillers."""

    heard_by: tuple[str, ...]


class Pacing(_Part):
    """The checks of pacing."""

    words_per_minute: WordsPerMinute
    response_gap: Banded
    dead_air: Limited
    longest_turn: Limited
    talk_share: Banded
    fillers: Fillers
    steadiness: Steadiness


class Interruptions(_Part):
    """The checks of interruptions, and when they cannot be known."""

    leak_limit_db: float
    cut_ins: Limited
    heard_out: Plain
    talking_over: Limited
    listening: Plain


class Empathy(Plain):
    """When empathy is early, and what it is worth late, or in general words."""

    early_passages: Annotated[int, Field(ge=1)]
    late: Share
    general: Share


class Ownership(Plain):
    """What ownership without an "I" is worth."""

    without_i: Share


class Solution(Plain):
    """What an offer is worth that the caller did not need."""

    unneeded: Share


class Timeframe(Plain):
    """How close a time must stand to what will be done."""

    near_ms: Length


class Handover(Plain):
    """What a handover is worth without a word about what the other will know."""

    cold: Share


class NameUse(Plain):
    """How often the name may be said: always so many times, and more in longer calls."""

    always_fine: Annotated[int, Field(ge=1)]
    one_in_words: Annotated[int, Field(ge=1)]


class Concrete(Plain):
    """How many of the caller's nouns are enough."""

    enough: Annotated[int, Field(ge=1)]


class Closing(Plain):
    """What a goodbye is worth that is nothing but that."""

    bare: Share


class Rote(Plain):
    """How many words two phrases share to be the same again."""

    alike: Share


class Avoided(_Part):
    """What all checks of things to avoid have in common."""

    each_costs: Share
    owned_share: Share
    answered_share: Share


class Phrasing(_Part):
    """The checks of phrasing, and when they cannot be known."""

    wordless_ms: Length
    answer_words: Annotated[int, Field(ge=1)]
    words_alone: Share
    greeting: Plain
    empathy: Empathy
    apology: Plain
    alliance: Plain
    question: Plain
    ownership: Ownership
    solution: Solution
    timeframe: Timeframe
    needs: Plain
    middle: Plain
    handover: Handover
    recap: Plain
    name: NameUse
    concrete: Concrete
    thanks: Plain
    satisfaction_check: Plain
    closing: Closing
    avoided: Avoided
    blame: Plain
    defensiveness: Plain
    refusal: Plain
    minimising: Plain
    rushing: Plain
    hedging: Plain
    rote: Rote
    order: Plain


def _readable(phrase: str) -> str:
    try:
        list(rules_for("own", (phrase,)))
    except RubricError as wrong:
        raise ValueError(str(wrong)) from None
    if not phrase.strip() or "\n" in phrase:
        raise ValueError("should be one phrase of at least one word")
    return phrase


def _known_acts(phrases: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    for act in phrases.keys() - set(ACTS):
        near = get_close_matches(act, ACTS, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise ValueError(f"there is no act {act!r}: {hint}allowed are {', '.join(ACTS)}")
    return phrases


OwnPhrases: TypeAlias = Annotated[
    dict[str, tuple[Annotated[str, AfterValidator(_readable)], ...]], AfterValidator(_known_acts)
]


class Rubric(_Part):
    """A whole rubric. What a file leaves out is taken from the standard one."""

    format: Literal["callsim.rubric/1"]
    name: Annotated[str, Field(min_length=1)]
    overall: Overall
    measures: MeasureRules
    pacing: Pacing
    interruptions: Interruptions
    phrasing: Phrasing
    phrases: OwnPhrases

    @model_validator(mode="before")
    @classmethod
    def _over_the_standard(cls, given: Any) -> Any:  # noqa: ANN401  (whatever TOML holds)
        return _merged(_standard(), given) if isinstance(given, Mapping) else given

    @property
    def fingerprint(self) -> str:
        """Twelve signs that differ between two rubrics with any different number or name."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]


def read_rubric(path: Path | None = None) -> Rubric:
    """The rubric of a file, or the standard one. Raises RubricError with the file and the key."""
    return Rubric.model_validate({}) if path is None else read_checked(path, "rubric", Rubric, RubricError)


def adapted(rubric: Rubric, own: Mapping[str, Any]) -> Rubric:
    """A rubric with the settings of a script in the place of its own. Raises pydantic's ValidationError."""
    return Rubric.model_validate(_merged(rubric.model_dump(), own)) if own else rubric


def read_scorable(path: Path) -> Script:
    """The script in a file. Raises ScriptError also where the rubric that it brings is none."""
    script = read_script(path)
    try:
        adapted(read_rubric(), script.rubric)
    except ValidationError as wrong:
        raise ScriptError(told_in_table(wrong, "rubric", path, "script", Rubric)) from None
    return script


def settings_of(own: Mapping[str, Any]) -> tuple[str, ...]:
    """The settings that a script's rubric names, by their whole names: "measures.dead_air_ms"."""
    return tuple(name for key, value in own.items() for name in _names_in(key, value))


def _names_in(name: str, value: object) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (inner for key, part in value.items() for inner in _names_in(f"{name}.{key}", part))
    else:
        yield name


@cache
def _standard() -> Mapping[str, Any]:
    return tomllib.loads((files(__package__) / "rubric.toml").read_text(encoding="utf-8"))


def _merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    both = {**under, **over}
    nested = (key for key in under.keys() & over.keys() if isinstance(under[key], dict) and isinstance(over[key], dict))
    return both | {key: _merged(under[key], over[key]) for key in nested}
