"""Add proofs and staff of consultancies, and the steps of measures against them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from workflows.models.base import UtcDateTime

revision = "consultancies"
down_revision = "option_register"
branch_labels = None
depends_on = None

ADDED = ("step", "due_on", "exit_asked_at", "exit_note", "exit_evidence")


def upgrade() -> None:
    """Go forward; what stands as a restriction refuses business, as it did."""
    with op.batch_alter_table("restrictions") as table:
        table.add_column(sa.Column("step", sa.String(length=10), nullable=False, server_default="refuse"))
        table.add_column(sa.Column("due_on", sa.Date(), nullable=True))
        table.add_column(sa.Column("exit_asked_at", UtcDateTime(), nullable=True))
        table.add_column(sa.Column("exit_note", sa.String(length=1000), nullable=False, server_default=""))
        table.add_column(sa.Column("exit_evidence", sa.JSON(), nullable=False, server_default="[]"))
    with op.batch_alter_table("restrictions") as table:
        for column in ("step", "exit_note", "exit_evidence"):
            table.alter_column(column, server_default=None)
    op.create_table(
        "consultancy_proofs",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("consultancy_id", sa.String(length=36), nullable=False),
        sa.Column("item", sa.String(length=20), nullable=False),
        sa.Column("document", sa.String(length=300), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("recorded_by", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(
            ["consultancy_id"], ["organisations.id"], name=op.f("fk_consultancy_proofs_consultancy_id_organisations")
        ),
        sa.ForeignKeyConstraint(["recorded_by"], ["people.id"], name=op.f("fk_consultancy_proofs_recorded_by_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consultancy_proofs")),
    )
    op.create_index(op.f("ix_consultancy_proofs_consultancy_id"), "consultancy_proofs", ["consultancy_id"])
    op.create_table(
        "consultancy_staff",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("consultancy_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("certificate", sa.String(length=60), nullable=False),
        sa.Column("specialty", sa.String(length=200), nullable=False),
        sa.Column("trained_until", sa.Date(), nullable=True),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("recorded_by", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(
            ["consultancy_id"], ["organisations.id"], name=op.f("fk_consultancy_staff_consultancy_id_organisations")
        ),
        sa.ForeignKeyConstraint(["recorded_by"], ["people.id"], name=op.f("fk_consultancy_staff_recorded_by_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consultancy_staff")),
    )
    op.create_index(op.f("ix_consultancy_staff_consultancy_id"), "consultancy_staff", ["consultancy_id"])
    op.create_index("ix_consultancy_staff_certificate", "consultancy_staff", ["certificate", "since"])


def downgrade() -> None:
    """Go back."""
    op.drop_table("consultancy_staff")
    op.drop_table("consultancy_proofs")
    with op.batch_alter_table("restrictions") as table:
        for column in ADDED:
            table.drop_column(column)
