"""`qingshen draw replay`: repeat the draw of a panel from its record, without a database."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from audits import lottery
from server.commands import Context
from workflows.errors import Invalid


def replay(context: Context, asked: argparse.Namespace) -> int:
    """Draw again from every record of a file; 0 where all agree, 1 where one does not. Raises Invalid, OSError."""
    try:
        records = json.loads(Path(asked.file).read_text("utf-8"))
    except ValueError as error:
        raise Invalid("draw_record") from error
    wrong = 0
    for record in records if isinstance(records, list) else [records]:
        again = lottery.replay(record)
        same = lottery.agrees(record)
        wrong += not same
        names = {row["id"]: row.get("name", row["id"]) for row in record["pool"]}
        drawn = ", ".join(str(names[key]) for key in again.experts)
        context.say(f"{record.get('case')} {record.get('number')}: {drawn}: {'agrees' if same else 'DIFFERS'}")
    return 1 if wrong else 0
