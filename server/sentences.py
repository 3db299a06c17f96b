"""The codes of the errors as sentences. A person must see what happened and what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from server.expert_sentences import EXPERT_FIELDS, EXPERTS
from server.filters import when
from server.labels.work import HANDED
from workflows.errors import Conflict, EngineError, Invalid, NotAllowed, NotFound, QingshenError, Refused

SENTENCES = {
    **HANDED,
    **EXPERTS,
    "already_started": _("This case has already been opened."),
    "assigned": _("This task was assigned to you by name; it cannot be given back."),
    "bad_credentials": _("The user name or the password is wrong."),
    "bad_period": _("The period %(period)s is not one that can be counted."),
    "busy": _("Somebody else is changing this right now. Please try again in a moment."),
    "cannot_leave_oneself": _("You cannot end your own membership; ask another administrator."),
    "cannot_draw": _("This file cannot be shown: it is broken, locked with a password, or too large to draw."),
    "case_has_no_result": _("Case %(number)s has no result that could be published."),
    "case_is_closed": _("The case is closed already."),
    "consultancy_not_available": _("This consultancy is not in the register or no longer active."),
    "cursor": _("This page of the list no longer exists. Please begin again from the first page."),
    "draft_changed": _("The draft was changed in another window or by another person."),
    "draw_field_missing": _("Too few experts of a field that the rule asks for may be drawn."),
    "draw_field_missing.process": _("Too few experts of the industry's process may be drawn."),
    "draw_field_missing.cleaner_production": _("Too few experts of cleaner production may be drawn."),
    "draw_field_missing.environment": _("Too few experts of environmental protection may be drawn."),
    "draw_field_missing.energy": _("Too few experts of energy saving may be drawn."),
    "draw_field_missing.leader": _("Nobody who may be drawn has a title that lets them lead."),
    "draw_impossible": _("No panel of this size can have every field that the rule asks for."),
    "draw_over": _("The panel was appointed meanwhile; invitations are closed."),
    "draw_record": _("This is no record of a draw, or it was changed."),
    "draw_too_few": _("The rule asks for %(wanted)s experts, and %(there)s of the pool may be drawn."),
    "no_commitment": _("This case was not accepted on a commitment."),
    "nothing_to_draw": _("No commitment of this region is open to a check."),
    "member_known": _("%(enterprise)s belongs to this park already."),
    "park_known": _("%(enterprise)s is registered as a park or cluster already."),
    "agreement_not_open": _("This agreement is signed or ended already."),
    "agreement_open": _("%(enterprise)s has an agreement that has not ended yet."),
    "exempt_voluntary": _(
        "%(enterprise)s is exempt until %(day)s by a recognised voluntary audit, unless it exceeds standards."
    ),
    "not_eligible": _("These conditions are not met: %(conditions)s."),
    "voluntary_decided": _("%(by)s decided this application at %(at)s."),
    "voluntary_list": _("“%(title)s” holds accepted applications only; other enterprises go on an annual list."),
    "voluntary_open": _("%(enterprise)s has applied already; the application is being decided."),
    "enterprise_exists": _("An enterprise with the code %(uscc)s is registered already. Its people ask to join it."),
    "expert_not_available": _("One of the experts is not available for this case."),
    "file_kept": _("%(name)s was submitted and stays in the file."),
    "file_name": _("A file has a name that is not allowed."),
    "file_refused": _("%(name)s was not accepted: %(reason)s"),
    "filter": _("This filter is not known."),
    "letter_file_not_found": _("This file of the letter is not made yet."),
    "letter_too_early": _("Another letter has to be issued and served before this one."),
    "letter_is_revoked": _("The letter %(number)s is no longer valid."),
    "held_by": _("%(name)s took this task at %(at)s."),
    "nothing_to_correct": _("The list reads as it was published; there is nothing to correct."),
    "import_applied": _("This import has been applied already."),
    "import_column_missing": _("The workbook lacks the column “%(column)s”. Use the template."),
    "import_has_errors": _("The workbook still has errors; nothing was imported."),
    "import_has_macros": _("The workbook holds macros. Save it as .xlsx without macros."),
    "import_is_empty": _("The workbook holds no rows."),
    "import_not_a_workbook": _("This is not an Excel workbook (.xlsx)."),
    "import_too_large": _("The workbook is larger than %(most)s MB."),
    "not_your_organisation": _("You can share a view with your own organisation only."),
    "not_your_view": _("Only who has saved a view removes it."),
    "views_full": _("You keep %(count)s views already; remove one first."),
    "not_a_leader": _("You lead no team."),
    "not_your_team": _("This task does not wait for your team."),
    "delegated_away": _("%(name)s has delegated this task; it can be given on when it has come back."),
    "too_many_tasks": _("More than %(most)s tasks fit; narrow the filters before you take them as a workbook."),
    "import_too_many_rows": _("The workbook has more than %(most)s rows."),
    "inactive": _("This account is closed."),
    "instance_ended": _("The case has ended."),
    "invalid": _("Some fields need your attention."),
    "join_asked": _("You have asked to join %(enterprise)s already; the request is being decided."),
    "join_decided": _("%(by)s decided this request at %(at)s."),
    "joined_already": _("You belong to %(enterprise)s already."),
    "key_reused": _("This Idempotency-Key was already used for another call or another body."),
    "key_too_long": _("The Idempotency-Key is too long."),
    "letter_not_served": _("The letter %(number)s was not served yet."),
    "letter_is_served": _("This letter was served on %(served_on)s already."),
    "list_changed_since": _(
        "The list or the register has changed since the check (row %(row)s). Please check the workbook again."
    ),
    "list_exists": _("There is a list for %(year)s, batch %(batch)s already."),
    "list_is_empty": _("The list is empty; there is nothing to publish."),
    "line_is_decided": _("%(by)s decided about %(enterprise)s at %(at)s."),
    "list_is_proposed": _("The list has been proposed and cannot be changed. Take it back first."),
    "list_needs_no_approval": _("This list needs no approval; it can be published as it is."),
    "list_not_approved": _("The superior has not decided about every line of the list yet."),
    "list_not_proposed": _("The list has not been proposed, or was taken back."),
    "nothing_to_decide": _("Every line of the list is decided already."),
    "list_is_published": _("The list is published and cannot be changed."),
    "locked": _("Too many wrong passwords. The account is locked until %(until)s."),
    "no_bureau": _("No bureau is registered for this region. An administrator must add it first."),
    "no_procedure": _("The decision table of procedures has no rule for this case."),
    "no_deadline_rule": _("The decision tables have no rule for the deadline %(kind)s."),
    "no_legal_basis": _("No legal basis is known for this day."),
    "no_submission": _("The answers that this needs were not submitted."),
    "not_active": _("This version is not in a state that allows this."),
    "not_allowed": _("Your role does not include this."),
    "not_candidate": _("This task is for somebody else."),
    "not_company_administrator": _("Only the administrator of the company may do this."),
    "not_found": _("There is no such record, or it is not yours to see."),
    "not_for_officers": _("Officers of a bureau do not join enterprises."),
    "no_preview": _("Files of this kind have no preview: download %(name)s and open it with its own program."),
    "not_opened": _("Open the preview of %(name)s first."),
    "not_held": _("Nobody has taken this task."),
    "not_overdue": _("No overdue disclosure of case %(number)s waits for you."),
    "not_ready": _("The case is not ready for this."),
    "not_signed_in": _("Please sign in first."),
    "not_started": _("The case has not begun yet."),
    "not_suspended": _("The case is not suspended."),
    "not_waiting": _("The case does not wait for this any more."),
    "bad_indicator_system": _("The definition has faults; nothing was imported."),
    "indicator_system_known": _(
        "Version %(version)s of this indicator system is there already; a version is never changed."
    ),
    "level_changed": _(
        "%(by)s has saved other values at %(at)s. What you typed is still here; compare and save again."
    ),
    "level_incomplete": _("Values are missing: a level is stated when every indicator has one or does not apply."),
    "not_your_audit": _("Only the enterprise and its consultancy enter these values."),
    "not_your_report": _("Only the enterprise and its consultancy work on a report that is not handed in."),
    "not_your_panel": _("This is not a panel of your bureau."),
    "not_your_enterprise": _("This is not your enterprise."),
    "on_list_already": _("%(name)s is on this list already."),
    "organisation_known": _("An organisation with this code is registered already."),
    "outside_region": _("Case %(number)s lies outside the region of the publication."),
    "own_deployment": _("You deployed this version; somebody else must activate it."),
    "own_sheet": _("You drafted this sheet; somebody else must publish it."),
    "own_request": _("Somebody else decides about your own request."),
    "panel_closed": _("The panel is closed."),
    "panel_has_scored": _("The panel has signed all its sheets already."),
    "panel_not_drawn": _("The experts are not those who were drawn and have accepted."),
    "panel_not_named": _("The local rule does not let experts be named; draw them."),
    "panel_too_small": _("A panel needs at least %(least)s experts."),
    "person_inactive": _("The account of this person is closed."),
    "person_of_another_region": _("This person belongs to another region; its administrator must do this."),
    "publication_replaced": _("This publication was corrected already; correct the newer one."),
    "role_not_granted": _("This role is not yours to give or to take; another administrator does that."),
    "rights_lost": _("This call was answered while you had rights that you have no more."),
    "roles_apart": _(
        "Nobody holds this role beside the one they have: administrators hold one role alone, and nobody both designs "
        "and publishes."
    ),
    "report_text_changed": _(
        "%(by)s changed this text at %(at)s. Your words are kept below; put both together and save again."
    ),
    "report_not_submitted": _("The result is published once the audit report is handed in."),
    "report_unknown": _("There is no such report or text."),
    "report_version_not_found": _("There is no such version of the report."),
    "not_your_sheets": _("The sheets of this panel are not yours to read."),
    "printed_form_not_found": _("There is no such printed form."),
    "resolved": _("%(by)s dealt with this at %(at)s."),
    "result_is_published": _("One of these results is public already; correct that publication."),
    "absent_too_early": _("An expert may be noted as absent from %(since)s on, not before."),
    "member_has_signed": _("This member has signed their sheet already."),
    "seat_left": _("This seat was given to somebody else already."),
    "sheet_has_findings": _("The sheet has faults and was not published."),
    "sheet_published": _("The sheet is published and cannot be changed; draft another version."),
    "sort": _("This order is not known."),
    "suspended": _("The case is suspended."),
    "not_at_acceptance": _("Verified values are written at the acceptance only."),
    "not_your_acceptance": _("Only the competent bureau and its panel judge options."),
    "option_not_done": _("Option %(option)s is not finished; there is nothing to verify."),
    "option_not_found": _("The register has no option %(option)s."),
    "review_not_due": _("No review of option %(option)s is due."),
    "table_columns_missing": _("None of the headings of this file is a column of the table: %(columns)s."),
    "table_not_a_file": _("This is neither an Excel workbook (.xlsx) nor a text file (.csv)."),
    "table_not_found": _("The form has no such table."),
    "task_closed": _("The task was closed at %(at)s (%(by)s)."),
    "task_done": _("%(by)s completed this task at %(at)s."),
    "template_is_retired": _("This template counts no more already."),
    "template_not_draft": _("This template is no draft."),
    "template_refused": _("The template holds what no template may hold."),
    "too_large": _("This is too long to be kept."),
    "unknown_letter": _("This kind of letter is not known."),
    "username_taken": _("The user name %(username)s is taken."),
    "year_is_published": _("The calendar of %(year)s is published already."),
    "migration_moved_on": _("The case has moved on since; it can only be migrated to the other version."),
    "migration_refused": _("Some instances cannot be brought to this version as planned."),
    "no_signer": _("Nobody was named who should sign."),
    "no_signers": _("This task is not signed by several people."),
    "no_signers_here": _("The process does not let you add or remove signers here."),
    "not_a_colleague": _("You can only ask colleagues of your own organisation to sign."),
    "not_migrated": _("The case was not migrated, or was taken back already."),
    "not_movable": _("It cannot be moved there."),
    "not_removable": _("The last signer cannot be removed."),
    "not_returnable": _("The task cannot be returned there."),
    "not_returnable.designer": _("The process does not let this task be returned there."),
    "not_returnable.here": _("The task is there already."),
    "not_returnable.inside": _("The step lies inside a part that is finished; return to that part as a whole."),
    "not_returnable.kind": _("Nobody works there; choose a step that somebody does."),
    "not_returnable.no_split": _("The branches have no common beginning to which all could be returned."),
    "not_returnable.not_behind": _("This step does not lie on the way that led to the task."),
    "not_returnable.open": _("This step is still being worked on."),
    "not_returnable.several": _("This step was done several times at once; it is not clear which one is meant."),
    "not_returnable.straight_boundary": _(
        "Straight back is not possible here: the step has a time limit that would end what followed it. Return without it."
    ),
    "not_returnable.straight_out": _(
        "Straight back is only possible within the same part of the process. Return without it."
    ),
    "not_returnable.straight_twice": _(
        "This step was itself returned straight back; finish it first, or return without it."
    ),
    "not_returnable_by_you": _("The process does not let you return this task."),
    "not_skippable": _("This cannot be skipped."),
    "not_there": _("The case runs under another version by now."),
    "not_withdrawable": _("This can no longer be taken back."),
    "not_withdrawable.done": _("This can no longer be taken back: a later step was done."),
    "not_withdrawable.ended": _("This can no longer be taken back: what followed it has ended."),
    "not_withdrawable.event": _("This can no longer be taken back: something else has happened since."),
    "not_withdrawable.gone": _("This can no longer be taken back: the case has moved on."),
    "not_withdrawable.joined": _("This can no longer be taken back: it has been put together with the work of others."),
    "not_withdrawable.kind": _("This cannot be taken back alone."),
    "not_withdrawable.thrown": _("This can no longer be taken back: a message was sent."),
    "not_withdrawable.touched": _("This can no longer be taken back: somebody has begun to work on what followed."),
    "not_withdrawable.visited": _("This can no longer be taken back: the step was begun again since."),
    "not_withdrawable_here": _("The process does not let a completion of this task be taken back."),
    "not_your_completion": _("Only who completed a task can take it back."),
    "measure_stands": _("The same or a harder measure against %(name)s is in force."),
    "no_measure": _("No measure is in force."),
    "not_your_consultancy": _("Only the consultancy itself can ask for this."),
    "staff_elsewhere": _("This certificate is in use on that day: %(name)s."),
    "staff_not_found": _("This person is not on the staff."),
    "fact_known": _("This finding is recorded already: %(document)s."),
    "fact_not_found": _("This finding is not known."),
    "fact_settled": _("This finding no longer waits: %(document)s."),
    "matter_decided": _("This was decided already (%(by)s, %(at)s)."),
    "matter_not_now": _("This cannot be asked of the case as it stands now."),
    "matter_open": _("The same is asked already and waits for a decision."),
    "matter_step": _("Another step comes next. Please reload the page."),
    "matter_step_missing": _("Something has to be examined before the decision."),
    "no_clock_stands": _("No clock of this case stands still for a stop of production."),
    "nothing_to_raise": _("There is nothing that you could raise about this case now."),
    "not_your_matter": _("Only who raised it can take it back."),
    "own_matter": _("Nobody decides what they raised themselves; ask a colleague."),
    "same_jurisdiction": _("%(name)s is in charge already."),
    "own_template": _("You uploaded this template; somebody else publishes it."),
    "other_family": _("Choose two different versions of the same process."),
    "signer_has_begun": _("%(name)s has begun to work on it and can no longer be removed."),
    "signs_already": _("This person is signing already."),
    "task_closed.cancelled": _("The task is no longer needed since %(at)s (%(by)s)."),
    "task_closed.returned": _("%(by)s returned this step at %(at)s: %(reason)s"),
    "task_closed.skipped": _("%(by)s skipped this task at %(at)s: %(reason)s"),
    "task_closed.withdrawn": _("The task was taken back at %(at)s (%(by)s)."),
    "task_open": _("The task is open; there is nothing to take back."),
}

FALLBACKS: tuple[tuple[type[QingshenError], Any], ...] = (
    (NotFound, SENTENCES["not_found"]),
    (NotAllowed, SENTENCES["not_allowed"]),
    (Conflict, _("This has changed in the meantime. Please reload the page.")),
    (Refused, _("The files cannot be deployed: %(count)s findings.")),
    (Invalid, SENTENCES["invalid"]),
    (
        EngineError,
        _(
            "The process met a fault in its diagram. Nothing was lost: your answers are kept as a draft, and the operator has been told."
        ),
    ),
)


def sentence(error: QingshenError) -> str:
    """Put an error into words, in the language of the request; a reason or status may have words of its own."""
    given = [f"{error.code}.{error.values.get(name)}" for name in ("reason", "status")]
    text = next((SENTENCES[key] for key in (*given, error.code) if key in SENTENCES), None)
    if text is None:
        text = next((words for kind, words in FALLBACKS if isinstance(error, kind)), SENTENCES["invalid"])
    values = _Gentle({key: when(v) if isinstance(v, datetime) else v for key, v in error.values.items()})
    if isinstance(error, Invalid):
        values["reason"] = flat(dict(error.fields))
    return str(text) % values


def plain_sentence(error: QingshenError) -> str:
    """Put an error with its fields into one English line, outside of any request."""
    fields = ", ".join(f"{name}: {flat(part)}" for name, part in getattr(error, "fields", {}).items())
    return sentence(error) + (f" ({fields})" if fields else "")


FIELD_SENTENCES = {
    **EXPERT_FIELDS,
    "active_content": _("The file holds active content."),
    "infected": _("The virus scanner found something in the file."),
    "scanner_away": _("The virus scanner does not answer; try again later."),
    "before_publication": _("This day lies before the publication that is corrected."),
    "after_publication": _("The decision cannot be later than the publication."),
    "archive_unsafe": _("The file is packed in a way that is not safe to open."),
    "bad_address": _("This is not the address of a page (http or https)."),
    "before_mark": _("A trade secret was marked after this version was made. Make a new version."),
    "before_report": _("This day lies before the report was handed in."),
    "address_not_allowed": _("This address may not be used: only https, and no private network but those allowed."),
    "bad_time": _("This is not a time of the day."),
    "quiet_never_ends": _("Quiet hours must end at another time than they begin."),
    "too_short": _("This is too short."),
    "bad_date": _("This is not a date."),
    "bad_industry": _("This is not a class of GB/T 4754."),
    "bad_number": _("This is not a number that fits."),
    "bad_permit": _("This is not the number of a discharge permit."),
    "bad_region": _("This region is not known."),
    "bad_types": _("Choose at least one audit type."),
    "does_not_see_the_case": _("Somebody among these does not see the case; a copy gives nobody a right."),
    "bad_uscc": _("This is not a valid unified social credit code: 18 characters, the last one is a check character."),
    "bad_year": _("This is not a year that fits."),
    "before_since": _("The end lies before the beginning."),
    "code_taken": _("Another enterprise has this code."),
    "extended_far": _("This is further than an extension may go."),
    "extended_often": _("This deadline was extended as often as is allowed."),
    "no_workday": _("This is not a working day."),
    "not_after_deadline": _("This must be later than the day that counts now."),
    "cannot_look": _(
        "Part of this PDF is encrypted or oddly packed, so that it cannot be checked. Save it without protection."
    ),
    "case_full": _("The files of the case have reached their total size."),
    "content_mismatch": _("The content is not what the name says."),
    "differs": _("The two passwords differ."),
    "empty": _("The file is empty."),
    "in_future": _("This day lies in the future."),
    "not_word": _("A template is a Word file (.docx)."),
    "before_start": _("This day lies before the first one."),
    "not_allowed_value": _("This one cannot be chosen here."),
    "in_past": _("This day lies in the past."),
    "not_a_number": _("This must be a number of at least 0."),
    "not_later": _("This day must lie in the future."),
    "nothing_chosen": _("Nothing is chosen. Tick the lines first."),
    "not_registered": _("No enterprise of this code is registered. The bureau of your region registers it."),
    "outside": _("This region lies outside the organisation's."),
    "outside_region": _("This lies outside your region."),
    "past": _("This day is over."),
    "pair": _("Write a line for each, in the form: old = new."),
    "not_a_colleague": _("This person does not work in the same organisation."),
    "required": _("This is needed."),
    "too_far": _("A substitute acts for a year at most; for longer, give the post to somebody else."),
    "too_large": _("The file is too large."),
    "too_long": _("This is too long."),
    "type_not_allowed": _("Files of this kind are not accepted; use PDF, Word, Excel, text or pictures."),
    "unknown": _("This is not known."),
    "weak": _("The password is too weak: at least 8 characters of two kinds, without the user name."),
}


def flat(messages: Any) -> str:
    """Write the messages of a field as one text, codes as sentences."""
    if isinstance(messages, str):
        return str(FIELD_SENTENCES.get(messages, messages))
    if isinstance(messages, dict):
        return " ".join(flat(part) for part in messages.values())
    if isinstance(messages, list | tuple):
        return " ".join(flat(part) for part in messages if part)
    return str(messages)


def spoken(fields: Any) -> Any:
    """Give the messages of fields in the shape they came, codes as sentences."""
    if isinstance(fields, dict):
        return {key: spoken(part) for key, part in fields.items()}
    if isinstance(fields, list | tuple):
        return [spoken(part) for part in fields]
    return flat(fields) if isinstance(fields, str) else fields


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with a form that a page shows again."""

    text: str
    fields: Mapping[str, Any]


def trouble(error: QingshenError) -> Trouble:
    """Make what a page shows of a refused form."""
    return Trouble(sentence(error), spoken(dict(getattr(error, "fields", {}))))


class _Gentle(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return gettext("somebody") if key == "name" else "?"
