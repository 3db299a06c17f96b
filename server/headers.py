"""Security headers of every answer. Scripts and styles come from our own files only; nothing is evaluated."""

from __future__ import annotations

from flask import Flask, Response, request

DIRECTIVES = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "style-src-attr": "'unsafe-inline'",  # bpmn.io places its mark with an inline style
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'self'",
    "object-src": "'none'",
}
POLICY = "; ".join(f"{name} {value}" for name, value in DIRECTIVES.items())


def init_headers(app: Flask, base_url: str) -> None:
    """Add the headers to every answer; HSTS only where the product is served over https."""
    secure = base_url.startswith("https://")

    @app.after_request
    def add(answer: Response) -> Response:
        answer.headers.setdefault("Content-Security-Policy", POLICY)
        answer.headers.setdefault("X-Content-Type-Options", "nosniff")
        answer.headers.setdefault("Referrer-Policy", "same-origin")
        answer.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        answer.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        if secure:
            answer.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
        if not request.path.startswith("/static/"):
            answer.headers["Cache-Control"] = "no-store"  # files too: a shared machine's disk keeps nothing
        return answer
