"""Tables of the field. Importing this module adds them to ``workflows.models.Base.metadata``."""

from audits.models.calendars import CalendarDay
from audits.models.cases import Case, Deadline
from audits.models.commitments import Commitment, SpotDraw
from audits.models.consultancies import ConsultancyProof, ConsultancyStaff, Restriction
from audits.models.disclosures import Disclosure
from audits.models.draws import PanelDraw, PanelSeat
from audits.models.enterprises import Enterprise, Plant
from audits.models.expert_entry import ExpertApplication
from audits.models.expert_record import ExpertMark
from audits.models.experts import Expert, ExpertAbsence, ExpertRelation, Panel, PanelMember
from audits.models.joining import JoinRequest
from audits.models.letters import Letter, LetterNumber
from audits.models.levels import Assessment, Factor, IndicatorSystem
from audits.models.lists import AuditList, ImportRow, ListEntry, ListImport
from audits.models.matters import CreditEntry, Matter, Pause, Succession
from audits.models.name_list import ListingFact
from audits.models.notices import (
    Notice,
    NoticeChannel,
    NoticeChoice,
    NoticeDelivery,
    NoticeSetting,
    ReminderRule,
)
from audits.models.options import Option, OptionEffect
from audits.models.parks import Park, ParkMember
from audits.models.publications import Publication, PublicationEntry
from audits.models.reports import ReportSecret, ReportText, ReportVersion
from audits.models.result_publications import ResultPublication
from audits.models.site_visits import SiteReport, SiteVisit
from audits.models.templates import LetterTemplate
from audits.models.voluntary import VoluntaryAgreement, VoluntaryApplication

__all__ = [
    "Assessment",
    "AuditList",
    "CalendarDay",
    "Case",
    "Commitment",
    "ConsultancyProof",
    "ConsultancyStaff",
    "CreditEntry",
    "Deadline",
    "Disclosure",
    "Enterprise",
    "Expert",
    "ExpertAbsence",
    "ExpertApplication",
    "ExpertMark",
    "ExpertRelation",
    "Factor",
    "ImportRow",
    "IndicatorSystem",
    "JoinRequest",
    "Letter",
    "LetterNumber",
    "LetterTemplate",
    "ListEntry",
    "ListImport",
    "ListingFact",
    "Matter",
    "Notice",
    "NoticeChannel",
    "NoticeChoice",
    "NoticeDelivery",
    "NoticeSetting",
    "Option",
    "OptionEffect",
    "Panel",
    "PanelDraw",
    "PanelMember",
    "PanelSeat",
    "Park",
    "ParkMember",
    "Pause",
    "Plant",
    "Publication",
    "PublicationEntry",
    "ReminderRule",
    "ReportSecret",
    "ReportText",
    "ReportVersion",
    "Restriction",
    "ResultPublication",
    "ScoreSheet",
    "SiteReport",
    "SiteVisit",
    "SpotDraw",
    "Succession",
    "VoluntaryAgreement",
    "VoluntaryApplication",
]
from audits.models.score_sheets import ScoreSheet
