"""A table as plain lines, as wide as it needs to be, so that it can be piped as well as read."""

from __future__ import annotations

import sys
from collections.abc import Container, Iterator, Sequence

from rich.cells import cell_len


def print_table(rows: Sequence[Sequence[str]], numbers: Container[int] = ()) -> None:
    """Rows of as many cells each, the head first; `numbers` are the columns that stand at the right."""
    widths = [max(map(_wide, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(_cells(row, widths, numbers)).rstrip() for row in rows)
    # All at once: it may be thousands.
    sys.stdout.write("".join(f"{line}\n" for line in lines))


def _cells(row: Sequence[str], widths: Sequence[int], numbers: Container[int]) -> Iterator[str]:
    for column, (cell, width) in enumerate(zip(row, widths, strict=True)):
        space = " " * (width - _wide(cell))
        yield f"{space}{cell}" if column in numbers else f"{cell}{space}"


def _wide(cell: str) -> int:
    """How many columns of a terminal it takes; some letters take two."""
    return len(cell) if cell.isascii() else cell_len(cell)
