"""What `callsim export` writes besides the zip: a table of sessions, or xAPI statements."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from callsim.cli.shelving import Counting, counting, current_library
from callsim.sessions.disk import replacing

if TYPE_CHECKING:
    from callsim.library.exported import FileKind
    from callsim.library.exports import Chosen, Record


def export_figures(file: Path, kind: FileKind, chosen: Chosen, home: str | None, pass_at: float | None) -> int:
    """Write the sessions chosen that belong into such a file; returns how many. Raises InputError, MachineError."""
    from callsim.library.exported import belongs, exported, ready_for  # noqa: PLC0415 - see `opened_library`
    from callsim.library.exports import columns, count, records  # noqa: PLC0415

    ready_for(kind, home, pass_at)
    written = 0

    def counted(found: Iterator[Record], total: int, progress: Counting) -> Iterator[Record]:
        nonlocal written
        for done, record in enumerate(found):
            progress.step("Writing", done, total)
            written += belongs(kind, record)
            yield record

    with current_library() as shelf, counting() as progress:
        found = counted(records(shelf, chosen), count(shelf, chosen), progress)
        with replacing(file) as part, part.open("wb") as out:
            out.writelines(exported(kind, columns(shelf), found, home, pass_at))
    return written
