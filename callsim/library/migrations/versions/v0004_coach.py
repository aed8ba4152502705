"""The overall score with the coach's points beside the machine's: derived, so that a list of thousands can show it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; nobody has overruled anything yet."""
    op.add_column("sessions", sa.Column("coach", sa.Double))
