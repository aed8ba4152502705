"""Files that people write: TOML in, a checked frozen value out, or one sentence about the mistake."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from callsim.errors import InputError
from callsim.places import line_of_key

Model = TypeVar("Model", bound=BaseModel)


def read_checked(path: Path, what: str, model: type[Model], error: type[InputError]) -> Model:
    """The `model` in a TOML file; `what` is the file's kind as the user calls it ("scene").

    Validators find the file's folder as `info.context["folder"]`. Raises `error`: which file, which line or key, what
    is allowed.
    """
    source = _text(path, what, error)
    try:
        return model.model_validate(_toml(source, path, what, error), context={"folder": path.parent})
    except ValidationError as wrong:
        place = _line_told(path, source, _worst(wrong)["loc"])
        raise error(f"The {what} {place}, {first_mistake(wrong, model)}") from None


def told_in_table(wrong: ValidationError, table: str, path: Path, what: str, model: type[BaseModel]) -> str:
    """The first mistake of a `model` that stands in a table of a larger file, as `read_checked` tells it."""
    place = _line_told(path, path.read_text(encoding="utf-8"), (table, *_worst(wrong)["loc"]))
    return f"The {what} {place}, {table}: {first_mistake(wrong, model)}"


def _line_told(path: Path, source: str, steps: Sequence[str | int]) -> str:
    line = line_of_key(source, steps)
    return f"{path}, line {line}" if line else str(path)


def _text(path: Path, what: str, error: type[InputError]) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as wrong:
        raise error(f"The {what} {path} cannot be read: {wrong.strerror or wrong}") from None
    except UnicodeDecodeError:
        raise error(f"The {what} {path} is not a text file in UTF-8: save it as one") from None


def _toml(source: str, path: Path, what: str, error: type[InputError]) -> dict[str, Any]:
    try:
        return tomllib.loads(source)
    except tomllib.TOMLDecodeError as wrong:
        raise error(f"The {what} {path} is not valid TOML: {wrong}") from None


def first_mistake(wrong: ValidationError, model: type[BaseModel]) -> str:
    """The first mistake as an author would say it: where, what is wrong, what is allowed. No full stop at its end."""
    mistake = _worst(wrong)
    *parents, key = mistake["loc"] or ("the file",)
    if mistake["type"] == "extra_forbidden":
        return f"{_where(parents)}there is no key {key!r}: {_allowed(str(key), _keys_at(model, parents))}"
    if mistake["type"] == "missing":
        return f"{_where(parents)}the key {key!r} is missing"
    message = mistake["msg"].removeprefix("Value error, ").replace("Input should be", "should be")
    given = "" if mistake["type"] in ("value_error", "json_invalid") else f", not {_short(mistake['input'])}"
    return f"{_where([*parents, key])}{message}{given}"


def _worst(wrong: ValidationError) -> ErrorDetails:
    """A misspelt key is unknown and its right one is missing: the first of the two says what to do."""
    return min(wrong.errors(), key=lambda one: one["type"] != "extra_forbidden")


def _where(steps: Sequence[str | int]) -> str:
    """A place in a file, counted from 1: ("cue", 1, "delay_ms") is "cue 2, delay_ms: "."""
    place = ""
    for before, step in zip([None, *steps], steps, strict=False):
        if isinstance(step, int):
            place += f" {step + 1}"
        elif before is None:
            place = step
        else:
            place += f", {step}" if isinstance(before, int) else f".{step}"
    return f"{place}: " if place else ""


def _keys_at(model: type[BaseModel], steps: Sequence[str | int]) -> list[str]:
    """The keys that the model allows at a place; steps that are no key of a model (a number, a name) stay in it."""
    for step in steps:
        fields = {field.alias or name: field for name, field in model.model_fields.items()}
        if step in fields:
            model = _model_in(fields[str(step)].annotation) or model
    return [field.alias or name for name, field in model.model_fields.items()]


def _model_in(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part))), None)


def _allowed(key: str, keys: Sequence[str]) -> str:
    near = get_close_matches(key, keys, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return f"{hint}allowed are {', '.join(keys)}"


def _short(value: object) -> str:
    text = re.sub(r"\s+", " ", repr(value))
    return text if len(text) <= 60 else text[:57] + "..."
