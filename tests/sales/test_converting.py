"""One document from another: quantities, links, states that follow, and two clerks at once."""

from __future__ import annotations

import re
import threading
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.db.models import Sum
from hypothesis import given
from hypothesis import strategies as st

from tests.sales.test_lists import client_of
from tests.sales.trade import Trade, trade
from tradepost.accounts.models import AuditEntry
from tradepost.catalog.details import Details, Unit
from tradepost.catalog.services import save_item
from tradepost.kit.errors import Conflict, Fault, Invalid
from tradepost.sales.converting import convert, convert_to_order, copy
from tradepost.sales.following import Use, left, order_state, progress, settled_state, taken
from tradepost.sales.models import Document, Kind, Line
from tradepost.sales.moving import move
from tradepost.sales.payments import apply_credit
from tradepost.sales.queries import open_documents, waiting
from tradepost.sales.services import LineDraft, save_document

D = Decimal
pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Trade:
    return trade()


def quantities(row: Document) -> list[Decimal]:
    return [line.quantity for line in row.lines.all()]


def part(row: Document, *wanted: str) -> dict[int, Decimal]:
    return {line.pk: D(q) for line, q in zip(row.lines.all(), wanted, strict=False)}


@pytest.mark.req("B21")
def test_an_order_is_shipped_and_invoiced_in_parts_that_come_to_the_whole(shop: Trade) -> None:
    order = shop.document(Kind.ORDER, "3", "5", "1", discount_percent=D("3.3"), freight=D("12.34"))
    parts = [part(order, "1", "2"), part(order, "1", "0", "1"), None]
    invoices = [convert(shop.actor, order.pk, Kind.INVOICE, wanted) for wanted in parts]
    assert [quantities(i) for i in invoices] == [[1, 2], [1, 1], [1, 3]]
    for name in ("subtotal", "discount", "freight", "tax", "total"):
        assert sum(getattr(i, name) for i in invoices) == getattr(order, name), name
    assert left(order, Kind.INVOICE) == {}
    assert left(order, Kind.SHIPMENT) == {line.pk: line.quantity for line in order.lines.all()}
    with pytest.raises(Conflict, match="Nothing of it is left"):
        convert(shop.actor, order.pk, Kind.INVOICE)
    assert [i.source_id for i in invoices] == [order.pk] * 3
    assert invoices[0].lines.first().source == order.lines.first()


@given(first=st.integers(0, 7), second=st.integers(0, 7), whole=st.integers(1, 7))
def test_what_is_taken_is_never_left(first: int, second: int, whole: int) -> None:
    found = [Use(1, 1, Kind.PICK, "open", D(first)), Use(1, 2, Kind.SHIPMENT, "draft", D(second))]
    assert taken(Kind.ORDER, Kind.SHIPMENT, found).get(1, D(0)) == second
    assert taken(Kind.ORDER, Kind.PICK, found).get(1, D(0)) == first
    shipped = order_state(Kind.ORDER, {1: D(whole)}, [Use(1, 1, Kind.SHIPMENT, "shipped", D(first))])
    assert shipped == ("open" if not first else "shipped" if first >= whole else "partly_shipped")


@pytest.mark.parametrize(
    ("kind", "total", "applied", "state"),
    [
        (Kind.INVOICE, "10", "0", "issued"),
        (Kind.INVOICE, "10", "9.99", "partly_paid"),
        (Kind.INVOICE, "10", "10", "paid"),
        (Kind.INVOICE, "0", "0", "issued"),
        (Kind.CREDIT_NOTE, "10", "9.99", "issued"),
        (Kind.CREDIT_NOTE, "10", "10", "applied"),
        (Kind.CREDIT_NOTE, "0", "0", "issued"),
    ],
)
def test_where_a_document_stands_by_what_is_applied(kind: Kind, total: str, applied: str, state: str) -> None:
    assert settled_state(kind, D(total), D(applied)) == state


