"""Every word in both languages: nothing that a person reads is missing, misspelt in its places, or written into code."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from server.history import ACTIONS
from server.language import CATALOG
from server.sentences import FIELD_SENTENCES, SENTENCES

ROOT = Path(__file__).resolve().parents[2]
SERVER = ROOT / "server"
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
OPTIONS = {"**/templates/**.html": {"trim_blocks": "true", "lstrip_blocks": "true"}}
KEYWORDS = {"_": None, "say": None, "gettext": None, "lazy_gettext": None}
PLACES = re.compile(r"%\((\w+)\)s")
HAN = re.compile(r"[\u3400-\u9fff]")
# Codes that no page shows: the caller is a program of ours, or the sentence of the kind of error says enough.
UNSAID = {
    "region",
    "person",
    "organisation",
    "membership",
    "token",
    "process",
    "definition",
    "variables",
    "unknown_parent_region",
}


def written() -> set[str]:
    """Give the msgids of pages and code."""
    found = extract_from_dir(str(SERVER), METHODS, options_map=OPTIONS, keywords=KEYWORDS)
    return {message for name, _line, message, *_ in found if not name.startswith(("ui/", "static/"))}


@pytest.fixture(scope="module")
def chinese() -> Catalog:
    return read_po(BytesIO(CATALOG.read_bytes()), locale="zh")


def test_every_msgid_has_its_chinese(chinese: Catalog) -> None:
    known = {message.id for message in chinese if message.id and message.string}
    assert sorted(written() - known) == []


def test_the_catalogue_holds_nothing_that_nobody_says(chinese: Catalog) -> None:
    assert sorted({message.id for message in chinese if message.id} - written()) == []


def test_the_catalogue_is_in_order_and_says_nothing_twice() -> None:
    lines = re.findall(r'^(msgid|msgstr) "(.*)"$', CATALOG.read_text(encoding="utf-8"), re.MULTILINE)[2:]
    ids = [text for word, text in lines if word == "msgid"]
    assert [word for word, _ in lines] == ["msgid", "msgstr"] * len(ids)
    assert ids == sorted(ids, key=lambda text: (text.casefold(), text))
    assert len(ids) == len(set(ids))


def test_a_translation_fills_in_the_same_values(chinese: Catalog) -> None:
    wrong = [m.id for m in chinese if m.id and sorted(PLACES.findall(m.id)) != sorted(PLACES.findall(m.string))]
    assert wrong == []


@pytest.mark.parametrize("folder", ["*.py", "api/*.py", "templates/**/*.html"])
def test_no_page_and_no_view_is_written_in_chinese(folder: str) -> None:
    """Chinese stands in the catalogue alone; the punctuation that joins names is no word."""
    found = {
        f"{path.relative_to(SERVER)}:{number}"
        for path in SERVER.glob(folder)
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if HAN.search(re.sub(r'description="Cleaner production audits \(清洁生产审核\) on BPMN\."', "", line))
    }
    assert found == set()


def test_every_template_says_its_words_through_the_catalogue() -> None:
    """What stands between tags is a value, a mark, or a name that is the same in both languages."""
    same = re.compile(r"^(English|Word|PDF|CSV|JSON|OpenAPI|SHA-256|[\W\d_v]*|API)$")
    found = []
    for path in (SERVER / "templates").rglob("*.html"):
        text = re.sub(r"<(script|style)\b.*?</\1>|\{#.*?#\}", "", path.read_text("utf-8"), flags=re.DOTALL)
        text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", text, flags=re.DOTALL)
        found += [
            f"{path.name}: {part.strip()}" for part in re.findall(r">([^<>]+)<", text) if not same.match(part.strip())
        ]
    assert found == []


def test_every_code_of_an_error_has_its_sentence() -> None:
    raised = re.compile(r'(?:NotAllowed|Conflict|Invalid)\(\s*"([a-z_]+)"')
    places = [path for top in ("workflows", "audits", "server") for path in (ROOT / top).rglob("*.py")]
    codes = {code for path in places if "engine" not in path.parts for code in raised.findall(path.read_text("utf-8"))}
    assert sorted(codes - set(SENTENCES) - UNSAID) == []


def test_every_code_at_a_field_has_its_sentence() -> None:
    named = re.compile(
        r'fields=\{[^}]*\["([a-z_]+)"\]|errors\["[a-z_]+"\] = \["([a-z_]+)"\]|_refused\(name, "([a-z_]+)"\)'
    )
    places = [path for top in ("workflows", "audits", "server") for path in (ROOT / top).rglob("*.py")]
    found = {code for path in places for match in named.findall(path.read_text("utf-8")) for code in match if code}
    assert sorted(found - set(FIELD_SENTENCES)) == []


def test_every_act_of_the_trail_has_its_words() -> None:
    noted = re.compile(r'"((?:case|deadline|definition|enterprise|expert|file|incident|instance|job|letter|list|membership|notice|option|options|organisation|panel|party|person|plant|publication|result|task|timer|token|trail|calendar|consultancy|disclosure)s?\.[a-z]+_?[a-z_]*)"')  # fmt: skip  # noqa: E501
    recorded = re.compile(r"(?:action=|record\(|_record\(|_note\(|append\()[^)]*", re.DOTALL)
    places = [path for top in ("workflows", "audits") for path in (ROOT / top).rglob("*.py")]
    found = {
        action
        for path in places
        for part in recorded.findall(path.read_text("utf-8"))
        for action in noted.findall(part)
    }
    assert len(found) > 20
    assert sorted(found - set(ACTIONS)) == []
