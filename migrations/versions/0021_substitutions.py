"""Add who stands in for whom, and for whom a task was done."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from workflows.models.base import UtcDateTime

revision = "substitutions"
down_revision = "phrases"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward; nobody stands in for anybody yet."""
    with op.batch_alter_table("tasks") as table:
        table.add_column(sa.Column("acted_for", sa.String(length=36), nullable=True))
        table.create_foreign_key(op.f("fk_tasks_acted_for_people"), "people", ["acted_for"], ["id"])
    op.create_table(
        "substitutions",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("absent_id", sa.String(length=36), nullable=False),
        sa.Column("substitute_id", sa.String(length=36), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("families", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.Column("set_by", sa.String(length=36), nullable=False),
        sa.Column("set_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["absent_id"], ["people.id"], name=op.f("fk_substitutions_absent_id_people")),
        sa.ForeignKeyConstraint(["set_by"], ["people.id"], name=op.f("fk_substitutions_set_by_people")),
        sa.ForeignKeyConstraint(["substitute_id"], ["people.id"], name=op.f("fk_substitutions_substitute_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_substitutions")),
    )
    op.create_index(op.f("ix_substitutions_absent_id"), "substitutions", ["absent_id"])
    op.create_index("ix_substitutions_substitute", "substitutions", ["substitute_id", "until"])


def downgrade() -> None:
    """Go back."""
    op.drop_table("substitutions")
    with op.batch_alter_table("tasks") as table:
        table.drop_constraint(op.f("fk_tasks_acted_for_people"), type_="foreignkey")
        table.drop_column("acted_for")
