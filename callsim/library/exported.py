"""Sessions as a file for another program, of the kind that its name ends in."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from typing import Literal, TypeAlias

from callsim.errors import InputError, MachineError
from callsim.library.exports import Column, Record
from callsim.library.statements import as_array, as_lines, home_page, makes_one, statements
from callsim.library.tables import csv_of, write_workbook

FileKind: TypeAlias = Literal["csv", "xlsx", "json", "jsonl"]
MEDIA_TYPES: dict[FileKind, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
    "jsonl": "application/x-ndjson",
}


def kind_of(suffix: str) -> FileKind | None:
    """ ".csv" and ".xlsx" are tables, ".json" and ".jsonl" xAPI statements; None is neither."""
    ending = suffix.lower().removeprefix(".")
    return next((kind for kind in MEDIA_TYPES if kind == ending), None)


def ready_for(kind: FileKind, home: str | None, pass_at: float | None) -> None:
    """Raises InputError where something is missing or too much, MachineError where Excel's extra is not installed."""
    if kind == "xlsx" and find_spec("xlsxwriter") is None:
        raise MachineError('Excel workbooks need XlsxWriter, which is not installed: pip install "callsim[excel]"')
    if kind in ("csv", "xlsx"):
        if home is not None or pass_at is not None:
            raise InputError("A home page and a pass mark are for xAPI statements: leave them out, or write a .json")
    elif home is None:
        raise InputError(
            "xAPI statements name trainees and call scripts under the address of whoever runs the training: add "
            "--home-page https://…"
        )
    else:
        home_page(home)


def belongs(kind: FileKind, record: Record) -> bool:
    """Whether a session has a place in such a file: every one in a table, not every one as a statement."""
    return kind in ("csv", "xlsx") or makes_one(record)


def exported(
    kind: FileKind,
    columns: tuple[Column, ...],
    records: Iterable[Record],
    home: str | None = None,
    pass_at: float | None = None,
) -> Iterator[bytes]:
    """The file, piece by piece. Ask `ready_for` first."""
    if kind == "xlsx":
        book = io.BytesIO()
        write_workbook(book, columns, records)
        yield book.getvalue()
        return
    if kind == "csv":
        pieces = csv_of(columns, records)
    else:
        found = statements(records, home_page(home or ""), pass_at)
        pieces = as_array(found) if kind == "json" else as_lines(found)
    for piece in pieces:
        yield piece.encode()
