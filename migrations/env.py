"""Alembic's environment: always on the connection that ``migrations`` hands in."""

from __future__ import annotations

from typing import Any

from alembic import context
from sqlalchemy import Connection

import audits.models  # noqa: F401  (adds the field's tables)
from workflows.jobs import DBOS_TABLES
from workflows.models import Base


def _is_ours(thing: Any, name: str | None, kind: str, _reflected: bool, _compare_to: Any) -> bool:
    """Leave the queue's tables alone: they lie beside ours in SQLite."""
    table = thing.table.name if kind in {"index", "column", "unique_constraint"} else name
    return table not in DBOS_TABLES


def _render(kind: str, thing: Any, autogen: Any) -> str | bool:
    if kind == "type" and type(thing).__name__ == "UtcDateTime":
        autogen.imports.add("from workflows.models.base import UtcDateTime")
        return "UtcDateTime()"
    return False


def _migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        render_item=_render,
        include_object=_is_ours,
        compare_type=True,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()


_migrate(context.config.attributes["connection"])
