"""Add applications for the expert pool, and the days of a dismissal and of a warning to experts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from workflows.models.base import UtcDateTime

revision = "expert_entry"
down_revision = "saved_views"
branch_labels = None
depends_on = None

PEOPLE = ("person_id", "submitted_by", "agreed_by", "decided_by")


def upgrade() -> None:
    """Go forward; who is in the pool stays in it."""
    with op.batch_alter_table("experts") as table:
        table.add_column(sa.Column("warned_until", sa.Date(), nullable=True))
        table.add_column(sa.Column("dismissed_on", sa.Date(), nullable=True))
    op.create_table(
        "expert_applications",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=True),
        sa.Column("username", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("born_on", sa.Date(), nullable=False),
        sa.Column("phone", sa.String(length=30), nullable=False),
        sa.Column("employer", sa.String(length=200), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("years", sa.Integer(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("exam", sa.String(length=12), nullable=False),
        sa.Column("exam_on", sa.Date(), nullable=True),
        sa.Column("exam_score", sa.Numeric(precision=5, scale=1), nullable=True),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("region_code", sa.String(length=12), nullable=False),
        sa.Column("region_path", sa.String(length=80), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("submitted_by", sa.String(length=36), nullable=True),
        sa.Column("submitted_at", UtcDateTime(), nullable=False),
        sa.Column("agreed_by", sa.String(length=36), nullable=True),
        sa.Column("agreed_at", UtcDateTime(), nullable=True),
        sa.Column("decided_by", sa.String(length=36), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("rule", sa.String(length=60), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["region_code"], ["regions.code"], name=op.f("fk_expert_applications_region_code_regions")
        ),
        *(
            sa.ForeignKeyConstraint([key], ["people.id"], name=op.f(f"fk_expert_applications_{key}_people"))
            for key in PEOPLE
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expert_applications")),
    )
    for key in ("person_id", "region_path", "submitted_by"):
        op.create_index(op.f(f"ix_expert_applications_{key}"), "expert_applications", [key])


def downgrade() -> None:
    """Go back."""
    op.drop_table("expert_applications")
    with op.batch_alter_table("experts") as table:
        table.drop_column("dismissed_on")
        table.drop_column("warned_until")
