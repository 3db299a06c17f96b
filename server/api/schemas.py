"""The shapes of the API. Answers are built JSON-ready; these schemas check what comes in and describe what goes out."""

from __future__ import annotations

from functools import cache
from typing import Any

from marshmallow import EXCLUDE, RAISE, Schema, fields, validate

TIME = {"format": "date-time"}
DAY = {"format": "date"}


class Asked(Schema):
    """What comes in: unknown keys are refused."""

    class Meta:
        """Refuse unknown keys."""

        unknown = RAISE


class Query(Schema):
    """The query of a list: unknown parameters are ignored."""

    class Meta:
        """Ignore unknown parameters."""

        unknown = EXCLUDE

    cursor = fields.String()
    limit = fields.Integer(validate=validate.Range(1, 200), load_default=50)


class Problem(Schema):
    """An error (RFC 9457)."""

    type = fields.String()
    title = fields.String()
    status = fields.Integer()
    code = fields.String(metadata={"description": "A stable key: held_by, task_done, draft_changed ..."})
    detail = fields.String()
    fields_ = fields.Dict(data_key="fields", metadata={"description": "Messages by field"})
    state = fields.Dict(metadata={"description": "What the thing is like now, of a conflict"})


class Task(Schema):
    """A task."""

    id = fields.String()
    case_id = fields.String()
    case_number = fields.String()
    subject = fields.String()
    element = fields.String()
    stage = fields.String()
    name = fields.String()
    role = fields.String()
    form = fields.String()
    status = fields.String()
    assignee = fields.String(allow_none=True)
    opened_at = fields.String(metadata=TIME)
    due_at = fields.String(metadata=TIME, allow_none=True)
    closed_at = fields.String(metadata=TIME, allow_none=True)
    opinion = fields.String()


class TaskDetail(Task):
    """A task with its form and what is typed so far."""

    form_schema = fields.Dict(allow_none=True)
    context = fields.Dict()
    answers = fields.Dict()
    draft_version = fields.Integer()
    allowed = fields.List(fields.String())
    returned = fields.Dict(allow_none=True, metadata={"description": "Who returned it (`by`), `reason`, `at`"})


class TaskQuery(Query):
    """The filters of the inbox."""

    view = fields.String(validate=validate.OneOf(["todo", "done", "drafts"]), load_default="todo")
    process = fields.String(load_default="")
    region = fields.String(load_default="")
    text = fields.String(load_default="")
    due = fields.String(load_default="", validate=validate.OneOf(["", "overdue", "soon", "ok", "none"]))
    enterprise = fields.String(load_default="")
    holding = fields.String(load_default="", validate=validate.OneOf(["", "mine", "free"]))
    sort = fields.String(
        load_default="due",
        metadata={"description": "Of to do: due, opened, enterprise, case, region, stage; - before it turns it"},
    )


class DraftIn(Asked):
    """Typed answers to keep."""

    answers = fields.Dict(keys=fields.String(), required=True)
    opinion = fields.String(load_default="")
    version = fields.Integer(load_default=0, allow_none=True)


class DraftOut(Schema):
    """A kept draft."""

    version = fields.Integer()
    saved_at = fields.String(metadata=TIME)


class CompleteIn(Asked):
    """Answers to submit. ``version`` is the draft's the page knows; leave it out to submit regardless."""

    answers = fields.Dict(keys=fields.String(), required=True)
    opinion = fields.String(load_default="")
    version = fields.Integer(load_default=None, allow_none=True)


class Waiting(Schema):
    """A task that now waits for somebody else."""

    name = fields.String()
    role = fields.String()
    names = fields.List(fields.String())


class Completed(Schema):
    """What came of a completion."""

    next = fields.String(metadata={"description": "Where a browser goes now"})
    next_tasks = fields.List(fields.Nested(Task))
    waiting_for = fields.List(fields.Nested(Waiting))


class File(Schema):
    """A file."""

    id = fields.String()
    name = fields.String()
    size = fields.Integer()
    type = fields.String()
    sha256 = fields.String()
    url = fields.String()


class Case(Schema):
    """A case."""

    id = fields.String()
    number = fields.String()
    enterprise = fields.String()
    uscc = fields.String()
    region = fields.String()
    types = fields.List(fields.String())
    procedure = fields.String(metadata={"description": "What the decision table said: standard, small, park ..."})
    stage = fields.String()
    status = fields.String()
    round = fields.Integer()
    score = fields.String(allow_none=True)
    outcome = fields.String()
    opened_at = fields.String(metadata=TIME)
    next_deadline = fields.Dict(allow_none=True)


class CaseDetail(Case):
    """A case with what stands beside it."""

    deadlines = fields.List(fields.Dict())
    letters = fields.List(fields.Dict())
    open_tasks = fields.List(fields.Nested(Task))
    submissions = fields.List(fields.Dict())
    timeline = fields.List(fields.Dict())
    parent = fields.String(allow_none=True)
    children = fields.List(fields.String())


