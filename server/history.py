"""The timeline of a case: each event of the trail as a sentence that people read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from audits import assessments, energy, letters, matter_kinds
from server.filters import pause_reason
from server.indicator_faults import LEVELS
from server.labels import label
from server.language import language, pick, say
from workflows import timeline
from workflows.access import Actor

ACTIONS = {
    "calendar.day_removed": _("Calendar day removed"),
    "calendar.day_set": _("Calendar day set"),
    "calendar.year_published": _("Calendar published"),
    "case.opened": _("The case was opened"),
    "case.outcome_recorded": _("The outcome was recorded: %(outcome)s"),
    "case.reaudit_opened": _("A re-audit was ordered"),
    "case.removal_decided": _("Removal or deferral was decided: %(reason)s"),
    "case.terminated": _("The case was terminated: %(reason)s"),
    "case.rolled_over": _("The enterprise goes to the next batch"),
    "case.round_entered": _("Round %(round)s of the audit begins"),
    "consultancy.disengaged": _("The consultancy left the case"),
    "consultancy.exit_asked": _("Asked to have the measure lifted: %(name)s"),
    "consultancy.measure_taken": _("Measure against a consultancy: %(name)s, %(reason)s"),
    "consultancy.proof_warned": _("Told that a proof ends on %(until)s"),
    "consultancy.proved": _("Proof of a consultancy recorded: %(document)s"),
    "consultancy.staff_joined": _("On the staff of %(name)s: %(person)s"),
    "consultancy.staff_left": _("No longer on the staff of %(name)s: %(person)s"),
    "consultancy.reinstated": _("Consultancy may be chosen again: %(name)s"),
    "consultancy.restricted": _("Consultancy restricted: %(name)s"),
    "consultancy.engaged": _("Consultancy engaged: %(name)s"),
    "deadline.escalated": _("Overdue, reported to the bureau: %(deadline)s"),
    "deadline.met": _("Deadline met: %(deadline)s"),
    "deadline.extended": _("Deadline extended: %(deadline)s %(extended_to)s (statutory day %(due_on)s)"),
    "deadline.paused": _("The clock stands still: %(deadline)s since %(since)s (%(reason)s)"),
    "deadline.resumed": _("The clock runs again: %(deadline)s, %(days)s days do not count, now %(runs_to)s"),
    "deadline.recomputed": _("Deadline counted anew: %(deadline)s %(due_on)s"),
    "deadline.reminded": _("Reminder sent: %(deadline)s"),
    "deadline.reopened": _("Deadline runs again: %(deadline)s"),
    "deadline.set": _("Deadline set: %(deadline)s %(due_on)s"),
    "definition.activated": _("Process version activated"),
    "definition.deployed": _("Process version deployed"),
    "definition.retired": _("Process version retired"),
    "disclosure.recorded": _("The disclosure was recorded"),
    "enterprise.changed": _("Profile changed"),
    "enterprise.registered": _("Enterprise registered: %(name)s"),
    "expert.absence_recorded": _("An expert is away from %(since)s to %(until)s"),
    "expert.absence_removed": _("An expert is not away after all"),
    "expert.added": _("Expert added: %(name)s"),
    "expert.admitted": _("Admitted to the expert pool: %(name)s"),
    "expert.application_agreed": _("Entry of an expert agreed to by the first: %(name)s"),
    "expert.application_refused": _("Entry of an expert refused: %(name)s, %(reason)s"),
    "expert.application_withdrawn": _("Entry of an expert taken back: %(name)s"),
    "expert.applied": _("Entry of an expert asked for: %(name)s"),
    "expert.appeal_decided": _("Appeal of an expert decided: %(reason)s"),
    "expert.mark_appealed": _("An expert appeals against an entry"),
    "expert.marked": _("Entry in the record of an expert, %(points)s points"),
    "expert.relation_recorded": _("Relation of an expert recorded"),
    "expert.relation_struck": _("Relation of an expert struck out: %(reason)s"),
    "fact.dismissed": _("Reason for listing dismissed: %(document)s, %(reason)s"),
    "fact.recorded": _("Reason for listing recorded: %(document)s"),
    "fact.used": _("Put onto a list for: %(document)s"),
    "factor.added": _("Factor added: %(energy)s %(kind)s %(year)s = %(value)s"),
    "file.generated": _("File made: %(name)s"),
    "file.opened": _("File opened: %(name)s"),
    "file.removed": _("File removed: %(name)s"),
    "file.uploaded": _("File added: %(name)s"),
    "incident.opened": _("A fault was recorded for the operator"),
    "incident.resolved": _("The fault was resolved"),
    "incident.retried": _("The operator tried again"),
    "instance.cancelled": _("The case was cancelled: %(reason)s"),
    "instance.completed": _("The case was closed"),
    "instance.message_delivered": _("A decision reached the case"),
    "task.passed_on": _("%(old)s left; %(new)s goes on with the draft"),
    "instance.copied": _("Sent for information to %(names)s"),
    "instance.copy_read": _("%(names)s took note"),
    "instances.migration_begun": _("Migration of running cases begun: %(total)s cases, %(reason)s"),
    "instance.migrated": _("The case goes on under another version of its process: %(plan)s"),
    "instance.migration_undone": _("The case went back to the earlier version of its process: %(plan)s"),
    "instance.resumed": _("The case goes on: %(reason)s"),
    "instance.signal_delivered": _("A signal reached the case"),
    "instance.started": _("The process began"),
    "instance.stuck": _("The case is stuck"),
    "instance.suspended": _("The case was suspended: %(reason)s"),
    "instance.variables_changed": _("Data of the case changed"),
    "job.completed": _("Done by the system: %(task)s"),
    "job.dropped": _("Given up by the system: %(task)s"),
    "job.failed": _("The system could not do: %(task)s"),
    "job.retried": _("The operator let the system try again: %(task)s"),
    "case.procedure_entered": _("The case follows another procedure: %(procedure)s"),
    "commitment.accepted": _("Commitment accepted on paper, open to checks until %(until)s"),
    "commitment.draw_made": _("Spot checks drawn, seed %(seed)s"),
    "commitment.drawn": _("Drawn for a spot check, seed %(seed)s"),
    "commitment.kept": _("Spot check: the commitment was true"),
    "commitment.lapsed": _("The period for spot checks is over"),
    "commitment.revoked": _("Commitment revoked: %(findings)s"),
    "park.marked": _("Registered as a park or cluster: %(enterprise)s"),
    "park.member_added": _("Member of the park: %(enterprise)s since %(since)s"),
    "park.member_ended": _("No member of the park any more: %(enterprise)s from %(until)s on"),
    "park.member_deemed": _("Deemed audited with the park: %(case)s"),
    "park.members_deemed": _("%(count)s members are deemed audited"),
    "agreement.ended": _("Voluntary agreement ended: %(reason)s"),
    "agreement.proposed": _("Voluntary agreement handed in"),
    "agreement.signed": _("Voluntary agreement signed"),
    "visit.planned": _("A visit to the site is planned: %(on)s, %(place)s"),
    "visit.reported": _("A report of the visit to the site has arrived, %(photos)s photographs"),
    "voluntary.accepted": _("Voluntary audit accepted, on %(list)s"),
    "voluntary.applied": _("Applied for a voluntary audit"),
    "voluntary.refused": _("Voluntary audit refused: %(reason)s"),
    "voluntary.withdrawn": _("Application for a voluntary audit taken back"),
    "indicators.imported": _("Indicator system imported: %(name)s %(version)s"),
    "join.approved": _("Request to join approved"),
    "join.asked": _("Asked to join: %(person)s"),
    "join.refused": _("Request to join refused: %(reason)s"),
    "join.withdrawn": _("Request to join taken back"),
    "interval.warned": _("Told that the next audit is due by %(due_on)s"),
    "letter.replaced": _("Letter %(number)s replaced by %(by)s: %(reason)s"),
    "level.saved": _("Values of the level saved: %(level_stage)s"),
    "level.stated": _("Level stated: %(level_stage)s, %(level)s"),
    "letter.issued": _("Letter issued: %(letter)s %(number)s"),
    "letter.revoked": _("Letter voided: %(number)s, %(reason)s"),
    "letter.served": _("Letter served: %(number)s"),
    "letter.service_corrected": _("Proof of service corrected: %(number)s, %(reason)s"),
    "list.corrected": _("List corrected: %(reason)s"),
    "list.created": _("List drafted: %(title)s"),
    "list.decided": _("Every line decided: %(approved)s approved, %(refused)s refused"),
    "list.entry_added": _("Put on the list: %(enterprise)s"),
    "list.entry_removed": _("Taken off the list"),
    "list.import_applied": _("Import applied"),
    "list.import_read": _("Workbook checked"),
    "list.lines_approved": _("Lines approved"),
    "list.lines_refused": _("Lines refused: %(reason)s"),
    "list.proposed": _("List proposed: %(lines)s lines"),
    "list.published": _("List published"),
    "list.withdrawn": _("List taken back into the draft"),
    "enterprise.relocated": _("The enterprise moved: %(address)s (%(region)s)"),
    "case.basis_decided": _("Another version of the law applies: %(text)s"),
    "case.credit_entered": _("Entered for the credit platform until %(until)s: %(basis)s"),
    "case.held": _("Held while an appeal is decided: %(text)s"),
    "case.hold_ended": _("The hold ended: %(text)s"),
    "case.revoked": _("The acceptance was revoked (%(finding)s): %(reason)s"),
    "case.succeeded": _("The case goes on with %(name)s in the place of %(old)s"),
    "case.transferred": _("The case went from %(old)s to %(name)s"),
    "matter.approved": _("Approved: %(matter)s (%(reason)s)"),
    "matter.raised": _("Raised: %(matter)s (%(reason)s)"),
    "matter.refused": _("Refused: %(matter)s (%(reason)s)"),
    "matter.step_recorded": _("%(step)s: %(note)s"),
    "matter.told": _("Told to the parties: %(matter)s (%(reason)s)"),
    "matter.withdrawn": _("Taken back: %(matter)s"),
    "options.settled": _("Options %(codes)s were settled"),
    "membership.added": _("Membership began"),
    "membership.ended": _("Membership ended"),
    "message.received": _("A message was received"),
    "options.recorded": _("The options were recorded"),
    "organisation.created": _("Organisation added: %(name)s"),
    "panel.appointed": _("Panel of experts appointed: %(purpose)s"),
    "panel.replaced": _("A new panel of experts takes the place of the former: %(purpose)s"),
    "panel.drawn": _("The panel was drawn"),
    "panel.draw_goes_on": _("The step was returned; the panel stays as it was drawn"),
    "panel.member_left": _("A member has left the panel; it is formed anew"),
    "panel.quorum_lost": _("The panel has no quorum; nobody is left to be drawn"),
    "panel.rescheduled": _("The meeting of the panel moves from %(old)s to %(new)s: %(reason)s"),
    "panel.seat_accepted": _("An expert accepted the invitation"),
    "panel.seat_cancelled": _("An invitation to the panel was called off"),
    "panel.seat_left": _("An expert leaves the panel"),
    "panel.seat_reminded": _("An expert was reminded of the invitation"),
    "panel.substitute_drawn": _("A substitute was drawn"),
    "panel.closed": _("Panel of experts closed: %(purpose)s"),
    "option.reviewed": _("Review of option %(code)s: %(reason)s"),
    "option.verified": _("Effects of option %(code)s verified"),
    "result.reminded": _("The enterprise was reminded to publish its audit result by %(due_on)s"),
    "result.escalated": _(
        "The audit result is not published though it was due on %(due_on)s; enterprise and bureau were told"
    ),
    "option.warned": _("Option %(code)s is late; %(owner)s was told"),
    "party.joined": _("A party joined the case"),
    "party.left": _("A party left the case"),
    "person.created": _("Person added: %(name)s"),
    "person.deactivated": _("Account closed"),
    "person.locale_changed": _("Language changed"),
    "person.locked": _("Account locked after wrong passwords"),
    "person.login_failed": _("Wrong password"),
    "person.password_set": _("Password set"),
    "person.signed_in": _("Signed in"),
    "person.signed_out": _("Signed out"),
    "phrase.added": _("Ready sentence added: %(text)s"),
    "phrase.changed": _("Ready sentence changed: %(text)s"),
    "phrase.removed": _("Ready sentence removed: %(text)s"),
    "plant.added": _("Production site added"),
    "publication.made": _("Published: %(title)s"),
    "report.asked": _("Report asked for: version %(number)s"),
    "report.made": _("Report made: version %(number)s"),
    "report.secret_marked": _("Trade secret marked: %(reason)s"),
    "report.secret_unmarked": _("Mark of a trade secret taken away"),
    "report.written": _("Text of the report written: version %(number)s"),
    "result.published_by_enterprise": _("The enterprise published its audit result on %(published_on)s"),
    "result.published": _("The result was published"),
    "result.queued": _("The result waits for publication"),
    "sheet.changed": _("Draft of a score sheet saved: %(title)s"),
    "sheet.drafted": _("Score sheet drafted: %(title)s"),
    "sheet.published": _("Score sheet published: %(title)s"),
    "substitute.appointed": _("%(substitute)s stands in for %(absent)s"),
    "substitute.ended": _("%(substitute)s no longer stands in for %(absent)s"),
    "signal.received": _("A signal was received"),
    "signal.sent": _("A signal was sent"),
    "task.assigned": _("%(task)s was given to %(new)s (%(reason)s), before: %(old)s"),
    "task.cancelled": _("No longer needed: %(task)s"),
    "task.claimed": _("Taken: %(task)s"),
    "task.completed": _("Completed: %(task)s"),
    "task.delegated": _("%(task)s: %(old)s delegated it to %(new)s (%(reason)s)"),
    "task.delegation_ended": _("%(task)s: %(new)s took it back from %(old)s"),
    "task.transferred": _("%(task)s: %(old)s transferred it to %(new)s (%(reason)s)"),
    "task.urge_seen": _("%(task)s: the urge was seen"),
    "task.urged": _("%(task)s was urged %(holder)s: %(note)s"),
    "task.words_given": _("%(task)s: %(old)s gave their words; it went back to %(new)s"),
    "task.opened": _("New task: %(task)s"),
    "task.released": _("Given back: %(task)s"),
    "signer.added": _("More people were asked to sign: %(task)s (%(reason)s)"),
    "signer.removed": _("Somebody need not sign any more: %(task)s (%(reason)s)"),
    "task.returned": _("Returned from “%(task)s” to “%(to)s”: %(reason)s"),
    "task.withdrawn": _("Taken back: %(task)s %(reason)s"),
    "timer.fired": _("A time was reached: %(task)s"),
    "element.migrated": _("Under the new version this step is “%(task)s”"),
    "view.columns_chosen": _("Columns of the inbox chosen"),
    "view.removed": _("View of the inbox removed: %(name)s"),
    "view.saved": _("View of the inbox kept: %(name)s"),
    "template.published": _("Word template published: %(letter)s"),
    "template.retired": _("Word template taken back: %(letter)s, %(reason)s"),
    "template.uploaded": _("Word template uploaded: %(letter)s"),
    "channel.added": _("Notice channel added: %(name)s"),
    "channel.changed": _("Notice channel changed: %(name)s"),
    "channel.tried": _("A word was sent through the notice channel: %(name)s"),
    "person.notices_chosen": _("Chose how to hear of notices"),
    "reminder_rule.added": _("Reminder rule written: %(days)s days, tells %(tells)s"),
    "reminder_rule.switched": _("Reminder rule switched on or off: %(days)s days"),
    "token.issued": _("Token made: %(label)s"),
    "token.moved": _("The operator moved “%(task)s” to “%(to)s”: %(reason)s"),
    "token.skipped": _("The operator skipped “%(task)s”: %(reason)s"),
    "token.revoked": _("Token ended"),
    "trail.verified": _("The audit trail was verified"),
}

STATES = {
    "case.revoked": "returned",
    "matter.refused": "returned",
    "matter.raised": "current",
    "matter.told": "current",
    "task.returned": "returned",
    "task.withdrawn": "returned",
    "token.moved": "returned",
    "token.skipped": "returned",
    "instance.suspended": "returned",
    "instance.cancelled": "returned",
    "incident.opened": "returned",
    "job.failed": "returned",
    "deadline.escalated": "returned",
    "task.opened": "current",
}


# What a reader of a case seldom wants: the machine's own steps. They are shown on request.
QUIET = frozenset(
    {
        "job.completed",
        "file.generated",
        "file.uploaded",
        "file.opened",
        "deadline.set",
        "deadline.met",
        "deadline.computed",
        "instance.started",
        "task.opened",
        "task.claimed",
        "task.released",
        "task.urge_seen",
        "element.migrated",
        "timer.fired",
        "options.recorded",
        "level.saved",
        "report.asked",
        "report.written",
        "instance.variables_changed",
        "party.joined",
        "party.left",
    }
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the timeline; ``state`` colours it."""

    at: datetime
    state: str
    text: str
    who: str
    opinion: str
    chip: str = ""


