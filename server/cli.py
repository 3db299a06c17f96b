"""The command line: ``qingshen <command>``. Reads the environment once, says in one line what went wrong."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence

from sqlalchemy.exc import OperationalError

from server import commands, drawing, playing, standardising
from server.sentences import plain_sentence
from workflows.errors import QingshenError, Refused
from workflows.settings import SettingsError, from_environment

Command = Callable[[commands.Context, argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and give its exit code: 0 fine, 1 something was found wrong, 2 it could not be done."""
    asked = parser().parse_args(arguments)
    try:
        context = commands.Context(from_environment(os.environ), print)
        code: int = asked.act(context, asked)
    except SettingsError as error:
        return complain(str(error))
    except Refused as error:
        commands.print_findings(print, error.findings)
        return complain("Nothing was deployed.")
    except QingshenError as error:
        return complain(plain_sentence(error))
    except OperationalError as error:
        return complain(f"The database cannot be used: {error.orig}")
    except (OSError, ValueError) as error:
        return complain(str(error))
    except KeyboardInterrupt:
        return 130
    else:
        return code


def complain(text: str) -> int:
    """Say in one line on standard error what went wrong."""
    sys.stderr.write("qingshen: " + " ".join(text.split()) + "\n")
    return 2


def parser() -> argparse.ArgumentParser:
    """Describe the commands."""
    top = argparse.ArgumentParser(prog="qingshen", description="Cleaner production audits (清洁生产审核) on BPMN.")
    subs = top.add_subparsers(required=True, metavar="command")

    def add(name: str, act: Command, text: str) -> argparse.ArgumentParser:
        sub = subs.add_parser(name, help=text, description=text)
        sub.set_defaults(act=act)
        return sub

    add("serve", commands.serve, "Serve the pages and the API; on SQLite the worker runs inside.")
    add("worker", commands.worker, "Run the worker: jobs, timers, checkpoints. On PostgreSQL beside `serve`.")
    add("migrate", commands.migrate, "Bring the database up to date and load what ships.")
    add("demo", commands.demo, "Play the demo world into an empty database.")
    add("run", commands.run, "Migrate, play the demo world if the database is empty, and serve.")
    deploy = add("deploy", commands.deploy, "Deploy a folder of diagrams, tables and forms; without one what ships.")
    deploy.add_argument("folder", nargs="?")
    deploy.add_argument("--family", default="", help="key of the family; default: the folder's name")
    deploy.add_argument("--base", default="", help="key of a shipped family whose other files are used besides")
    deploy.add_argument("--variant", default="", help="region code; default: everywhere")
    deploy.add_argument("--valid-from", default="", help="first day, YYYY-MM-DD; default: today")
    deploy.add_argument("--note", default="")
    deploy.add_argument("--activate", action="store_true", help="let it count at once")
    check = add("check", commands.check, "Check diagrams, decision tables and forms; every fault with its place.")
    check.add_argument("files", nargs="+", help="files, or folders of them")
    check.add_argument("--root", default="", help="id of the process to start; default: family.toml, else the first")
    check.add_argument("--base", default="", help="key of a shipped family whose other files are used besides")
    play = add("play", playing.play, "Play scripted cases against the engine alone; pass or fail for each.")
    play.add_argument(
        "folders", nargs="+", metavar="folder", help="a case (with a case.json), or a folder holding some"
    )
    play.add_argument("--json", action="store_true", help="one JSON document for machines")
    play.add_argument("--changes", action="store_true", help="tell what was adapted in the diagrams")
    play.add_argument("--limit", type=float, default=60.0, metavar="SECONDS", help="time for each case; default: 60")
    add("consistency", commands.consistency_check, "Compare every case with its tasks, time limits and subscriptions.")
    indicators = add("indicators", standardising.indicators, "Check definitions of indicator systems, or import them.")
    indicators.add_argument("files", nargs="+", help="JSON files")
    indicators.add_argument("--region", default="", help="import them for this region code; 100000: everywhere")
    draw = add("draw", drawing.replay, "Repeat the draw of a panel from its record.").add_subparsers(
        required=True, metavar="act"
    )
    replay = draw.add_parser("replay", help="draw again from a record and compare")
    replay.add_argument("file", help="the record as the page of the draw gives it")
    replay.set_defaults(act=drawing.replay)
    _trail(add("trail", commands.trail_verify, "Verify or export the audit trail."))
    _user(add("user", commands.user_list, "People: add, list, password, close, token."))
    return top


def _trail(sub: argparse.ArgumentParser) -> None:
    acts = sub.add_subparsers(required=True, metavar="act")
    verify = acts.add_parser("verify", help="find changed, deleted, inserted or reordered events")
    verify.add_argument("--anchors", default="", help="an earlier export: finds a truncated trail too")
    verify.add_argument("--public-key", default="", help="PEM file; default: the one of this installation")
    verify.set_defaults(act=commands.trail_verify)
    checkpoints = acts.add_parser("checkpoints", help="sign the present state and show the last checkpoints")
    checkpoints.set_defaults(act=commands.trail_checkpoints)
    export = acts.add_parser("export", help="write the checkpoints as JSON lines, to be kept elsewhere")
    export.add_argument("file", nargs="?", default="-")
    export.set_defaults(act=commands.trail_export)


def _user(sub: argparse.ArgumentParser) -> None:
    acts = sub.add_subparsers(required=True, metavar="act")
    add = acts.add_parser("add", help="add a person, with a role in an organisation")
    add.add_argument("username")
    add.add_argument("--name", required=True)
    add.add_argument("--role", required=True)
    add.add_argument("--organisation", required=True, help="name or code; a bureau is made with --region if unknown")
    add.add_argument("--region", default="", help="region code of a new bureau")
    add.add_argument("--password-file", default="", help="file with the password; default: asked")
    add.set_defaults(act=commands.user_add)
    acts.add_parser("list", help="list people").set_defaults(act=commands.user_list)
    password = acts.add_parser("password", help="give a person a new password")
    password.add_argument("username")
    password.add_argument("--password-file", default="")
    password.set_defaults(act=commands.user_password)
    close = acts.add_parser("close", help="close the account of a person; access ends at once")
    close.add_argument("username")
    close.set_defaults(act=commands.user_close)
    token = acts.add_parser("token", help="make a bearer token for the API; shown once")
    token.add_argument("username")
    token.add_argument("--label", default="command line")
    token.set_defaults(act=commands.user_token)


if __name__ == "__main__":
    sys.exit(main())
