"""Call scripts: who calls, why, what they say and how they react. One TOML file each, see scripts/README.md.

What every caller can say (`callsim/everyday.toml`: "Hello? Are you still there?") stands under each script; a script
overrides any part of it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from callsim.checked import read_checked
from callsim.errors import ScriptError
from callsim.timeline import Ms

Mood: TypeAlias = Literal["calm", "upset", "furious"]

CALM_BELOW = 40
FURIOUS_FROM = 75


def mood(frustration: int) -> Mood:
    """The word for a frustration from 0 to 100: calm below 40, furious from 75."""
    if frustration < CALM_BELOW:
        return "calm"
    return "furious" if frustration >= FURIOUS_FROM else "upset"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, str_min_length=1)


Lines: TypeAlias = tuple[str, ...]
HelpfulAct: TypeAlias = Literal[
    "solution", "timeframe", "ownership", "apology", "empathy", "alliance", "question", "recap", "thanks", "name_use",
    "hold", "escalation", "satisfaction_check",
]  # fmt: skip


class ByMood(_Part):
    """Variants of a line, for any mood or for one; the mood's own come before those for any."""

    any: Lines = ()
    calm: Lines = ()
    upset: Lines = ()
    furious: Lines = ()

    def variants(self, frustration: int) -> Lines:
        """What may be said at this frustration; empty where the author gave nothing for it."""
        own: Lines = getattr(self, mood(frustration))
        return own or self.any

    @model_validator(mode="after")
    def _says_something(self) -> ByMood:
        if not (self.any or self.calm or self.upset or self.furious):
            raise ValueError("needs at least one line")
        return self


def _by_mood(value: object) -> object:
    """A plain list of lines is for any mood."""
    return {"any": value} if isinstance(value, list | tuple) else value


Said: TypeAlias = Annotated[ByMood, BeforeValidator(_by_mood)]


class Caller(_Part):
    """Who calls. `holds_on_ms`: how long the caller talks on when cut in on (0 = yields at once)."""

    name: str = Field(pattern=r"^\S+ \S+( \S+)*$")
    voice: str
    frustration: int = Field(default=55, ge=0, le=100)
    patience_ms: Ms = Field(default=6_000, ge=2_000, le=60_000)
    greeting_wait_ms: Ms = Field(default=2_500, ge=500, le=10_000)
    holds_on_ms: Ms = Field(default=0, ge=0, le=5_000)


class Briefing(_Part):
    """What the trainee may know before the call. `nouns`: the concrete things this call is about."""

    company: str
    situation: str
    may_offer: tuple[str, ...] = Field(min_length=1)
    good: tuple[str, ...] = ()
    nouns: tuple[str, ...] = Field(min_length=1)


class Told(_Part):
    """A part of the caller's story, told once. The first part is the story itself; the others come as the call goes."""

    id: str = Field(pattern=r"^[a-z0-9_]+$")
    say: Said


class Need(_Part):
    """What the caller has to get.

    Met by a turn that carries one of the acts in `met_by` and, where `words` is given, says one of them ("re-send*"
    matches what begins so). `ask` presses for it, `met` acknowledges it. A `second` one is a second problem: in some
    calls it comes up once everything else is settled, in others never.
    """

    id: str = Field(pattern=r"^[a-z0-9_]+$")
    what: str
    met_by: tuple[HelpfulAct, ...] = Field(min_length=1)
    words: tuple[str, ...] = ()
    second: bool = False
    ask: Said
    met: Said


class Answer(_Part):
    """What the caller knows when asked: `words` is what the question is about, `again` what it gets a second time.

    A `hidden` fact is one that nobody has asked about before, and that explains what went wrong.
    """

    id: str = Field(pattern=r"^[a-z0-9_]+$")
    words: tuple[str, ...] = Field(min_length=1)
    say: Said
    again: Said | None = None
    hidden: bool = False


class Tangent(_Part):
    """Background life, said at most once, before what the caller goes on with: the dog, the door, a long day."""

    id: str = Field(pattern=r"^[a-z0-9_]+$")
    say: Said


class Misheard(_Part):
    """What the caller may hear wrongly: one of these `words` in a turn is asked back as something like it."""

    words: tuple[str, ...] = Field(min_length=1)
    say: Said


class Endings(_Part):
    """The caller's last line, for each way that a call can end.

    `apologetic` stands in for `thankful` where the caller had been furious and has calmed down.
    """

    thankful: Lines = Field(min_length=1)
    apologetic: Lines = ()
    cool: Lines = Field(min_length=1)
    supervisor: Lines = Field(min_length=1)
    hang_up: Lines = Field(min_length=1)


