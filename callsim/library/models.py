"""The tables of the library.

What is derived from the session folders (`sessions`, `marks`, `said`) can be thrown away and made again. What only
people know (`tags`) hangs on a session's name and fingerprint and on nothing else, so it outlives that.
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


class TagRow(Base):
    """A tag that somebody gave to a session."""

    __tablename__ = "tags"

    session: Mapped[str] = mapped_column(SORTED, primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64), primary_key=True)
    tag: Mapped[str] = mapped_column(SORTED, primary_key=True)
