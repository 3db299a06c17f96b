"""The technical opinion drafted from the signed sheets of a panel.

The draft names no expert and no score: comments stand by item, general opinions and dissent below each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from audits import dossiers, score_sheets
from audits.models import Panel
from workflows.models import Form, Instance, Submission, Task

Json = Any
FORMS: Final = ("evaluation_opinion", "acceptance_opinion", "merged_opinion")
LONGEST: Final = {"opinion": 4000, "problems": 2000, "requirement": 500}


def draft(session: Session, task: Task) -> dict[str, Json]:
    """Give what an opinion begins with: comments by item, general opinions, dissent; {} where no sheet is signed."""
    panel = dossiers.panel_of(session, task)
    sheets = _sheets(session, task, panel) if panel else []
    if not sheets:
        return {}
    names = _names(session, sheets[0])
    by_item: dict[str, list[str]] = {}
    for sheet in sheets:
        for code, comment in _comments(sheet.answers):
            by_item.setdefault(code, []).append(comment)
    lines = [f"{names.get(code, code)}：{'；'.join(dict.fromkeys(by_item[code]))}" for code in _ordered(by_item, names)]
    general = list(dict.fromkeys(str(one.answers["comments"]).strip() for one in sheets if one.answers.get("comments")))
    dissent = [str(one.answers["dissent_text"]).strip() for one in sheets if one.answers.get("dissent_text")]
    opinion = [*general, *(f"保留意见：{text}" for text in dissent)]
    found: dict[str, Json] = {"opinion": "\n".join(opinion)[: LONGEST["opinion"]]}
    if task.form == "evaluation_opinion":
        found["problems"] = "\n".join(lines)[: LONGEST["problems"]]
        found["required_supplements"] = [
            {"item_no": str(number), "requirement": line[: LONGEST["requirement"]]}
            for number, line in enumerate(lines, 1)
        ]
    if panel is not None and panel.meeting_on:
        found["reviewed_on"] = panel.meeting_on.isoformat()
        found["place"] = panel.place[:150]
    return {key: value for key, value in found.items() if value}


def _sheets(session: Session, task: Task, panel: Panel) -> list[Submission]:
    """Give the signed sheets of a panel, in the order of signing."""
    query = select(Submission).where(
        Submission.instance_id == task.instance_id,
        Submission.record_class == "score",
        Submission.submitted_at >= panel.appointed_at,
    )
    return list(session.scalars(query.order_by(Submission.submitted_at, Submission.task_id)))


def _comments(answers: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
    for key, value in answers.items():
        if key.endswith("_comment") and str(value or "").strip():
            yield key.removesuffix("_comment"), str(value).strip()


def _names(session: Session, sheet: Submission) -> dict[str, str]:
    """Name the items as the sheet did that the panel filled in: "A2 编写逻辑性"."""
    instance = session.get_one(Instance, sheet.instance_id)
    schema = session.get(Form, (instance.definition_id, sheet.form))
    if schema is None:
        return {}
    form = score_sheets.task_form(session, session.get_one(Task, sheet.task_id), schema.content)
    return {
        one["key"]: str(one["label"]).partition("（")[0]
        for group in form["components"]
        for one in group.get("components", ())
        if one["type"] == "number"
    }


def _ordered(by_item: Mapping[str, Json], names: Mapping[str, str]) -> list[str]:
    known = [code for code in names if code in by_item]
    return known + sorted(set(by_item) - set(known))
