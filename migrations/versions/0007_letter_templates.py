"""Let letters concern a region instead of a case; make the table of Word templates."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from workflows.models.base import UtcDateTime

revision = "letter_templates"
down_revision = "name_list"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    with op.batch_alter_table("letters", schema=None) as batch_op:
        batch_op.add_column(sa.Column("region_path", sa.String(length=80), nullable=True))
        batch_op.add_column(sa.Column("addressee_id", sa.String(length=36), nullable=True))
    op.execute("UPDATE letters SET region_path = (SELECT region_path FROM cases WHERE cases.id = letters.case_id)")
    with op.batch_alter_table("letters", schema=None) as batch_op:
        batch_op.alter_column("region_path", existing_type=sa.String(length=80), nullable=False)
        batch_op.alter_column("case_id", existing_type=sa.String(length=36), nullable=True)
        batch_op.create_foreign_key(
            batch_op.f("fk_letters_addressee_id_organisations"), "organisations", ["addressee_id"], ["id"]
        )
        batch_op.create_index(batch_op.f("ix_letters_region_path"), ["region_path"], unique=False)
    op.create_table(
        "letter_templates",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("region_code", sa.String(length=12), nullable=False),
        sa.Column("region_path", sa.String(length=80), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("file_id", sa.String(length=36), nullable=True),
        sa.Column("uploaded_by", sa.String(length=36), nullable=True),
        sa.Column("uploaded_at", UtcDateTime(), nullable=False),
        sa.Column("published_by", sa.String(length=36), nullable=True),
        sa.Column("published_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["file_id"], ["attachments.id"], name=op.f("fk_letter_templates_file_id_attachments")),
        sa.ForeignKeyConstraint(["published_by"], ["people.id"], name=op.f("fk_letter_templates_published_by_people")),
        sa.ForeignKeyConstraint(
            ["region_code"], ["regions.code"], name=op.f("fk_letter_templates_region_code_regions")
        ),
        sa.ForeignKeyConstraint(["uploaded_by"], ["people.id"], name=op.f("fk_letter_templates_uploaded_by_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_templates")),
    )
    with op.batch_alter_table("letter_templates", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_letter_templates_kind"), ["kind"], unique=False)


def downgrade() -> None:
    """Go back; letters that concern no case go."""
    with op.batch_alter_table("letter_templates", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_letter_templates_kind"))
    op.drop_table("letter_templates")
    op.execute("DELETE FROM letters WHERE case_id IS NULL")
    with op.batch_alter_table("letters", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_letters_region_path"))
        batch_op.drop_constraint(batch_op.f("fk_letters_addressee_id_organisations"), type_="foreignkey")
        batch_op.alter_column("case_id", existing_type=sa.String(length=36), nullable=False)
        batch_op.drop_column("addressee_id")
        batch_op.drop_column("region_path")
