"""The command that checks and imports definitions of indicator systems."""

from __future__ import annotations

import argparse
from pathlib import Path

from audits import indicator_systems
from server.commands import Context
from server.house import system_clock
from server.indicator_faults import INDICATOR_FAULTS
from workflows.access import SYSTEM
from workflows.db import transaction
from workflows.errors import QingshenError


def indicators(context: Context, asked: argparse.Namespace) -> int:
    """Check definitions; with a region import them too, all or none. Exit code 1 where one has a fault."""
    contents = {name: Path(name).read_bytes() for name in asked.files}
    faulty = False
    for name, content in contents.items():
        for fault in indicator_systems.check(content):
            faulty = True
            words = INDICATOR_FAULTS[fault.code]
            context.say(f"{name}: {fault.place or 'file'}: {words}")
    if faulty:
        return 1
    if not asked.region:
        context.say(f"{len(contents)} definitions, no fault")
        return 0
    try:
        with transaction(context.sessions()) as session:
            for content in contents.values():
                indicator_systems.add(session, SYSTEM, content, region_code=asked.region, now=system_clock())
    except QingshenError as error:
        context.say(f"{error.code}: nothing was imported")
        return 1
    context.say(f"{len(contents)} definitions imported")
    return 0
