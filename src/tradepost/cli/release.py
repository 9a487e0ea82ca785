"""Whether the embedded database and the static files are those of this release already.

Asking Django takes two seconds at every start; comparing names, sizes and times of files takes two hundredths.
"""

from __future__ import annotations

import hashlib
import os
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import tradepost

_STAMP = ".tradepost-release"  # beside the tables, so that it goes wherever they go


def is_prepared(data: Path) -> bool:
    """Whether ``migrate`` has run to its end on this folder's own database since anything was installed or changed.

    Always False where DATABASE_URL names another database, which other machines may change.
    """
    stamp = data / "postgres" / _STAMP
    prepared = "DATABASE_URL" not in os.environ and stamp.is_file() and (data / "static").is_dir()
    return prepared and stamp.read_text() == _fingerprint()


def note_prepared(data: Path) -> None:
    """Remember that it has. A folder without a database of its own remembers nothing."""
    if (data / "postgres").is_dir():
        (data / "postgres" / _STAMP).write_text(_fingerprint())


def _fingerprint() -> str:
    """Migrations and static files of tradepost, and every other package with its version."""
    digest = hashlib.sha256()
    for line in (*_sources(Path(tradepost.__file__).parent), *_packages()):
        digest.update(line.encode() + b"\n")
    return digest.hexdigest()


def _sources(root: Path) -> Iterator[str]:
    for pattern in ("*/migrations/*.py", "web/static/**/*"):
        for path in sorted(root.glob(pattern)):
            found = path.stat()
            yield f"{path.relative_to(root)}\0{found.st_size}\0{found.st_mtime_ns}"


def _packages() -> Iterator[str]:
    for folder in sorted({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}):
        yield from sorted(name for name in os.listdir(folder) if name.endswith(".dist-info"))
