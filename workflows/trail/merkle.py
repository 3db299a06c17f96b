"""The Merkle tree of RFC 6962, section 2.1, grown leaf by leaf: only the roots of its full subtrees are kept."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

EMPTY_ROOT = hashlib.sha256().digest()


class Frontier:
    """The full subtrees of a tree of ``size`` leaves, largest first: one for each set bit of the size."""

    def __init__(self, size: int = 0, subtrees: Iterable[bytes] = ()) -> None:
        self.size = size
        self.subtrees = list(subtrees)
        if len(self.subtrees) != size.bit_count():
            raise ValueError(f"{len(self.subtrees)} subtrees do not make a tree of {size} leaves")

    def add(self, data: bytes) -> None:
        """Add a leaf with this content."""
        node = hashlib.sha256(b"\x00" + data).digest()
        size = self.size
        while size & 1:
            node = _parent(self.subtrees.pop(), node)
            size >>= 1
        self.subtrees.append(node)
        self.size += 1

    def root(self) -> bytes:
        """Give the tree's root; SHA-256 of nothing for the empty tree."""
        if not self.subtrees:
            return EMPTY_ROOT
        node = self.subtrees[-1]
        for left in reversed(self.subtrees[:-1]):
            node = _parent(left, node)
        return node


def _parent(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