def history(
    session: Session, actor: Actor, instance_id: str, *, everything: bool = False, limit: int = 200
) -> list[Entry]:
    """Give the events of a case, the newest first, as far as the actor may read them; without the machine's steps."""
    found = timeline.for_instance(session, actor, instance_id, language=language(), limit=200)
    return [entry_of(item) for item in found.items if everything or item.action not in QUIET][:limit]


def entry_of(item: Any) -> Entry:
    """Put one event into words."""
    return Entry(
        at=item.at,
        state=STATES.get(item.action, "done"),
        text=action_text(item.action, {**(item.values or {}), "task": item.task or ""}),
        who=who_of(item),
        opinion=item.opinion or "",
    )


def who_of(item: Any) -> str:
    """Name who acted, and for whom."""
    if not item.actor_id:
        return str(say("System"))
    absent = (item.values or {}).get("acted_for")
    return str(say("%(name)s for %(absent)s", name=item.actor, absent=absent)) if absent else str(item.actor)


def action_text(action: str, values: dict[str, Any]) -> str:
    """Say what an action of the trail was; one without words is shown by its code."""
    text = ACTIONS.get(action)
    if text is None:
        return action
    shown = _Blank(values)
    if "to_name" in values:
        shown["to"] = pick(values["to_name"], values.get("to_name_en", ""))
    for key, group in (("outcome", "outcome"), ("purpose", "purpose")):
        if key in values:
            shown[key] = label(values[key], group)
    kind = values.get("kind", values.get("deadline", ""))
    if action.startswith("level."):
        shown["level_stage"] = pick(*assessments.STAGES.get(values.get("stage", ""), ("", "")))
        shown["level"] = str(LEVELS.get(values.get("level", ""), values.get("level", "")))
    if action == "factor.added":
        shown["energy"] = pick(*energy.ENERGIES.get(values.get("energy", ""), ("", "")))
        shown["kind"] = pick(*energy.KINDS.get(values.get("kind", ""), ("", "")))
    if action.startswith("deadline."):
        shown["deadline"] = label(kind, "deadline")
        shown |= {"runs_to": values.get("runs_to", values.get("due_on", ""))}
        if "reason" in values:
            shown["reason"] = pause_reason(values["reason"])
    elif action.startswith("matter."):
        found = matter_kinds.kinds().get(kind)
        shown["matter"] = pick(*found.names) if found else kind
        shown["step"] = label(values.get("step", ""), "matter_step")
    elif action.startswith(("letter.", "template.")):
        shown["letter"] = pick(*letters.KINDS.get(kind, ("", "")))
    return " ".join((str(text) % shown).split()).rstrip(":： ")


class _Blank(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return ""
