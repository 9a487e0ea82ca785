"""``tradepost import`` and ``tradepost export``, as a script runs them."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from tests.ground.conftest import tradepost

pytestmark = pytest.mark.req("B25")


def test_a_script_imports_and_exports(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "items.csv"
    file.write_bytes("Artikel;Name;Price\nÜ-1;Zelt;1.234,50\nB;Herd;viel\n".encode("cp1252"))
    words = ("import", "--data", home, "--user", "dana@marlow.example", "--map", "sku=Artikel", "item", file)
    dry = tradepost(*words)
    assert dry.returncode == 1
    assert "Row 3: Price: “viel” is not a number." in dry.stdout
    assert "1 create, 1 refused (dry run: nothing was changed)" in dry.stderr
    assert "1 create, 1 refused." in tradepost(*words, "--apply").stderr
    assert "1 refused, 1 unchanged" in tradepost(*words).stderr
    wrong = tradepost(*words[:-4], "--map", "sku=Nope", "item", file)
    assert wrong.returncode == 2
    assert "Its columns are: Artikel, Name, Price." in wrong.stderr
    out = tmp_path / "all.zip"
    assert tradepost("export", "--data", home, "--user", "dana@marlow.example", out).returncode == 0
    assert "Ü-1" in zipfile.ZipFile(out).read("catalog-items.csv").decode("utf-8-sig")
    assert tradepost("export", "--data", home, "--user", "dana@marlow.example", out).returncode == 2
