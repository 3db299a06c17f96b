"""What the invented answers are drawn from: one case's facts, a source of chance, and names to go with them."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from audits.demo.profiles import Profile, profile_of

Answers = dict[str, Any]

_SURNAMES = "王李张刘陈杨赵黄周吴徐孙马朱胡郭何林高罗"
_GIVEN = (
    "建国",
    "志强",
    "丽娟",
    "海燕",
    "晓东",
    "文静",
    "国华",
    "秀英",
    "伟民",
    "玉兰",
    "永宁",
    "雪梅",
    "立新",
    "明远",
)


class Draw:
    """One case's facts with a source of chance; the same seed gives the same answers."""

    def __init__(self, facts: Mapping[str, Any], rng: random.Random, wanted: Mapping[str, Any]) -> None:
        self.facts = facts
        self.rng = rng
        self.wanted = wanted
        self.case: Mapping[str, Any] = facts.get("case") or facts
        today = facts["today"]
        self.today = today if isinstance(today, date) else date.fromisoformat(str(today)[:10])
        self.profile: Profile = profile_of(str(self.case.get("industry") or ""))
        self.types: Sequence[str] = tuple(self.case.get("types") or ())

    def day(self, offset: int = 0) -> str:
        """Give the day so many days from today."""
        return (self.today + timedelta(days=offset)).isoformat()

    def due(self, kind: str) -> date | None:
        """Give the last day of a duty, None when it has none yet."""
        entry = (self.facts.get("deadlines") or {}).get(kind) or {}
        return date.fromisoformat(str(entry["due"])[:10]) if entry.get("due") else None

    def late(self, kind: str, day: str) -> bool:
        """Tell whether a day is after the last day of a duty."""
        due = self.due(kind)
        return due is not None and date.fromisoformat(day) > due

    def person(self) -> str:
        """Invent a name."""
        return self.rng.choice(_SURNAMES) + self.rng.choice(_GIVEN)

    def phone(self) -> str:
        """Invent a mobile number."""
        return self.rng.choice(("138", "139", "150", "186", "177")) + f"{self.rng.randrange(10**8):08d}"

    def near(self, value: float, spread: float = 0.1, digits: int = 2) -> float:
        """Give a number near another."""
        return round(value * self.rng.uniform(1 - spread, 1 + spread), digits)

    def one(self, options: Sequence[str]) -> str:
        """Choose one."""
        return self.rng.choice(options)

    def files(self, *endings: str) -> list[dict[str, Any]]:
        """Give the first file with one of the endings, else the first file there is, as an attachment's value."""
        stored = list(self.facts.get("files") or ())
        fitting = [file for file in stored if str(file["name"]).lower().endswith(endings)] if endings else stored
        return [dict(file) for file in (fitting or stored)[:1]]

    def report(self) -> list[dict[str, Any]]:
        """Give a file a report may be."""
        return self.files(".pdf", ".docx")

    def picture(self) -> list[dict[str, Any]]:
        """Give a file that shows something."""
        return self.files(".png", ".jpg", ".pdf")

    def choices(self, key: str) -> list[str]:
        """Give the values of the options the case offers under a key."""
        return [str(option["value"]) for option in self.facts.get(key) or ()]


def decided(draw: Draw, checks: Mapping[str, tuple[str, str]], gaps: Mapping[str, Any], reason: str) -> Answers:
    """Answer a check so that its findings agree with the decision wanted (accept unless told).

    `checks` gives for each finding the answer that accepts and the answer that does not; `gaps` is added when the
    decision is not to accept.
    """
    decision = str(draw.wanted.get("decision", "accept"))
    good = decision == "accept"
    found: Answers = {key: fine if good else bad for key, (fine, bad) in checks.items()}
    found["decision"] = decision
    return found if good else found | {"reason": reason, **gaps}
