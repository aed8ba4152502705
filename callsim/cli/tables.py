"""A table as plain lines, as wide as it needs to be, so that it can be piped as well as read."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from rich.cells import cell_len


def print_table(rows: Sequence[Sequence[str]], texts: Sequence[int] = (0,)) -> None:
    """Rows of as many cells each, the head first; the columns in `texts` stand at the left, all others are numbers."""
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = zip(row, widths, strict=True)
        placed = (_placed(cell, width, column in texts) for column, (cell, width) in enumerate(cells))
        sys.stdout.write("  ".join(placed).rstrip() + "\n")


def _placed(cell: str, width: int, left: bool) -> str:
    space = " " * (width - cell_len(cell))
    return f"{cell}{space}" if left else f"{space}{cell}"
