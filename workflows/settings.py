"""Every setting of the product: one frozen value, read from the environment once, at the edge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class SettingsError(ValueError):
    """A setting is missing or unsafe; the text names it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What an operator may set. Each field is ``QINGSHEN_<NAME>`` in the environment (docs/reference/settings.md)."""

    database_url: str = "sqlite:///var/qingshen.db"
    files_url: str = "var/files"
    secret_key: str = ""
    signing_key_file: str = "var/keys/trail.pem"
    base_url: str = "http://127.0.0.1:8000"
    host: str = "127.0.0.1"
    port: int = 8000
    mode: str = "production"
    default_locale: str = "zh"
    session_idle_minutes: int = 60
    session_hours: int = 12
    max_upload_mb: int = 50
    case_files_mb: int = 300
    login_attempts: int = 5
    login_per_minute: int = 30
    lockout_minutes: int = 15
    worker_concurrency: int = 8
    urge_hours: int = 24
    clamd_address: str = ""
    smtp_address: str = ""
    smtp_user: str = ""
    smtp_password: str = ""
    smtp_security: str = "starttls"
    mail_from: str = ""
    egress_allow: str = ""
    fast_and_unsafe: bool = False

    @property
    def is_sqlite(self) -> bool:
        """Say whether the embedded database is used."""
        return self.database_url.startswith("sqlite")

    def checked(self) -> Settings:
        """Give the settings back, or raise SettingsError where production would start with a weak default."""
        if self.mode != "production":
            return self
        if len(self.secret_key) < 32 or len(set(self.secret_key)) < 10:
            raise SettingsError(
                "QINGSHEN_SECRET_KEY must hold at least 32 characters in production mode, ten different ones among them."
            )
        if self.fast_and_unsafe:
            raise SettingsError("QINGSHEN_FAST_AND_UNSAFE risks what was acknowledged; production mode refuses it.")
        return self


def from_environment(environment: Mapping[str, str]) -> Settings:
    """Read the settings; raises SettingsError naming a value that is not of the field's type."""
    values: dict[str, object] = {}
    for name, default in _defaults().items():
        text = environment.get(f"QINGSHEN_{name.upper()}")
        if text is not None:
            values[name] = _typed(name, text, default)
    return Settings(**values)  # type: ignore[arg-type]


def _defaults() -> dict[str, object]:
    blank = Settings()
    return {name: getattr(blank, name) for name in Settings.__dataclass_fields__}


def _typed(name: str, text: str, default: object) -> object:
    if isinstance(default, bool):
        return text.lower() in {"1", "true", "yes", "on"}
    if isinstance(default, int):
        try:
            return int(text)
        except ValueError:
            raise SettingsError(f"QINGSHEN_{name.upper()} must be a whole number, not {text!r}.") from None
    return text


def ensure_folders(settings: Settings) -> None:
    """Make the folders that the embedded defaults write to."""
    if settings.is_sqlite and ":memory:" not in settings.database_url:
        Path(settings.database_url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    if "://" not in settings.files_url:
        Path(settings.files_url).mkdir(parents=True, exist_ok=True)
