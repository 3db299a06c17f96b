"""Statistics: completion rates with what they are a share of."""

from __future__ import annotations

from flask import Blueprint
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from audits import indicators, lists, savings, statistics
from server.dates import optional_day
from server.house import looking
from server.language import language, say
from server.pages import argument, page
from server.regions import choices as region_choices

blueprint = Blueprint("statistics", __name__, url_prefix="/statistics")


@blueprint.get("", endpoint="page")
@login_required
def show() -> BaseResponse:
    """Show both completion rates, of all and by list and region."""
    region, list_id = argument("region"), argument("list_id")
    year = int(chosen) if (chosen := argument("year") or "").isdecimal() and len(chosen) == 4 else None
    with looking() as (session, actor):
        whole = statistics.completion(session, actor, region=region, list_id=list_id, year=year)
        return page(
            "statistics/page.html",
            session,
            actor,
            entries=("stats",),
            whole=whole,
            bars=bars(whole),
            by_list=statistics.by_list(session, actor, region=region, year=year),
            by_region=statistics.by_region(session, actor, region=region, year=year, language=language()),
            filters={"region": region, "list_id": list_id, "year": year},
            regions=region_choices(session, actor),
            lists=[
                (row.id, row.title) for row in lists.list_(session, actor, limit=100).items if row.status != "draft"
            ],
        )


@blueprint.get("/effects")
@login_required
def saved() -> BaseResponse:
    """Show what finished options save, from region to region, and the options that stand behind it."""
    region = argument("region")
    since, until = optional_day(argument("since"), "since"), optional_day(argument("until"), "until")
    with looking() as (session, actor):
        whole, parts = savings.by_place(session, actor, region=region, since=since, until=until, language=language())
        return page(
            "statistics/effects.html",
            session,
            actor,
            whole=whole,
            parts=parts,
            sources=savings.sources(
                session, actor, region=region, since=since, until=until, cursor=argument("cursor"), limit=50
            ),
            indicators=[one for key, one in indicators.known().items() if key in whole.effects],
            spoken=language(),
            filters={"region": region, "since": since, "until": until},
            regions=region_choices(session, actor),
        )


def bars(whole: statistics.Completion) -> dict[str, object]:
    """Give the two rates as the chart draws them."""
    return {
        "title": say("Completion"),
        "bars": [
            {"label": say("of all listed"), "value": whole.rate_all.numerator, "of": whole.rate_all.denominator},
            {
                "label": say("without removed and deferred"),
                "value": whole.rate_net.numerator,
                "of": whole.rate_net.denominator,
            },
        ],
    }
