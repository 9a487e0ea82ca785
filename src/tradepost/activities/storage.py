"""Where the bytes of attachments lie: the default storage (disk, or S3-compatible by setting), named by their hash.

A file is written before the transaction that names it. One that no row names afterwards is swept by a job.
"""

from __future__ import annotations

import hashlib
from typing import IO

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage


def keep(organisation_id: int, content: bytes) -> tuple[str, str]:
    """Store bytes once a company; returns ``(key, sha256)``. Storing the same bytes again is free."""
    digest = hashlib.sha256(content).hexdigest()
    key = f"{organisation_id}/{digest[:2]}/{digest}"
    if not default_storage.exists(key):
        saved = default_storage.save(key, ContentFile(content))
        if saved != key:  # lost a race for the same content
            default_storage.delete(saved)
    return key, digest


def fetch(key: str) -> IO[bytes]:
    """The stored bytes as a stream. Raises FileNotFoundError."""
    return default_storage.open(key, "rb")


def read(key: str) -> bytes:
    with fetch(key) as stream:
        return stream.read()