@pytest.mark.req("B21")
def test_a_pick_list_gives_no_more_than_its_order_has_left(shop: Trade) -> None:
    order = shop.document(Kind.ORDER, "3", "5")
    pick = convert(shop.actor, order.pk, Kind.PICK)
    convert(shop.actor, order.pk, Kind.SHIPMENT, part(order, "2"))
    move(shop.actor, pick.pk, "finish")
    first, second = pick.lines.all()
    assert left(shop.again(pick), Kind.SHIPMENT) == {first.pk: 1, second.pk: 5}
    with pytest.raises(Invalid, match="1 is left"):
        convert(shop.actor, pick.pk, Kind.SHIPMENT, {first.pk: D(2)})
    assert quantities(convert(shop.actor, pick.pk, Kind.SHIPMENT)) == [1, 5]
    assert left(shop.again(order), Kind.PICK) == {}


@pytest.mark.req("B21")
def test_the_order_follows_its_ship_docs(shop: Trade) -> None:
    order = shop.document(Kind.ORDER, "3", "5")
    one = convert(shop.actor, order.pk, Kind.SHIPMENT, part(order, "3", "1"))
    assert shop.again(order).status == "open"
    move(shop.actor, one.pk, "ship")
    assert shop.again(order).status == "partly_shipped"
    two = convert(shop.actor, order.pk, Kind.SHIPMENT)
    move(shop.actor, two.pk, "ship")
    assert shop.again(order).status == "shipped"
    assert progress(order).fulfilled == 8
    move(shop.actor, two.pk, "void")
    assert shop.again(order).status == "partly_shipped"
    move(shop.actor, one.pk, "void")
    assert shop.again(order).status == "open"
    verbs = AuditEntry.objects.filter(record_id=order.pk, kind="document").order_by("id")
    assert [v.verb for v in verbs] == [
        "order.save", "order.ship_part", "order.ship_all", "order.unship_part", "order.unship",
    ]  # fmt: skip


@pytest.mark.parametrize("billed", [0, 2, 5])
@pytest.mark.parametrize(
    ("kind", "goods", "verb", "done", "charge"),
    [
        (Kind.ORDER, Kind.SHIPMENT, "ship", "shipped", Kind.INVOICE),
        (Kind.PURCHASE_ORDER, Kind.RECEIPT, "receive", "received", Kind.BILL),
    ],
)
def test_what_came_or_went_is_proposed_to_be_charged(
    shop: Trade, kind: Kind, goods: Kind, verb: str, done: str, charge: Kind, billed: int
) -> None:
    order = shop.document(kind, "10", "3")
    if kind == Kind.PURCHASE_ORDER:
        move(shop.actor, order.pk, "send")
    client, one = client_of(shop), order.lines.all()[0].pk

    def sheet() -> str:
        return client.get(f"/documents/{order.pk}/make/{charge}/").content.decode()

    def proposed() -> list[str]:
        return re.findall(r'name="choice-\d+" value="([^"]*)"', sheet())

    assert proposed() == ["10", "3"]  # charged before the goods
    made = convert(shop.actor, order.pk, goods, {one: D(4)})
    assert proposed() == ["10", "3"]
    move(shop.actor, made.pk, verb)
    assert proposed() == ["4", "0"]
    assert re.findall(r"\d+ not \w+ yet", sheet()) == [f"{n} not {done} yet" for n in (6, 3)]
    if billed:
        convert(shop.actor, order.pk, charge, {one: D(billed)})
    assert proposed() == [str(max(0, 4 - billed)), "0"]
    move(shop.actor, convert(shop.actor, order.pk, goods).pk, verb)
    assert proposed() == [str(10 - billed), "3"]


