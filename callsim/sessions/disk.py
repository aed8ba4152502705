"""Writing so that nothing already written is lost: files that only grow, and files replaced in one step."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from callsim.errors import DiskError

_REMEDIES = {
    errno.ENOSPC: "free some space on that disk",
    errno.EDQUOT: "free some space there",
    errno.EFBIG: "choose a disk that takes larger files",
    errno.EROFS: "choose a folder on a disk that can be written",
    errno.EACCES: "choose a folder that you may write to",
    errno.EPERM: "choose a folder that you may write to",
    errno.ENOTDIR: "choose a folder",
}


def disk_error(path: Path, wrong: OSError) -> DiskError:
    """What the system said about writing `path`, as one sentence with a remedy."""
    why = (wrong.strerror or str(wrong)).lower()
    remedy = _REMEDIES.get(wrong.errno or 0, "check that disk, or choose another folder")
    return DiskError(f"{path} cannot be written ({why}): {remedy}")


class GrowingFile:
    """A new file that only grows, by whole pieces, and needs no closing.

    Unbuffered: what `append` has taken is with the system and outlives the process. A piece that does not fit (a full
    disk, Ctrl-C) is taken back, so the file never ends, or goes on, behind half a piece.
    """

    def __init__(self, path: Path) -> None:
        """Raises FileExistsError where there is such a file, DiskError where it cannot be made."""
        self._path = path
        try:
            self._file = path.open("xb", buffering=0)
        except FileExistsError:
            raise
        except OSError as wrong:
            raise disk_error(path, wrong) from None
        self._size = 0

    def append(self, piece: bytes) -> None:
        """Write a piece, all of it or nothing. Raises DiskError."""
        try:
            self._write(piece)
        except OSError as wrong:
            self._take_back()
            raise DiskError(f"{disk_error(self._path, wrong)}; what was recorded before is kept") from None
        except BaseException:
            self._take_back()
            raise
        self._size += len(piece)

    def close(self) -> None:
        """Let go of the file; a second time does nothing."""
        self._file.close()

    def _write(self, piece: bytes) -> None:
        rest = memoryview(piece)
        while rest:
            rest = rest[self._file.write(rest) :]

    def _take_back(self) -> None:
        with suppress(OSError):
            self._file.truncate(self._size)
            self._file.seek(self._size)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Gives a file to write beside `path`; where that succeeds it takes the place of `path`, else it is removed.

    A reader, or a crash, finds the old file or the whole new one. Raises DiskError.
    """
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        yield part
        part.replace(path)
    except OSError as wrong:
        raise disk_error(path, wrong) from None
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def replace_file(path: Path, content: bytes) -> None:
    """Write a whole file in one step, through to the disk. Raises DiskError."""
    with replacing(path) as part, part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
