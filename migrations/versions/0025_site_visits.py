"""Add visits of panels to the site, and the reports of their experts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from workflows.models.base import UtcDateTime

revision = "site_visits"
down_revision = "expert_record"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "site_visits",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("panel_id", sa.String(length=36), nullable=False),
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("plan", sa.String(length=2000), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("planned_by", sa.String(length=36), nullable=True),
        sa.Column("planned_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_site_visits_case_id_cases")),
        sa.ForeignKeyConstraint(["panel_id"], ["panels.id"], name=op.f("fk_site_visits_panel_id_panels")),
        sa.ForeignKeyConstraint(["planned_by"], ["people.id"], name=op.f("fk_site_visits_planned_by_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_visits")),
        sa.UniqueConstraint("panel_id", name=op.f("uq_site_visits_panel_id")),
    )
    op.create_index(op.f("ix_site_visits_case_id"), "site_visits", ["case_id"])
    op.create_table(
        "site_reports",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("visit_id", sa.String(length=36), nullable=False),
        sa.Column("expert_id", sa.String(length=36), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("signed_in_at", UtcDateTime(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("findings", sa.String(length=4000), nullable=False),
        sa.Column("photos", sa.JSON(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["expert_id"], ["experts.id"], name=op.f("fk_site_reports_expert_id_experts")),
        sa.ForeignKeyConstraint(["visit_id"], ["site_visits.id"], name=op.f("fk_site_reports_visit_id_site_visits")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_reports")),
        sa.UniqueConstraint("visit_id", "expert_id", name=op.f("uq_site_reports_visit_id")),
    )
    op.create_index(op.f("ix_site_reports_expert_id"), "site_reports", ["expert_id"])


def downgrade() -> None:
    """Go back."""
    op.drop_table("site_reports")
    op.drop_table("site_visits")
