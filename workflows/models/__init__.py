"""Tables. One module a noun; ``Base.metadata`` holds them all."""

from workflows.models.base import Base, UtcDateTime
from workflows.models.copies import Copy
from workflows.models.definitions import Definition, DefinitionFile, Family, Form
from workflows.models.events import ChainHead, Checkpoint, Event, EventPayload, TrailLeaf
from workflows.models.files import Attachment, Blob
from workflows.models.handovers import Delegation, Urge, UrgeSeen
from workflows.models.incidents import Incident
from workflows.models.instances import Instance, Party, StepRecord, Submission
from workflows.models.jobs import FinishedJob, IdempotencyKey, JobRun
from workflows.models.migrations import InstanceMigration
from workflows.models.organisations import Organisation, Region
from workflows.models.people import ApiToken, AuthSession, Membership, Person, SignInCount
from workflows.models.phrases import Phrase
from workflows.models.subscriptions import EarlyMessage, Subscription
from workflows.models.substitutions import Substitution
from workflows.models.tasks import Draft, Task, TaskCandidate, TaskSeparation
from workflows.models.timers import Timer
from workflows.models.views import ChosenColumns, SavedView

__all__ = [
    "ApiToken",
    "Attachment",
    "AuthSession",
    "Base",
    "Blob",
    "ChainHead",
    "Checkpoint",
    "ChosenColumns",
    "Copy",
    "Definition",
    "DefinitionFile",
    "Delegation",
    "Draft",
    "EarlyMessage",
    "Event",
    "EventPayload",
    "Family",
    "FinishedJob",
    "Form",
    "IdempotencyKey",
    "Incident",
    "Instance",
    "InstanceMigration",
    "JobRun",
    "Membership",
    "Organisation",
    "Party",
    "Person",
    "Phrase",
    "Region",
    "SavedView",
    "SignInCount",
    "StepRecord",
    "Submission",
    "Subscription",
    "Substitution",
    "Task",
    "TaskCandidate",
    "TaskSeparation",
    "Timer",
    "TrailLeaf",
    "Urge",
    "UrgeSeen",
    "UtcDateTime",
]
