"""The law that is cited is the one in force on the day, and its articles stand in data only."""

from __future__ import annotations

import itertools
import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from audits import legal_basis
from workflows.errors import NotFound

ROOT = Path(__file__).parents[2]
CHANGE = date(2026, 8, 15)


def test_the_day_before_the_code_still_cites_the_law() -> None:
    assert legal_basis.on(CHANGE - timedelta(days=1)).key == "law-2012"
    assert legal_basis.on(CHANGE).key == "code-2026"
    assert "清洁生产促进法" in legal_basis.on(date(2026, 3, 2)).cite("audit")
    assert "生态环境法典" in legal_basis.on(date(2026, 11, 21)).cite("audit")
    assert "Code" in legal_basis.on(CHANGE).cite("audit", "en")


def test_versions_follow_each_other_without_gap_and_cover_the_same_topics() -> None:
    versions = legal_basis.versions()
    for old, new in itertools.pairwise(versions):
        assert old.until is not None
        assert old.until + timedelta(days=1) == new.since
        assert set(old.topics) == set(new.topics)
    assert versions[-1].until is None


def test_before_the_first_version_and_for_an_unknown_topic_there_is_nothing_to_cite() -> None:
    with pytest.raises(NotFound):
        legal_basis.on(date(2000, 1, 1))
    with pytest.raises(NotFound):
        legal_basis.by_key("law-1900")
    with pytest.raises(NotFound):
        legal_basis.by_key("law-2012").cite("weather")


def test_no_article_number_stands_in_code_or_in_the_words_of_letters() -> None:
    article = re.compile("第[一二三四五六七八九十百千]+条|第\\d+条")
    code = [
        path for path in (ROOT / "audits").rglob("*.py") if "demo" not in path.parts
    ]  # whose people say what they like
    places = [*code, ROOT / "audits/data/letters.json", ROOT / "audits/letters/letter.typ"]
    found = [str(path) for path in places if article.search(path.read_text(encoding="utf-8"))]
    assert found == []
