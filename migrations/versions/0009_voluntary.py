"""Add voluntary audits: the kind of a list, applications and agreements."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from workflows.models.base import UtcDateTime

revision = "voluntary"
down_revision = "score_sheets"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward. Every list that is there already is a mandatory one."""
    with op.batch_alter_table("audit_lists") as table:
        table.add_column(sa.Column("kind", sa.String(length=10), nullable=False, server_default="mandatory"))
    with op.batch_alter_table("audit_lists") as table:
        table.alter_column("kind", server_default=None)
    op.create_table(
        "voluntary_applications",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("enterprise_id", sa.String(length=36), nullable=False),
        sa.Column("decider_id", sa.String(length=36), nullable=False),
        sa.Column("open_key", sa.String(length=36), nullable=True),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("checks", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("asked_by", sa.String(length=36), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("decided_by", sa.String(length=36), nullable=True),
        sa.Column("decision_reason", sa.String(length=500), nullable=False),
        sa.Column("entry_id", sa.String(length=36), nullable=True),
        *_keys("voluntary_applications", enterprise_id="enterprises", decider_id="organisations", asked_by="people"),
        *_keys("voluntary_applications", decided_by="people", entry_id="list_entries"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voluntary_applications")),
        sa.UniqueConstraint("open_key", name=op.f("uq_voluntary_applications_open_key")),
    )
    op.create_index(op.f("ix_voluntary_applications_enterprise_id"), "voluntary_applications", ["enterprise_id"])
    op.create_index("ix_voluntary_applications_decider", "voluntary_applications", ["decider_id", "status"])
    op.create_table(
        "voluntary_agreements",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("enterprise_id", sa.String(length=36), nullable=False),
        sa.Column("department_id", sa.String(length=36), nullable=False),
        sa.Column("open_key", sa.String(length=36), nullable=True),
        sa.Column("goals", sa.String(length=2000), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("proposed_at", UtcDateTime(), nullable=False),
        sa.Column("proposed_by", sa.String(length=36), nullable=True),
        sa.Column("signed_at", UtcDateTime(), nullable=True),
        sa.Column("signed_by", sa.String(length=36), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("end_reason", sa.String(length=500), nullable=False),
        *_keys("voluntary_agreements", enterprise_id="enterprises", department_id="organisations"),
        *_keys("voluntary_agreements", proposed_by="people", signed_by="people"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voluntary_agreements")),
        sa.UniqueConstraint("open_key", name=op.f("uq_voluntary_agreements_open_key")),
    )
    op.create_index(op.f("ix_voluntary_agreements_enterprise_id"), "voluntary_agreements", ["enterprise_id"])
    op.create_index("ix_voluntary_agreements_department", "voluntary_agreements", ["department_id", "status"])


def _keys(table: str, **columns: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"))
        for column, other in columns.items()
    ]


def downgrade() -> None:
    """Go back."""
    op.drop_table("voluntary_agreements")
    op.drop_table("voluntary_applications")
    with op.batch_alter_table("audit_lists") as table:
        table.drop_column("kind")
