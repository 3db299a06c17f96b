"""Make a report: fix what it says in the transaction, set its Word and PDF files later, keep every version."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from audits import access, calendars, cases, submissions, typesetting
from audits.letters.wording import chinese_day
from audits.models import ReportVersion
from audits.reports import assemble, redact
from audits.reports.material import gather
from audits.reports.word import word
from audits.reports.workspace import has_last_chapters, outline_of, secrets
from workflows import files, runtime
from workflows.access import SYSTEM, Actor, name_of
from workflows.application import Application
from workflows.db import reading, storable, transaction
from workflows.errors import Invalid, NotFound
from workflows.jobs import Progress, begin_run
from workflows.models import Attachment

Json = Any
MAKE: Final = "reports.make"
FILES: Final = ("docx", "pdf", "public_docx", "public_pdf")
NOTE_LENGTH: Final = 500
MEDIA: Final = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
}


@dataclass(frozen=True, slots=True)
class Made:
    """A version as a list shows it; ``files`` pairs a name of ``FILES`` with the hash, none before they are made."""

    number: int
    status: str
    note: str
    by: str
    at: datetime
    data_sha256: str
    files: Mapping[str, str]
    run_key: str


@dataclass(frozen=True, slots=True)
class Compared:
    """Two versions of a report side by side; the first one is compared with nothing."""

    old: int
    new: int
    rows: tuple[submissions.Difference, ...]

    @property
    def changes(self) -> tuple[submissions.Difference, ...]:
        """Give the rows that differ."""
        return tuple(row for row in self.rows if row.change != "same")


def make(
    session: Session, app: Application, actor: Actor, case_id: str, kind: str, *, note: str = "", now: datetime
) -> ReportVersion:
    """Fix the next version of a report and let its files be made. Raises NotFound, NotAllowed, Invalid ``note``."""
    case, outline = access.report(session, actor, case_id), outline_of(kind)
    note = storable(note).strip()
    if len(note) > NOTE_LENGTH:
        raise Invalid(fields={"note": ["too_long"]})
    runtime.lock(session, case_id)
    material = gather(session, case, outline)
    after = has_last_chapters(material)
    query = select(func.max(ReportVersion.number)).where(ReportVersion.case_id == case_id, ReportVersion.kind == kind)
    number = (session.scalar(query) or 0) + 1
    cover = {"edition": f"第{number}版", "date": chinese_day(calendars.local_day(now))}
    hidden = redact.redact(material, [row.place for row in secrets(session, case_id)])
    row = ReportVersion(
        case_id=case_id,
        kind=kind,
        number=number,
        note=note,
        document=assemble.assemble(material, outline, after=after) | cover,
        public_document=assemble.assemble(hidden, outline, after=after)
        | cover
        | {"edition": f"第{number}版（公开版）"},
        data_sha256=material.sha256(),
        files={},
        asked_by=actor.person_id,
        asked_at=now,
    )
    session.add(row)
    session.flush()
    begin_run(
        session, app.jobs, name=MAKE, key=run_key(row), args={"version": row.id}, total=len(FILES),
        person_id=actor.person_id, now=now,
    )  # fmt: skip
    told = {"kind": kind, "number": number, "data": row.data_sha256}
    cases.record(session, actor, case_id, "report.asked", told, now)
    return row


def run_key(row: ReportVersion) -> str:
    """Give the key of the job that makes a version's files."""
    return f"{MAKE}:{row.id}"


def make_job(
    sessions: sessionmaker[Session], app: Application, args: Mapping[str, Any], progress: Progress, now: datetime
) -> dict[str, Any]:
    """Make the files of a version; a repeat finds them made."""
    with reading(sessions) as session:
        row = session.get_one(ReportVersion, str(args["version"]))
        whole, public, done, asked_at = row.document, row.public_document, row.status == "made", row.asked_at
    if not done:
        made = {}
        for at, name in enumerate(FILES, 1):
            document = public if name.startswith("public_") else whole
            made[name] = (
                typesetting.pdf("reports/report.typ", document) if name.endswith("pdf") else word(document, asked_at)
            )
            progress(at, len(FILES))
        with transaction(sessions) as session:
            _keep(session, app, str(args["version"]), made, now)
    progress(len(FILES), len(FILES))
    return {"version": args["version"]}


