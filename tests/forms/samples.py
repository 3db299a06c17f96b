"""Answers that every form accepts, in a context like a real task's."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import date
from typing import Any

from audits import balances, economics, performance
from audits.demo.answers import answers_for
from forms import FileInfo

FILES = [
    {"id": "f-report", "name": "清洁生产审核报告.pdf", "size": 1_240_000, "type": "application/pdf"},
    {"id": "f-table", "name": "绩效表.xlsx", "size": 40_000, "type": "application/vnd.ms-excel"},
    {"id": "f-shot", "name": "公示截图.png", "size": 310_000, "type": "image/png"},
]
TODAY = "2026-03-02"


def file_of(identity: str) -> FileInfo | None:
    """Give an uploaded file of the samples."""
    return next((FileInfo(**file) for file in FILES if file["id"] == identity), None)  # type: ignore[arg-type]


def context(**changes: Any) -> dict[str, Any]:
    """Give what a task tells its form about the case, with changes."""
    case = {
        "no": "QS-620100-2026-0001",
        "enterprise": "兰州钢铁有限公司",
        "uscc": "91620102MA1ABCD012",
        "region": "620100",
        "region_name": "兰州市",
        "industry": "3110",
        "industry_name": "炼铁",
        "round": 1,
        "stage": "audit",
        "types": ["SHUANGCHAO", "GAOHAONENG", "SHUANGYOU", "STATE_OTHER"],
    } | changes.pop("case", {})
    due = {"disclosure": "2026-04-01", "start": "2026-05-06", "report": "2027-03-01", "supplement": "2027-05-01"}
    return {
        "case": case,
        "deadlines": {kind: {"due": day} for kind, day in due.items()},
        "member_choices": [{"value": f"firm-{n}", "label": f"企业{n}"} for n in range(1, 4)],
        "expert_choices": [{"value": f"expert-{n}", "label": f"专家{n}"} for n in range(1, 8)],
        "consultancies": [{"value": "org-1", "label": "甘肃清源咨询公司"}],
        "consultancy": "org-1",
        "evaluation": {"band": "supplement", "score": 82.0},
        "acceptance": {"result": "qualified", "score": 88.0, "vetoes": []},
        "rules": {
            "balance": balances.rules(date.fromisoformat(TODAY)),
            "performance": performance.rules(date.fromisoformat(TODAY)),
            "economics": economics.criteria(date.fromisoformat(TODAY)),
        },
    } | changes


def valid_answers(form_key: str, *, context: Mapping[str, Any], seed: int = 1, **wanted: Any) -> dict[str, Any]:
    """Give realistic complete answers to a form in a context; `wanted` steers them as in the demo world."""
    facts = {"today": TODAY, "files": FILES} | dict(context)
    return answers_for(form_key, facts, random.Random(seed), **wanted)
