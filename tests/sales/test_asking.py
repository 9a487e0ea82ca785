"""Purchase quotes: one vendor or several are asked, answer with prices, and what is accepted is ordered or paid in cash once."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.api.conftest import program_of
from tests.sales.pdftext import pages
from tests.sales.test_converting import part, quantities, together
from tests.sales.trade import Trade, stocked, trade
from tradepost.accounts.access import Actor, Role
from tradepost.kit.errors import Conflict, Fault, Invalid, Refused
from tradepost.people.services import save_vendor
from tradepost.sales.converting import convert, copy
from tradepost.sales.following import left
from tradepost.sales.links import read, share
from tradepost.sales.models import Document, Kind
from tradepost.sales.moving import move
from tradepost.sales.paper import document_pdf
from tradepost.sales.queries import related
from tradepost.sales.services import LineDraft, save_document
from tradepost.sales.trashing import trash, untrash

D = Decimal
PQ, PO, CP = Kind.PURCHASE_QUOTE, Kind.PURCHASE_ORDER, Kind.CASH_PURCHASE
pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def shop() -> Trade:
    return stocked()


@pytest.fixture
def birch(shop: Trade) -> int:
    return save_vendor(shop.actor, {"name": "Birch & Sons"}).pk


def answered(shop: Trade, quote: Document, *prices: str) -> Document:
    """The vendor's prices are entered."""
    move(shop.actor, quote.pk, "answer")
    drafts = [
        LineDraft(line.item_id, quantity=line.quantity, unit_price=D(price), line_id=line.pk)
        for line, price in zip(quote.lines.all(), prices, strict=True)
    ]
    return save_document(shop.actor, PQ, {}, drafts, document_id=quote.pk)


@pytest.mark.req("B21")
def test_asked_answered_accepted_and_ordered_at_the_vendors_prices(shop: Trade) -> None:
    quote = shop.document(PQ, "6", "4")
    assert (quote.number, quote.total) == ("PQ-00001", 0), "Prices are the vendor's to say."
    move(shop.actor, quote.pk, "send")
    with pytest.raises(Conflict, match="PQ-00001 is sent"):
        save_document(shop.actor, PQ, {}, [], document_id=quote.pk)
    quote = answered(shop, quote, "11.25", "0.30")
    assert (quote.status, quote.total) == ("answered", D("68.70"))
    assert [one.content["head"]["total"] for one in quote.revisions.all()] == ["0.00"], (
        "What was asked is kept."
    )
    order = convert(shop.actor, quote.pk, PO)
    assert (shop.again(quote).status, order.total, order.source_id) == ("accepted", D("68.70"), quote.pk)
    assert [line.source for line in order.lines.all()] == list(quote.lines.all())
    assert (related(quote), related(order)) == ([order], [shop.again(quote)])


@pytest.mark.parametrize(
    ("verbs", "why"), [((), "is draft"), (("send",), "is sent"), (("answer",), "No price")]
)
def test_nothing_is_ordered_by_what_has_no_price(shop: Trade, verbs: tuple[str, ...], why: str) -> None:
    quote = shop.document(PQ, "6")
    for verb in verbs:
        move(shop.actor, quote.pk, verb)
    for target in (PO, CP):
        with pytest.raises(Conflict, match=why):
            convert(shop.actor, quote.pk, target)
    with pytest.raises(Conflict):
        move(shop.actor, quote.pk, "accept")


def test_nothing_is_asked_of_or_ordered_from_a_vendor_on_hold(shop: Trade) -> None:
    quote, other = answered(shop, shop.document(PQ, "6"), "11"), shop.document(PQ, "6")
    save_vendor(shop.actor, {"status": "hold"}, vendor_id=shop.vendor)
    for refused in (
        lambda: move(shop.actor, other.pk, "send"),
        lambda: move(shop.actor, quote.pk, "accept"),
        lambda: convert(shop.actor, quote.pk, PO),
    ):
        with pytest.raises(Conflict, match="Alder Mills is on hold"):
            refused()


