"""Ready sentences for opinions."""

from __future__ import annotations

from typing import Any

from flask_login import login_required
from flask_smorest import Blueprint
from marshmallow import Schema, fields
from sqlalchemy.orm import Session

from server.api import schemas
from server.house import application, looking, now
from server.idempotency import Answer, command
from workflows import phrases
from workflows.access import Actor
from workflows.models import Phrase

blueprint = Blueprint("api-phrases", __name__, description="Ready sentences for opinions")


class PhraseIn(schemas.Asked):
    """A sentence; without an organisation it is the caller's own."""

    text = fields.String(required=True)
    organisation_id = fields.String(load_default=None, allow_none=True)


class WordingIn(schemas.Asked):
    """A new wording."""

    text = fields.String(required=True)


class OnePhrase(Schema):
    """A sentence."""

    id = fields.String()
    text = fields.String()
    organisation_id = fields.String(allow_none=True)


class House(Schema):
    """The sentences of an organisation; ``editable`` says whether the caller keeps them."""

    organisation_id = fields.String()
    organisation = fields.String()
    editable = fields.Boolean()
    items = fields.List(fields.Nested(OnePhrase))


class Phrases(Schema):
    """One's own sentences, and those of organisations."""

    own = fields.List(fields.Nested(OnePhrase))
    shared = fields.List(fields.Nested(House))


def shape(row: Phrase) -> dict[str, Any]:
    """Write a sentence."""
    return {"id": row.id, "text": row.text, "organisation_id": row.organisation_id}


@blueprint.route("/phrases", methods=["GET"])
@blueprint.response(200, Phrases)
@login_required
def index() -> dict[str, Any]:
    """List one's own sentences and those of one's organisations."""
    with looking() as (session, actor):
        return {
            "own": [shape(row) for row in phrases.own(session, actor)],
            "shared": [
                {
                    "organisation_id": one.organisation.id,
                    "organisation": one.organisation.name,
                    "editable": one.editable,
                    "items": [shape(row) for row in one.phrases],
                }
                for one in phrases.shared(session, application(), actor)
            ],
        }


@blueprint.route("/phrases", methods=["POST"])
@blueprint.arguments(PhraseIn)
@blueprint.response(201, OnePhrase)
@command
def add(session: Session, actor: Actor, body: dict[str, Any]) -> Answer:
    """Keep a sentence. 403 `phrases_are_kept` for an organisation whose administrator one is not."""
    return shape(phrases.add(session, application(), actor, **body, now=now())), 201


@blueprint.route("/phrases/<phrase_id>", methods=["PUT"])
@blueprint.arguments(WordingIn)
@blueprint.response(200, OnePhrase)
@command
def change(session: Session, actor: Actor, body: dict[str, Any], phrase_id: str) -> Answer:
    """Word a sentence anew."""
    return shape(phrases.change(session, application(), actor, phrase_id, **body, now=now())), 200


@blueprint.route("/phrases/<phrase_id>", methods=["DELETE"])
@blueprint.response(204)
@command
def remove(session: Session, actor: Actor, phrase_id: str) -> Answer:
    """Keep a sentence no more."""
    phrases.remove(session, application(), actor, phrase_id, now=now())
    return {}, 204