class CaseQuery(Query):
    """The filters of cases."""

    text = fields.String(load_default="")
    stage = fields.String(load_default=None)
    outcome = fields.String(load_default=None)
    procedure = fields.String(load_default=None)
    region = fields.String(load_default=None)
    list_id = fields.String(load_default=None)
    enterprise_id = fields.String(load_default=None)


class RemovalIn(Asked):
    """A decision to remove or defer."""

    decision = fields.String(required=True, validate=validate.OneOf(["removed", "deferred"]))
    reason = fields.String(required=True, validate=validate.Length(min=1))


class List(Schema):
    """An annual list."""

    id = fields.String()
    title = fields.String()
    region = fields.String()
    year = fields.Integer()
    batch = fields.Integer()
    status = fields.String(metadata={"description": "draft, proposed, decided, published"})
    approver = fields.String(allow_none=True, metadata={"description": "The superior that approves it, if any"})
    due_on = fields.String(metadata=DAY, allow_none=True)
    due_basis = fields.String()
    proposed_at = fields.String(metadata=TIME, allow_none=True)
    published_on = fields.String(metadata=DAY, allow_none=True)


class ListIn(Asked):
    """A new list."""

    title = fields.String(required=True)
    region = fields.String(required=True)
    year = fields.Integer(required=True)
    batch = fields.Integer(load_default=1)


class Entry(Schema):
    """A line of a list."""

    id = fields.String()
    number = fields.Integer()
    enterprise_id = fields.String()
    enterprise = fields.String()
    uscc = fields.String()
    types = fields.List(fields.String())
    reason = fields.String()
    proposer = fields.String(allow_none=True)
    decision = fields.String(metadata={"description": "Empty, approved or refused"})
    decision_reason = fields.String()
    outcome = fields.String()
    case_id = fields.String(allow_none=True)


class DecisionIn(Asked):
    """A decision about some lines of a proposed list; without ``entry_ids`` about all that are undecided."""

    decision = fields.String(required=True, validate=validate.OneOf(["approved", "refused"]))
    reason = fields.String(load_default="")
    entry_ids = fields.List(fields.String(), load_default=None, allow_none=True)


class EntryIn(Asked):
    """A line to add."""

    enterprise_id = fields.String(required=True)
    types = fields.List(fields.String(), required=True)
    reason = fields.String(load_default="")


class Import(Schema):
    """What an import found."""

    id = fields.String()
    list_id = fields.String()
    file_name = fields.String()
    status = fields.String()
    rows = fields.Integer()
    errors = fields.Integer()
    warnings = fields.Integer()


class ReportRow(Schema):
    """A row of an import."""

    row = fields.Integer()
    cells = fields.Dict()
    problems = fields.List(fields.Dict())


class ReportQuery(Query):
    """The filters of a report."""

    only_problems = fields.Boolean(load_default=False)


class PublishIn(Asked):
    """A publication of a list."""

    published_on = fields.Date(required=True)
    decided_on = fields.Date(load_default=None, allow_none=True)


class ListCorrectionIn(Asked):
    """A correction of a published list."""

    reason = fields.String(required=True)
    published_on = fields.Date(required=True)


class ListChange(Schema):
    """A line that reads differently."""

    uscc = fields.String()
    fields_changed = fields.List(fields.String())
    before = fields.Dict()
    after = fields.Dict()


class ListCorrection(Schema):
    """A correction with what differs from the publication that it replaces."""

    publication = fields.String()
    replaces = fields.String()
    reason = fields.String()
    published_on = fields.String(metadata=DAY)
    removed = fields.List(fields.Dict())
    added = fields.List(fields.Dict())
    changed = fields.List(fields.Nested(ListChange))


class Progress(Schema):
    """How far a long job is."""

    state = fields.String()
    done = fields.Integer()
    total = fields.Integer()
    text = fields.String()
    next = fields.String()
    errors = fields.List(fields.Dict())


class UploadIn(Schema):
    """An uploaded file."""

    class Meta:
        """Ignore other parts."""

        unknown = EXCLUDE

    file = fields.Raw(required=True, metadata={"type": "string", "format": "binary"})


class TextQuery(Query):
    """A list that can be searched."""

    text = fields.String(load_default="")
    region = fields.String(load_default=None)


@cache
def page_of(item: type[Schema]) -> Schema:
    """Describe a page of items: ``items`` and the cursor of the next ones."""
    shape: dict[str, Any] = {
        "items": fields.List(fields.Nested(item)),
        "next": fields.String(allow_none=True, metadata={"description": "Cursor of the next page, null at the end"}),
    }
    return Schema.from_dict(shape, name=f"{item.__name__}Page")()
