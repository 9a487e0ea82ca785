"""An empty database of the product's own, for one benchmark."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tradepost.wire.postgres import Embedded
from tradepost.wire.secrets import new_key


@contextmanager
def database(name: str) -> Iterator[Path]:
    """Runs below a temporary folder, ``NAME-…``, which is given; this process and its children are set up for it."""
    with tempfile.TemporaryDirectory(prefix=f"{name}-") as folder:
        home = Path(folder)
        os.environ |= {
            "TRADEPOST_DATA": folder,
            "TRADEPOST_SECRET_KEY": new_key(),
            "TRADEPOST_SEAL_KEYS": new_key(),
            "DJANGO_SETTINGS_MODULE": "tradepost.settings",
        }
        with Embedded(home, settings={"synchronous_commit": "off"}) as url:
            os.environ["DATABASE_URL"] = url
            yield home
