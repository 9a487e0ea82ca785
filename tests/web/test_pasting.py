"""Rows of a spreadsheet on their way into an order."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest
from django.test import Client

from tests.web.desk import Desk, desk_of
from tradepost.accounts.models import Membership, Organisation
from tradepost.catalog.models import Barcode, Item
from tradepost.web.pasting import Pasted, headed, read


@pytest.fixture
def desk(member: Membership) -> Desk:
    return desk_of(member)


@pytest.mark.parametrize(
    ("text", "language", "rows"),
    [
        ("TNT-1\t4", "en-US", [Pasted("TNT-1", "", D(4))]),
        ("TNT-1\t1,200\t9.50\r\n", "en-US", [Pasted("TNT-1", "", D(1200), D("9.50"))]),
        ("TNT-1\t1.200\t9,50", "de-DE", [Pasted("TNT-1", "", D(1200), D("9.50"))]),
        ("TNT-1;Tent;4;$12", "en-US", [Pasted("TNT-1", "Tent", D(4), D(12))]),
        (
            "TNT-1\tTwo\u2028lines\t4\rX\t1",
            "en-US",
            [Pasted("TNT-1", "Two lines", D(4)), Pasted("X", "", D(1))],
        ),
        ("4006381333931\n\nTNT-1\t\t2", "en-US", [Pasted("4006381333931"), Pasted("TNT-1", "", D(2))]),
        ('TNT-1\t"Tent, ""big"""\t4', "en-US", [Pasted("TNT-1", 'Tent, "big"', D(4))]),
        (
            '"TNT-1"\t"two\tcells,\ntwo lines"\t4\nX\t1',
            "en-US",
            [Pasted("TNT-1", "two cells, two lines", D(4)), Pasted("X", "", D(1))],
        ),
        ('TNT-1\t"6" pipe\t4\nX\t1', "en-US", [Pasted("TNT-1", "6 pipe", D(4)), Pasted("X", "", D(1))]),
        ('TNT-1\t6" pipe\t4', "en-US", [Pasted("TNT-1", '6" pipe', D(4))]),
        ('"TNT-1\t4\nX\t1', "en-US", [Pasted('"TNT-1', "", D(4)), Pasted("X", "", D(1))]),
        ("TNT-1\t2\t1.234,56 €", "de-DE", [Pasted("TNT-1", "", D(2), D("1234.56"))]),
        ("\t4\nTNT-1\t=1+1\t−2", "en-US", [Pasted("", "", D(4)), Pasted("TNT-1", "=1+1", D(-2))]),
        ("", "en-US", []),
    ],
)
def test_rows_are_read(text: str, language: str, rows: list[Pasted]) -> None:
    assert read(text, language) == rows


@pytest.mark.parametrize(
    ("rows", "heading"),
    [
        ([Pasted("SKU", "Name Qty"), Pasted("TNT-1", "", D(4))], True),
        ([Pasted("tnt-1", "Tent"), Pasted("X", "", D(4))], False),  # a row without a quantity
        ([Pasted("SKU", "Name"), Pasted("TNT-1", "Tent")], False),
        ([Pasted("SKU", "Name", D(1)), Pasted("TNT-1", "", D(4))], False),
        ([Pasted("SKU", "Name Qty")], False),
        ([], False),
    ],
)
def test_a_heading_is_told_from_a_row(rows: list[Pasted], heading: bool) -> None:
    assert headed(rows, {"tnt-1"}) is heading


def test_no_row_is_lost_without_a_word(client: Client, desk: Desk) -> None:
    def paste(text: str) -> dict[str, Any]:
        answer = client.post("/lines/pasted/", {"text": text}, headers={"accept": "application/json"})
        return {"status": answer.status_code, **answer.json()}

    rows = ["SKU\tName\tQty", *["TNT-4\t\t1"] * 498, "\tEngraving\t2\t5", "TNT-4", "\t\t501"]
    told = paste("\n".join(rows))
    assert len(told["lines"]) == 500 and told["left"] == "1 row without an item or words was left out."
    engraving = told["lines"][498]
    assert (engraving["item"], engraving["sku"], engraving["description"]) == ("", "", "Engraving")
    assert (engraving["quantity"], engraving["error"]) == ("2", "")
    refused = paste("\n".join([*rows, "TNT-4"]))
    assert (refused["status"], refused["detail"]) == (
        422,
        "These are 501 lines, and a document holds 500 at most.",
    )
    refused = paste("TNT-4\t1\nTNT-4\t" + "x" * 200_000)
    assert refused["detail"] == "A cell of row 2 is longer than any text of a document."


def test_a_code_finds_its_item_and_an_unknown_one_is_kept_and_named(client: Client, desk: Desk) -> None:
    Barcode.objects.create(organisation=desk.item.organisation, item=desk.item, code="4006381333931")
    other = Organisation.objects.create(name="Other", token_key=b"o" * 32)
    Item.objects.create(organisation=other, sku="THEIRS", name="Theirs", type="stock")
    text = f"{desk.item.sku.lower()}\t3\n4006381333931\t2\nTHEIRS\tA lamp\t5\t1.50"
    rows = client.post("/lines/pasted/", {"text": text}).json()["lines"]
    assert [(r["item"], r["quantity"]) for r in rows] == [(desk.item.pk, "3"), (desk.item.pk, "2"), ("", "5")]
    assert (rows[2]["sku"], rows[2]["description"], rows[2]["unit_price"]) == ("THEIRS", "A lamp", "1.5")
    assert rows[2]["error"] == "No item has the SKU or barcode “THEIRS”."


def test_a_scanned_barcode_comes_first(client: Client, desk: Desk) -> None:
    Barcode.objects.create(organisation=desk.item.organisation, item=desk.item, code="4006381333931")
    found: list[dict[str, Any]] = client.get("/items/complete/?q=4006381333931").json()
    assert [one["sku"] for one in found] == [desk.item.sku]
