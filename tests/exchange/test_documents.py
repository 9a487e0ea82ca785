"""Vendors, and open documents of every kind, come out of a file and go again."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.exchange.test_services import received, told
from tests.sales.trade import Trade, trade
from tradepost.accounts.access import Role
from tradepost.accounts.models import AuditEntry, Membership, User
from tradepost.catalog import stock
from tradepost.catalog.details import Details
from tradepost.catalog.details import Vendor as Offer
from tradepost.catalog.ledger import StockLine
from tradepost.catalog.queries import sums
from tradepost.catalog.services import archive, save_item, save_location
from tradepost.exchange import outgoing, services
from tradepost.exchange.kinds import KINDS
from tradepost.kit import clock
from tradepost.kit.errors import Conflict
from tradepost.people.models import Vendor
from tradepost.people.services import Email, save_contact, save_vendor
from tradepost.reports import engine
from tradepost.reports.rules import Query
from tradepost.sales import lists
from tradepost.sales.converting import convert
from tradepost.sales.links import read, share
from tradepost.sales.models import Document, Kind
from tradepost.sales.moving import move

pytestmark = [pytest.mark.django_db, pytest.mark.req("B25")]
D = Decimal


@pytest.fixture
def shop() -> Trade:
    return trade()


@pytest.mark.parametrize(
    ("kind", "head", "state", "total"),
    [
        ("quote", "Quote,Customer", "sent", "51.05"),
        ("invoice", "Invoice,Customer,Due", "issued", "51.05"),
        ("purchase_order", "Purchase order,Vendor", "sent", "22.27"),
        ("bill", "Bill,Vendor,Due,Vendor's number", "approved", "22.27"),
    ],
)
def test_open_documents_come_as_what_they_are_and_go_again(
    shop: Trade, kind: str, head: str, state: str, total: str
) -> None:
    place = save_location(shop.actor, {"name": "Main"})
    stock.receive(shop.actor, [StockLine(shop.items[0], place.pk, D(9))])
    offers = [Offer("Alder Mills", D("7.25"), vendor_id=shop.vendor)]
    save_item(shop.actor, {}, item_id=shop.items[0], details=Details(vendors=offers))
    party = "granite state brewing" if "Customer" in head else "alder mills"
    more = {"invoice": ",2026-12-01", "bill": ",2026-12-01,R-8"}.get(kind, "")
    gap = "," * more.count(",")
    text = (
        f"{head},Date,SKU,Description,Quantity,Unit price\n"
        f"X-1,{party}{more},2026-11-02,TNT-4,,2,\nX-1,{gap},,MAP,,1,7.77\nX-2,Nobody{more},2026-11-02,MAP,,1,\n"
    )
    run = services.apply(shop.actor, received(shop, kind, text).pk, now=True)
    assert [(n, a) for n, a, _cause in told(run)] == [(2, "create"), (4, "refuse")]
    assert "There is no" in told(run)[1][2]
    row = Document.objects.get(number="X-1")
    assert (row.kind, row.status, str(row.total)) == (Kind(kind), state, str(D(total).quantize(row.total)))
    on_order = sums(shop.actor, [shop.items[0]], [place.pk])[shop.items[0]].on_order
    assert on_order == (2 if kind == "purchase_order" else 0)
    assert services.apply(shop.actor, received(shop, kind, text).pk, now=True).counts == {"refuse": 2}
    services.undo(shop.actor, run.pk, now=True)
    assert not Document.objects.exists()
    assert sums(shop.actor, [shop.items[0]], [place.pk])[shop.items[0]].on_order == 0


@pytest.mark.parametrize("kind", ["purchase_order", "purchase_quote"])
def test_what_cannot_be_opened_is_refused_alone(shop: Trade, kind: str) -> None:
    save_location(shop.actor, {"name": "Main"})
    birch = save_vendor(shop.actor, {"name": "Birch"})
    save_vendor(shop.actor, {"status": "hold"}, vendor_id=shop.vendor)
    vendors = ["Birch", "Alder Mills", "Birch", "Birch", "Alder Mills"]
    rows = [f"X-{n},{vendor},2026-11-02,TNT-4,2,1\n" for n, vendor in enumerate(vendors)]
    text = "Number,Vendor,Date,SKU,Quantity,Unit price\n" + "".join(rows)
    run = services.check(shop.actor, received(shop, kind, text).pk, now=True)
    assert not Document.everything.exists()
    checked = told(run)
    run = services.apply(shop.actor, run.pk, now=True)
    assert told(run) == checked
    assert [(action, cause) for _row, action, cause in checked] == [
        ("refuse", "It is on hold: Alder Mills is on hold.") if vendor == "Alder Mills" else ("create", "") for vendor in vendors
    ]  # fmt: skip
    kept = Document.everything.order_by("number").values_list("number", "status", "vendor")
    assert list(kept) == [(f"X-{n}", "sent", birch.pk) for n in (0, 2, 3)]
    assert set(AuditEntry.objects.filter(kind="document").values_list("record_id", flat=True)) == set(
        Document.objects.values_list("pk", flat=True)
    )
    services.undo(shop.actor, run.pk, now=True)
    assert not Document.everything.exists()


def test_an_open_invoice_is_owed(shop: Trade) -> None:
    text = "Invoice,Customer,Date,Due,Description,Quantity,Unit price\nOLD-1,C-0001,2026-01-02,2026-02-01,Open balance,1,250\n"
    run = services.apply(shop.actor, received(shop, "invoice", text).pk, now=True)
    result = engine.run(shop.actor, Query("receivables", ("number",)))
    assert [(row[0], row[-2]) for row in result.rows] == [("OLD-1", D(250))]
    secret = share(shop.actor, Document.objects.get().pk)  # somebody reads it now
    services.undo(shop.actor, run.pk, now=True)
    assert run.outcomes.get(action="kept").cause == "Other records hang on it."
    assert read(secret)


def test_vendors_come_change_and_go(shop: Trade) -> None:
    before = list(Vendor.objects.values_list("name", "terms"))
    text = "Vendor number,Vendor,Our account,Terms,Email,Billing city\n,Alder Mills,H-1,Net 60,,\nV-9,Cascade,,,hi@cascade.example,Bend\n"
    run = services.apply(shop.actor, received(shop, "vendor", text).pk, now=True)
    assert [a for _n, a, _c in told(run)] == ["update", "create"]
    assert Vendor.objects.get(number="V-9").emails.get().email == "hi@cascade.example"
    mill = Vendor.objects.get(pk=shop.vendor)
    assert (mill.account_number, mill.terms) == ("H-1", "Net 60")
    assert services.apply(shop.actor, received(shop, "vendor", text).pk, now=True).counts == {"same": 2}
    services.undo(shop.actor, run.pk, now=True)
    assert list(Vendor.objects.values_list("name", "terms")) == before


HEAD = (
    "Order,Customer,Date,Ship via,Warehouse,Sales rep,Contact email,Custom status,Hold reason,SKU,Quantity\n"
)


def test_an_order_that_is_held_comes_in_held(shop: Trade) -> None:
    place = save_location(shop.actor, {"name": "North"})
    contact = save_contact(shop.actor, {"last_name": "Solberg"}, emails=[Email("r@x.example")])
    status = lists.save(shop.actor, "statuses-order", {"name": "Waits"})
    text = f"{HEAD}X-1,C-0001,2026-11-02,UPS,north,Dana,R@x.example,waits,Address is unclear,TNT-4,2\n"
    services.apply(shop.actor, received(shop, "order", text).pk, now=True)
    order = Document.objects.get()
    assert (order.status, order.hold_reason, order.carrier) == ("open", "Address is unclear", "UPS")
    assert (order.location_id, order.contact_id, order.custom_status_id) == (place.pk, contact.pk, status.pk)
    assert order.owner_id == shop.actor.user_id
    with pytest.raises(Conflict, match="Address is unclear"):
        convert(shop.actor, order.pk, Kind.SHIPMENT)
    move(shop.actor, order.pk, "release")
    assert convert(shop.actor, order.pk, Kind.SHIPMENT).source == order


MORE = "Order,Customer,SKU,Quantity,Unit price,Deposit,Deposit %,Packages,Billing street,Billing city\n"


def test_a_head_brings_deposit_packages_and_whom_to_bill(shop: Trade) -> None:
    text = f"{MORE}X-1,C-0001,TNT-4,2,50,40,,3,4 Mill Road,Concord\nX-2,C-0001,TNT-4,2,50,,30,,,\n"
    services.apply(shop.actor, received(shop, "order", text).pk, now=True)
    first, second = Document.objects.order_by("number")
    assert (first.deposit, first.packages, first.billing["city"]) == (40, 3, "Concord")
    assert (second.deposit_percent, second.packages) == (30, None)
    payment = convert(shop.actor, first.pk, Kind.PAYMENT, amount=D(15))
    move(shop.actor, payment.pk, "receive")
    there = {row[0]: row for row in outgoing.table(shop.actor, "order")}
    place = [field.key for field in KINDS["order"].fields].index("deposit")
    assert [there[number][place] for number in ("X-1", "X-2")] == ["25", "32.48"]


@pytest.mark.parametrize(
    ("cells", "cause"),
    [
        ("109,,,,", "A deposit is at most the total"),
        ("0.001,,,,", "has at most 2 decimals"),
        (",101,,,", "less than or equal to 100"),
        (",,1.5,,", "The number of packages is a whole number."),
        (",,-1,,", "greater than or equal to 0"),
    ],
)
def test_a_head_that_cannot_be_is_refused(shop: Trade, cells: str, cause: str) -> None:
    text = f"{MORE}X-1,C-0001,TNT-4,2,50,{cells}\n"
    [(_row, action, said)] = told(services.apply(shop.actor, received(shop, "order", text).pk, now=True))
    assert (action, cause in said) == ("refuse", True), said


@pytest.mark.parametrize(
    ("cells", "cause"),
    [
        ("UPS,Nowhere,,,,", "There is no location “Nowhere”."),
        ("UPS,,Nobody,,,", "There is no user “Nobody”."),
        ("UPS,,,no@x.example,,", "There is no contact “no@x.example”."),
        ("UPS,,,,Gone,", "There is no custom status “Gone”."),  # archived
        ("UPS,,,,Wrapped,", "There is no custom status “Wrapped”."),  # of another kind of document
        (f"UPS,,,,,{'x' * 201}", "at most 200 characters"),
    ],
)
def test_a_head_that_names_what_is_not_there_is_refused(shop: Trade, cells: str, cause: str) -> None:
    gone = lists.save(shop.actor, "statuses-order", {"name": "Gone"})
    shop.document(custom_status_id=gone.pk)
    assert not lists.remove(shop.actor, "statuses-order", gone.pk)  # in use, and so archived
    lists.save(shop.actor, "statuses-quote", {"name": "Wrapped"})
    text = f"{HEAD}X-1,C-0001,2026-11-02,{cells},TNT-4,2\n"
    run = services.apply(shop.actor, received(shop, "order", text).pk, now=True)
    [(_row, action, said)] = told(run)
    assert action == "refuse" and cause in said
    assert not Document.objects.filter(number="X-1").exists()


def test_what_was_put_away_and_who_has_left_is_named_by_no_file(shop: Trade) -> None:
    place = save_location(shop.actor, {"name": "North"})
    status = lists.save(shop.actor, "statuses-quote", {"name": "Waits"})
    sam = User.objects.create_user("sam@example.com", "correct horse battery", name="Sam")
    member = Membership.objects.create(organisation_id=shop.actor.organisation_id, user=sam, role=Role.SALES)
    names = {"location_id": place.pk, "custom_status_id": status.pk, "owner_id": sam.pk}
    move(shop.actor, shop.document(Kind.QUOTE, **names).pk, "send")

    def named() -> list[object]:
        heading, row, *_lines = outgoing.table(shop.actor, "quote")
        return [row[heading.index(name)] for name in ("Location", "Custom status", "Owner")]

    assert named() == ["North", "Waits", "sam@example.com"]
    archive(shop.actor, place)
    lists.remove(shop.actor, "statuses-quote", status.pk)
    member.ended_at = clock.now()
    member.save()
    assert named() == ["", "", ""]
