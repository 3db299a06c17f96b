"""What the product ships as data: process families, their variants, and the forms they name."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

from forms import shipped as shipped_forms

Json = Any
_PARTS = (".bpmn", ".dmn")


@dataclass(frozen=True, slots=True)
class ShippedVariant:
    """A region's procedure. ``files`` is the base with the variant's own files over it; ``own`` names those."""

    key: str
    region: str
    name: str
    name_en: str
    base_hash: str
    files: Mapping[str, bytes]
    own: frozenset[str]


@dataclass(frozen=True, slots=True)
class ShippedFamily:
    """A process family as shipped: its files, all shipped forms, its variants."""

    key: str
    root: str
    name: str
    name_en: str
    files: Mapping[str, bytes]
    forms: Mapping[str, dict[str, Json]]
    variants: tuple[ShippedVariant, ...]


@lru_cache(maxsize=1)
def shipped_families() -> tuple[ShippedFamily, ...]:
    """Read the package ``bpmn``: a folder with a ``family.toml`` is a family, ``variants`` holds the rest."""
    top = resources.files("bpmn")
    folders = sorted((one for one in top.iterdir() if one.is_dir()), key=lambda one: one.name)
    variants = [(one, _toml(one, "variant.toml")) for one in _folders(top / "variants")]
    families = []
    for folder in folders:
        if not (folder / "family.toml").is_file():
            continue
        about = _toml(folder, "family.toml")
        key = str(about.get("key", folder.name))
        names = about.get("names", {})
        files = _files(folder)
        own = tuple(_variant(one, told, files) for one, told in variants if told.get("base") == key)
        root = str(about.get("root", key))
        families.append(
            ShippedFamily(key, root, names.get("zh", key), names.get("en", ""), files, shipped_forms(), own)
        )
    return tuple(families)


def _variant(folder: Traversable, about: Mapping[str, Json], base: Mapping[str, bytes]) -> ShippedVariant:
    own, names = _files(folder), about.get("names", {})
    return ShippedVariant(
        key=folder.name,
        region=str(about["region"]),
        name=names.get("zh", folder.name),
        name_en=names.get("en", ""),
        base_hash=str(about.get("base_hash", "")),
        files={**base, **own},
        own=frozenset(own),
    )


def _folders(folder: Traversable) -> list[Traversable]:
    if not folder.is_dir():
        return []
    return sorted((one for one in folder.iterdir() if (one / "variant.toml").is_file()), key=lambda one: one.name)


def _toml(folder: Traversable, name: str) -> dict[str, Json]:
    return tomllib.loads((folder / name).read_text(encoding="utf-8"))


def _files(folder: Traversable) -> dict[str, bytes]:
    found = sorted((one for one in folder.iterdir() if one.name.endswith(_PARTS)), key=lambda one: one.name)
    return {one.name: one.read_bytes() for one in found}
