"""Add the relations and absences of experts, and the draws of panels with their invitations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from workflows.models.base import UtcDateTime

revision = "draws"
down_revision = "procedures"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    with op.batch_alter_table("experts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("monthly_cap", sa.Integer(), nullable=True))
    op.create_table(
        "expert_relations",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("expert_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("company", sa.String(length=200), nullable=False),
        sa.Column("person", sa.String(length=100), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("recorded_by", sa.String(length=36), nullable=True),
        sa.Column("recorded_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["expert_id"], ["experts.id"], name=op.f("fk_expert_relations_expert_id_experts")),
        sa.ForeignKeyConstraint(["recorded_by"], ["people.id"], name=op.f("fk_expert_relations_recorded_by_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expert_relations")),
    )
    op.create_table(
        "expert_absences",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("expert_id", sa.String(length=36), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("recorded_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("removed_at", UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["expert_id"], ["experts.id"], name=op.f("fk_expert_absences_expert_id_experts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expert_absences")),
    )
    op.create_table(
        "panel_draws",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("task_id", sa.String(length=36), nullable=False),
        sa.Column("gate", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("meeting_on", sa.Date(), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("leader_id", sa.String(length=36), nullable=True),
        sa.Column("records", sa.JSON(), nullable=False),
        sa.Column("drawn_by", sa.String(length=36), nullable=True),
        sa.Column("drawn_at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_panel_draws_case_id_cases")),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_panel_draws_task_id_tasks")),
        sa.ForeignKeyConstraint(["leader_id"], ["experts.id"], name=op.f("fk_panel_draws_leader_id_experts")),
        sa.ForeignKeyConstraint(["drawn_by"], ["people.id"], name=op.f("fk_panel_draws_drawn_by_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel_draws")),
        sa.UniqueConstraint("task_id", name=op.f("uq_panel_draws_task_id")),
    )
    op.create_table(
        "panel_seats",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("draw_id", sa.String(length=36), nullable=False),
        sa.Column("expert_id", sa.String(length=36), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("replaces_id", sa.String(length=36), nullable=True),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("invited_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("answered_at", UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["draw_id"], ["panel_draws.id"], name=op.f("fk_panel_seats_draw_id_panel_draws")),
        sa.ForeignKeyConstraint(["expert_id"], ["experts.id"], name=op.f("fk_panel_seats_expert_id_experts")),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["panel_seats.id"], name=op.f("fk_panel_seats_replaces_id_panel_seats")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel_seats")),
        sa.UniqueConstraint("draw_id", "expert_id", name=op.f("uq_panel_seats_draw_id")),
    )
    for table, column in INDICES:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.create_index(batch_op.f(f"ix_{table}_{column}"), [column], unique=False)


INDICES = (
    ("expert_relations", "expert_id"),
    ("expert_absences", "expert_id"),
    ("panel_draws", "case_id"),
    ("panel_seats", "draw_id"),
    ("panel_seats", "expert_id"),
)


def downgrade() -> None:
    """Go back."""
    for table in ("panel_seats", "panel_draws", "expert_absences", "expert_relations"):
        op.drop_table(table)
    with op.batch_alter_table("experts", schema=None) as batch_op:
        batch_op.drop_column("monthly_cap")