@pytest.mark.req("B21")
def test_no_ship_doc_passes_a_hold(shop: Trade) -> None:
    order = shop.document()
    pick = convert(shop.actor, order.pk, Kind.PICK)
    shipment = convert(shop.actor, order.pk, Kind.SHIPMENT, part(order, "1"))
    with pytest.raises(Invalid, match="Say why"):
        move(shop.actor, order.pk, "hold")
    move(shop.actor, order.pk, "hold", "Credit limit")
    for row, verb in ((shipment, "ship"), (pick, "start"), (pick, "finish")):
        with pytest.raises(Conflict, match="on hold: Credit limit"):
            move(shop.actor, row.pk, verb)
    for target in (Kind.PICK, Kind.SHIPMENT):
        with pytest.raises(Conflict, match="on hold"):
            convert(shop.actor, order.pk, target)
    move(shop.actor, order.pk, "release")
    assert move(shop.actor, shipment.pk, "ship").status == "shipped"


def test_a_verb_that_follows_is_nobodys_to_press(shop: Trade) -> None:
    order = shop.document()
    with pytest.raises(Conflict, match="follows from other documents"):
        move(shop.actor, order.pk, "ship_all")


@pytest.mark.req("B21")
def test_cancelling_gives_back_and_waits_for_what_follows(shop: Trade) -> None:
    order = shop.document()
    shipment = convert(shop.actor, order.pk, Kind.SHIPMENT)
    with pytest.raises(Conflict, match="Other documents were made from it"):
        move(shop.actor, order.pk, "cancel")
    move(shop.actor, shipment.pk, "cancel")
    assert len(left(order, Kind.SHIPMENT)) == 2
    assert move(shop.actor, order.pk, "cancel").status == "cancelled"


@pytest.mark.parametrize("target", [Kind.ORDER, Kind.INVOICE, Kind.CASH_SALE])
def test_a_quote_becomes_one_thing(shop: Trade, target: Kind) -> None:
    quote = shop.document(Kind.QUOTE, "4")
    assert convert(shop.actor, quote.pk, target, part(quote, "1")).total
    assert shop.again(quote).status == "accepted"
    for other in (Kind.ORDER, Kind.INVOICE, Kind.CASH_SALE):
        assert list(left(quote, other).values()) == [3]


def test_a_quote_gives_one_order_however_often_it_is_asked(shop: Trade) -> None:
    quote = shop.document(Kind.QUOTE)
    assert convert_to_order(shop.actor, quote.pk).pk == convert_to_order(shop.actor, quote.pk).pk


def test_lines_keep_their_links_while_an_order_is_edited(shop: Trade) -> None:
    order = shop.document(Kind.ORDER, "3", "5")
    shipment = convert(shop.actor, order.pk, Kind.SHIPMENT, part(order, "2"))
    first, second = order.lines.all()
    drafts = [LineDraft(shop.items[2]), LineDraft(shop.items[0], quantity=D(4)), LineDraft(shop.items[1])]
    save_document(shop.actor, Kind.ORDER, {}, drafts, document_id=order.pk)
    assert [line.pk for line in order.lines.all()][1:] == [first.pk, second.pk]
    assert shipment.lines.get().source_id == first.pk
    for lines in ([], [LineDraft(shop.items[0], quantity=D(1))]):
        with pytest.raises(Conflict, match="2 of “TNT-4” are in documents"):
            save_document(shop.actor, Kind.ORDER, {}, lines, document_id=order.pk)
    with pytest.raises(Conflict, match="has only 4 of"):
        save_document(
            shop.actor, Kind.SHIPMENT, {}, [LineDraft(shop.items[0], quantity=D(5))], document_id=shipment.pk
        )


def test_a_line_keeps_its_unit_and_taxability_while_its_price_changes(shop: Trade) -> None:
    save_item(shop.actor, {}, item_id=shop.items[0], details=Details(units=[Unit("carton", D(12))]))
    draft = LineDraft(shop.items[0], unit="carton", taxable=False)
    order = save_document(shop.actor, Kind.ORDER, {"customer_id": shop.customer}, [draft])
    save_document(
        shop.actor, Kind.ORDER, {}, [LineDraft(shop.items[0], unit_price=D(5))], document_id=order.pk
    )
    line = order.lines.get()
    assert (line.unit, line.taxable, line.unit_price) == ("carton", False, 5)


