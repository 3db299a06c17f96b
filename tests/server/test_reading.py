"""Reading changes nothing: whatever is asked with GET, HEAD or OPTIONS, the database stays as it was, row by row."""

from __future__ import annotations

import hashlib

from sqlalchemy import select

from tests.server import stage
from tests.server.conftest import House
from tests.server.routes import READ, WRITE
from tests.server.test_authorisation import address, ask
from workflows.models import Base

QUERIES = ("", "?action=publish", "?_method=DELETE", "?_method=POST&decision=removed", "?csrf_token=x&claim=1")


def rows(house: House) -> dict[str, str]:
    """Give a hash of every table; when a session was last seen is no matter of the house."""
    found = {}
    with house.looking() as session:
        for table in Base.metadata.sorted_tables:
            columns = [column for column in table.columns if column.key != "seen_at"]
            digest = hashlib.sha256()
            for row in sorted(repr(tuple(row)) for row in session.execute(select(*columns))):
                digest.update(row.encode("utf-8", "backslashreplace"))
            found[table.name] = digest.hexdigest()
    return found


def test_no_request_that_reads_changes_a_row(house: House) -> None:
    before = rows(house)
    for line in READ:
        who = None if line.public else min(line.may or line.sees)
        ask(house, line, who).close()
    assert {name for name, digest in rows(house).items() if digest != before[name]} == set()


def test_what_changes_something_answers_no_request_that_reads(house: House) -> None:
    """A link, a picture or a prefetch cannot act: the address of an act knows no GET, HEAD or OPTIONS that acts."""
    house.ids.setdefault("fresh", house.ids["definition"])
    before = rows(house)
    for line in WRITE:
        path, who = address(house.flask, line, house.ids), min(line.may)
        for method in ("GET", "HEAD", "OPTIONS"):
            for query in QUERIES:
                house.browser(who).open(path + query, method=method).close()
    assert {name for name, digest in rows(house).items() if digest != before[name]} == set()


def test_a_method_in_a_header_or_a_field_is_not_believed(house: House) -> None:
    before = rows(house)
    path = f"/api/v1/tokens/{house.ids['spare_token']}"
    for headers in ({"X-HTTP-Method-Override": "DELETE"}, {"X-HTTP-Method": "DELETE"}, {"X-Method-Override": "DELETE"}):
        for method in ("GET", "POST"):
            answer = house.flask.test_client().open(path, method=method, headers={**house.bearer("chen"), **headers})
            assert answer.status_code in {404, 405}
    assert rows(house) == before
    assert house.clock.at == stage.NOW
