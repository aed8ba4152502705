"""What only people know: tags."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_SORTED = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the table of tags."""
    op.create_table(
        "tags",
        sa.Column("session", _SORTED, primary_key=True),
        sa.Column("fingerprint", sa.String(64), primary_key=True),
        sa.Column("tag", _SORTED, primary_key=True),
    )