@pytest.mark.req("B21")
@pytest.mark.parametrize(("first", "second"), [(PO, PO), (PO, CP), (CP, PO)])
def test_several_vendors_are_asked_and_each_piece_is_bought_once(
    shop: Trade, birch: int, first: Kind, second: Kind
) -> None:
    one = shop.document(PQ, "6", "4", memo="By Friday")
    two = convert(shop.actor, one.pk, PQ, vendor_id=birch)
    three = convert(
        shop.actor, two.pk, PQ, part(two, "6"), vendor_id=save_vendor(shop.actor, {"name": "Cedar"}).pk
    )
    assert (two.customer_name, two.memo, quantities(two), two.total) == (
        "Birch & Sons",
        "By Friday",
        [6, 4],
        0,
    )
    assert quantities(three) == [6]
    assert {row.pk for row in related(one)} == {two.pk, three.pk}
    assert {row.pk for row in related(three)} == {one.pk, two.pk}
    one, two = answered(shop, one, "11", "1"), answered(shop, two, "10", "2")
    convert(shop.actor, two.pk, first, part(two, "4"))
    assert list(left(one, second).values()) == [2, 4], "Of the first, four are bought from another."
    assert list(left(three, PO).values()) == [2]
    assert quantities(convert(shop.actor, one.pk, second)) == [2, 4]
    for row in (one, two):
        for target in (PO, CP, PQ):
            with pytest.raises(Conflict, match="Nothing of it is left"):
                convert(shop.actor, row.pk, target, vendor_id=birch)


def test_each_vendor_is_paid_its_own_freight_and_cents(shop: Trade, birch: int) -> None:
    one = shop.document(PQ, "3", "7")
    two = convert(shop.actor, one.pk, PQ, vendor_id=birch)
    one, two = answered(shop, one, "33.3333", "1.0101"), answered(shop, two, "33.3337", "1.0107")
    for quote, freight in ((one, "5"), (two, "7")):
        head = {"freight": D(freight), "discount_percent": D("3.3")}
        save_document(shop.actor, PQ, head, document_id=quote.pk)
    cheap = convert(shop.actor, two.pk, PO, part(two, "1"))
    assert cheap.freight == 7
    parts = [convert(shop.actor, one.pk, kind, part(one, "1", n)) for kind, n in ((PO, "3"), (CP, "4"))]
    assert [row.freight for row in parts] == [5, 0]
    move(shop.actor, cheap.pk, "cancel")
    parts.append(convert(shop.actor, one.pk, PO))
    for name in ("subtotal", "discount", "freight", "total"):
        assert sum(getattr(row, name) for row in parts) == getattr(shop.again(one), name), name


def test_what_is_cancelled_can_be_bought_from_another(shop: Trade, birch: int) -> None:
    one = shop.document(PQ, "6")
    two = answered(shop, convert(shop.actor, one.pk, PQ, vendor_id=birch), "10")
    order = convert(shop.actor, answered(shop, one, "11").pk, PO)
    move(shop.actor, order.pk, "cancel")
    assert convert(shop.actor, two.pk, PO).total == 60


def test_the_same_is_asked_of_another_vendor_only_by_name(shop: Trade) -> None:
    with pytest.raises(Invalid, match="Choose a vendor"):
        convert(shop.actor, shop.document(PQ, "6").pk, PQ)


@pytest.mark.req("B21")
def test_vendors_are_asked_for_a_sales_order_which_knows_what_is_bought(shop: Trade, birch: int) -> None:
    order = shop.document(Kind.ORDER, "3", "5")
    quotes = [convert(shop.actor, order.pk, PQ, vendor_id=pk) for pk in (shop.vendor, birch)]
    assert [quantities(quote) for quote in quotes] == [[3, 5]] * 2, "Asking uses nothing up."
    assert {row.pk for row in related(quotes[0])} == {order.pk, quotes[1].pk}
    assert list(left(order, PO).values()) == [3, 5]
    bought = convert(shop.actor, answered(shop, quotes[1], "10", "1").pk, PO, part(quotes[1], "3"))
    assert (bought.customer_name, bought.total) == ("Birch & Sons", 30)
    assert list(left(order, PO).values()) == list(left(order, PQ).values()) == [5]
    drafts = [LineDraft(shop.items[0], quantity=D(3))]
    kept = save_document(shop.actor, Kind.ORDER, {}, drafts, document_id=order.pk)
    assert quantities(kept) == [3], "What was only asked for may be taken off the order."


def test_an_order_that_vendors_were_asked_for_is_still_cancelled(shop: Trade) -> None:
    order = shop.document(Kind.ORDER, "3")
    convert(shop.actor, order.pk, PQ, vendor_id=shop.vendor)
    assert move(shop.actor, order.pk, "cancel").status == "cancelled"


def test_drop_ship_lines_are_asked_for_by_themselves_and_go_to_the_customer(shop: Trade) -> None:
    head = {"customer_id": shop.customer, "shipping": {"street": "1 Quay St", "city": "Dover"}}
    drafts = [
        LineDraft(shop.items[0], quantity=D(3), drop_ship=True),
        LineDraft(shop.items[1], quantity=D(2)),
    ]
    order = save_document(shop.actor, Kind.ORDER, head, drafts)
    with pytest.raises(Invalid, match="cannot stand on one purchase order"):
        convert(shop.actor, order.pk, PQ, vendor_id=shop.vendor)
    quote = convert(shop.actor, order.pk, PQ, part(order, "3"), vendor_id=shop.vendor)
    bought = convert(shop.actor, answered(shop, quote, "9").pk, PO)
    assert (bought.shipping["street"], bought.lines.get().drop_ship) == ("1 Quay St", True)
    move(shop.actor, bought.pk, "confirm")
    move(shop.actor, convert(shop.actor, bought.pk, Kind.RECEIPT).pk, "receive")
    assert shop.again(order).status == "partly_shipped"


