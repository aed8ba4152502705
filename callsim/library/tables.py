"""A table of sessions as CSV or as an Excel workbook.

CSV is RFC 4180 in UTF-8, with the mark at the start by which Excel knows that. A text that a spreadsheet would take for
a formula gets an apostrophe before it, and so does one that begins with an apostrophe: whoever reads it by program
takes one apostrophe off each text that begins with one, and has what was there (`unguarded`).
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import IO, TYPE_CHECKING

from callsim.library.exports import Column, Record, Value

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

BOM = "\ufeff"
# What begins a formula (OWASP: CSV injection), its full-width forms, and what hides such a sign in front of it.
_FORMULAS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
_NUMBER, _MOMENT, _DAY = "General", "yyyy-mm-dd hh:mm:ss", "yyyy-mm-dd"
_WIDTHS = {"text": 18, "moment": 19, "day": 11, "number": 11, "yes or no": 9}
_LONGEST_CELL = 32_767


def guarded(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.lstrip(" ").startswith((*_FORMULAS, "'")) else text


def unguarded(text: str) -> str:
    """What was there before `guarded`."""
    return text.removeprefix("'")


def csv_of(columns: Sequence[Column], records: Iterable[Record]) -> Iterator[str]:
    """The CSV, a line at a time; what is not known or was not measured is empty."""
    line = _Line()
    writer = csv.writer(line, quoting=csv.QUOTE_MINIMAL, lineterminator="\r\n")
    writer.writerow([guarded(column.name) for column in columns])
    yield BOM + line.taken()
    for record in records:
        writer.writerow([_as_text(record.get(column.name)) for column in columns])
        yield line.taken()


def write_workbook(file: IO[bytes], columns: Sequence[Column], records: Iterable[Record]) -> None:
    """An Excel workbook: the sessions, with real dates and numbers, and a sheet that explains the columns."""
    from xlsxwriter import Workbook  # noqa: PLC0415 - an extra

    options = {"strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False, "in_memory": True}
    with Workbook(file, options) as book:
        # Its own clock, which would make every file another one.
        book.set_properties({"title": "Sessions", "comments": "Made by callsim", "created": datetime(2000, 1, 1)})
        head = book.add_format({"bold": True, "bottom": 1})
        looks = {"moment": book.add_format({"num_format": _MOMENT}), "day": book.add_format({"num_format": _DAY})}
        sheet = book.add_worksheet("Sessions")
        _write_head(sheet, columns, head)
        last = 0
        for last, record in enumerate(records, 1):
            for at, column in enumerate(columns):
                _write(sheet, last, at, record.get(column.name), looks)
        sheet.autofilter(0, 0, last, len(columns) - 1)
        _explain(book.add_worksheet("Columns"), columns, head)


def _write_head(sheet: Worksheet, columns: Sequence[Column], head: Format) -> None:
    for at, column in enumerate(columns):
        sheet.write_string(0, at, column.name, head)
        sheet.set_column(at, at, max(_WIDTHS[column.kind], min(len(column.name) + 2, 30)))
    sheet.freeze_panes(1, 1)


def _write(sheet: Worksheet, row: int, at: int, value: Value, looks: dict[str, Format]) -> None:
    """An empty cell for None. Excel knows no offsets: a moment stands as the clock showed it, the offset beside it."""
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_string(row, at, _as_text(value))
    elif isinstance(value, datetime):
        sheet.write_datetime(row, at, value.replace(tzinfo=None), looks["moment"])
    elif isinstance(value, date):
        sheet.write_datetime(row, at, datetime(value.year, value.month, value.day), looks["day"])
    elif isinstance(value, str):
        sheet.write_string(row, at, value[:_LONGEST_CELL])
    else:
        sheet.write_number(row, at, value)


def _explain(sheet: Worksheet, columns: Sequence[Column], head: Format) -> None:
    for at, (name, width) in enumerate((("Column", 34), ("What is in it", 14), ("What it means", 90))):
        sheet.write_string(0, at, name, head)
        sheet.set_column(at, at, width)
    for row, column in enumerate(columns, 1):
        for at, text in enumerate(column):
            sheet.write_string(row, at, text)
    sheet.write_string(len(columns) + 2, 0, "An empty cell: not known, or not measured. It is never a zero.")
    sheet.freeze_panes(1, 0)


def _as_text(value: Value) -> str | float | None:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    return guarded(value) if isinstance(value, str) else value


class _Line:
    """Takes what the csv module writes, a line at a time."""

    def __init__(self) -> None:
        self._parts: list[str] = []

    def write(self, text: str) -> None:
        """As a file does."""
        self._parts.append(text)

    def taken(self) -> str:
        """What was written since the last time."""
        text = "".join(self._parts)
        self._parts.clear()
        return text
