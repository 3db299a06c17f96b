"""In-app notices to the staff of an organisation: reminders, escalations, decisions."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from audits import access
from audits.models import Notice
from workflows.access import Actor
from workflows.errors import NotFound
from workflows.paging import Page, keyset

KINDS: Final[dict[str, tuple[str, str]]] = {
    "deadline_soon": ("{subject}：{deadline}将于 {due_on} 到期", "{subject}: {deadline} is due on {due_on}"),
    "deadline_overdue": ("{subject}：{deadline}已于 {due_on} 逾期", "{subject}: {deadline} was due on {due_on}"),
    "letter_issued": ("{subject}：已制发{letter} {number}", "{subject}: {letter} {number} was issued"),
    "case_terminated": ("{subject}：案件已终止。{reason}", "{subject}: the case was terminated. {reason}"),
    "case_closed": ("{subject}：案件已办结（{outcome}）", "{subject}: the case is closed ({outcome})"),
    "enterprises_unjoined": (
        "《{title}》中 {count} 家企业尚无人员加入，其任务在等待",
        "{count} enterprises of “{title}” have nobody in the system yet; their tasks wait",
    ),
    "channel_trial": ("通知渠道“{name}”试发", "A word through the notice channel “{name}”"),
    "agreement_proposed": ("{enterprise}提交自愿协议，请签署", "{enterprise} hands in a voluntary agreement to sign"),
    "agreement_signed": ("{enterprise}：自愿协议已签署", "{enterprise}: the voluntary agreement is signed"),
    "agreement_ended": (
        "{enterprise}：自愿协议已终止。{reason}",
        "{enterprise}: the voluntary agreement has ended. {reason}",
    ),
    "visit_planned": (
        "{subject}：现场核查定于 {on}，地点 {place}",
        "{subject}: the site is visited on {on}, {place}",
    ),
    "voluntary_applied": ("{enterprise}申请自愿性审核，请受理", "{enterprise} applies for a voluntary audit"),
    "voluntary_accepted": ("{enterprise}：自愿性审核申请已受理", "{enterprise}: the voluntary audit is accepted"),
    "voluntary_refused": (
        "{enterprise}：自愿性审核申请未予受理。{reason}",
        "{enterprise}: the voluntary audit is refused. {reason}",
    ),
    "expert_expiring": (
        "您的评审专家聘期将于 {valid_until} 届满，请办理续聘",
        "Your term as an expert ends on {valid_until}; please apply for its renewal",
    ),
    "expert_marked": (
        "您的专家考核记录新增：{what}{subject}，记 {points} 分，周期内累计 {sum} 分；如有异议可以申诉",
        "Entered in your record as an expert: {what}{subject}, {points} points, {sum} in the period; you may appeal",
    ),
    "expert_barred": (
        "您的专家考核累计 {sum} 分，暂不参加专家抽取",
        "Your record as an expert stands at {sum} points; you are not drawn for panels for now",
    ),
    "expert_appeal_decided": (
        "您对“{what}”的{outcome}：{reason}",
        "Your appeal against “{what}” was {outcome}: {reason}",
    ),
    "join_asked": ("{person}申请加入{enterprise}", "{person} asks to join {enterprise}"),
    "list_decided": (
        "《{title}》已核定：同意 {approved} 户，不同意 {refused} 户",
        "“{title}” is decided: {approved} approved, {refused} refused",
    ),
    "list_proposed": (
        "{issuer}上报《{title}》，共 {lines} 户，请核定",
        "{issuer} proposes “{title}” with {lines} enterprises for approval",
    ),
    "matter_raised": (
        "{subject}：提出“{matter}”，请审查决定",
        "{subject}: “{matter}” was raised and waits for your decision",
    ),
    "matter_decided": ("{subject}：“{matter}”{status}", "{subject}: “{matter}” was {status}"),
    "option_late": (
        "{subject}：方案 {code} {name} 应于 {planned_end} 完成，责任人 {owner}",
        "{subject}: option {code} {name} was to be finished on {planned_end}; owner {owner}",
    ),
    "proof_soon": (
        "{name}：证明材料“{proof}”将于 {until} 到期，请及时更新",
        "{name}: the proof “{proof}” ends on {until}; please renew it",
    ),
    "proof_expired": (
        "{name}：证明材料“{proof}”已于 {until} 到期，更新前不得承接审核",
        "{name}: the proof “{proof}” ended on {until}; without it no audit is taken on",
    ),
    "interval_soon": (
        "{subject}：距上一轮审核（{since}）将满规定间隔，须在 {due_on} 前开展下一轮审核",
        "{subject}: the next audit is due by {due_on}, counted from {since}",
    ),
    "interval_due": (
        "{subject}：两次审核的规定间隔已于 {due_on} 届满（自 {since} 起算）",
        "{subject}: the interval between two audits ended on {due_on}, counted from {since}",
    ),
    "option_review": (
        "{subject}：方案 {old} 由 {new} 替换，请复核",
        "{subject}: option {old} is replaced by {new}; please review it",
    ),
    "panel_invited": (
        "{subject}：请您参加{gate}专家组，{meeting_on} 评审{place}，请答复邀请",
        "{subject}: you are invited to the panel ({gate}) on {meeting_on}{place}; please answer",
    ),
    "panel_reminded": (
        "{subject}：{gate}专家组的邀请尚未答复，{meeting_on} 评审{place}",
        "{subject}: your invitation to the panel ({gate}) on {meeting_on}{place} still waits for an answer",
    ),
    "panel_moved": (
        "{subject}：{gate}改为 {meeting_on}{place}，请重新答复",
        "{subject}: the meeting of the panel ({gate}) moves to {meeting_on}{place}; please answer again",
    ),
    "panel_left": (
        "{subject}：您不再参加{gate}专家组（{status}）",
        "{subject}: you are no longer on the panel ({gate}): {status}",
    ),
    "panel_cancelled": (
        "{subject}：{gate}专家组的邀请已取消，{meeting_on} 无需到会",
        "{subject}: the invitation to the panel ({gate}) on {meeting_on} is cancelled",
    ),
    "panel_broken": (
        "{subject}：{gate}专家组成员退出（{status}），请重新组建专家组",
        "{subject}: a member has left the panel ({gate}): {status}; please form it anew",
    ),
    "reminder": (
        "{subject}：{what}{days}（{due_on}）",
        "{subject}: {what} {days} ({due_on})",
    ),
    "result_soon": (
        "{subject}：审核结果应于 {due_on} 前公布",
        "{subject}: the audit result has to be published by {due_on}",
    ),
    "result_overdue": (
        "{subject}：审核结果应于 {due_on} 前公布，尚未公布",
        "{subject}: the audit result was to be published by {due_on} and is not",
    ),
    "reaudit_opened": ("{subject}：已责令重新审核，新案号 {number}", "{subject}: re-audit ordered, new case {number}"),
}

CHOICES: Final = tuple(sorted(KINDS.keys() - {"channel_trial"}))
"""What people choose about; a channel is tried by who looks after it."""


def send(
    session: Session,
    *,
    key: str,
    organisation_id: str,
    instance_id: str | None,
    kind: str,
    values: dict[str, Any],
    person_id: str | None = None,
    now: datetime,
) -> None:
    """Leave a notice, for one person of the organisation where one is named; the same key again changes nothing."""
    if session.scalar(select(Notice.id).where(Notice.key == key)) is None:
        session.add(
            Notice(
                key=key,
                organisation_id=organisation_id,
                person_id=person_id,
                instance_id=instance_id,
                kind=kind,
                values=values,
                at=now,
            )
        )
        session.flush()


def text(notice: Notice, language: str = "zh") -> str:
    """Write a notice as a sentence; values in two languages are ``[zh, en]``."""
    english = language == "en"
    values = {key: value[english] if isinstance(value, list) else value for key, value in notice.values.items()}
    return KINDS[notice.kind][english].format_map(values)


def mine(session: Session, actor: Actor, *, cursor: str | None = None, limit: int = 20) -> Page[Notice]:
    """Give the notices to the actor's organisations, the newest first."""
    query = select(Notice).where(access.visible(actor, Notice))
    return keyset(session, query, [Notice.at, Notice.id], cursor, limit, descending=True)


def unread_count(session: Session, actor: Actor) -> int:
    """Count the notices that nobody has marked as read."""
    query = select(func.count()).select_from(Notice).where(access.visible(actor, Notice), Notice.read_at.is_(None))
    return session.scalar(query) or 0


def mark_read(session: Session, actor: Actor, notice_id: str, now: datetime) -> None:
    """Mark a notice as read; NotFound where it is not for the actor."""
    notice = session.scalar(select(Notice).where(Notice.id == notice_id, access.visible(actor, Notice)))
    if notice is None:
        raise NotFound("notice_not_found")
    notice.read_at = notice.read_at or now
