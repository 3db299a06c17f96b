"""How a test starts the browser: the one that `python -m tests.setup` has found, quiet, in Chinese, in Shanghai."""

from __future__ import annotations

from typing import Any, Final

from tests.setup import system_browser

QUIET: Final = (
    "--no-sandbox",  # Chromium refuses its sandbox to root
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-color-profile=srgb",
)


def launch_args(given: dict[str, Any]) -> dict[str, Any]:
    """Name the browser and its switches."""
    path = system_browser()
    chosen = {"executable_path": str(path)} if path else {}
    return {**given, **chosen, "args": list(QUIET)}


def context_args(given: dict[str, Any]) -> dict[str, Any]:
    """Give the person's language and place; nothing moves, so that what is clicked stays where it is."""
    return {**given, "locale": "zh-CN", "timezone_id": "Asia/Shanghai", "reduced_motion": "reduce"}
