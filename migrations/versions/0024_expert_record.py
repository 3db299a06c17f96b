"""Add the record of experts: points, measures and appeals."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from workflows.models.base import UtcDateTime

revision = "expert_record"
down_revision = "expert_entry"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward; nobody has a record yet."""
    op.create_table(
        "expert_marks",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("expert_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("case_id", sa.String(length=36), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("rule", sa.String(length=60), nullable=False),
        sa.Column("recorded_by", sa.String(length=36), nullable=True),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("struck", sa.Boolean(), nullable=False),
        sa.Column("appeal", sa.String(length=1000), nullable=False),
        sa.Column("appeal_status", sa.String(length=10), nullable=False),
        sa.Column("appealed_at", UtcDateTime(), nullable=True),
        sa.Column("decided_by", sa.String(length=36), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("decision", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_expert_marks_case_id_cases")),
        sa.ForeignKeyConstraint(["decided_by"], ["people.id"], name=op.f("fk_expert_marks_decided_by_people")),
        sa.ForeignKeyConstraint(["expert_id"], ["experts.id"], name=op.f("fk_expert_marks_expert_id_experts")),
        sa.ForeignKeyConstraint(["recorded_by"], ["people.id"], name=op.f("fk_expert_marks_recorded_by_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expert_marks")),
        sa.UniqueConstraint("key", name=op.f("uq_expert_marks_key")),
    )
    op.create_index(op.f("ix_expert_marks_expert_id"), "expert_marks", ["expert_id"])
    op.create_index(op.f("ix_expert_marks_case_id"), "expert_marks", ["case_id"])


def downgrade() -> None:
    """Go back."""
    op.drop_table("expert_marks")