def _keep(session: Session, app: Application, version_id: str, made: Mapping[str, bytes], now: datetime) -> None:
    row = session.get_one(ReportVersion, version_id)
    if row.status == "made":
        return
    kept = {}
    for name, content in made.items():
        suffix = name.removeprefix("public_")
        title = f"{row.document['title']}（{'公开版，' if suffix != name else ''}第{row.number}版）.{suffix}"
        file = files.store_generated(
            session, app, name=title, content=content, media_type=MEDIA[suffix], instance_id=None, now=now
        )
        kept[name] = file
    session.flush()
    row.files = {name: file.id for name, file in kept.items()}
    row.status = "made"
    told = {"kind": row.kind, "number": row.number, "files": {name: file.sha256 for name, file in kept.items()}}
    cases.record(session, SYSTEM, row.case_id, "report.made", told, now)


def listed(session: Session, actor: Actor, case_id: str, kind: str) -> list[Made]:
    """Give the versions of a report, the newest first. Raises NotFound, NotAllowed.

    Whoever has left the case, as a replaced consultancy has, is given the versions that they made themselves.
    """
    outline_of(kind)
    query = select(ReportVersion).where(ReportVersion.case_id == case_id, ReportVersion.kind == kind)
    try:
        access.report(session, actor, case_id)
    except NotFound:
        query = query.where(ReportVersion.asked_by == actor.person_id)
        if session.scalar(query.limit(1)) is None:
            raise
    return [shown(session, row) for row in session.scalars(query.order_by(ReportVersion.number.desc()))]


def shown(session: Session, row: ReportVersion) -> Made:
    """Give a version as a list shows it."""
    hashes = {
        one.id: one.sha256 for one in session.scalars(select(Attachment).where(Attachment.id.in_(row.files.values())))
    }
    return Made(
        number=row.number,
        status=row.status,
        note=row.note,
        by=name_of(session, row.asked_by),
        at=row.asked_at,
        data_sha256=row.data_sha256,
        files={name: hashes[row.files[name]] for name in FILES if name in row.files},
        run_key=run_key(row),
    )


def version(session: Session, actor: Actor, case_id: str, kind: str, number: int) -> ReportVersion:
    """Give one version: to whoever works on the report, and for good to who made it. Raises NotFound, NotAllowed."""
    query = select(ReportVersion).where(
        ReportVersion.case_id == case_id, ReportVersion.kind == kind, ReportVersion.number == number
    )
    row = session.scalars(query).one_or_none()
    if row is None or row.asked_by != actor.person_id:
        access.report(session, actor, case_id)
    if row is None:
        raise NotFound("report_version_not_found", number=number)
    return row


def open_(
    session: Session, app: Application, actor: Actor, case_id: str, kind: str, number: int, name: str
) -> tuple[Attachment, bytes]:
    """Give a file of a version (a name of ``FILES``) with its content. Raises NotFound, NotAllowed."""
    row = version(session, actor, case_id, kind, number)
    if name not in row.files:
        raise NotFound("report_version_not_found", number=number)
    return files.open_(session, app, SYSTEM, row.files[name])


def compare(session: Session, actor: Actor, case_id: str, kind: str, *, old: int = 0, new: int = 0) -> Compared:
    """Set two versions side by side; without numbers the last two. Raises NotFound, NotAllowed."""
    found = listed(session, actor, case_id, kind)
    new = new or (found[0].number if found else 0)
    old = old or new - 1
    after = version(session, actor, case_id, kind, new).document
    before = version(session, actor, case_id, kind, old).document if old else {"chapters": []}
    return Compared(old, new, tuple(submissions.side_by_side(_lines(before), _lines(after))))


def _lines(document: Mapping[str, Json]) -> Iterator[tuple[str, str, str]]:
    """Write a document as lines: every text, every cell under its row and column, every drawing by what it draws."""
    for chapter in document["chapters"]:
        for section in chapter["sections"]:
            place = f"{section['number']} {section['title']}".strip()
            for block in section["blocks"]:
                if block["type"] == "text":
                    yield place, "", "\n".join(block["paragraphs"])
                elif block["type"] == "table":
                    for row in block["rows"]:
                        for head, text in zip(block["head"][1:], row[1:], strict=True):
                            yield f"{place} · {block['caption']}", f"{row[0]} · {head}", text
