"""The rubrics of a home: `rubrics/NAME.toml` beside the sessions. Needs no database."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from callsim.errors import InputError, UnknownName
from callsim.scoring.rubric import Rubric, read_rubric
from callsim.sessions.disk import disk_error, replace_file

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LONGEST_NAME = 40
STANDARD = "standard"


def rubrics_of(sessions: Path) -> dict[str, Path]:
    """The rubric files of a home, by name, in order; the standard one is not among them."""
    found = {path.stem: path for path in _folder(sessions).glob("*.toml") if _is_name(path.stem)}
    return dict(sorted(found.items()))


def rubric_named(given: str, sessions: Path) -> Rubric:
    """The rubric in a file, one of this home's, or the standard one. Raises UnknownName, RubricError."""
    if given == STANDARD:
        return read_rubric()
    here = rubrics_of(sessions)
    if given in here:
        return read_rubric(here[given])
    if Path(given).is_file():
        return read_rubric(Path(given))
    raise UnknownName("rubric file, or rubric of this home,", given, [STANDARD, *here])


def save_rubric(rubric: Rubric, sessions: Path) -> Path:
    """Keep a rubric in the home under its own name, over an older one of that name: just what is not standard.

    Raises InputError where its name cannot be one, DiskError.
    """
    need_name(rubric.name)
    path = _folder(sessions) / f"{rubric.name}.toml"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as wrong:
        raise disk_error(path.parent, wrong) from None
    replace_file(path, rubric_toml(rubric).encode())
    return path


def need_name(name: str) -> None:
    """Raises InputError where a rubric cannot be called that."""
    if not _is_name(name):
        raise InputError(
            f"A rubric's name has small letters, digits and single hyphens, {_LONGEST_NAME} at most, and is not "
            f"{STANDARD!r}: {name[:_LONGEST_NAME]!r} cannot be one"
        )


def rubric_toml(rubric: Rubric) -> str:
    """A rubric as a file: what differs from the standard one."""
    own, standard = (json.loads(one.model_dump_json()) for one in (rubric, read_rubric()))
    head = (f"format = {json.dumps(rubric.format)}", f"name = {json.dumps(rubric.name)}")
    return "\n".join([*head, *_tables(_other(own, standard))]) + "\n"


def _is_name(name: str) -> bool:
    return bool(_NAME.fullmatch(name)) and len(name) <= _LONGEST_NAME and name != STANDARD


def _folder(sessions: Path) -> Path:
    return sessions.parent / "rubrics"


def _other(own: Mapping[str, Any], standard: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that differ, without the tables in which none does."""
    found: dict[str, Any] = {}
    for key, value in own.items():
        if key in ("format", "name"):
            continue
        if isinstance(value, dict) and isinstance(standard.get(key), dict):
            value = _other(value, standard[key])  # noqa: PLW2901
            if not value:
                continue
        elif value == standard.get(key):
            continue
        found[key] = value
    return found


def _tables(settings: Mapping[str, Any], name: str = "") -> Iterator[str]:
    """TOML, a table's own values before its inner tables; what JSON writes of numbers, texts and lists is TOML too."""
    values = {key: value for key, value in settings.items() if not isinstance(value, dict)}
    if values and name:
        yield f"\n[{name}]"
    yield from (f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items())
    for key, value in settings.items():
        if isinstance(value, dict):
            yield from _tables(value, f"{name}.{key}" if name else key)
