"""What comes in as JSON is read strictly once, before anything else reads it: no NaN, no half surrogates, no abyss."""

from __future__ import annotations

import orjson
from flask import Flask, Response, request

from server.errors import answer, say_status


def init_bodies(app: Flask) -> None:
    """Refuse JSON that only lenient readers take; a database or a hash would stumble over it later."""

    @app.before_request
    def _judge() -> Response | None:
        if not request.is_json or not (body := request.get_data(cache=True)):
            return None
        try:
            orjson.loads(body)
        except orjson.JSONDecodeError:
            return answer(400, "not_json", say_status(400))
        return None
