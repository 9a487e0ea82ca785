"""Where the bytes of attachments lie: the default storage (disk, or S3-compatible by setting), named by their hash.

A file is written before the transaction that names it. One that no row names a day later is swept; so a file that is
kept again is made young again first. Each model whose rows name files is registered with ``named_by``.
"""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import IO

from django.apps import apps
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from tradepost.kit import clock

YOUNG, OLD = timedelta(hours=6), timedelta(hours=24)
_holders: set[tuple[str, str]] = set()


def named_by(model: str, field: str) -> None:
    """Files named in this field (``activities.Attachment``, ``key``) are kept as long as its rows."""
    _holders.add((model, field))


def keep(organisation_id: int, content: bytes) -> tuple[str, str]:
    """Store bytes once a company; returns ``(key, sha256)``. Storing the same bytes again is free."""
    digest = hashlib.sha256(content).hexdigest()
    key = f"{organisation_id}/{digest[:2]}/{digest}"
    if not default_storage.exists(key) or default_storage.size(key) != len(content):
        _store(key, content)
    elif _older(key, YOUNG):
        _make_young(key, content)
    return key, digest


def _store(key: str, content: bytes) -> None:
    """Whole or not at all: a disk that fills up, or a process that is killed, leaves no half under the name."""
    try:
        path = Path(default_storage.path(key))
    except NotImplementedError:  # no folder: an object is there whole or not
        _put(key, content)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        draft.write_bytes(content)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _older(key: str, age: timedelta) -> bool:
    return clock.now() - default_storage.get_modified_time(key) > age


def _make_young(key: str, content: bytes) -> None:
    try:
        os.utime(default_storage.path(key))
    except NotImplementedError:
        _put(key, content)


def _put(key: str, content: bytes) -> None:
    """Under this very name, again too: ``save`` would take another where one is there, and leave the old one old."""
    default_storage._save(key, ContentFile(content))  # type: ignore[attr-defined]  # documented, and not in the stubs


def folder() -> Path | None:
    """Where the files lie on disk; None for an S3-compatible store."""
    try:
        return Path(default_storage.path(""))
    except NotImplementedError:
        return None


def probe() -> None:
    """Store, read and delete a few bytes. Raises what the store raises, and ``OSError`` where they are others."""
    key = f"probe-{secrets.token_hex(8)}"
    _store(key, b"tradepost")
    try:
        if read(key) != b"tradepost":
            raise OSError(errno.EIO, "what is read is not what was stored")
    finally:
        default_storage.delete(key)


def sweep() -> int:
    """Delete files that no row names any more; returns how many."""
    swept = 0
    for folder, names in _folders():
        keys = {f"{folder}/{name}" for name in names}
        for model, field in _holders:
            rows = apps.get_model(model)._default_manager.filter(**{f"{field}__in": keys})
            keys -= set(rows.values_list(field, flat=True))
        for key in keys:
            with suppress(FileNotFoundError):
                if _older(key, OLD):
                    default_storage.delete(key)
                    swept += 1
    return swept


def _folders() -> Iterator[tuple[str, list[str]]]:
    """The storage's folders ``organisation/first two of the hash``, with their files."""
    with suppress(FileNotFoundError):
        for company in filter(str.isdigit, default_storage.listdir("")[0]):
            for part in default_storage.listdir(company)[0]:
                yield f"{company}/{part}", default_storage.listdir(f"{company}/{part}")[1]


def fetch(key: str) -> IO[bytes]:
    """The stored bytes as a stream. Raises FileNotFoundError."""
    return default_storage.open(key, "rb")


def read(key: str) -> bytes:
    with fetch(key) as stream:
        return stream.read()
