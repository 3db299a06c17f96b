"""The documents speak of what is there."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from audits.demo.cast import PASSWORD, SHOWN
from server.cli import parser
from server.language import CATALOG
from tests.architecture.files import ROOT
from tests.docs import pages

NAMES = [path.relative_to(ROOT).as_posix() for path in pages.documents()]
# What a span must look like to be taken for a path of the project; `var/` is made at run time.
PATH = re.compile(
    r"(?:\.ci|audits|benchmarks|bpmn|docs|feel|forms|migrations|server|tests|workflows)/[\w./\-]*"
    r"|[\w\-]+\.(?:py|toml|md|lock)"
)
SIGNED = ["qingshen", "audit", "trail"]  # the first line of what a checkpoint signs, no command
MODULE = re.compile(r"(?:audits|benchmarks|feel|forms|migrations|server|tests|workflows)(?:\.\w+)+")


def _exists(path: str, beside: Path) -> bool:
    return any((folder / path).exists() for folder in (ROOT, beside, *_folders()))


def _folders() -> Iterator[Path]:
    """Give the folders whose files a text that speaks of them may name without it."""
    yield from (ROOT / "bpmn").iterdir()
    yield from (ROOT / "bpmn" / "variants").iterdir()


@pytest.mark.parametrize("name", NAMES)
def test_every_path_that_is_named_exists(name: str) -> None:
    named = [span for span in pages.spans(pages.read(name)) if PATH.fullmatch(span)]
    assert [path for path in named if not _exists(path, (ROOT / name).parent)] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_link_leads_somewhere(name: str) -> None:
    inside = [link.partition("#")[0] for link in pages.links(pages.read(name)) if "://" not in link]
    assert [link for link in inside if not ((ROOT / name).parent / link).exists()] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_module_that_is_named_exists(name: str) -> None:
    named = [span for span in pages.spans(pages.read(name)) if MODULE.fullmatch(span) and not PATH.fullmatch(span)]
    wrong = []
    for module in named:
        parts = module.split(".")
        places = ["/".join(parts[:length]) for length in (len(parts), len(parts) - 1)]
        if not any((ROOT / place).is_dir() or (ROOT / f"{place}.py").is_file() for place in places):
            wrong.append(module)
    assert wrong == []


def test_every_document_is_reached_from_the_readme() -> None:
    seen: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in seen or page.suffix != ".md":
            continue
        seen.add(page)
        for link in pages.links(page.read_text(encoding="utf-8")):
            target = (page.parent / link.partition("#")[0]).resolve()
            if "://" not in link and target.exists():
                waiting += sorted(target.glob("*.md")) if target.is_dir() else [target]
    unreached = [path.relative_to(ROOT).as_posix() for path in pages.documents() if path not in seen]
    assert unreached == []


# ---- README ------------------------------------------------------------------------------------------------------


def test_the_tree_of_the_readme_is_the_tree() -> None:
    told = {span.rstrip("/") for span in pages.first_spans(pages.read("README.md"), "folder")}
    there = {
        path.name
        for path in ROOT.iterdir()
        if path.is_dir() and not path.name.startswith(".") and path.name not in {"var", "dist", "build", "node_modules"}
    }
    assert told == there - {"__pycache__"}


def test_the_logins_of_the_readme_are_those_of_the_demo_world() -> None:
    text = pages.read("README.md")
    assert f"`{PASSWORD}`" in text
    section = text.partition("## Try it")[2].partition("\n## ")[0]
    told = {span for row in pages.rows(section, "role") for span in pages.spans(row[1])}
    assert told == {user for user, _, _ in SHOWN}


# ---- the words of the pages ---------------------------------------------------------------------------------------

LABEL = re.compile(r"(?<![*\w])\*([A-Z][^*\n]+)\*(?: \(([\u4e00-\u9fff A-Za-z]+)\))?")


@pytest.mark.parametrize("name", [name for name in NAMES if name == "README.md" or name.startswith("docs/howto/")])
def test_every_label_that_is_named_is_on_the_pages(name: str) -> None:
    with CATALOG.open("rb") as source:
        words = {str(message.id): str(message.string) for message in read_po(source, locale="zh")}
    wrong = []
    for english, chinese in LABEL.findall(pages.read(name)):
        if words.get(english) is None or (chinese and words[english] != chinese):
            wrong.append(f"{english} ({words.get(english)})")
    assert wrong == []


# ---- commands ----------------------------------------------------------------------------------------------------


def _targets() -> set[str]:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z][a-z\-]*):", makefile, flags=re.MULTILINE))


@pytest.mark.parametrize("name", NAMES)
def test_every_make_target_that_is_named_exists(name: str) -> None:
    text = pages.read(name)
    commands = [line for line in (*pages.blocks(text), *pages.spans(text)) if line.startswith("make ")]
    words = [word for line in commands for word in re.split(r"\s{2,}|#", line)[0].split()[1:]]
    assert [word for word in words if "=" not in word and word not in _targets()] == []


def _actions(sub: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    for action in sub._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


def _commands() -> dict[str, argparse.ArgumentParser]:
    """Give every command of the command line, `trail verify` as one."""
    found = {}
    for name, sub in _actions(parser()).items():
        inner = _actions(sub)
        found |= {f"{name} {act}": one for act, one in inner.items()} if inner else {name: sub}
    return found


def _qingshen(text: str) -> list[list[str]]:
    """Give the words of every call of the command line in a document."""
    lines = [part.strip() for line in pages.blocks(text) for part in re.split(r"&&|&|\|", line)]
    calls = [line.split() for line in (*lines, *pages.spans(text)) if line.startswith("qingshen ")]
    return [words[1:] for words in calls if words != SIGNED]


@pytest.mark.parametrize("name", NAMES)
def test_every_command_that_is_named_exists_with_its_options(name: str) -> None:
    wrong = []
    known = _commands()
    for words in _qingshen(pages.read(name)):
        command = known.get(" ".join(words[:2])) or known.get(words[0])
        options = {word.partition("=")[0] for word in words if word.startswith("--")}
        if command is None or not options <= set(command._option_string_actions):
            wrong.append(" ".join(words))
    assert wrong == []


def test_every_command_is_in_the_readme() -> None:
    told = [" ".join(words) for words in _qingshen(pages.read("README.md"))]
    missing = [name for name in _commands() if not any(f"{line} ".startswith(f"{name} ") for line in told)]
    assert missing == []


# ---- decisions ---------------------------------------------------------------------------------------------------


def test_decisions_are_numbered_without_gaps_and_listed() -> None:
    files = sorted(path.name for path in (ROOT / "docs" / "decisions").glob("0*.md"))
    assert [int(name[:4]) for name in files] == list(range(1, len(files) + 1))
    assert pages.links(pages.read("docs/decisions/README.md")) == files


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("docs/decisions/0")])
def test_a_decision_has_context_decision_and_consequences(name: str) -> None:
    lines = pages.read(name).splitlines()
    assert lines[0].startswith(f"# {Path(name).name[:4]} ")
    assert [line for line in lines if line.startswith("## ")] == ["## Context", "## Decision", "## Consequences"]
