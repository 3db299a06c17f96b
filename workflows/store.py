"""Where the bytes of files lie: an object store, a folder or S3, addressed by content."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path

import obstore
from obstore.exceptions import AlreadyExistsError
from obstore.store import LocalStore, MemoryStore, from_url


class FileStore:
    """Write-once content under its SHA-256, at ``sha256/ab/cd/<hash>``.

    ``url`` is a folder, ``memory://``, or what obstore understands (``s3://bucket/prefix``).
    """

    def __init__(self, url: str) -> None:
        if url == "memory://":
            self._store: object = MemoryStore()
        elif "://" in url:
            self._store = from_url(url)
        else:
            self._store = LocalStore(Path(url).resolve(), mkdir=True)

    def put(self, content: bytes) -> str:
        """Store the content unless it is there, and give its SHA-256 in hex."""
        digest = hashlib.sha256(content).hexdigest()
        with suppress(AlreadyExistsError):
            obstore.put(self._store, _key(digest), content, mode="create")  # type: ignore[arg-type]
        return digest

    def get(self, digest: str) -> bytes:
        """Give the content; raises FileNotFoundError if there is none, ValueError if it is not what was stored."""
        content = bytes(obstore.get(self._store, _key(digest)).bytes())  # type: ignore[arg-type]
        if hashlib.sha256(content).hexdigest() != digest:
            raise ValueError(f"the stored content of {digest} was changed")
        return content


def _key(digest: str) -> str:
    return f"sha256/{digest[:2]}/{digest[2:4]}/{digest}"
