"""What is derived from the folders: sessions, their marks, what was said."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision: str | None = None
branch_labels = None
depends_on = None

_SORTED = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_LARGE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the three tables."""
    op.create_table(
        "sessions",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("home", sa.Text, nullable=False),
        sa.Column("name", _SORTED, nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        *(sa.Column(name, _LARGE, nullable=False) for name in ("about_ns", "about_bytes", "card_ns", "card_bytes")),
        sa.Column("started", sa.Text, nullable=False),
        sa.Column("started_ms", _LARGE, nullable=False),
        sa.Column("day", _SORTED, nullable=False),
        sa.Column("script", sa.Text, nullable=False),
        sa.Column("script_key", _SORTED, nullable=False),
        sa.Column("trainee", sa.Text, nullable=False),
        sa.Column("trainee_key", _SORTED, nullable=False),
        sa.Column("mode", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("forgotten", sa.Text),
        *(sa.Column(name, sa.Double) for name in ("overall", "pacing", "interruptions", "phrasing")),
        sa.Column("ending", sa.Text),
        sa.Column("length_ms", _LARGE),
        sa.UniqueConstraint("home", "name"),
    )
    op.create_index("sessions_by_moment", "sessions", ["home", "started_ms"])
    op.create_table(
        "marks",
        sa.Column("session_id", sa.Integer, sa.ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("mark", sa.String(40), primary_key=True),
        sa.Column("count", sa.Integer, nullable=False),
    )
    op.create_table(
        "said",
        sa.Column("session_id", sa.Integer, sa.ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("row", sa.Integer, primary_key=True),
        sa.Column("at_ms", _LARGE, nullable=False),
        sa.Column("who", sa.String(10), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
    )
