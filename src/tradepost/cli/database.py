"""``tradepost migrate``: tables, cache table and static files of this release. Quick when nothing changed."""

from __future__ import annotations

import fcntl
import hashlib
import os
from pathlib import Path

import click

from tradepost.cli import home, release


@click.command()
@home.with_data
def migrate(data: Path) -> None:
    """Bring the database and the static files to this release.

    'up' does it by itself. With several machines run it once before starting the new processes.
    """
    home.begin(data)
    with home.application(data, new=True):
        from django.core.management import call_command

        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
        collect(data)
    release.note_prepared(data)


COMMANDS = [migrate]


def collect(data: Path) -> None:
    """Static files with hashed names and compressed forms, unless the sources are those of the last time. Raises ``Unusable``."""
    stamp, key = data / "static" / ".sources", _fingerprint()
    if _says(stamp, key):
        return
    try:
        with (data / ".static.lock").open("w") as lock:
            fcntl.lockf(lock, fcntl.LOCK_EX)  # several may begin at once
            if not _says(stamp, key):
                _collect(stamp, key)
    except OSError as error:
        raise home.Unusable(error.strerror or str(error), folder=data.resolve()) from None


def _says(stamp: Path, key: str) -> bool:
    return stamp.exists() and stamp.read_text() == key


def _collect(stamp: Path, key: str) -> None:
    from django.core.management import call_command

    unused = ["ext", "htmax-*", "htmx-2*", "htmx-4.js"]  # of django-htmx: we serve the one minified file
    call_command("collectstatic", interactive=False, clear=True, verbosity=0, ignore_patterns=unused)
    stamp.parent.mkdir(exist_ok=True)
    stamp.write_text(key)


def _fingerprint() -> str:
    """Path, size and time of every static file."""
    from django.contrib.staticfiles.finders import get_finders

    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            found = os.stat(storage.path(path))
            digest.update(f"{path}\0{found.st_size}\0{found.st_mtime_ns}\n".encode())
    return digest.hexdigest()
