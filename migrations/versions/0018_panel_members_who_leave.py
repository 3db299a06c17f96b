"""Let a notice be for one person; keep who left a panel, and when an invitation was called to mind."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from workflows.models.base import UtcDateTime

revision = "panel_members_who_leave"
down_revision = "levels_and_factors"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward; what there is, is for the whole organisation, and nobody has left."""
    with op.batch_alter_table("notices") as table:
        table.add_column(sa.Column("person_id", sa.String(length=36), nullable=True))
        table.create_foreign_key(op.f("fk_notices_person_id_people"), "people", ["person_id"], ["id"])
        table.create_index(op.f("ix_notices_person_id"), ["person_id"])
    with op.batch_alter_table("panel_members") as table:
        table.add_column(sa.Column("left_as", sa.String(length=12), nullable=False, server_default=""))
        table.add_column(sa.Column("left_reason", sa.String(length=500), nullable=False, server_default=""))
        table.add_column(sa.Column("left_at", UtcDateTime(), nullable=True))
    with op.batch_alter_table("panel_members") as table:
        table.alter_column("left_as", server_default=None)
        table.alter_column("left_reason", server_default=None)
    with op.batch_alter_table("panel_seats") as table:
        table.add_column(sa.Column("reminded_on", sa.Date(), nullable=True))


def downgrade() -> None:
    """Go back."""
    with op.batch_alter_table("panel_seats") as table:
        table.drop_column("reminded_on")
    with op.batch_alter_table("panel_members") as table:
        for column in ("left_at", "left_reason", "left_as"):
            table.drop_column(column)
    with op.batch_alter_table("notices") as table:
        table.drop_index(op.f("ix_notices_person_id"))
        table.drop_constraint(op.f("fk_notices_person_id_people"), type_="foreignkey")
        table.drop_column("person_id")
