"""What each check earned, by which rubric, and which sessions are parts taken again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add them; every session is read again when the library is brought up to date next."""
    op.create_table(
        "checks",
        sa.Column("session_id", sa.Integer, sa.ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("made", sa.Text, nullable=False),
    )
    op.add_column("sessions", sa.Column("rubric", sa.Text))
    op.add_column("sessions", sa.Column("take", sa.Boolean, nullable=False, server_default=sa.false()))
    op.execute("UPDATE sessions SET about_ns = 0, card_ns = 0")
