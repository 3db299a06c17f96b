"""Add the sentences that opinions are put together from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from workflows.models import UtcDateTime

revision = "phrases"
down_revision = "notice_ways"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "phrases",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=True),
        sa.Column("organisation_id", sa.String(length=36), nullable=True),
        sa.Column("text", sa.String(length=200), nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("(person_id IS NULL) <> (organisation_id IS NULL)", name=op.f("ck_phrases_one_owner")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_phrases_organisation_id_organisations")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_phrases_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phrases")),
    )
    op.create_index(op.f("ix_phrases_person_id"), "phrases", ["person_id"])
    op.create_index(op.f("ix_phrases_organisation_id"), "phrases", ["organisation_id"])


def downgrade() -> None:
    """Go back."""
    op.drop_table("phrases")
