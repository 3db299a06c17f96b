"""Make the table of the audit results that enterprises publish."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from workflows.models.base import UtcDateTime

revision = "result_publications"
down_revision = "commitments"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "result_publications",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("region_path", sa.String(length=80), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=100), nullable=False),
        sa.Column("url", sa.String(length=1000), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("report_file_id", sa.String(length=36), nullable=True),
        sa.Column("recorded_by", sa.String(length=36), nullable=True),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_result_publications_case_id_cases")),
        sa.ForeignKeyConstraint(["recorded_by"], ["people.id"], name=op.f("fk_result_publications_recorded_by_people")),
        sa.ForeignKeyConstraint(
            ["report_file_id"], ["attachments.id"], name=op.f("fk_result_publications_report_file_id_attachments")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_result_publications")),
        sa.UniqueConstraint("case_id", "number", name=op.f("uq_result_publications_case_id")),
    )
    with op.batch_alter_table("result_publications", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_result_publications_region_path"), ["region_path"], unique=False)


def downgrade() -> None:
    """Go back."""
    with op.batch_alter_table("result_publications", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_result_publications_region_path"))
    op.drop_table("result_publications")
