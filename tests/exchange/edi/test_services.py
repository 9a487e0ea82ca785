"""What customers and vendors send becomes one document, whole or not at all, and once."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from tests.exchange.edi.test_messages import ORDER
from tests.sales.trade import Trade, trade
from tradepost.accounts.access import Actor, Role
from tradepost.accounts.models import AuditEntry, Organisation
from tradepost.catalog.details import Code, Details, Unit
from tradepost.catalog.details import Vendor as Offer
from tradepost.catalog.services import save_item
from tradepost.exchange.edi import out, services
from tradepost.exchange.edi.messages import Line, Paper, Party, Totals, paper_of, paper_xml, response_of
from tradepost.exchange.models import EdiMessage
from tradepost.kit.errors import Conflict, Fault, Invalid, Missing, Refused
from tradepost.people.models import Customer, Vendor
from tradepost.people.services import save_customer, save_vendor
from tradepost.sales.models import Document, Kind
from tradepost.sales.services import LineDraft, move, save_document

pytestmark = [pytest.mark.django_db, pytest.mark.req("B25")]
D = Decimal


@pytest.fixture
def shop() -> Trade:
    return trade()


def sent(shop: Trade, text: str = ORDER, name: str = "order.xml") -> EdiMessage:
    return services.receive(shop.actor, name, text.encode())


def test_an_order_becomes_a_sales_order_and_is_answered(shop: Trade) -> None:
    row = sent(shop)
    plan = services.plan(shop.actor, row.pk)
    assert (plan.problems, plan.notes, plan.totals and plan.totals.total) == ((), (), D("43.28"))
    assert not Document.objects.exists()  # a dry run
    order = services.take(shop.actor, row.pk)
    by_hand = save_document(
        shop.actor, Kind.ORDER, {"customer_id": shop.customer, "date": date(2026, 11, 2)},
        [LineDraft(shop.items[0], quantity=D(2))],
    )  # fmt: skip
    assert (order.po_number, order.channel, order.customer_id) == ("PO-4711", "EDI", shop.customer)
    assert (order.total, order.tax, order.status) == (by_hand.total, by_hand.tax, by_hand.status)
    answer = response_of(services.answer(shop.actor, row.pk))
    assert (answer.accepted, answer.order, answer.sales_order) == (True, "PO-4711", order.number)
    assert answer.totals == out.totals_of(order)
    assert AuditEntry.objects.filter(verb="edi.take", record_id=row.pk).exists()


def test_the_same_order_twice_is_one(shop: Trade) -> None:
    first = services.take(shop.actor, sent(shop).pk)
    assert sent(shop).document_id == first.pk  # the same file
    again = sent(shop, ORDER.replace("  <ID>", "<ID>"))  # the same order, written otherwise
    assert services.plan(shop.actor, again.pk).document == first
    assert services.take(shop.actor, again.pk) == first
    other = sent(shop, ORDER.replace("<Quantity>2", "<Quantity>3"))
    with pytest.raises(Invalid) as fault:
        services.take(shop.actor, other.pk)
    assert f"it is {first.number}" in fault.value.fields["ID"]
    assert Document.objects.count() == 1
    move(shop.actor, first.pk, "cancel")
    assert not response_of(services.answer(shop.actor, again.pk)).accepted


@pytest.mark.parametrize(
    ("old", "new", "where", "cause"),
    [
        (
            "Granite State Brewing",
            "Nobody",
            "BuyerCustomerParty",
            "There is no customer with the name “Nobody”.",
        ),
        (">TNT-4<", ">NOPE<", "OrderLine 1", "There is no item “NOPE”."),
        ("<Quantity>2", "<Quantity>-2", "OrderLine 1", "The quantity is not above zero."),
    ],
)
def test_what_does_not_fit_waits_with_its_problem_named(
    shop: Trade, old: str, new: str, where: str, cause: str
) -> None:
    row = sent(shop, ORDER.replace(old, new))
    [problem] = services.plan(shop.actor, row.pk).problems
    assert (problem.where, problem.cause) == (where, cause)
    assert problem.cure
    with pytest.raises(Invalid) as fault:
        services.take(shop.actor, row.pk)
    assert where in fault.value.fields
    answer = response_of(services.answer(shop.actor, row.pk))
    assert not answer.accepted
    assert cause in answer.notes[0]
    assert not Document.objects.exists()


def test_a_message_fits_once_its_problem_is_mended(shop: Trade) -> None:
    row = sent(shop, ORDER.replace(">TNT-4<", ">NEW-1<"))
    save_item(shop.actor, {"sku": "NEW-1", "name": "New", "price": D(5)})
    assert services.take(shop.actor, row.pk).subtotal == 10
    with pytest.raises(Conflict):
        services.forget(shop.actor, row.pk)
    waiting = sent(shop, ORDER.replace("PO-4711", "PO-1"))
    services.forget(shop.actor, waiting.pk)
    assert EdiMessage.objects.get() == row


def test_one_line_that_fails_leaves_no_half_an_order(shop: Trade) -> None:
    two = ORDER.replace("</Order>", "<OrderLine><Quantity>1</Quantity><Item/></OrderLine></Order>")
    row = sent(shop, two)
    with pytest.raises(Invalid):
        services.take(shop.actor, row.pk)
    assert not Document.objects.exists()


def test_what_differs_is_noted(shop: Trade) -> None:
    save_customer(shop.actor, {"name": "Granite State Brewing", "number": "C-9"})
    text = ORDER.replace("<Name>Granite", "<ID>C-9</ID><Name>Granite").replace("Harbor &amp; Pine", "Pier 9")
    row = sent(shop, text.replace("<Item>", "<PriceAmount>18</PriceAmount><Item>"))
    plan = services.plan(shop.actor, row.pk)
    assert plan.party == Customer.objects.get(number="C-9")
    assert plan.notes == (
        "The file is addressed to Pier 9.",
        "Line 1: TNT-4 is ordered at 18.00; its price here is 19.99.",
    )


def test_two_of_one_name_are_told_apart_by_number(shop: Trade) -> None:
    save_customer(shop.actor, {"name": "Granite State Brewing", "number": "C-9"})
    [problem] = services.plan(shop.actor, sent(shop).pk).problems
    assert "several customers" in problem.cause


def test_an_item_is_found_by_its_barcode(shop: Trade) -> None:
    save_item(shop.actor, {}, item_id=shop.items[0], details=Details(barcodes=[Code("4006381333931")]))
    by_code = ORDER.replace("SellersItemIdentification>TNT-4</Sellers", "StandardItemIdentification>4006381333931</Standard")  # fmt: skip
    assert services.take(shop.actor, sent(shop, by_code).pk).lines.get().item_id == shop.items[0]


@pytest.mark.parametrize(
    ("sku", "code", "said", "unit", "price"),
    [
        ("", "14006381333938", "", "carton", "239.88"),  # the code of a carton
        ("", "14006381333938", "each", "each", "19.99"),
        ("TNT-4", "14006381333938", "", "carton", "239.88"),
        ("TNT-4", "", "CARTON", "carton", "239.88"),
        ("TNT-4", "", "", "each", "19.99"),
        ("STV-1", "14006381333938", "", "each", "0.35"),  # the code of another item
    ],
)
def test_a_line_is_of_the_unit_that_it_names_else_of_the_one_that_its_barcode_stands_on(
    shop: Trade, sku: str, code: str, said: str, unit: str, price: str
) -> None:
    its = Details(units=[Unit("carton", D(12))], barcodes=[Code("14006381333938", "carton")])
    save_item(shop.actor, {}, item_id=shop.items[0], details=its)
    paper = Paper(
        False, "PO-1", date(2026, 11, 2), "USD", Party("Granite State Brewing"), Party("Harbor & Pine"),
        (Line(D(2), sellers=sku, barcode=code, unit=said),),
    )  # fmt: skip
    row = services.receive(shop.actor, "order.xml", paper_xml(paper))
    line = services.take(shop.actor, row.pk).lines.get()
    assert (line.quantity, line.unit, line.unit_price) == (2, unit, D(price))
    _name, content = out.document_xml(shop.actor, line.document_id)
    [sent_] = paper_of(content).lines
    assert (sent_.unit, sent_.barcode) == (unit, "14006381333938" if unit == "carton" else "")


def test_a_unit_that_the_item_has_not_waits_for_its_price(shop: Trade) -> None:
    save_item(shop.actor, {}, item_id=shop.items[0], details=Details(units=[Unit("carton", D(12))]))

    def problems(**said: Any) -> tuple[list[str], tuple[str, ...]]:
        paper = Paper(
            False, f"PO-{len(said)}-{said['unit']}", date(2026, 11, 2), "USD", Party("Granite State Brewing"),
            Party("Harbor & Pine"), (Line(D(2), sellers="TNT-4", **said),),
        )  # fmt: skip
        plan = services.plan(shop.actor, services.receive(shop.actor, "o.xml", paper_xml(paper)).pk)
        return [p.cause for p in plan.problems], plan.notes

    [cause], _notes = problems(unit="crate")
    assert "TNT-4 has no unit “crate”" in cause
    assert problems(unit="carton", price=D("239.88")) == ([], ())
    assert problems(unit="carton", price=D("200")) == (
        [],
        ("Line 1: TNT-4 is ordered at 200.00; its price here is 239.88.",),
    )


def test_an_invoice_of_a_vendor_becomes_a_bill(shop: Trade) -> None:
    offer = Offer("Alder Mills", vendor_id=shop.vendor, vendor_sku="AM-77", price=D(4))
    save_item(shop.actor, {}, item_id=shop.items[2], details=Details(vendors=[offer]))
    line = Line(D(10), sellers="AM-77", price=D("4.10"), tax_percent=D(0))
    paper = Paper(
        True, "R-2026-8", date(2026, 11, 2), "USD", Party("Harbor & Pine"), Party("alder mills"), (line,),
        due=date(2026, 12, 2), totals=Totals(D(41), D(0), D(0), D(0), D(42)),
    )  # fmt: skip
    row = services.receive(shop.actor, "bill.xml", paper_xml(paper))
    assert services.plan(shop.actor, row.pk).notes == ("The file comes to 42 USD, the bill to 41.00.",)
    bill = services.take(shop.actor, row.pk)
    assert (bill.kind, bill.status, bill.total, bill.po_number) == (Kind.BILL, "draft", D(41), "R-2026-8")
    assert bill.lines.get().item_id == shop.items[2]
    with pytest.raises(Conflict):
        services.answer(shop.actor, row.pk)


def other_company() -> Actor:
    """The other side: it buys from Harbor & Pine, and knows the same SKUs."""
    company = Organisation.objects.create(name="Granite State Brewing", token_key=b"l" * 32)
    actor = Actor(company.pk, None, Role.ADMIN)
    for sku in ("TNT-4", "STV-1", "MAP"):
        save_item(actor, {"sku": sku, "name": sku})
    return actor


@pytest.mark.parametrize(
    ("discount", "included", "freight_tax"), [("0", False, "0"), ("12.5", False, "8.25"), ("3", True, "19")]
)
def test_what_goes_out_comes_in_equal(shop: Trade, discount: str, included: bool, freight_tax: str) -> None:
    """Our order, exported and imported elsewhere, is the same paper but for the number it gets there."""
    order = shop.document(
        Kind.ORDER, "3", "5.5", "1", po_number="PO-1", date=date(2026, 11, 2), promised=date(2026, 11, 20),
        discount_percent=D(discount), prices_include_tax=included, freight=D("12.50"), freight_tax_rate=D(freight_tax), memo="Ring the bell\ntwice", terms="Net 30",
        billing={"street": "4 Mill Road", "city": "Concord", "country": "US"}, shipping={"name": "Dock 2"},
    )  # fmt: skip
    name, content = out.document_xml(shop.actor, order.pk)
    assert name == f"{order.number}.xml"
    there = other_company()
    for sku in ("TNT-4", "STV-1", "MAP"):
        save_item(there, {"sku": f"{sku}-2", "name": sku})
    save_customer(there, {"name": "Granite State Brewing"})
    taken = services.take(there, services.receive(there, name, content).pk)
    sent_, came = paper_of(content), paper_of(out.document_xml(there, taken.pk)[1])
    assert out.totals_of(taken) == out.totals_of(order)
    assert (came.lines, came.totals, came.delivery, came.note) == (
        sent_.lines,
        sent_.totals,
        sent_.delivery,
        sent_.note,
    )
    assert (came.id, came.requested, came.buyer.address) == (sent_.id, sent_.requested, sent_.buyer.address)


def test_a_purchase_order_is_an_order_to_the_vendor(shop: Trade) -> None:
    save_vendor(shop.actor, {"account_number": "C-100"}, vendor_id=shop.vendor)
    offer = Offer("Alder Mills", vendor_id=shop.vendor, vendor_sku="TNT-4", price=D(4))
    save_item(shop.actor, {}, item_id=shop.items[2], details=Details(vendors=[offer]))
    purchase = save_document(
        shop.actor, Kind.PURCHASE_ORDER, {"vendor_id": shop.vendor}, [LineDraft(shop.items[2], quantity=D(7))]
    )
    _name, content = out.document_xml(shop.actor, purchase.pk)
    mill = other_company()
    save_customer(mill, {"name": "Somebody else"})
    save_customer(mill, {"name": "H&P", "number": "C-100"})
    order = services.take(mill, services.receive(mill, "po.xml", content).pk)
    assert (order.customer_name, order.po_number, order.total) == ("H&P", purchase.number, purchase.total)
    assert Vendor.objects.get(pk=shop.vendor).account_number == "C-100"


def test_what_has_no_xml_says_so(shop: Trade) -> None:
    quote = shop.document(Kind.QUOTE)
    empty = save_document(shop.actor, Kind.ORDER, {"customer_id": shop.customer}, [])
    for document in (quote, empty):
        with pytest.raises(Conflict):
            out.document_xml(shop.actor, document.pk)


def test_who_may_not_write_orders_may_not_send_or_see_them(shop: Trade) -> None:
    row = sent(shop)
    reader = replace(shop.actor, role=Role.READ_ONLY)
    for act in (
        lambda: services.receive(reader, "x.xml", ORDER.encode()),
        lambda: services.take(reader, row.pk),
        lambda: services.forget(reader, row.pk),
    ):
        with pytest.raises(Refused):
            act()
    with pytest.raises(Missing):
        services.plan(reader, row.pk)


@pytest.mark.django_db(transaction=True)
def test_two_at_once_make_one_order() -> None:
    shop = trade()
    rows = [sent(shop), sent(shop, ORDER.replace("  <ID>", "<ID>"))]
    made: list[Any] = []
    ready = threading.Barrier(2)

    def take(pk: int) -> None:
        try:
            ready.wait()
            made.append(services.take(shop.actor, pk).pk)
        except Fault as fault:
            made.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=take, args=[row.pk]) for row in rows]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [Document.objects.get().pk] * 2
