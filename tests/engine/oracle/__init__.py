"""Small diagrams with what BPMN 2.0.2 says of them: written from the specification, played like any process test.

Each module is a table of one chapter. ``shorthand`` says how a diagram and a script are written down.
"""

from __future__ import annotations

from tests.engine.oracle import boundaries, data, events, flows, gateways, many, refused, scopes, undoing, written
from tests.engine.oracle.shorthand import Row

TABLES: dict[str, list[Row]] = {
    "flows": flows.ROWS,
    "gateways": gateways.ROWS,
    "events": events.ROWS,
    "boundaries": boundaries.ROWS,
    "scopes": scopes.ROWS,
    "many": many.ROWS,
    "undoing": undoing.ROWS,
    "data": data.ROWS,
    "refused": refused.ROWS,
    "written": written.ROWS,
}
