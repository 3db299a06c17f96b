"""Add matters of a case, pauses of deadlines, the day that counts of each deadline, and the hold of a case."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from workflows.models.base import UtcDateTime

revision = "matters"
down_revision = "reports"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward; the day that counts of what runs already is its extended day, else its statutory day."""
    with op.batch_alter_table("cases") as table:
        table.add_column(sa.Column("hold", sa.String(length=200), nullable=False, server_default=""))
    with op.batch_alter_table("cases") as table:
        table.alter_column("hold", server_default=None)
    _matters()
    _successions()
    _deadlines()
    op.create_table(
        "deadline_pauses",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("deadline_id", sa.String(length=36), nullable=False),
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("ended", sa.Boolean(), nullable=False),
        sa.Column("matter_id", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(
            ["deadline_id"], ["deadlines.id"], name=op.f("fk_deadline_pauses_deadline_id_deadlines")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_deadline_pauses_case_id_cases")),
        sa.ForeignKeyConstraint(["matter_id"], ["matters.id"], name=op.f("fk_deadline_pauses_matter_id_matters")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deadline_pauses")),
    )
    op.create_index(op.f("ix_deadline_pauses_deadline_id"), "deadline_pauses", ["deadline_id"])
    op.create_index(op.f("ix_deadline_pauses_case_id"), "deadline_pauses", ["case_id"])


def _successions() -> None:
    op.create_table(
        "successions",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("enterprise_id", sa.String(length=36), nullable=False),
        sa.Column("successor_id", sa.String(length=36), nullable=False),
        sa.Column("change", sa.String(length=10), nullable=False),
        sa.Column("old_name", sa.String(length=200), nullable=False),
        sa.Column("old_uscc", sa.String(length=18), nullable=False),
        sa.Column("new_name", sa.String(length=300), nullable=False),
        sa.Column("new_uscc", sa.String(length=18), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("matter_id", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprises.id"], name=op.f("fk_successions_enterprise_id_enterprises")
        ),
        sa.ForeignKeyConstraint(
            ["successor_id"], ["enterprises.id"], name=op.f("fk_successions_successor_id_enterprises")
        ),
        sa.ForeignKeyConstraint(["matter_id"], ["matters.id"], name=op.f("fk_successions_matter_id_matters")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_successions")),
    )
    for column in ("enterprise_id", "successor_id"):
        op.create_index(op.f(f"ix_successions_{column}"), "successions", [column])
    op.create_table(
        "credit_entries",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("enterprise_id", sa.String(length=36), nullable=False),
        sa.Column("case_id", sa.String(length=36), nullable=True),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("basis", sa.String(length=300), nullable=False),
        sa.Column("matter_id", sa.String(length=36), nullable=True),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprises.id"], name=op.f("fk_credit_entries_enterprise_id_enterprises")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_credit_entries_case_id_cases")),
        sa.ForeignKeyConstraint(["matter_id"], ["matters.id"], name=op.f("fk_credit_entries_matter_id_matters")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_entries")),
    )
    op.create_index(op.f("ix_credit_entries_enterprise_id"), "credit_entries", ["enterprise_id"])


def _deadlines() -> None:
    with op.batch_alter_table("deadlines") as table:
        table.add_column(sa.Column("runs_to", sa.Date(), nullable=True))
        table.add_column(sa.Column("suspended_days", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("paused_since", sa.Date(), nullable=True))
        table.add_column(sa.Column("extended_on", sa.Date(), nullable=True))
        table.add_column(sa.Column("extensions", sa.Integer(), nullable=False, server_default="0"))
        table.drop_index("ix_deadlines_due")
    op.execute("UPDATE deadlines SET runs_to = COALESCE(extended_to, due_on)")
    with op.batch_alter_table("deadlines") as table:
        table.alter_column("runs_to", existing_type=sa.Date(), nullable=False)
        table.alter_column("suspended_days", server_default=None)
        table.alter_column("extensions", server_default=None)
        table.create_index("ix_deadlines_runs", ["met_on", "runs_to"])


def _matters() -> None:
    op.create_table(
        "matters",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("open_key", sa.String(length=80), nullable=True),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("raised_at", UtcDateTime(), nullable=False),
        sa.Column("raised_by", sa.String(length=36), nullable=True),
        sa.Column("raised_for", sa.String(length=36), nullable=True),
        sa.Column("decider_id", sa.String(length=36), nullable=False),
        sa.Column("decision", sa.JSON(), nullable=False),
        sa.Column("decision_reason", sa.String(length=2000), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("decided_by", sa.String(length=36), nullable=True),
        sa.Column("letter_id", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_matters_case_id_cases")),
        sa.ForeignKeyConstraint(["raised_by"], ["people.id"], name=op.f("fk_matters_raised_by_people")),
        sa.ForeignKeyConstraint(["raised_for"], ["organisations.id"], name=op.f("fk_matters_raised_for_organisations")),
        sa.ForeignKeyConstraint(["decider_id"], ["organisations.id"], name=op.f("fk_matters_decider_id_organisations")),
        sa.ForeignKeyConstraint(["decided_by"], ["people.id"], name=op.f("fk_matters_decided_by_people")),
        sa.ForeignKeyConstraint(["letter_id"], ["letters.id"], name=op.f("fk_matters_letter_id_letters")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matters")),
        sa.UniqueConstraint("open_key", name=op.f("uq_matters_open_key")),
    )
    for column in ("case_id", "decider_id"):
        op.create_index(op.f(f"ix_matters_{column}"), "matters", [column])
    op.create_index("ix_matters_open", "matters", ["status", "raised_at"])


def downgrade() -> None:
    """Go back."""
    op.drop_table("deadline_pauses")
    op.drop_table("credit_entries")
    op.drop_table("successions")
    op.drop_table("matters")
    with op.batch_alter_table("deadlines") as table:
        table.drop_index("ix_deadlines_runs")
        for column in ("runs_to", "suspended_days", "paused_since", "extended_on", "extensions"):
            table.drop_column(column)
        table.create_index("ix_deadlines_due", ["met_on", "due_on"])
    with op.batch_alter_table("cases") as table:
        table.drop_column("hold")
