"""A rubric as a form of many numbers, and back: what cannot be read is told at its own field."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from callsim.acts import ACTS
from callsim.report.names import ACTS as ACT_NAMES
from callsim.report.names import CHECKS
from callsim.scoring.rubric import Rubric, read_rubric
from callsim.scoring.rubric_notes import rubric_notes

_SECTIONS = {
    "overall": "The overall score",
    "measures": "How calls are measured",
    "pacing": "Pacing",
    "interruptions": "Interruptions",
    "phrasing": "Phrasing",
}
_ENDS = {4: ("none up to", "all from", "all up to", "none from"), 2: ("all up to", "none from")}
_INTEGER = re.compile(r"[+-]?\d+")

Json = Any


@dataclass(frozen=True, slots=True)
class Number:
    """A field; `ends` says which end of a band it is. `is_own` where it is not the standard's."""

    name: str
    ends: str
    value: str
    standard: str
    is_own: bool


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting of one, two or four numbers; `wrong` is one sentence."""

    name: str
    title: str
    note: str
    numbers: tuple[Number, ...]
    wrong: str | None


@dataclass(frozen=True, slots=True)
class Group:
    """The settings of one check, or of one table of the rubric."""

    name: str
    title: str
    note: str
    settings: tuple[Setting, ...]

    @property
    def is_own(self) -> bool:
        """Whether anything here is not the standard's."""
        return any(number.is_own for one in self.settings for number in one.numbers)

    @property
    def is_wrong(self) -> bool:
        """Whether a field here has to be put right."""
        return any(one.wrong for one in self.settings)


@dataclass(frozen=True, slots=True)
class Phrases:
    """A coach's own phrases for an act, one a line."""

    name: str
    title: str
    text: str
    wrong: str | None


@dataclass(frozen=True, slots=True)
class Form:
    """All of it: groups by section, then the phrases. `mistakes` counts what has to be put right."""

    sections: tuple[tuple[str, tuple[Group, ...]], ...]
    phrases: tuple[Phrases, ...]
    mistakes: int


def form_of(rubric: Rubric, sent: Mapping[str, str] | None = None, wrong: Mapping[str, str] | None = None) -> Form:
    """The form of a rubric; what was `sent` and could not be taken is in it again, with what is `wrong`."""
    standard = read_rubric().model_dump()
    filler = _Filler(standard, sent or {}, wrong or {})
    dumped = rubric.model_dump()
    sections = tuple((title, tuple(filler.groups(name, dumped[name]))) for name, title in _SECTIONS.items())
    phrases = tuple(filler.phrases(act, dumped["phrases"].get(act, ())) for act in ACTS)
    return Form(sections, phrases, len(wrong or {}))


def rubric_from(base: Rubric, sent: Mapping[str, str]) -> tuple[Rubric | None, dict[str, str]]:
    """The rubric that a form makes of another one; or None, and by setting what is wrong, in one sentence each."""
    wrong: dict[str, str] = {}
    settings = base.model_dump()
    for name, numbers in _settings_in(settings):
        given = [sent.get(field, "").strip() for field, _ in _fields(name, numbers)]
        read = [_number(text) for text in given]
        if None in read:
            bad = next(text for text, number in zip(given, read, strict=True) if number is None)
            wrong[name] = f"This should be a number, not {bad[:20]!r}." if bad else "A number is missing here."
        else:
            _put(settings, name, read if isinstance(numbers, Sequence) else read[0])
    settings["phrases"] = {act: lines for act in ACTS if (lines := _lines(sent.get(f"phrases.{act}", "")))}
    if wrong:
        return None, wrong
    try:
        return Rubric.model_validate(settings), {}
    except ValidationError as mistakes:
        return None, _told(mistakes)


class _Filler:
    """Fills fields with what was sent, else with what a rubric has."""

    def __init__(self, standard: Mapping[str, Json], sent: Mapping[str, str], wrong: Mapping[str, str]) -> None:
        self._standard = dict(_settings_in(standard))
        self._sent, self._wrong = sent, wrong

    def groups(self, name: str, table: Mapping[str, Json]) -> Iterator[Group]:
        """The table's own settings, then each table in it."""
        own = {key: value for key, value in table.items() if _is_setting(value)}
        if own:
            title = CHECKS.get(name) or name.rpartition(".")[2].replace("_", " ").capitalize()
            settings = tuple(self._setting(f"{name}.{key}", value) for key, value in own.items())
            yield Group(name, title, rubric_notes().get(name, ""), settings)
        for key, value in table.items():
            if isinstance(value, dict):
                yield from self.groups(f"{name}.{key}", value)

    def _setting(self, name: str, value: Json) -> Setting:
        standard = dict(_fields(name, self._standard[name]))
        fields = _fields(name, value)
        ends = _ENDS.get(len(fields), ("",))
        numbers = tuple(
            Number(
                field, end, self._sent.get(field, _shown(number)), _shown(standard[field]), number != standard[field]
            )
            for (field, number), end in zip(fields, ends, strict=True)
        )
        title = name.rpartition(".")[2].replace("_", " ")
        return Setting(name, title, rubric_notes().get(name, ""), numbers, self._wrong.get(name))

    def phrases(self, act: str, own: Sequence[str]) -> Phrases:
        """The phrases for one act."""
        name = f"phrases.{act}"
        return Phrases(name, ACT_NAMES[act].capitalize(), self._sent.get(name, "\n".join(own)), self._wrong.get(name))


def _settings_in(table: Mapping[str, Json], name: str = "") -> Iterator[tuple[str, Json]]:
    """Every number, pair and band in a rubric, by its whole name."""
    for key, value in table.items():
        inner = f"{name}.{key}" if name else key
        if isinstance(value, dict) and inner != "phrases":
            yield from _settings_in(value, inner)
        elif _is_setting(value):
            yield inner, value


def _is_setting(value: Json) -> bool:
    numbers = value if isinstance(value, tuple) and value else (value,)
    return all(isinstance(one, int | float) for one in numbers)


def _fields(name: str, value: Json) -> list[tuple[str, float]]:
    """The fields of a setting and their numbers."""
    return [(f"{name}.{at}", one) for at, one in enumerate(value)] if isinstance(value, tuple) else [(name, value)]


def _shown(number: float) -> str:
    return repr(number).removesuffix(".0")


def _number(text: str) -> float | None:
    if _INTEGER.fullmatch(text):
        return int(text[:20])
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None


def _put(settings: dict[str, Json], name: str, value: Json) -> None:
    *tables, key = name.split(".")
    for table in tables:
        settings = settings[table]
    settings[key] = value


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _told(mistakes: ValidationError) -> dict[str, str]:
    """By setting: of several mistakes in one the first."""
    told: dict[str, str] = {}
    for mistake in reversed(mistakes.errors()):
        steps = [str(step) for step in mistake["loc"]]
        while steps and steps[-1].isdecimal():
            steps.pop()
        says = mistake["msg"].removeprefix("Value error, ").replace("Input should be", "this should be")
        told[".".join(steps)] = f"{says[:1].upper()}{says[1:].rstrip('.')}."
    return told
