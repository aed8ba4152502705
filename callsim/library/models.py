"""The tables of the library.

What is derived from the session folders (`sessions`, `marks`, `said`, `checks`) can be thrown away and made again. What
only people know (`tags` to `clips`) hangs on a session's name and fingerprint and on nothing else, so it outlives that;
what is written once and never changed has an id of its own, by which it is known wherever it is carried. `accounts` to
`reads` are a training room's: who may come in, and who heard whom.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Double, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

# Sorted by code point everywhere, as SQLite does, not by the locale of a PostgreSQL server.
SORTED = Text().with_variant(Text(collation="C"), "postgresql")
# A nanosecond since 1970 does not fit into the 32 bits of a PostgreSQL integer.
LARGE = BigInteger().with_variant(Integer(), "sqlite")


class Base(DeclarativeBase):
    """All tables."""


class SessionRow(Base):
    """A session as it was read last; None is not known, or not measured.

    `home` says which folder of sessions it lies in: "" for the one that the database lies beside, else its path.
    `started_ms` is the moment in UTC since 1970, `day` the date on the wall where the call was taken. `about_ns` to
    `card_bytes` are when session.json and scorecard.json were written and how large they are (0: not there).
    `coach` is the overall score with the points that coaches gave; None where none of its checks was overruled.
    `rubric` is the fingerprint of the one it was scored by, None too where the script set some of it otherwise. A
    `take` is no whole call, but a part of another one.
    """

    __tablename__ = "sessions"
    __table_args__ = (UniqueConstraint("home", "name"), Index("sessions_by_moment", "home", "started_ms"))

    id: Mapped[int] = mapped_column(primary_key=True)
    home: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(SORTED)
    fingerprint: Mapped[str] = mapped_column(String(64))
    about_ns: Mapped[int] = mapped_column(LARGE)
    about_bytes: Mapped[int] = mapped_column(LARGE)
    card_ns: Mapped[int] = mapped_column(LARGE)
    card_bytes: Mapped[int] = mapped_column(LARGE)
    started: Mapped[str] = mapped_column(Text)
    started_ms: Mapped[int] = mapped_column(LARGE)
    day: Mapped[str] = mapped_column(SORTED)
    script: Mapped[str] = mapped_column(Text)
    script_key: Mapped[str] = mapped_column(SORTED)
    trainee: Mapped[str] = mapped_column(Text)
    trainee_key: Mapped[str] = mapped_column(SORTED)
    mode: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    forgotten: Mapped[str | None] = mapped_column(Text)
    overall: Mapped[float | None] = mapped_column(Double)
    pacing: Mapped[float | None] = mapped_column(Double)
    interruptions: Mapped[float | None] = mapped_column(Double)
    phrasing: Mapped[float | None] = mapped_column(Double)
    ending: Mapped[str | None] = mapped_column(Text)
    length_ms: Mapped[int | None] = mapped_column(LARGE)
    coach: Mapped[float | None] = mapped_column(Double)
    rubric: Mapped[str | None] = mapped_column(Text)
    take: Mapped[bool]


class MarkRow(Base):
    """How often a session shows a mark: a cut-in, a silence, an act."""

    __tablename__ = "marks"

    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True)
    mark: Mapped[str] = mapped_column(String(40), primary_key=True)
    count: Mapped[int]


class SaidRow(Base):
    """What somebody said from `at_ms` on, folded for searching (see `reading.folded`)."""

    __tablename__ = "said"

    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True)
    row: Mapped[int] = mapped_column(primary_key=True)
    at_ms: Mapped[int] = mapped_column(LARGE)
    who: Mapped[str] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(Text)


class CheckRow(Base):
    """What the checks of a session earned: a list of `reading.Made` as JSON.

    One row for all of them, since nothing looks for a check: as rows of their own they took as long to write as all
    the rest of a session together.
    """

    __tablename__ = "checks"

    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True)
    made: Mapped[str] = mapped_column(Text)


class TagRow(Base):
    """A tag that somebody gave to a session."""

    __tablename__ = "tags"

    session: Mapped[str] = mapped_column(SORTED, primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64), primary_key=True)
    tag: Mapped[str] = mapped_column(SORTED, primary_key=True)


class _Written:
    """What somebody wrote of a session: `by` whom, and the moment in ISO 8601 with its offset."""

    session: Mapped[str] = mapped_column(SORTED)
    fingerprint: Mapped[str] = mapped_column(String(64))
    by: Mapped[str] = mapped_column(Text)
    written: Mapped[str] = mapped_column(Text)


class NoteRow(_Written, Base):
    """A note on a session: at a second, on a check, or on the whole of it."""

    __tablename__ = "notes"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    at_ms: Mapped[int | None] = mapped_column(LARGE)
    check: Mapped[str | None] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)


class OverruleRow(_Written, Base):
    """How many points a coach gives for a check, and why; `machine` of `of` were the machine's when that was said."""

    __tablename__ = "overrules"

    session: Mapped[str] = mapped_column(SORTED, primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64), primary_key=True)
    check: Mapped[str] = mapped_column(SORTED, primary_key=True)
    by: Mapped[str] = mapped_column(SORTED, primary_key=True)
    points: Mapped[float] = mapped_column(Double)
    machine: Mapped[float] = mapped_column(Double)
    of: Mapped[float] = mapped_column(Double)
    reason: Mapped[str] = mapped_column(Text)


class ReviewRow(_Written, Base):
    """A coach has heard and judged a session as a whole: what they did not overrule, they agree with."""

    __tablename__ = "reviews"

    session: Mapped[str] = mapped_column(SORTED, primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64), primary_key=True)
    by: Mapped[str] = mapped_column(SORTED, primary_key=True)


class FollowUpRow(_Written, Base):
    """What a trainee is asked to do: a call script, by a day; done once they take that call after it was written."""

    __tablename__ = "follow_ups"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    trainee: Mapped[str] = mapped_column(Text)
    script: Mapped[str] = mapped_column(Text)
    due: Mapped[str | None] = mapped_column(SORTED)
    text: Mapped[str] = mapped_column(Text)


class ClipRow(_Written, Base):
    """A passage kept as an example."""

    __tablename__ = "clips"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    start_ms: Mapped[int] = mapped_column(LARGE)
    end_ms: Mapped[int] = mapped_column(LARGE)
    title: Mapped[str] = mapped_column(Text)


class AccountRow(Base):
    """Somebody who may sign in; `key` is their name without case. A trainee's sessions are those under `name`."""

    __tablename__ = "accounts"

    key: Mapped[str] = mapped_column(SORTED, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(String(10))
    password: Mapped[str] = mapped_column(Text)
    made: Mapped[str] = mapped_column(Text)


class SignInRow(Base):
    """Somebody is signed in: the SHA-256 of what their browser holds, until when (UTC, in ms since 1970)."""

    __tablename__ = "sign_ins"

    token: Mapped[str] = mapped_column(String(64), primary_key=True)
    account: Mapped[str] = mapped_column(ForeignKey("accounts.key", ondelete="CASCADE"))
    until_ms: Mapped[int] = mapped_column(LARGE)


class ReadRow(Base):
    """Somebody's sound or words were read by somebody: the audit, which is only ever added to."""

    __tablename__ = "reads"

    id: Mapped[int] = mapped_column(LARGE, primary_key=True, autoincrement=True)
    at: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(Text)
    session: Mapped[str] = mapped_column(SORTED)
    trainee: Mapped[str] = mapped_column(Text)
    what: Mapped[str] = mapped_column(Text)
