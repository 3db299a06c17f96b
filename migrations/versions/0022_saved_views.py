"""Keep the views of the inbox that people save and share, and the columns they chose."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from workflows.models.base import UtcDateTime

revision = "saved_views"
down_revision = "substitutions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "saved_views",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=True),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("filters", sa.JSON(), nullable=False),
        sa.Column("sort", sa.String(length=20), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("saved_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_saved_views_organisation_id_organisations")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_saved_views_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_views")),
    )
    op.create_index(op.f("ix_saved_views_person_id"), "saved_views", ["person_id"])
    op.create_index(op.f("ix_saved_views_organisation_id"), "saved_views", ["organisation_id"])
    op.create_table(
        "chosen_columns",
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_chosen_columns_person_id_people")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_chosen_columns")),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("chosen_columns")
    op.drop_table("saved_views")
