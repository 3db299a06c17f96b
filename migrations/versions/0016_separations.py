"""Add the elements whose actors may not act on a task."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "separations"
down_revision = "handovers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward; tasks that are open stay as they were offered."""
    op.create_table(
        "task_separations",
        sa.Column("task_id", sa.String(length=36), nullable=False),
        sa.Column("element", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_task_separations_task_id_tasks")),
        sa.PrimaryKeyConstraint("task_id", "element", name=op.f("pk_task_separations")),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("task_separations")
