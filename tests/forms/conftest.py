"""A page with the real task bundle, for comparing what browser and server say of the same answers."""

from __future__ import annotations

import json
import mimetypes
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page
from werkzeug import Request, Response
from werkzeug.serving import make_server

from tests.window import context_args, launch_args

DIST = Path(__file__).parents[2] / "server/static/dist"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'"
)
EMPTY_FORM = {"type": "default", "id": "empty", "schemaVersion": 19, "components": []}


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Start the browser offline and quietly."""
    return launch_args(browser_type_launch_args)


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """Read the pages as an official in China does."""
    return context_args(browser_context_args)


def built(page: str) -> dict[str, str]:
    """Give the files of a page's bundle; they are built by `make build`."""
    manifest = DIST / "manifest.json"
    assert manifest.exists(), "the pages are not built: run `make build`"
    entry: dict[str, str] = json.loads(manifest.read_text())[page]
    return entry


def _escaped(value: Any) -> str:
    return json.dumps(value).replace("<", "\\u003c")


def html(attributes: str = "", schema: Any = None, data: Any = None, context: Any = None, body: str = "") -> str:
    """Write a task page as the server's template does."""
    holders = {"form-schema": schema or EMPTY_FORM, "form-data": data or {}, "form-context": context or {}}
    texts = "".join(
        f'<script type="application/json" id="{name}">{_escaped(value)}</script>' for name, value in holders.items()
    )
    return bare(f'<div id="task-form" {attributes}></div>{body}{texts}', "task")


def bare(body: str, *pages: str) -> str:
    """Write a page with the base bundle and those of the given pages."""
    bundles = [built(name) for name in ("base", *pages)]
    styles = "".join(f'<link rel="stylesheet" href="/{entry["css"]}">' for entry in bundles if entry["css"])
    scripts = "".join(f'<script type="module" src="/{entry["js"]}"></script>' for entry in bundles)
    return (
        f'<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>清审</title>'
        f'<meta name="csrf-token" content="token-of-the-page"><meta name="viewport" content="width=device-width">'
        f"{styles}</head><body><main>{body}</main>{scripts}</body></html>"
    )


class Site:
    """A small site: pages and answers are put into it by the test, every request is kept."""

    def __init__(self) -> None:
        self.pages: dict[str, str] = {}
        self.answers: dict[tuple[str, str], list[Response]] = {}
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []
        self.address = ""

    def __call__(self, environ: Any, start_response: Any) -> Any:
        """Answer one request."""
        request = Request(environ)
        return self.respond(request)(environ, start_response)

    def respond(self, request: Request) -> Response:
        """Give a page, an asset, or the next answer prepared for this request (the last one stays)."""
        prepared = self.answers.get((request.method, request.path))
        if prepared:
            self.requests.append((request.method, request.path, dict(request.headers), request.get_data()))
            return prepared.pop(0) if len(prepared) > 1 else prepared[0]
        if request.path in self.pages:
            headers = {"Content-Security-Policy": POLICY}
            return Response(self.pages[request.path], mimetype="text/html", headers=headers)
        asset = DIST / request.path.lstrip("/")
        if asset.is_file() and asset.parent == DIST:
            kind = mimetypes.guess_type(asset.name)[0] or "application/octet-stream"
            return Response(asset.read_bytes(), mimetype=kind)
        return Response(status=204 if request.path == "/favicon.ico" else 404)

    def reply(self, method: str, path: str, status: int, body: Any) -> None:
        """Prepare the next answer to a request."""
        kind = "application/json" if status < 400 else "application/problem+json"
        response = Response(json.dumps(body), status=status, mimetype=kind)
        self.answers.setdefault((method, path), []).append(response)

    def sent(self, method: str, path: str) -> list[Any]:
        """Give the JSON bodies of the requests to a path."""
        found = [body for verb, where, _, body in self.requests if (verb, where) == (method, path)]
        return [json.loads(body) for body in found]


@pytest.fixture
def site() -> Iterator[Site]:
    """Serve a small site on a free port."""
    made = Site()
    server = make_server("127.0.0.1", 0, made, threaded=True)
    made.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def task_page(site: Site, page: Page) -> Iterator[Page]:
    """Open the task page with an empty form; no error may appear in its console."""
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    site.pages["/"] = html('data-complete-url="/complete"')
    page.goto(site.address + "/")
    page.wait_for_selector("body[data-ready]")
    yield page
    assert faults == []
