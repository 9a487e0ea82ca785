"""Columns are recognised, cells become values, and what is wrong is said with its cure."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils.translation import override
from django.utils.translation.trans_real import translation

from tradepost.exchange.kinds import KINDS
from tradepost.exchange.rules import Habits, bare, check_mapping, day_of, records, suggest
from tradepost.exchange.shapes import CUSTOM, Field
from tradepost.kit.errors import Invalid

ITEM, ORDER, CUSTOMER = KINDS["item"], KINDS["order"], KINDS["customer"]


@pytest.mark.parametrize(
    ("kind", "columns", "expected"),
    [
        (ITEM, ["Item Number", "Product name", "Unit Price"], {"sku": 0, "name": 1, "price": 2}),
        (ITEM, ["Preis", "SKU", "Name"], {"price": 0, "sku": 1, "name": 2}),
        (CUSTOMER, ["Company", "E-Mail", "Billing Zip Code"], {"name": 0, "email": 1, "billing_postcode": 2}),
        (CUSTOMER, ["Name", "Bill to city", "Ship to zip"], {"billing_city": 1, "shipping_postcode": 2}),
        (ORDER, ["Number", "Contact phone"], {"contact": None}),
        (ORDER, ["Number", "Contact phone", "Contact e-mail address"], {"contact": 2}),
        (ORDER, ["Order total", "Order status", "Order no (shop)"], {"number": 2, "custom_status": None}),
        (ORDER, ["Customer reference", "Customer group", "Customer name (shop)"], {"customer": 2}),
        (ORDER, ["Number", "Tax amount", "Sales tax %"], {"tax_rate": 2}),
        (CUSTOMER, ["Name", "Contact phone", "Contact e-mail"], {"phone": 1, "email": 2}),
        (CUSTOMER, ["Customer type (own)", "Customer name 2"], {"type": 0, "name": 1}),
        (ITEM, ["SKU", "Price currency", "Price (USD)"], {"price": 2}),
        (ORDER, ["Order #", "Customer", "Qty", "Item"], {"customer": 1, "quantity": 2, "sku": 3}),
    ],
)
def test_columns_are_recognised_by_their_names(
    kind: Any, columns: list[str], expected: dict[str, int]
) -> None:
    found = suggest(kind, columns)
    assert {k: found.get(k) for k in expected} == expected


def test_what_was_chosen_before_comes_first() -> None:
    assert suggest(ITEM, ["Price", "List", "SKU"], {"list": "price"})["price"] == 1


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.key)
def test_a_template_is_recognised_whole(kind: Any) -> None:
    columns = [f.label for f in kind.fields]
    assert suggest(kind, columns) == {f.key: n for n, f in enumerate(kind.fields)}


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.key)
def test_columns_named_in_german_are_recognised_whoever_reads(kind: Any) -> None:
    with override("de"):
        columns = [f.said for f in kind.fields]
    assert suggest(kind, columns) == {f.key: n for n, f in enumerate(kind.fields)}


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.key)
def test_every_column_is_named_in_the_readers_language(kind: Any) -> None:
    said = translation("de")
    assert [f.label for f in kind.fields if f.label not in said._catalog] == []


def test_a_refusal_names_the_column_as_the_reader_sees_it() -> None:
    with override("de"), pytest.raises(Invalid) as fault:
        check_mapping(ITEM, {"name": 1}, 3)
    assert "„Artikelnummer“" in fault.value.fields["sku"]
    own = Field(f"{CUSTOM}price", "Price")
    with override("de"):
        assert (own.said, ITEM.field("price").said) == ("Price", "Preis")


@pytest.mark.parametrize(
    ("mapping", "sentence"),
    [
        ({"name": 1}, "Choose the column of “SKU”"),
        ({"sku": 0, "name": 0}, "is that of “SKU” already"),
        ({"sku": 7}, "has no column 8"),
        ({"sku": 0, "colour": 1}, "has no field “colour”"),
    ],
)
def test_a_mapping_that_cannot_be_is_refused(mapping: dict[str, int], sentence: str) -> None:
    with pytest.raises(Invalid) as fault:
        check_mapping(ITEM, mapping, 3)
    assert sentence in " ".join(fault.value.fields.values())


@pytest.mark.parametrize(
    ("text", "day_first", "expected"),
    [
        ("2026-11-02", False, date(2026, 11, 2)),
        ("2026-11-02 13:45:00", False, date(2026, 11, 2)),
        ("2.11.2026", False, date(2026, 11, 2)),
        ("11/2/2026", False, date(2026, 11, 2)),
        ("2/11/26", True, date(2026, 11, 2)),
        ("25/12/2026", False, date(2026, 12, 25)),
        ("12/25/2026", True, date(2026, 12, 25)),
        ("31/02/2026", True, None),
        ("soon", True, None),
        ("1/1/0001", True, None),
    ],
)
def test_days(text: str, day_first: bool, expected: date | None) -> None:
    if expected is None:
        with pytest.raises(Invalid) as fault:
            day_of(text, day_first)
        assert fault.value.cure
    else:
        assert day_of(text, day_first) == expected


def one(kind: Any, cells: list[str], language: str = "en") -> Any:
    mapping = {f.key: n for n, f in enumerate(kind.fields[: len(cells)])}
    return next(records(kind, mapping, [(2, cells)], Habits(language)))


@pytest.mark.parametrize(
    ("cells", "cause"),
    [
        (["", "Tent"], "There is no SKU."),
        (["T", "Tent", "spaceship"], "“spaceship” is not known"),
        (["T", "Tent", "stock", "", "each", "a lot"], "“a lot” is not a number"),
    ],
)
def test_what_is_wrong_with_a_row_is_said(cells: list[str], cause: str) -> None:
    wrong = one(ITEM, cells).wrong
    assert cause in wrong.cause
    assert wrong.cure


def test_figures_as_people_write_them() -> None:
    assert one(ITEM, ["T", "Tent", "Stock item", "", "", "$1,234.50", "8.25%"]).values == {
        "sku": "T",
        "name": "Tent",
        "type": "stock",
        "price": Decimal("1234.50"),
        "tax_rate": Decimal("8.25"),
    }
    assert one(ITEM, ["T", "", "", "", "", "1.234,50 €"], "de").values["price"] == Decimal("1234.50")


@pytest.mark.parametrize(
    ("text", "expected"), [("'=A1", "=A1"), ("'-5", "-5"), ("'tis", "'tis"), ("=A1", "=A1")]
)
def test_the_apostrophe_of_an_export_is_taken_off(text: str, expected: str) -> None:
    assert bare(text) == expected


def test_rows_of_one_order_are_one_record() -> None:
    mapping = {"number": 0, "customer": 1, "sku": 2, "quantity": 3}
    rows = [
        (2, ["S-1", "C-1", "A", "2"]),
        (3, ["S-1", "", "B", "1"]),
        (4, ["S-2", "C-1", "A", "x"]),
        (5, ["S-3", "C-1", "A", "1"]),
        (6, ["S-3", "C-2", "A", "1"]),
    ]
    first, second, third = records(ORDER, mapping, rows, Habits())
    assert first.values == {"number": "S-1", "customer": "C-1"}
    assert [line["sku"] for line in first.lines] == ["A", "B"]
    assert second.wrong.cause.startswith("Row 4: Quantity: “x” is not a number")
    assert "Row 6 says “C-2” where row 5 says “C-1”." in third.wrong.cause
