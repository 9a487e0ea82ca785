"""What somebody outside has seen of a document is kept as a version before it says something else, and the trail tells which
lines changed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sales.trade import D, Trade, trade
from tradepost.accounts.models import AuditEntry
from tradepost.exchange.edi.out import document_xml
from tradepost.kit.errors import Missing
from tradepost.sales.links import read, share
from tradepost.sales.models import Document, Kind
from tradepost.sales.moving import move
from tradepost.sales.paper import version_pdf
from tradepost.sales.queries import compared
from tradepost.sales.services import LineDraft, save_document
from tradepost.sales.versions import line_changes, tells_other

LINE = {
    "id": 1, "sku": "A", "description": "a", "quantity": "2.0000", "unit_price": "5.0000",
    "discount_percent": "0.0000", "tax_rate": "8.2500", "unit": "", "amount": "10.0000",
}  # fmt: skip


def says(*lines: dict[str, Any], **head: Any) -> dict[str, Any]:
    return {
        "head": {"memo": "", "owner": 1, "status": "open", "total": "10.00", **head},
        "lines": list(lines),
    }


@pytest.mark.parametrize(
    ("new", "other"),
    [
        (says(LINE), False),
        (says(LINE, status="partly_shipped", owner=2, custom_status=4, location=3, tags=["x"]), False),
        (says(LINE | {"quantity": "2"}), False),
        (says(LINE, memo="By Friday"), True),
        (says(LINE, po_number="7"), True),
        (says(LINE | {"quantity": "3"}), True),
        (says(LINE | {"unit_price": "4"}), True),
        (says(), True),
        (says(LINE, freight="5.00", total="15.00"), True),
        (says(LINE, total="10"), False),
        (says(LINE, LINE | {"id": 2}), True),
    ],
)
def test_what_only_the_house_heeds_makes_no_version(new: Any, other: bool) -> None:
    assert tells_other(says(LINE), new) is other


@pytest.mark.req("A12")
@pytest.mark.parametrize(
    ("old", "new", "before", "after"),
    [
        ([LINE], [LINE | {"quantity": "2"}], [], []),
        *(
            ([LINE], [LINE | {name: value}], [{name: LINE[name]}], [{name: value}])
            for name, value in [
                ("quantity", "3"), ("unit_price", "4"), ("discount_percent", "5"), ("tax_rate", "0"),
                ("description", "b"),
            ]
        ),
        ([LINE], [], [LINE], []),
        ([], [LINE], [], [LINE]),
    ],
)  # fmt: skip
def test_the_trail_tells_lines_added_removed_and_changed(old: Any, new: Any, before: Any, after: Any) -> None:
    named = {name: LINE[name] for name in ("id", "sku", "description")}
    was, now = line_changes(old, new)
    assert was == [named | one for one in before]
    assert now == [named | one for one in after]


def _read(shop: Trade, order: Document) -> None:
    read(share(shop.actor, order.pk))


def _xml(shop: Trade, order: Document) -> None:
    document_xml(shop.actor, order.pk)


def change(shop: Trade, row: Document, quantity: str) -> Document:
    return save_document(
        shop.actor, Kind(row.kind), {}, [LineDraft(shop.items[0], quantity=D(quantity))], document_id=row.pk
    )


@pytest.mark.django_db
@pytest.mark.parametrize("sight", [_read, _xml])
def test_the_first_change_after_a_sight_keeps_what_was_seen_once(sight: Any) -> None:
    shop = trade()
    order = shop.document(Kind.ORDER, "3")
    change(shop, order, "4")
    assert not order.revisions.exists()  # nobody saw it
    for first, later in (("5", "6"), ("7", "8")):
        sight(shop, order)
        save_document(shop.actor, Kind.ORDER, {"owner_id": None}, document_id=order.pk)
        before = order.revisions.count()
        change(shop, order, first)
        change(shop, order, later)
        assert order.revisions.count() == before + 1
    kept = {one.number: one.content["lines"][0]["quantity"] for one in order.revisions.all()}
    assert kept == {1: "4.0000", 2: "6.0000"}
    assert [line.changed[0] for line in compared(shop.actor, order.pk, 1).lines] == ["quantity"]
    name, content = version_pdf(shop.actor, order.pk, 1)
    assert (name, content[:5]) == ("SO-00001 (1).pdf", b"%PDF-")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "values"), [(Kind.ORDER, {"freight": D("4.50")}), (Kind.PAYMENT, {"amount": D(7)})]
)
def test_freight_and_the_amount_of_a_payment_count_too(kind: Kind, values: dict[str, Any]) -> None:
    shop = trade()
    row = shop.document(kind)
    share(shop.actor, row.pk)
    save_document(shop.actor, kind, values, document_id=row.pk)
    assert row.revisions.count() == 1
    assert not compared(shop.actor, row.pk, 1).same


@pytest.mark.django_db
def test_a_change_of_the_head_alone_keeps_it_too() -> None:
    shop = trade()
    order = shop.document(Kind.ORDER, "3", po_number="1")
    share(shop.actor, order.pk)
    save_document(shop.actor, Kind.ORDER, {"po_number": "2"}, document_id=order.pk)
    assert [one.content["head"]["po_number"] for one in order.revisions.all()] == ["1"]


@pytest.mark.django_db
@pytest.mark.parametrize("kind", [Kind.QUOTE, Kind.PURCHASE_ORDER])
def test_what_was_sent_by_its_verb_and_revised_is_one_version(kind: Kind) -> None:
    shop = trade()
    row = shop.document(kind, "3")
    move(shop.actor, row.pk, "send")
    assert shop.again(row).left_house
    move(shop.actor, row.pk, "revise")
    change(shop, row, "4")
    change(shop, row, "5")
    assert [one.number for one in row.revisions.all()] == [1]


@pytest.mark.django_db
def test_a_version_from_before_papers_were_kept_has_no_pdf() -> None:
    shop = trade()
    order = shop.document()
    order.revisions.create(organisation_id=order.organisation_id, number=1, content={"head": {}, "lines": []})
    with pytest.raises(Missing):
        version_pdf(shop.actor, order.pk, 1)


@pytest.mark.django_db
def test_saving_lines_is_in_the_trail() -> None:
    shop = trade()
    order = shop.document(Kind.ORDER, "3", "5")
    change(shop, order, "4")
    entry = AuditEntry.objects.filter(verb="order.save").latest("pk")
    before, after = entry.before["lines"], entry.after["lines"]
    assert [(one["sku"], one["quantity"]) for one in before] == [("TNT-4", "3.0000"), ("STV-1", "5.0000")]
    assert [(one["sku"], one["quantity"]) for one in after] == [("TNT-4", "4")]