def test_a_discount_line_goes_over_too(shop: Trade) -> None:
    lines = [LineDraft(shop.items[0]), LineDraft(description="Voucher", quantity=D(-1), unit_price=D(5))]
    order = save_document(shop.actor, Kind.ORDER, {"customer_id": shop.customer}, lines)
    invoice = convert(shop.actor, order.pk, Kind.INVOICE)
    assert (invoice.total, quantities(invoice)) == (order.total, [1, -1])


def test_a_copy_stands_by_itself(shop: Trade) -> None:
    order = shop.document(Kind.ORDER, "3", "5", freight=D(4))
    twin = copy(shop.actor, order.pk)
    assert (twin.total, twin.source_id, twin.number) == (order.total, None, "SO-00002")


@pytest.mark.req("B21")
def test_what_was_sent_is_kept_when_it_is_revised(shop: Trade) -> None:
    quote = shop.document(Kind.QUOTE, "3")
    for quantity in ("4", "5"):
        move(shop.actor, quote.pk, "send")
        move(shop.actor, quote.pk, "revise")
        save_document(
            shop.actor, Kind.QUOTE, {}, [LineDraft(shop.items[0], quantity=D(quantity))], document_id=quote.pk
        )
    kept = [(r.number, r.content["lines"][0]["quantity"]) for r in quote.revisions.all()]
    assert kept == [(2, "4.0000"), (1, "3.0000")]


def together(count: int, act: Any) -> list[object]:
    """``act(n)`` in ``count`` threads that begin at once; what each returned or was refused with."""
    gate, found = threading.Barrier(count), [None] * count

    def run(n: int) -> None:
        try:
            gate.wait()
            found[n] = act(n)
        except Fault as fault:
            found[n] = fault
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return list(found)


@pytest.mark.django_db(transaction=True)
def test_two_clerks_take_only_what_is_left() -> None:
    shop = trade()
    order = shop.document(Kind.ORDER, "3", "5")
    found = together(2, lambda n: convert(shop.actor, order.pk, Kind.SHIPMENT))
    assert sorted(type(one).__name__ for one in found) == ["Conflict", "Document"]
    wanted = part(order, "0", "3")
    found = together(2, lambda n: convert(shop.actor, order.pk, Kind.INVOICE, wanted))
    assert sorted(type(one).__name__ for one in found) == ["Document", "Invalid"]
    assert left(order, Kind.INVOICE)[order.lines.last().pk] == 2
    [shipped] = order.followers.filter(kind=Kind.SHIPMENT)
    move(shop.actor, shipped.pk, "ship")
    both = order.pk, shipped.pk  # the rest is invoiced from the order and from its ship doc
    together(2, lambda n: convert(shop.actor, both[n], Kind.INVOICE))
    invoiced = Line.objects.filter(document__kind=Kind.INVOICE).values_list("sku").annotate(Sum("quantity"))
    assert dict(invoiced) == dict(order.lines.values_list("sku", "quantity"))
    payment = move(shop.actor, shop.payment("10").pk, "receive")
    owed = [move(shop.actor, row.pk, "issue") for row in order.followers.filter(kind=Kind.INVOICE)]
    owed.append(move(shop.actor, shop.document(Kind.INVOICE).pk, "issue"))
    found = together(2, lambda n: apply_credit(shop.actor, payment.pk, {owed[n - 2].pk: D(7)}))
    assert sorted(type(one).__name__ for one in found) == ["Document", "Invalid"]
    assert shop.again(payment).balance == 3


