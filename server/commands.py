"""What the commands of the command line do."""

from __future__ import annotations

import argparse
import dataclasses
import getpass
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, sessionmaker

import migrations
from audits import calendars, reference_data
from audits.application import build_application
from audits.demo import report_texts, world
from audits.roles import BUREAU_OF_LEVEL, ROLES
from audits.service_tasks import HANDLERS
from server.checking import print_findings, read_model
from server.house import system_clock
from workflows import consistency, credentials, definitions, people, trail
from workflows import worker as working
from workflows.access import SYSTEM, load_actor
from workflows.application import Application
from workflows.db import make_engine, make_sessions, reading, transaction
from workflows.errors import Invalid
from workflows.jobs import InlineJobs
from workflows.models import Checkpoint, Organisation, Person, Region
from workflows.settings import Settings, ensure_folders
from workflows.store import FileStore

__all__ = ["Context", "print_findings"]


@dataclass(frozen=True, slots=True)
class Context:
    """What every command is given: the settings, and where it says something."""

    settings: Settings
    say: Callable[[str], None]

    def sessions(self) -> sessionmaker[Session]:
        """Open the database."""
        return make_sessions(make_engine(self.settings))


# ---- serving ---------------------------------------------------------------------------------------------------


def serve(context: Context, _asked: argparse.Namespace) -> int:
    """Serve until interrupted. An embedded database is brought up to date first; another must be already."""
    settings = with_secret(context.settings).checked()
    if settings.is_sqlite:
        bring_up(context)
    elif migrations.current(make_engine(settings)) != migrations.head():
        raise OSError("The database is not up to date: run `qingshen migrate`.")
    if settings.mode == "production":
        refuse_demo(context)
    application = build_application(settings)
    if not settings.is_sqlite:
        listen(context, settings, application)
        return 0
    with working.working(context.sessions(), application):
        listen(context, settings, application)
    return 0


def refuse_demo(context: Context) -> None:
    """Raise OSError where somebody of the demo world can sign in: their password is in the source."""
    known = {username: password for username, password, *_roles in world.logins()}
    with reading(context.sessions()) as session:
        for person in session.scalars(select(Person).where(Person.username.in_(known), Person.active)):
            if credentials.fits(person.password_hash, known[person.username]):
                raise OSError(f"{person.username} of the demo world can sign in here; production mode refuses that.")


def listen(context: Context, settings: Settings, application: Application) -> None:
    """Answer requests."""
    import waitress

    from server.app import create_app

    app = create_app(settings, application, context.sessions())
    context.say(f"Qingshen: http://{settings.host}:{settings.port}")
    waitress.serve(
        app,
        host=settings.host,
        port=settings.port,
        threads=16,
        ident="qingshen",
        max_request_body_size=(settings.max_upload_mb + 1) * 1024 * 1024,
    )


def worker(context: Context, _asked: argparse.Namespace) -> int:
    """Run the worker until interrupted."""
    settings = with_secret(context.settings).checked()
    working.serve_worker(settings, build_application(settings))
    return 0


def run(context: Context, asked: argparse.Namespace) -> int:
    """Do everything that a newcomer needs, and say how to sign in."""
    context = dataclasses.replace(context, settings=dataclasses.replace(context.settings, mode="demo"))
    bring_up(context)
    with reading(context.sessions()) as session:
        fresh = world.is_empty(session)
    if fresh:
        demo(context, asked)
    else:
        show_logins(context)
    return serve(context, asked)


def with_secret(settings: Settings) -> Settings:
    """Take the secret of the environment, else one that is drawn once and kept beside the signing key."""
    if settings.secret_key:
        return settings
    path = Path(settings.signing_key_file).parent / "secret.key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48), encoding="utf-8")
    return dataclasses.replace(settings, secret_key=path.read_text(encoding="utf-8").strip())


# ---- the database ----------------------------------------------------------------------------------------------


def migrate(context: Context, _asked: argparse.Namespace) -> int:
    """Bring the database up to date and load what ships."""
    bring_up(context)
    context.say(f"The database is at revision {migrations.head()}.")
    return 0


def bring_up(context: Context) -> None:
    """Migrate, and load regions, calendars and process families where they are missing."""
    ensure_folders(context.settings)
    migrations.upgrade(context.settings)
    application = inline(context)
    with transaction(context.sessions()) as session:
        reference_data.load(session, system_clock())
        definitions.deploy_shipped(session, application, system_clock())


