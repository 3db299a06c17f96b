"""Add by which ways notices are said, their deliveries, and the rules of reminders."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from workflows.models.base import UtcDateTime

revision = "notice_ways"
down_revision = "panel_members_who_leave"
branch_labels = None
depends_on = None


def _key(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=36), nullable=nullable)


def _foreign(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    other = target.split(".", maxsplit=1)[0]
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}_{other}"))


def upgrade() -> None:
    """Go forward. What was said until now stays where it was said: nobody is sent the past."""
    with op.batch_alter_table("notices") as table:
        table.add_column(sa.Column("dispatched_at", UtcDateTime(), nullable=True))
        table.create_index("ix_notices_dispatched", ["dispatched_at", "at"])
    op.execute('UPDATE notices SET dispatched_at = "at"')
    op.create_table(
        "notice_settings",
        _key("person_id"),
        sa.Column("quiet_from", sa.Integer(), nullable=True),
        sa.Column("quiet_until", sa.Integer(), nullable=True),
        sa.Column("digest_at", sa.Integer(), nullable=False),
        _foreign("notice_settings", "person_id", "people.id"),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_notice_settings")),
    )
    op.create_table(
        "notice_choices",
        _key("person_id"),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("mail", sa.String(length=6), nullable=False),
        _foreign("notice_choices", "person_id", "people.id"),
        sa.PrimaryKeyConstraint("person_id", "kind", name=op.f("pk_notice_choices")),
    )
    _channels()
    _rules()


def _channels() -> None:
    op.create_table(
        "notice_channels",
        _key("id"),
        _key("organisation_id"),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("host", sa.String(length=200), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        _key("created_by", nullable=True),
        _foreign("notice_channels", "organisation_id", "organisations.id"),
        _foreign("notice_channels", "created_by", "people.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_channels")),
    )
    op.create_index(op.f("ix_notice_channels_organisation_id"), "notice_channels", ["organisation_id"])
    op.create_table(
        "notice_deliveries",
        _key("id"),
        sa.Column("key", sa.String(length=100), nullable=False),
        _key("notice_id"),
        _key("person_id", nullable=True),
        _key("channel_id", nullable=True),
        sa.Column("how", sa.String(length=8), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("tried", sa.Integer(), nullable=False),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        _foreign("notice_deliveries", "notice_id", "notices.id"),
        _foreign("notice_deliveries", "person_id", "people.id"),
        _foreign("notice_deliveries", "channel_id", "notice_channels.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_deliveries")),
        sa.UniqueConstraint("key", name=op.f("uq_notice_deliveries_key")),
    )
    op.create_index("ix_notice_deliveries_due", "notice_deliveries", ["status", "due_at"])
    op.create_index("ix_notice_deliveries_channel", "notice_deliveries", ["channel_id", "due_at"])
    op.create_index(op.f("ix_notice_deliveries_notice_id"), "notice_deliveries", ["notice_id"])
    op.create_index(op.f("ix_notice_deliveries_person_id"), "notice_deliveries", ["person_id"])


def _rules() -> None:
    op.create_table(
        "reminder_rules",
        _key("id"),
        sa.Column("region_code", sa.String(length=12), nullable=False),
        sa.Column("region_path", sa.String(length=80), nullable=False),
        sa.Column("procedure", sa.String(length=20), nullable=False),
        sa.Column("deadline", sa.String(length=20), nullable=False),
        sa.Column("element", sa.String(length=64), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("working", sa.Boolean(), nullable=False),
        sa.Column("tells", sa.String(length=10), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        _foreign("reminder_rules", "region_code", "regions.code"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder_rules")),
    )
    op.create_index(op.f("ix_reminder_rules_region_path"), "reminder_rules", ["region_path"])


def downgrade() -> None:
    """Go back."""
    op.drop_table("reminder_rules")
    op.drop_table("notice_deliveries")
    op.drop_table("notice_channels")
    op.drop_table("notice_choices")
    op.drop_table("notice_settings")
    with op.batch_alter_table("notices") as table:
        table.drop_index("ix_notices_dispatched")
        table.drop_column("dispatched_at")
