"""Add the versions of score sheets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from workflows.models.base import UtcDateTime

revision = "score_sheets"
down_revision = "letter_templates"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "score_sheets",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("form", sa.String(length=64), nullable=False),
        sa.Column("region_code", sa.String(length=12), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("title_en", sa.String(length=100), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("drafted_by", sa.String(length=36), nullable=True),
        sa.Column("drafted_at", UtcDateTime(), nullable=False),
        sa.Column("published_by", sa.String(length=36), nullable=True),
        sa.Column("published_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["region_code"], ["regions.code"], name=op.f("fk_score_sheets_region_code_regions")),
        sa.ForeignKeyConstraint(["drafted_by"], ["people.id"], name=op.f("fk_score_sheets_drafted_by_people")),
        sa.ForeignKeyConstraint(["published_by"], ["people.id"], name=op.f("fk_score_sheets_published_by_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_score_sheets")),
        sa.UniqueConstraint("form", "region_code", "version", name=op.f("uq_score_sheets_form")),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("score_sheets")