class Prompts(_Part):
    """What moves a call along, whatever it is about."""

    still_there: Said
    resume: Said
    go_on: Said
    pardon: Said
    waiting: Said
    demand: Said
    going_round: Said
    settled: Said
    told_already: Said
    not_finished: Said
    one_more_thing: Said
    held_to: Said
    two_times: Said


class Reactions(_Part):
    """What the caller says to what a turn did, before it goes on: to the first of these that it felt.

    What hurts comes first, then what helps most.
    """

    blame: Said
    defensiveness: Said
    minimising: Said
    rushing: Said
    refusal: Said
    softened_refusal: Said
    escalation_unneeded: Said
    too_much_apology: Said
    empathy: Said
    recap: Said
    alliance: Said
    solution: Said
    ownership: Said
    timeframe: Said
    apology: Said
    closing: Said
    satisfaction_check: Said
    hedging: Said
    name_use: Said
    thanks: Said
    question: Said


class Script(_Part):
    """A call script, checked. `limit_lines` ends a call that goes round in circles.

    `rubric` holds what differs, for this call, from the rubric it is scored by; what is in it is checked by
    `scoring.rubric`, which knows the settings.

    `common_answers`, from everyday.toml, are looked at where none of the script's own fits a question.
    """

    format: Literal["callsim.script/1"]
    title: str
    trade: str
    difficulty: Literal["easy", "medium", "hard"]
    caller: Caller
    briefing: Briefing
    story: tuple[Told, ...] = Field(min_length=1)
    needs: tuple[Need, ...] = Field(min_length=1)
    answers: tuple[Answer, ...] = ()
    common_answers: tuple[Answer, ...] = ()
    tangents: tuple[Tangent, ...] = ()
    misheard: tuple[Misheard, ...] = ()
    reactions: Reactions
    prompts: Prompts
    endings: Endings
    limit_lines: int = Field(default=30, ge=4, le=200)
    rubric: dict[str, dict[str, Any]] = {}

    @model_validator(mode="before")
    @classmethod
    def _over_everyday(cls, own: object) -> object:
        """What every caller says, under what this script says itself."""
        if not isinstance(own, dict):
            return own
        everyday = tomllib.loads(files("callsim").joinpath("everyday.toml").read_text(encoding="utf-8"))
        return {**own, **{key: _over(own[key], under) if key in own else under for key, under in everyday.items()}}

    @model_validator(mode="after")
    def _ids_differ(self) -> Script:
        for what, ids in (
            ("story", [part.id for part in self.story]),
            ("needs", [need.id for need in self.needs]),
            ("answers", [answer.id for answer in self.answers]),
            ("tangents", [tangent.id for tangent in self.tangents]),
        ):
            if twice := [name for name in ids if ids.count(name) > 1]:
                raise ValueError(f"{what}: the id {twice[0]!r} is used twice")
        return self

    @property
    def first_name(self) -> str:
        """How a friendly agent would call the caller."""
        return self.caller.name.split()[0]


def all_said(script: Script) -> Iterator[tuple[str, ByMood]]:
    """Every set of variants that the caller may say, with its place: ("needs.present.ask", …), ("endings.cool", …)."""
    return _said_in("", script)


def _said_in(place: str, part: object) -> Iterator[tuple[str, ByMood]]:
    if isinstance(part, ByMood):
        yield place, part
    elif isinstance(part, Endings):
        named = ((name, getattr(part, name)) for name in Endings.model_fields)
        yield from ((f"{place}.{name}", ByMood(any=lines)) for name, lines in named if lines)
    elif isinstance(part, BaseModel):
        for name in type(part).model_fields:
            yield from _said_in(f"{place}.{name}".strip("."), getattr(part, name))
    elif isinstance(part, tuple):
        for number, item in enumerate(part, start=1):
            yield from _said_in(f"{place}.{getattr(item, 'id', number)}", item)


def _over(own: object, everyday: object) -> object:
    """A script's own table or list with the everyday one under it; what is neither is left to the check."""
    if isinstance(own, dict) and isinstance(everyday, dict):
        return {**everyday, **own}
    return [*own, *everyday] if isinstance(own, list) and isinstance(everyday, list) else own


def read_script(path: Path) -> Script:
    """The script in a TOML file. Raises ScriptError: which file, line or key, and what is allowed."""
    return read_checked(path, "script", Script, ScriptError)
