"""The list of sessions as a page: the same queries as `callsim sessions`, from the fields of a form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args
from urllib.parse import urlencode

from callsim.app.shelves import WITHOUT, shelf_of, there_is_a_library
from callsim.app.visitor import Visitor
from callsim.errors import InputError, MachineError

if TYPE_CHECKING:
    from callsim.library.search import Listed, Wanted

AT_A_TIME = 50


@dataclass(frozen=True, slots=True)
class Found:
    """A page of the list, and what it may be narrowed by; `wrong` says in one sentence what a field was not fit for."""

    wanted: Wanted
    listed: list[Listed]
    count: int
    trainees: list[str]
    scripts: list[str]
    marks: tuple[str, ...]
    narrowed: bool
    newer: str | None
    older: str | None
    wrong: str = ""


def found(sessions: Path, who: Visitor, query: Mapping[str, str]) -> Found:
    """The sessions that a query asks for, of those that somebody may see. Raises MachineError."""
    if not there_is_a_library():
        raise MachineError(WITHOUT)
    from callsim.library.reading import MARKS  # noqa: PLC0415 - together with the next
    from callsim.library.search import trainees_and_scripts  # noqa: PLC0415 - needs the extra

    wanted, wrong = _read(query)
    if not who.coaches:
        wanted = replace(wanted, trainee=who.name)
    with shelf_of(sessions) as shelf:
        shelf.refresh(lambda *_: None)
        listed, count = shelf.find(wanted)
        with shelf.reading() as connection:
            trainees, scripts = trainees_and_scripts(connection, shelf.home, None if who.coaches else who.name)
    narrowed = any(query.get(name, "").strip() for name in _FIELDS)
    return Found(
        wanted, listed, count, trainees if who.coaches else [], scripts, MARKS, narrowed,
        _page(query, wanted.offset - AT_A_TIME) if wanted.offset else None,
        _page(query, wanted.offset + AT_A_TIME) if wanted.offset + len(listed) < count else None,
        wrong,
    )  # fmt: skip


def _points(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 100:
        raise ValueError
    return value


def _mark(text: str) -> tuple[str, ...]:
    from callsim.library.search import mark_named  # noqa: PLC0415 - needs the extra

    return (mark_named(text),)


# What each field of the form is called in `Wanted`, and how its text is read.
_FIELDS: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "trainee": ("trainee", str),
    "script": ("script", str),
    "since": ("since", date.fromisoformat),
    "until": ("until", date.fromisoformat),
    "least": ("least", _points),
    "most": ("most", _points),
    "mark": ("marks", _mark),
    "said": ("said", lambda text: (text,)),
    "tag": ("tags", lambda text: (text,)),
    "reviewed": ("reviewed", lambda text: {"yes": True, "no": False}[text]),
}


def _read(query: Mapping[str, str]) -> tuple[Wanted, str]:
    """What a query asks for; a field that cannot be read is left out and told."""
    from callsim.library.search import Order, Wanted  # noqa: PLC0415 - needs the extra

    asked: dict[str, Any] = {"limit": AT_A_TIME, "offset": _offset(query.get("offset", ""))}
    wrong = ""
    for name, (key, read) in _FIELDS.items():
        if text := query.get(name, "").strip():
            try:
                asked[key] = read(text)
            except (ValueError, KeyError, InputError):
                wrong = f"The field “{name}” could not be read, and was left out."
    if query.get("sort") in get_args(Order):
        asked["order"] = query["sort"]
    return Wanted(**asked), wrong


def _offset(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 8 else 0


def _page(query: Mapping[str, str], offset: int) -> str:
    kept = {name: text for name, text in query.items() if text and name != "offset"}
    return f"/sessions?{urlencode(kept | ({'offset': str(offset)} if offset > 0 else {}))}"