def test_parts_of_a_quote_are_ordered_shipped_and_invoiced_and_never_more(shop: Trade) -> None:
    """In two parts at every step, one half and the other: eight invoices, which come to the quote to the cent."""
    quote = shop.document(Kind.QUOTE, "8", "24", discount_percent=D("3.3"), freight=D("12.34"))
    sources = [quote]
    for target in (Kind.ORDER, Kind.SHIPMENT, Kind.INVOICE):
        made = []
        for row in sources:
            half = {line.pk: line.quantity / 2 for line in row.lines.all()}
            made.append(convert(shop.actor, row.pk, target, half))
            with pytest.raises(Invalid, match="is left"):
                convert(shop.actor, row.pk, target, dict(row.lines.values_list("pk", "quantity")))
            made.append(convert(shop.actor, row.pk, target))
            with pytest.raises(Conflict, match="Nothing of it is left"):
                convert(shop.actor, row.pk, target)
        for one in made if target is Kind.SHIPMENT else []:
            move(shop.actor, one.pk, "ship")
        sources = made
    assert {shop.again(row).status for row in quote.followers.all()} == {"shipped"}
    for name in ("subtotal", "discount", "freight", "tax", "total"):
        assert sum(getattr(row, name) for row in sources) == getattr(quote, name), name
    billed = Line.objects.filter(document__in=sources).values_list("sku").annotate(Sum("quantity"))
    assert dict(billed) == {"TNT-4": 8, "STV-1": 24}


@pytest.mark.req("B26")
@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_get_numbers_without_gap_or_double() -> None:
    shop = trade()

    def act(n: int) -> str:
        if n % 4 == 3:  # a refusal takes its number back with it
            shop.document(Kind.INVOICE, discount_percent=D(101))
        return shop.document(Kind.INVOICE).number

    found = together(20, act)
    numbers = sorted(one for one in found if isinstance(one, str))
    assert numbers == [f"INV-{n:05}" for n in range(1, 16)]


def test_freight_goes_out_once_whether_picked_or_shipped_at_once() -> None:
    shop = trade()
    order = shop.document(Kind.ORDER, "3", "5", freight=D(9))
    pick = convert(shop.actor, order.pk, Kind.PICK, part(order, "3", "0"))
    move(shop.actor, pick.pk, "finish")
    made = [convert(shop.actor, pick.pk, Kind.SHIPMENT), convert(shop.actor, order.pk, Kind.SHIPMENT)]
    assert [one.freight for one in made] == [9, 0]
    assert sum(one.total for one in made) == order.total


@pytest.mark.req("B21")
@pytest.mark.parametrize("second", [Kind.INVOICE, Kind.CASH_SALE])
def test_a_quote_that_becomes_an_order_and_something_else_comes_to_its_whole_once(second: Kind) -> None:
    shop = trade()
    lines = [
        LineDraft(shop.items[0], quantity=Decimal(3), unit_price=Decimal("9.99")),
        LineDraft(description="Fitting", unit_price=Decimal(5)),
    ]
    head = {"customer_id": shop.customer, "freight": Decimal(30), "discount_percent": Decimal("3.3")}
    quote = save_document(shop.actor, Kind.QUOTE, head, lines)
    move(shop.actor, quote.pk, "send")
    first = quote.lines.get(position=1)
    order = convert(shop.actor, quote.pk, Kind.ORDER, {first.pk: Decimal(2)})
    rest = convert(shop.actor, quote.pk, second)
    assert (order.freight, rest.freight) == (30, 0)
    assert order.total + rest.total == quote.total


def test_a_pick_list_is_work_until_a_ship_doc_takes_its_goods_or_the_order_goes_without_it(
    shop: Trade,
) -> None:
    def at_work() -> list[int]:
        return [row.pk for row in open_documents(shop.actor, Kind.PICK)]

    order = shop.document(Kind.ORDER, "5")
    picked = convert(shop.actor, order.pk, Kind.PICK)
    assert at_work() == [picked.pk]
    move(shop.actor, picked.pk, "finish")
    assert at_work() == [picked.pk]
    ship = convert(shop.actor, picked.pk, Kind.SHIPMENT)
    assert at_work() == []
    move(shop.actor, ship.pk, "cancel")
    assert at_work() == [picked.pk]
    move(shop.actor, convert(shop.actor, order.pk, Kind.SHIPMENT).pk, "ship")
    assert at_work() == []
    assert waiting(shop.actor, Kind.PICK, date(2026, 5, 1)).open == 0
