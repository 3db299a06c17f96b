"""Add who delegated a task, what was said about it, and who was urged."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from workflows.models.base import UtcDateTime

revision = "handovers"
down_revision = "parks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward; nothing is delegated yet."""
    with op.batch_alter_table("tasks") as table:
        table.add_column(sa.Column("owner_id", sa.String(length=36), nullable=True))
        table.create_foreign_key(op.f("fk_tasks_owner_id_people"), "people", ["owner_id"], ["id"])
    op.create_table(
        "delegations",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("task_id", sa.String(length=36), nullable=False),
        sa.Column("instance_id", sa.String(length=36), nullable=False),
        sa.Column("owner_id", sa.String(length=36), nullable=False),
        sa.Column("delegate_id", sa.String(length=36), nullable=False),
        sa.Column("request", sa.String(length=500), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("record_class", sa.String(length=20), nullable=False),
        sa.Column("asked_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_delegations_task_id_tasks")),
        sa.ForeignKeyConstraint(["instance_id"], ["instances.id"], name=op.f("fk_delegations_instance_id_instances")),
        sa.ForeignKeyConstraint(["owner_id"], ["people.id"], name=op.f("fk_delegations_owner_id_people")),
        sa.ForeignKeyConstraint(["delegate_id"], ["people.id"], name=op.f("fk_delegations_delegate_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegations")),
    )
    op.create_index("ix_delegations_task", "delegations", ["task_id", "asked_at"])
    op.create_index(op.f("ix_delegations_instance_id"), "delegations", ["instance_id"])
    _urges()


def _urges() -> None:
    op.create_table(
        "urges",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("task_id", sa.String(length=36), nullable=False),
        sa.Column("instance_id", sa.String(length=36), nullable=False),
        sa.Column("sent_by", sa.String(length=36), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("sent_at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_urges_task_id_tasks")),
        sa.ForeignKeyConstraint(["instance_id"], ["instances.id"], name=op.f("fk_urges_instance_id_instances")),
        sa.ForeignKeyConstraint(["sent_by"], ["people.id"], name=op.f("fk_urges_sent_by_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_urges")),
    )
    op.create_index("ix_urges_task", "urges", ["task_id", "sent_at"])
    op.create_index(op.f("ix_urges_instance_id"), "urges", ["instance_id"])
    op.create_table(
        "urges_seen",
        sa.Column("urge_id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("seen_at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["urge_id"], ["urges.id"], name=op.f("fk_urges_seen_urge_id_urges")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_urges_seen_person_id_people")),
        sa.PrimaryKeyConstraint("urge_id", "person_id", name=op.f("pk_urges_seen")),
    )


def downgrade() -> None:
    """Go back; what was said and who was urged is lost."""
    op.drop_table("urges_seen")
    op.drop_table("urges")
    op.drop_table("delegations")
    with op.batch_alter_table("tasks") as table:
        table.drop_constraint(op.f("fk_tasks_owner_id_people"), type_="foreignkey")
        table.drop_column("owner_id")
