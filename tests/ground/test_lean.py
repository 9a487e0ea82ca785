"""What a worker or a watcher does not need it does not load, for every process pays for it."""

from __future__ import annotations

import os
import subprocess
import sys

FACES = (
    "ninja",
    "pydantic",
    "tradepost.api",
    "tradepost.web.urls",
    "django.contrib.admin",
    "typst",
    "openpyxl",
    "nh3",
)


def test_a_worker_loads_no_face() -> None:
    code = (
        "from tradepost.cli import home; home.load(); import sys; import tradepost.mail.receive;"
        f"print([n for n in {FACES} if n in sys.modules])"
    )
    environment = os.environ | {
        "TRADEPOST_SECRET_KEY": "x" * 50,
        "DATABASE_URL": "postgres://nobody@localhost/none",
    }
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
