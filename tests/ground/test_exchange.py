"""``tradepost import`` and ``tradepost export``, as a script runs them."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from tests.exchange.edi.test_messages import ORDER
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
    bare = tmp_path / "bare.csv"
    bare.write_text("C-1,Cup\nC-2,Can\n")
    whole = ("import", *words[1:5], "--heading", "0", "--map", "sku=Column 1", "item", bare)
    kept = tradepost(*whole, "--apply").stderr
    assert "2 create." in kept
    number = kept.partition("This is import ")[2].partition(";")[0]
    back = tradepost("import-act", *words[1:5], "undo", number)
    assert (back.returncode, back.stderr) == (0, "2 taken back.\n")
    assert tradepost("import-act", *words[1:5], "apply", number).returncode == 2
    out = tmp_path / "all.zip"
    assert tradepost("export", "--data", home, "--user", "dana@marlow.example", out).returncode == 0
    assert "Ü-1" in zipfile.ZipFile(out).read("catalog-items.csv").decode("utf-8-sig")
    assert tradepost("export", "--data", home, "--user", "dana@marlow.example", out).returncode == 2


def test_a_script_takes_orders_as_xml(home: Path, tmp_path: Path) -> None:
    user = ("--data", home, "--user", "dana@marlow.example")
    (tmp_path / "customers.csv").write_text("Name\nGranite State Brewing\n")
    (tmp_path / "items.csv").write_text("SKU,Name,Price\nTNT-4,Tent,20\n")
    tradepost("import", *user, "--apply", "customer", tmp_path / "customers.csv")
    tradepost("import", *user, "--apply", "item", tmp_path / "items.csv")
    good, bad, broken = (tmp_path / name for name in ("good.xml", "bad.xml", "broken.xml"))
    good.write_text(ORDER)
    bad.write_text(ORDER.replace("TNT-4", "NOPE"))
    broken.write_text(ORDER.replace("2026-11-02", "soon"))
    dry = tradepost("xml", "import", *user, good, bad, broken)
    assert dry.returncode == 1
    assert "good.xml: fits: 40.00 (dry run)." in dry.stdout
    assert "bad.xml: OrderLine 1: There is no item “NOPE”." in dry.stdout
    assert "broken.xml: Line 4: Order/IssueDate is “soon”" in dry.stdout
    done = tradepost("xml", "import", *user, "--apply", "--answers", tmp_path, good)
    assert (done.returncode, "good.xml: SO-00001 is here." in done.stdout) == (0, True)
    assert "<SalesOrderID>SO-00001</SalesOrderID>" in (tmp_path / "good-answer.xml").read_text()
    out = tmp_path / "out.xml"
    assert tradepost("xml", "export", *user, "SO-00001", out).returncode == 0
    assert "<PayableAmount>40</PayableAmount>" in out.read_text()
    assert tradepost("xml", "export", *user, "SO-00001", out).returncode == 2
    assert tradepost("xml", "schema", tmp_path / "documents.xsd").returncode == 0
