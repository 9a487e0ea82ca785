"""The product's settings on a database of the run's own.

``TEST_DATABASE_URL``  use this server (its role may create databases)
``TEST_POSTGRES_BIN``  these programs instead of the embedded ones, e.g. ``/usr/lib/postgresql/15/bin``
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from tradepost.wire.postgres import Embedded


def _database() -> str:
    """Started once; the workers of pytest-xdist inherit the address by the environment."""
    if "TEST_DATABASE_URL" not in os.environ:
        chosen = os.environ.get("TEST_POSTGRES_BIN")
        server = Embedded(
            Path(os.environ["TRADEPOST_DATA"]),
            bin=Path(chosen) if chosen else None,
            settings={"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"},
        )
        os.environ["TEST_DATABASE_URL"] = server.__enter__()
        atexit.register(server.__exit__)
    return os.environ["TEST_DATABASE_URL"]


def _folder() -> str:
    folder = tempfile.mkdtemp(prefix="tradepost-tests-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


if "TRADEPOST_TEST_RUN" not in os.environ:
    os.environ["TRADEPOST_TEST_RUN"] = os.environ["TRADEPOST_DATA"] = _folder()
    os.environ["TRADEPOST_SECRET_KEY"] = "tests-only-" * 5
    os.environ["TRADEPOST_SEAL_KEYS"] = "dGVzdHMtb25seS10ZXN0cy1vbmx5LXRlc3RzLW9ubHk="
    os.environ["DATABASE_URL"] = _database()

from tradepost.settings import *  # noqa: E402, F403
from tradepost.settings import DATABASES, STATIC_ROOT, STORAGES  # noqa: E402

ALLOWED_HOSTS = ["*"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STATIC_ROOT.mkdir(exist_ok=True)
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
DATABASES = {"default": {**DATABASES["default"], "CONN_MAX_AGE": 0}}