@pytest.mark.parametrize(
    ("verbs", "status"),
    [
        (("send", "decline"), "declined"),
        (("send", "expire", "revise"), "draft"),
        (("send", "answer", "revise", "send"), "sent"),
        (("cancel",), "cancelled"),
    ],
)
def test_who_does_not_sell_is_asked_anew_or_not(shop: Trade, verbs: tuple[str, ...], status: str) -> None:
    quote = shop.document(PQ, "6")
    for verb in verbs:
        move(shop.actor, quote.pk, verb)
    assert shop.again(quote).status == status


def test_who_asks_and_accepts(shop: Trade) -> None:
    head, lines = {"vendor_id": shop.vendor}, [LineDraft(shop.items[0])]
    for role in (Role.SALES, Role.WAREHOUSE, Role.READ_ONLY):
        actor = Actor(shop.actor.organisation_id, shop.actor.user_id, role)
        with pytest.raises(Refused):
            save_document(actor, PQ, head, lines)
    buyer = Actor(shop.actor.organisation_id, shop.actor.user_id, Role.BOOKKEEPER)
    assert save_document(buyer, PQ, head, lines).status == "draft"


def test_on_paper_prices_stand_once_they_are_known(shop: Trade) -> None:
    quote = shop.document(PQ, "6")
    asked = "".join(pages(document_pdf(shop.actor, quote.pk)[1]))
    assert "Request for quotation" in asked
    assert "TNT-4" in asked
    assert "Total" not in asked and "Price" not in asked
    answered(shop, quote, "11.25")
    told = "".join(pages(read(share(shop.actor, quote.pk))[1]))
    assert "11.25" in told and "67.50" in told


def test_a_draft_goes_into_the_trash_and_a_copy_asks_again(shop: Trade, birch: int) -> None:
    one = shop.document(PQ, "6")
    two = convert(shop.actor, one.pk, PQ, vendor_id=birch)
    with pytest.raises(Conflict, match="Other documents were made from it"):
        trash(shop.actor, one.pk)
    trash(shop.actor, two.pk)
    assert related(one) == []
    convert(shop.actor, one.pk, PQ, vendor_id=birch)
    assert untrash(shop.actor, two.pk).source_id == one.pk
    assert (copy(shop.actor, two.pk).source_id, copy(shop.actor, two.pk).customer_name) == (
        None,
        "Birch & Sons",
    )


@pytest.mark.req("B25")
def test_a_program_asks_two_vendors_and_orders_from_the_cheaper(shop: Trade, birch: int) -> None:
    program = program_of(shop.actor)
    lines = [{"item_id": shop.items[0], "quantity": "6"}]
    one = program.post("documents", {"kind": "purchase_quote", "vendor_id": shop.vendor, "lines": lines})
    two = program.post(f"documents/{one['id']}/convert", {"target": "purchase_quote", "vendor_id": birch})
    for quote, price in ((one, "11"), (two, "10.5")):
        program.post(f"documents/{quote['id']}/moves", {"verb": "send"}, 200)
        told: Any = program.post(f"documents/{quote['id']}/moves", {"verb": "answer"}, 200)
        line = {"line_id": told["lines"][0]["id"], **lines[0], "unit_price": price}
        program.patch(f"documents/{quote['id']}", {"lines": [line]})
    found = program.get(f"documents/{one['id']}/related")
    assert [(row["number"], D(row["total"])) for row in found] == [("PQ-00002", D(63))]
    order = program.post(f"documents/{two['id']}/convert", {"target": "purchase_order"})
    assert (order["source_id"], D(order["total"])) == (two["id"], 63)
    refused = program.post(f"documents/{one['id']}/convert", {"target": "purchase_order"}, 409)
    assert "Nothing of it is left" in str(refused)


@pytest.mark.django_db(transaction=True)
def test_two_order_by_two_answers_once() -> None:
    shop = trade()
    one = answered(shop, shop.document(PQ, "6"), "11")
    two = answered(shop, convert(shop.actor, one.pk, PQ, vendor_id=shop.vendor), "10")

    def clerk(n: int) -> Document:
        return convert(shop.actor, (one, two)[n].pk, PO)

    found = together(2, clerk)
    assert sorted(isinstance(row, Fault) for row in found) == [False, True]
    assert Document.objects.filter(kind=PO).count() == 1
