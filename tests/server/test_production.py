"""Production mode starts with nothing that is only good for trying: a weak secret, a demo user, a debug flag."""

from __future__ import annotations

import argparse
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from audits.demo import world as demo_world
from server import cli, commands
from server.app import create_app
from tests.server import stage
from tests.server.conftest import Template
from workflows import credentials
from workflows.db import make_engine, make_sessions
from workflows.models import Person
from workflows.settings import Settings, SettingsError

SECRET = "K7r-41hfQzP0sYw2mNfbT9xLdVu6EaGc"


@pytest.mark.parametrize("secret", ["", "short", "x" * 31, "x" * 64, "change-me", "secret" * 10, "0" * 40])
def test_a_weak_secret_is_refused(secret: str) -> None:
    with pytest.raises(SettingsError, match="QINGSHEN_SECRET_KEY"):
        Settings(secret_key=secret).checked()


def test_production_is_what_nobody_has_to_ask_for() -> None:
    assert Settings().mode == "production"
    assert Settings(secret_key=SECRET).checked().secret_key == SECRET


def test_a_risk_to_what_was_acknowledged_is_refused() -> None:
    with pytest.raises(SettingsError, match="FAST_AND_UNSAFE"):
        Settings(secret_key=SECRET, fast_and_unsafe=True).checked()


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch, template: Template, tmp_path: Path) -> Any:
    """Give what serves a copy of the world without opening a port, and what it would have served."""
    asked: list[Settings] = []
    monkeypatch.setattr(commands, "bring_up", lambda _context: None)
    monkeypatch.setattr(commands, "listen", lambda _context, settings, _application: asked.append(settings))
    monkeypatch.setattr(commands.working, "working", lambda *_args, **_more: __import__("contextlib").nullcontext())
    monkeypatch.setattr(
        commands, "build_application", lambda settings, **_more: stage.application(settings, template.store)
    )
    shutil.copyfile(template.path, tmp_path / "live.db")
    settings = Settings(
        database_url=f"sqlite:///{tmp_path / 'live.db'}",
        files_url=str(tmp_path / "files"),
        signing_key_file=str(tmp_path / "keys" / "trail.pem"),
        secret_key=SECRET,
    )
    return settings, asked


def _with_demo_person(settings: Settings) -> str:
    """Let somebody of the demo world live here, with the password that everybody may read."""
    username, password = demo_world.logins()[0][:2]
    engine = make_engine(settings)
    with make_sessions(engine).begin() as session:
        person = session.get(Person, username) or Person(
            id=username, username=username, name="演示", created_at=stage.NOW
        )
        person.password_hash = credentials._HASHER.hash(password)
        session.add(person)
    engine.dispose()
    return username


def _serve(settings: Settings) -> int:
    return commands.serve(commands.Context(settings, lambda _text: None), argparse.Namespace())


def test_a_clean_house_is_served(served: Any) -> None:
    settings, asked = served
    assert _serve(settings) == 0
    assert [one.mode for one in asked] == ["production"]


def test_a_demo_user_is_refused_in_production(served: Any) -> None:
    settings, asked = served
    username = _with_demo_person(settings)
    with pytest.raises(OSError, match=username):
        _serve(settings)
    assert asked == []
    assert _serve(replace(settings, mode="demo")) == 0


def test_a_demo_user_with_another_password_may_stay(served: Any) -> None:
    settings, asked = served
    username = _with_demo_person(settings)
    engine = make_engine(settings)
    with make_sessions(engine).begin() as session:
        session.get_one(Person, username).password_hash = credentials.hash_password(stage.PASSWORD, username)
    engine.dispose()
    assert _serve(settings) == 0
    assert len(asked) == 1


def test_the_command_that_tries_everything_says_it_is_a_demo(served: Any) -> None:
    settings, asked = served
    _with_demo_person(settings)
    assert commands.run(commands.Context(settings, lambda _text: None), argparse.Namespace()) == 0
    assert [one.mode for one in asked] == ["demo"]


def test_no_debug_flag_of_the_environment_opens_the_house(
    monkeypatch: pytest.MonkeyPatch, template: Template, tmp_path: Path
) -> None:
    for name in ("FLASK_DEBUG", "FLASK_ENV", "DEBUG"):
        monkeypatch.setenv(name, "1")
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'x.db'}", secret_key=SECRET)
    engine = make_engine(settings)
    app = create_app(settings, stage.application(settings, template.store), make_sessions(engine))
    assert app.debug is False
    assert app.testing is False
    engine.dispose()


def test_the_command_line_says_in_one_line_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("QINGSHEN_SECRET_KEY", "short")
    monkeypatch.setenv("QINGSHEN_DATABASE_URL", f"sqlite:///{tmp_path / 'x.db'}")
    assert cli.main(["serve"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("qingshen: QINGSHEN_SECRET_KEY")
    assert said.count("\n") == 1
    assert not (tmp_path / "x.db").exists()


def test_a_secret_that_nobody_gave_is_drawn_and_kept_for_oneself(tmp_path: Path) -> None:
    settings = Settings(signing_key_file=str(tmp_path / "keys" / "trail.pem"))
    first = commands.with_secret(settings)
    assert first.checked().secret_key == commands.with_secret(settings).secret_key
    assert (tmp_path / "keys" / "secret.key").stat().st_mode & 0o077 == 0
