"""Let a case say which procedure it follows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "procedures"
down_revision = "matters"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward. A case that is there already follows what its definition held then: shown as the standard one."""
    with op.batch_alter_table("cases") as table:
        table.add_column(sa.Column("procedure", sa.String(length=20), nullable=False, server_default="standard"))
        table.create_index("ix_cases_procedure", ["procedure"])
    with op.batch_alter_table("cases") as table:
        table.alter_column("procedure", server_default=None)


def downgrade() -> None:
    """Go back."""
    with op.batch_alter_table("cases") as table:
        table.drop_index("ix_cases_procedure")
        table.drop_column("procedure")
