"""What all that somebody says of a session has in common: words within limits, moments within the call, a row."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import soundfile
from sqlalchemy import delete, select

from callsim.errors import InputError, SessionError
from callsim.library.cards import kept_card
from callsim.library.models import ClipRow, FollowUpRow, NoteRow
from callsim.library.people import LONGEST_NAME
from callsim.library.reading import storable
from callsim.library.shelf import Library
from callsim.scoring.checks import Part
from callsim.scoring.scorecard import Scorecard
from callsim.sessions.folder import OPEN_SOUND, PACKED_SOUND
from callsim.timeline import Ms


def new_id() -> str:
    """An id that is nobody else's, on whichever machine."""
    return uuid4().hex


def worded(text: str, what: str, longest: int, *, may_be_empty: bool = False) -> str:
    """A text as it is kept. Raises InputError where it is empty or too long; the text itself is in no message."""
    told = storable(text.replace("\r\n", "\n")).strip()
    if not told and not may_be_empty:
        raise InputError(f"{what} is empty: write something")
    if len(told) > longest:
        raise InputError(f"{what} has {longest:,} letters at most, and this one {len(told):,}: make it shorter")
    return told


def name_of(by: str) -> str:
    """A coach's name as it is kept. Raises InputError."""
    name = " ".join(worded(by, "A coach's name", LONGEST_NAME).split())
    if not name.isprintable():
        raise InputError("A coach's name has letters that cannot be shown: leave them out")
    return name


def moment(now: datetime) -> str:
    """A moment as it is kept: two words of one second stay in order."""
    return now.isoformat(timespec="milliseconds")


def row_of(said: Part, session: str, fingerprint: str) -> dict[str, Any]:
    """Something said, as a row of its table."""
    return {"session": session, "fingerprint": fingerprint, **said.model_dump()}


def card_of(folder: Path) -> Scorecard:
    """A session's scorecard. Raises SessionError where it has none."""
    card = kept_card(folder)
    if card is None:
        raise SessionError(f"{folder} has no scorecard of this version of callsim: callsim score {folder} makes one")
    return card


def sound_of(folder: Path) -> Path | None:
    """A session's sound; None where it was removed."""
    return next((folder / name for name in (PACKED_SOUND, OPEN_SOUND) if (folder / name).is_file()), None)


def need_within(at_ms: Ms, folder: Path) -> None:
    """Raises InputError where a moment lies outside of the call."""
    length_ms = _length_ms(folder)
    if not 0 <= at_ms <= length_ms:
        raise InputError(f"{_clock(at_ms)} is not in the call, which lasts {_clock(length_ms)}: choose another moment")


def take_back(library: Library, row: type[NoteRow | ClipRow | FollowUpRow], id: str, by: str | None) -> None:
    """Remove what has an id, or as much of that as names just one; `by` None: whosever it is. Raises InputError."""
    what = {NoteRow: "note", ClipRow: "clip", FollowUpRow: "follow-up"}[row]
    with library.writing() as connection:
        theirs = [] if by is None else [row.by == by]
        query = select(row.id).where(row.id.startswith(id, autoescape=True), *theirs)
        ids = list(connection.execute(query).scalars()) if id else []
        if len(ids) != 1:
            many = "more than one" if ids else "no"
            raise InputError(f"There is {many} {what} {id[:32]!r} to take back: give its id as it is listed")
        connection.execute(delete(row).where(row.id == ids[0]))


def _length_ms(folder: Path) -> Ms:
    """The scorecard's, or the sound's where that is longer."""
    card, sound = kept_card(folder), sound_of(folder)
    lengths = [card.length_ms] if card else []
    if sound is not None:
        about = soundfile.info(sound)
        lengths.append(about.frames * 1000 // about.samplerate)
    return max(lengths, default=0)


def _clock(ms: Ms) -> str:
    return f"{ms // 60_000}:{ms // 1000 % 60:02}"
