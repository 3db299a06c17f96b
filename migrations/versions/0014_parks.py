"""Add parks with their members, and what a case was deemed done by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "parks"
down_revision = "result_publications"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    with op.batch_alter_table("cases") as table:
        table.add_column(sa.Column("deemed_by_id", sa.String(length=36), nullable=True))
        table.create_foreign_key("fk_cases_deemed_by_id_cases", "cases", ["deemed_by_id"], ["id"])
    op.create_table(
        "parks",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("benchmark", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["enterprises.id"], name=op.f("fk_parks_id_enterprises")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parks")),
    )
    op.create_table(
        "park_members",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("park_id", sa.String(length=36), nullable=False),
        sa.Column("enterprise_id", sa.String(length=36), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("deemed_case_id", sa.String(length=36), nullable=True),
        sa.Column("deemed_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["park_id"], ["parks.id"], name=op.f("fk_park_members_park_id_parks")),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprises.id"], name=op.f("fk_park_members_enterprise_id_enterprises")
        ),
        sa.ForeignKeyConstraint(["deemed_case_id"], ["cases.id"], name=op.f("fk_park_members_deemed_case_id_cases")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_park_members")),
    )
    for column in ("park_id", "enterprise_id"):
        op.create_index(op.f(f"ix_park_members_{column}"), "park_members", [column])


def downgrade() -> None:
    """Go back."""
    op.drop_table("park_members")
    op.drop_table("parks")
    with op.batch_alter_table("cases") as table:
        table.drop_constraint("fk_cases_deemed_by_id_cases", type_="foreignkey")
        table.drop_column("deemed_by_id")
