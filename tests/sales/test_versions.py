"""Two versions of a document side by side: every line is added, removed, changed or the same, and nothing is lost."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sales.trade import trade
from tradepost.kit.errors import Missing
from tradepost.sales.models import Kind
from tradepost.sales.moving import move
from tradepost.sales.queries import compared
from tradepost.sales.services import LineDraft, save_document
from tradepost.sales.versions import Mark, compare

D = Decimal


def line(sku: str, quantity: str = "1.0000", price: str = "5.0000", **more: Any) -> dict[str, Any]:
    return {"sku": sku, "description": sku.lower(), "quantity": quantity, "unit_price": price, **more}


def version(*lines: dict[str, Any], **head: Any) -> dict[str, Any]:
    return {"head": head, "lines": list(lines)}


@pytest.mark.parametrize(
    ("old", "new", "marks"),
    [
        ([], [line("A")], ["A added"]),
        ([line("A")], [], ["A removed"]),
        ([line("A", "2.0000")], [line("A", "2")], ["A same"]),
        ([line("A", "2")], [line("A", "3")], ["A changed quantity"]),
        ([line("A"), line("B"), line("C")], [line("A"), line("C")], ["A same", "B removed", "C same"]),
        ([line("A"), line("B")], [line("B"), line("A")], ["B same", "A same"]),
        ([line("A", id=1)], [line("Z", id=1)], ["Z changed sku description"]),
        (
            [line("A"), line("A", "4")],
            [line("A", "4"), line("A")],
            ["A changed quantity", "A changed quantity"],
        ),
        (
            [line("", price="1") | {"description": "Cut"}],
            [line("") | {"description": "Cut"}],
            [" changed unit_price"],
        ),
        ([line("A") | {"description": "Tent"}], [line("A")], ["A changed description"]),
    ],
)
def test_lines_are_added_removed_changed_or_the_same(old: Any, new: Any, marks: list[str]) -> None:
    found = compare(version(*old), version(*new)).lines
    assert [" ".join([one.shown["sku"], one.mark, *one.changed]) for one in found] == marks


LINES = st.lists(st.builds(line, st.sampled_from("ABC"), st.sampled_from(["1", "2", "3"])), max_size=6)


@given(LINES, LINES)
def test_every_line_of_both_is_told_once(old: list[Any], new: list[Any]) -> None:
    found = compare(version(*old), version(*new)).lines
    key = sorted
    assert key(str(x.before) for x in found if x.before) == key(map(str, old))
    assert [x.after for x in found if x.after] == new
    assert compare(version(*old), version(*old)).same


def test_the_head_tells_what_differs_and_totals_are_always_told() -> None:
    old = version(po_number="007", terms="", status="sent", total="10.00", tax="0", memo="x", version=1)
    new = version(po_number="7", terms="", status="draft", total="12.00", tax="0.00", memo="x", version=2)
    found = compare(old, new)
    assert [(one.name, one.before, one.after) for one in found.head] == [("po_number", "007", "7")]
    assert [(one.name, one.before, one.after) for one in found.totals] == [("total", "10.00", "12.00")]
    assert not found.same


@pytest.mark.django_db
def test_a_quote_that_was_revised_is_compared_with_what_it_is_now() -> None:
    shop = trade()
    quote = shop.document(Kind.QUOTE, "3", "5", po_number="PO-1")
    move(shop.actor, quote.pk, "send")
    move(shop.actor, quote.pk, "revise")
    assert compared(shop.actor, quote.pk, 1).same
    tent, _stove, chart = shop.items
    save_document(
        shop.actor, Kind.QUOTE, {"po_number": "PO-2"}, [LineDraft(tent, quantity=D(4)), LineDraft(chart)],
        document_id=quote.pk,
    )  # fmt: skip
    found = compared(shop.actor, quote.pk, 1)
    assert [(one.shown["sku"], one.mark) for one in found.lines] == [
        ("TNT-4", Mark.CHANGED), ("STV-1", Mark.REMOVED), ("MAP", Mark.ADDED),
    ]  # fmt: skip
    assert [one.name for one in found.head] == ["po_number"]
    for first, second in ((2, None), (1, 9)):
        with pytest.raises(Missing):
            compared(shop.actor, quote.pk, first, second)