def demo(context: Context, _asked: argparse.Namespace) -> int:
    """Play the demo world into an empty database."""
    ensure_folders(context.settings)
    migrations.upgrade(context.settings)
    sessions = context.sessions()
    with reading(sessions) as session:
        if not world.is_empty(session):
            raise OSError("The database is not empty; the demo world needs one of its own.")
    application = inline(context)
    outcome = world.play(sessions, application, now=system_clock(), progress=context.say)
    report_texts.make(sessions, application, system_clock())
    context.say(str(outcome))
    show_logins(context)
    return 0


def show_logins(context: Context) -> None:
    """Say how to sign in to the demo world, if this is one."""
    known = world.logins()
    with reading(context.sessions()) as session:
        present = set(session.scalars(select(Person.username)))
    for username, password, zh, en in known:
        if username in present:
            context.say(f"  {username:<12} {password:<16} {zh} / {en}")


def inline(context: Context) -> Application:
    """Build the application with a queue in this process."""
    return build_application(with_secret(context.settings), jobs=InlineJobs())


# ---- models ----------------------------------------------------------------------------------------------------


def deploy(context: Context, asked: argparse.Namespace) -> int:
    """Deploy a folder, or what ships."""
    now = system_clock()
    application = inline(context)
    with transaction(context.sessions()) as session:
        if not asked.folder:
            for row in definitions.deploy_shipped(session, application, now):
                context.say(
                    f"{row.family_key} {row.variant or 'everywhere'} v{row.version} {row.state} {row.hash[:12]}"
                )
            return 0
        model = read_model([asked.folder], base=asked.base)
        for one in definitions.adapted(model.files)[1]:
            context.say(f"{one.file}:{one.line}: adapted ({one.element}): {one.text}")
        valid_from = date.fromisoformat(asked.valid_from) if asked.valid_from else calendars.local_day(now)
        row = definitions.deploy(
            session,
            application,
            SYSTEM,
            family=asked.family or model.family or Path(asked.folder).resolve().name,
            variant=asked.variant,
            files=model.files,
            forms={**model.shipped_forms(), **model.forms},
            valid_from=valid_from,
            note=asked.note,
            base_hash=model.base_hash,
            root=model.root,
            now=now,
        )
        if asked.activate:
            definitions.activate(session, SYSTEM, row.id, now=now)
        context.say(f"{row.family_key} {row.variant or 'everywhere'} v{row.version} {row.state} {row.hash[:12]}")
    return 0


def check(context: Context, asked: argparse.Namespace) -> int:
    """Check models; 1 where an error was found."""
    model = read_model(asked.files, base=asked.base, root=asked.root)
    found = definitions.check_files(
        inline_for_check(), model.files, {**model.shipped_forms(), **model.forms}, model.root
    )
    print_findings(context.say, found)
    errors = sum(finding.severity == "error" for finding in found)
    context.say(f"{len(model.files)} files, {errors} errors, {len(found) - errors} warnings.")
    return 1 if errors else 0


def inline_for_check() -> Application:
    """Build an application that touches nothing: what is known of roles and operations is all that a check needs."""
    return Application(
        settings=Settings(), roles=ROLES, handlers=HANDLERS, jobs=InlineJobs(), store=FileStore("memory://")
    )


# ---- running cases ---------------------------------------------------------------------------------------------


def consistency_check(context: Context, _asked: argparse.Namespace) -> int:
    """Compare the states of all instances with their rows; 1 where they differ. Nothing is changed."""
    found = 0
    with reading(context.sessions()) as session:
        for difference in consistency.check(session, inline_for_check()):
            context.say(str(difference))
            found += 1
    context.say(f"{found or 'no'} differences.")
    return 1 if found else 0


# ---- the trail -------------------------------------------------------------------------------------------------


def trail_verify(context: Context, asked: argparse.Namespace) -> int:
    """Verify the trail; 1 where something is wrong, one line for each place."""
    anchors = Path(asked.anchors).read_bytes() if asked.anchors else None
    signer = trail.load_signer(context.settings) if not asked.public_key else None
    public_key = signer.public_key if signer else Path(asked.public_key).read_bytes()
    report = trail.verify(context.sessions(), public_key, anchors)
    for one in report.problems:
        context.say(f"{one.kind}: chain {one.chain}, event {one.seq} ({one.event_id}): {one.text}")
    verdict = "clean" if report.ok else f"{len(report.problems)} problems"
    context.say(f"{report.events} events, {report.chains} chains, {report.checkpoints} checkpoints: {verdict}.")
    return 0 if report.ok else 1


