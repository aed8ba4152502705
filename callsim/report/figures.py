"""The figures of trends as JSON has them: every one that a page or the terminal shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from typing import TYPE_CHECKING, TypeAlias

from callsim.scoring.progress import Call, Change

if TYPE_CHECKING:
    from callsim.library.trends import TeamRow, Trend

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"


def trend_figures(trend: Trend) -> Json:
    """A trainee's trend."""
    return _json(trend)


def team_figures(rows: list[TeamRow]) -> Json:
    """The table of all trainees."""
    return [_json(row) for row in rows]


def _json(value: object) -> Json:
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _json(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_json(one) for one in value]
    return _object(value)


def _object(value: object) -> dict[str, Json]:
    """A dataclass by its fields; of a call without its checks, of a change with its verdict."""
    if not is_dataclass(value):
        raise TypeError(type(value).__name__)
    found = {field.name: _json(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Call):
        del found["checks"]
    return found | ({"verdict": value.verdict} if isinstance(value, Change) else {})
