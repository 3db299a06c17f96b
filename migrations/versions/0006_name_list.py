"""Add the database of names: dated facts for which enterprises are listed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from workflows.models.base import UtcDateTime

revision = "name_list"
down_revision = "draws"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "listing_facts",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("enterprise_id", sa.String(length=36), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("type", sa.String(length=20), nullable=False),
        sa.Column("found_on", sa.Date(), nullable=False),
        sa.Column("document", sa.String(length=200), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("status_reason", sa.String(length=500), nullable=False),
        sa.Column("entry_id", sa.String(length=36), nullable=True),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("recorded_by", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprises.id"], name=op.f("fk_listing_facts_enterprise_id_enterprises")
        ),
        sa.ForeignKeyConstraint(["entry_id"], ["list_entries.id"], name=op.f("fk_listing_facts_entry_id_list_entries")),
        sa.ForeignKeyConstraint(["recorded_by"], ["people.id"], name=op.f("fk_listing_facts_recorded_by_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listing_facts")),
        sa.UniqueConstraint("key", name=op.f("uq_listing_facts_key")),
    )
    op.create_index(op.f("ix_listing_facts_enterprise_id"), "listing_facts", ["enterprise_id"])
    op.create_index("ix_listing_facts_status", "listing_facts", ["status", "found_on"])


def downgrade() -> None:
    """Go back."""
    op.drop_table("listing_facts")
