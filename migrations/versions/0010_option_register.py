"""Make the option register whole: owner, schedule, reasons, replacement, and what each option saves."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "option_register"
down_revision = "voluntary"
branch_labels = None
depends_on = None

TEXTS = (("owner", 100), ("workshop", 200), ("reason", 1000), ("review", 10))
DAYS = ("planned_start", "planned_end", "begun_on", "warned_on")


def upgrade() -> None:
    """Go forward."""
    with op.batch_alter_table("options") as table:
        for name, length in TEXTS:
            table.add_column(sa.Column(name, sa.String(length=length), nullable=False, server_default=""))
        for name in DAYS:
            table.add_column(sa.Column(name, sa.Date(), nullable=True))
        table.add_column(sa.Column("replaced_by_id", sa.String(length=36), nullable=True))
        table.add_column(sa.Column("same_as_id", sa.String(length=36), nullable=True))
        table.create_foreign_key(op.f("fk_options_replaced_by_id_options"), "options", ["replaced_by_id"], ["id"])
        table.create_foreign_key(op.f("fk_options_same_as_id_options"), "options", ["same_as_id"], ["id"])
    with op.batch_alter_table("options") as table:
        for name, _ in TEXTS:
            table.alter_column(name, server_default=None)
        table.create_index(op.f("ix_options_same_as_id"), ["same_as_id"], unique=False)
        table.create_index("ix_options_planned_end", ["status", "planned_end"], unique=False)
    op.create_table(
        "option_effects",
        sa.Column("option_id", sa.String(length=36), nullable=False),
        sa.Column("indicator", sa.String(length=20), nullable=False),
        sa.Column("planned", sa.Numeric(precision=18, scale=4), nullable=True),
        sa.Column("reported", sa.Numeric(precision=18, scale=4), nullable=True),
        sa.Column("verified", sa.Numeric(precision=18, scale=4), nullable=True),
        sa.ForeignKeyConstraint(["option_id"], ["options.id"], name=op.f("fk_option_effects_option_id_options")),
        sa.PrimaryKeyConstraint("option_id", "indicator", name=op.f("pk_option_effects")),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("option_effects")
    with op.batch_alter_table("options") as table:
        table.drop_index("ix_options_planned_end")
        table.drop_index(op.f("ix_options_same_as_id"))
        table.drop_constraint(op.f("fk_options_same_as_id_options"), type_="foreignkey")
        table.drop_constraint(op.f("fk_options_replaced_by_id_options"), type_="foreignkey")
        for name in ("same_as_id", "replaced_by_id", *reversed(DAYS), *(name for name, _ in reversed(TEXTS))):
            table.drop_column(name)
