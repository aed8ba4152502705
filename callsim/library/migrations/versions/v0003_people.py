"""What coaches say of a session, and who may sign in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_SORTED = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_LARGE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "notes",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("at_ms", _LARGE),
        sa.Column("check", sa.Text),
        sa.Column("text", sa.Text, nullable=False),
        *_written(),
    )
    op.create_table(
        "overrules",
        *_of_a_coach(sa.Column("check", _SORTED, primary_key=True)),
        sa.Column("points", sa.Double, nullable=False),
        sa.Column("machine", sa.Double, nullable=False),
        sa.Column("of", sa.Double, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )
    op.create_table("reviews", *_of_a_coach())
    op.create_table(
        "follow_ups",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("trainee", sa.Text, nullable=False),
        sa.Column("script", sa.Text, nullable=False),
        sa.Column("due", _SORTED),
        sa.Column("text", sa.Text, nullable=False),
        *_written(),
    )
    op.create_table(
        "clips",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("start_ms", _LARGE, nullable=False),
        sa.Column("end_ms", _LARGE, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        *_written(),
    )
    _training_room()


def _training_room() -> None:
    op.create_table(
        "accounts",
        sa.Column("key", _SORTED, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("role", sa.String(10), nullable=False),
        sa.Column("password", sa.Text, nullable=False),
        sa.Column("made", sa.Text, nullable=False),
    )
    op.create_table(
        "sign_ins",
        sa.Column("token", sa.String(64), primary_key=True),
        sa.Column("account", _SORTED, sa.ForeignKey("accounts.key", ondelete="CASCADE"), nullable=False),
        sa.Column("until_ms", _LARGE, nullable=False),
    )
    op.create_table(
        "reads",
        sa.Column("id", _LARGE, primary_key=True, autoincrement=True),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("session", _SORTED, nullable=False),
        sa.Column("trainee", sa.Text, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
    )


def _written() -> list[sa.Column[str]]:
    return [
        sa.Column("session", _SORTED, nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("written", sa.Text, nullable=False),
    ]


def _of_a_coach(*more: sa.Column[str]) -> list[sa.Column[str]]:
    """One for each session and coach."""
    return [
        sa.Column("session", _SORTED, primary_key=True),
        sa.Column("fingerprint", sa.String(64), primary_key=True),
        *more,
        sa.Column("by", _SORTED, primary_key=True),
        sa.Column("written", sa.Text, nullable=False),
    ]