def trail_checkpoints(context: Context, _asked: argparse.Namespace) -> int:
    """Sign the present state and show the last checkpoints."""
    sessions = context.sessions()
    with transaction(sessions) as session:
        trail.checkpoint(session, trail.load_signer(context.settings), system_clock())
    with reading(sessions) as session:
        for row in session.scalars(select(Checkpoint).order_by(Checkpoint.size.desc()).limit(10)):
            context.say(f"{row.at.isoformat()}  {row.size:>8} events  {row.root}  key {row.key_id}")
    return 0


def trail_export(context: Context, asked: argparse.Namespace) -> int:
    """Write the checkpoints as JSON lines."""
    with reading(context.sessions()) as session:
        content = trail.export_checkpoints(session)
    if asked.file == "-":
        context.say(content.decode("utf-8").rstrip("\n"))
    else:
        Path(asked.file).write_bytes(content)
    return 0


# ---- people ----------------------------------------------------------------------------------------------------


def user_add(context: Context, asked: argparse.Namespace) -> int:
    """Add a person with a role in an organisation."""
    if asked.role not in ROLES:
        raise ValueError(f"There is no role {asked.role}. Roles: {', '.join(ROLES)}.")
    now = system_clock()
    with transaction(context.sessions()) as session:
        organisation = organisation_of(session, asked)
        row = people.create_person(
            session, SYSTEM, username=asked.username, name=asked.name, password=password_of(asked), now=now
        )
        people.add_membership(
            session, SYSTEM, person_id=row.id, organisation_id=organisation.id, role=asked.role, now=now
        )
    context.say(f"{asked.username} can sign in: {asked.role} of {organisation.name}.")
    return 0


def organisation_of(session: Session, asked: argparse.Namespace) -> Organisation:
    """Find an organisation by name or code; make a bureau where a region is given."""
    named = or_(Organisation.name == asked.organisation, Organisation.code == asked.organisation)
    found = session.scalars(select(Organisation).where(named)).first()
    if found is not None:
        return found
    if not asked.region:
        raise ValueError(f"There is no organisation {asked.organisation}; give --region to make a bureau of that name.")
    region = session.get(Region, asked.region)
    if region is None:
        raise ValueError(f"There is no region {asked.region}.")
    return people.create_organisation(
        session,
        SYSTEM,
        kind="bureau",
        name=asked.organisation,
        region_code=region.code,
        staff_role=BUREAU_OF_LEVEL.get(region.level, "inspector"),
        now=system_clock(),
    )


def user_list(context: Context, _asked: argparse.Namespace) -> int:
    """List people."""
    with reading(context.sessions()) as session:
        for row in people.list_people(session):
            context.say(f"{row.username:<20} {row.name}{'' if row.active else '  (closed)'}")
    return 0


def user_password(context: Context, asked: argparse.Namespace) -> int:
    """Give a person a new password; open sessions end."""
    with transaction(context.sessions()) as session:
        row = person_of(session, asked.username)
        people.set_password(session, SYSTEM, row.id, password_of(asked), now=system_clock())
    context.say(f"The password of {asked.username} is set.")
    return 0


def user_close(context: Context, asked: argparse.Namespace) -> int:
    """Close the account of a person; access ends at once."""
    with transaction(context.sessions()) as session:
        people.deactivate(session, SYSTEM, person_of(session, asked.username).id, now=system_clock())
    context.say(f"The account of {asked.username} is closed.")
    return 0


def user_token(context: Context, asked: argparse.Namespace) -> int:
    """Make a bearer token; its text is shown this once."""
    now = system_clock()
    with transaction(context.sessions()) as session:
        row = person_of(session, asked.username)
        actor = load_actor(session, ROLES, row.id, now)
        _token, text = people.issue_token(session, actor, label=asked.label, now=now)
    context.say(text)
    return 0


def person_of(session: Session, username: str) -> Person:
    """Find a person by user name."""
    row = session.scalars(select(Person).where(Person.username == username.strip().lower())).first()
    if row is None:
        raise ValueError(f"There is nobody with the user name {username}.")
    return row


def password_of(asked: argparse.Namespace) -> str:
    """Read the password from a file, else ask for it twice."""
    if asked.password_file:
        return Path(asked.password_file).read_text(encoding="utf-8").strip()
    first, second = getpass.getpass("Password: "), getpass.getpass("Again: ")
    if first != second:
        raise Invalid(fields={"password": ["differs"]})
    return first
