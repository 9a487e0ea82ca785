"""Material that lives beside the repository and is not part of it: corpora, schemas, rigs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[1]


def shared(path: str) -> Path:
    """The file or folder ``path`` of the shared material, or a skip that says what is missing."""
    bases = [os.environ.get("TRADEPOST_SHARED"), _ROOT.parent / "shared", _ROOT.parent.parent / "shared"]
    for base in bases:
        if base and (found := Path(base, path)).exists():
            return found
    pytest.skip(f"shared material '{path}' is not beside the repository (set TRADEPOST_SHARED)")
