"""What one company takes away, an empty one brings in, and takes away again the same: every kind that is imported."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest

from tests.exchange.test_services import received, told
from tests.sales.trade import Trade, trade
from tradepost.accounts.access import Actor, Role
from tradepost.accounts.models import Membership, Organisation, User
from tradepost.accounts.services import invite
from tradepost.catalog import stock
from tradepost.catalog.categories import save_category
from tradepost.catalog.details import Code, Component, Details, Unit
from tradepost.catalog.details import Vendor as Offer
from tradepost.catalog.ledger import StockLine
from tradepost.catalog.models import Location
from tradepost.catalog.prices import Break, save_price_level, save_price_list
from tradepost.catalog.services import make_variants, save_bin, save_item, save_location
from tradepost.custom.services import save_field
from tradepost.exchange import outgoing, services
from tradepost.exchange.kinds import KINDS
from tradepost.kit.errors import Refused
from tradepost.people.models import Contact
from tradepost.people.services import Email, save, save_contact, save_customer
from tradepost.reports.reordering import set_level
from tradepost.sales import lists, taxes
from tradepost.sales.converting import convert
from tradepost.sales.currencies import save_rate
from tradepost.sales.models import Document, Kind
from tradepost.sales.moving import move
from tradepost.sales.payments import apply_credit
from tradepost.sales.returned import Arrived
from tradepost.sales.returning import receive
from tradepost.sales.services import LineDraft, save_document
from tradepost.sales.state_table import MACHINES, PURCHASES

pytestmark = [pytest.mark.django_db, pytest.mark.req("B25")]
DAY = date(2026, 11, 20)
# What others name comes before them.
ORDER = [
    *("user", "category", "price_level", "tax", "item_tax", "tax_code", "tax_region", "exchange_rate"),
    "location",
    "customer",
    "vendor",
    "contact",
    "lead",
    "reach",
    "address",
    "opportunity",
    "case",
    "project",
    "item",
    "part",
    "unit",
    "barcode",
    "list_value",
    "stock",
    "level",
    "price",
]
ORDER += [
    "offer",
    "quote",
    "order",
    "invoice",
    "credit_note",
    "purchase_quote",
    "purchase_order",
    "bill",
    "vendor_credit",
]
ORDER += ["payment", "bill_payment", "rma", "shipment"]

# What the ledger of stock names for ever, and what later files changed, so that it is kept with what belongs to it.
NAMED = {"item", "barcode", "location", "customer", "contact", "reach", "address"}
NAMED |= {"category", "price_level", "list_value"}  # of those


def prepared(actor: Actor) -> None:
    """What has no file of its own."""
    save_field(actor, {"name": "Web order", "kinds": ["order", "customer", "item"]})


@pytest.fixture
def shop() -> Trade:
    shop = trade()
    prepared(shop.actor)
    set_up(shop)
    masters(shop)
    papers(shop)
    return shop


def set_up(shop: Trade) -> None:
    """What the company chose for itself."""
    actor = shop.actor
    invite(actor, email="noor@x.example", role=Role.WAREHOUSE)
    level = save_price_level(actor, {"name": "Wholesale", "percent": D("12.5")})
    camping = save_category(actor, {"name": "Camping"})
    for within in (camping.pk, None):
        tents = save_category(actor, {"name": "Tents", "parent_id": within})
    save_item(actor, {"category_id": camping.children.get().pk}, item_id=shop.items[0])
    save_item(actor, {"category_id": tents.pk}, item_id=shop.items[1])
    save_customer(actor, {"price_level_id": level.pk}, customer_id=shop.customer)
    charge = save_item(actor, {"sku": "UPS", "name": "UPS", "type": "other_charge"})
    for key, values in (
        ("terms", {"name": "Net 15", "days": 15, "is_default": True}),
        ("terms", {"name": "Cash", "type": "cash"}),
        ("shipping-methods", {"name": "Ground", "carrier": "UPS", "item_id": charge.pk}),
        ("statuses-cash_sale", {"name": "Wrapped", "colour": "pink"}),
        ("classes", {"name": "East"}),
    ):
        lists.save(actor, key, values)
    taxes.save_tax(actor, "CA", {DAY: D("7.25"), date(2020, 1, 1): D(7)}, name="California")
    taxes.save_tax(actor, "LA", {DAY: D("2.5")}, compound=True)
    both = taxes.save_item_tax(actor, "Los Angeles", ["LA", "CA"], is_default=True)
    taxes.save_tax_code(actor, "EU", taxable=True, component_codes=["CA"])
    taxes.save_region(actor, "US", "California", both.pk)
    save_rate(actor, "EUR", DAY, D("1.0825"))


def masters(shop: Trade) -> None:
    actor, tent, who = shop.actor, shop.items[0], {"owner_id": shop.actor.user_id}
    marks = {"tags": ["VIP", "Web"], "custom": {"web_order": "=W-1"}}
    places = [
        {
            "kind": kind,
            "street": f"4 Mill Road, {kind}",
            "city": "Concord",
            "region": "NH",
            "country": "US",
            "primary": True,
        }
        for kind in ("billing", "shipping")
    ]
    places.append({"kind": "shipping", "name": "Head, yard", "street": "8 Quarry Lane", "city": "Barre"})
    late = save_customer(
        actor,
        {"name": "Head", "number": "C-9", "credit_hold": True, "credit_reason": "Late", **marks},
        emails=[Email("head@x.example"), Email("bills@x.example", "Invoices", True)],
        phones=[{"number": "+1 603 555 0199", "label": "Yard"}],
        addresses=places,
    )
    facts = {
        "parent_id": late.pk,
        "tax_status": "exempt",
        "credit_limit": D("2500.50"),
        "rep_id": actor.user_id,
        "notes": "Two\nlines",
    }
    save_customer(
        actor,
        {"name": "Änderungs- und “Co”", "status": "prospect", "terms": "Net 15", **facts},
        customer_id=shop.customer,
    )
    [contact] = [
        save_contact(
            actor,
            {"last_name": "Solberg", "birthday": date(1980, 2, 29)},
            emails=[Email("r@x.example")],
            customer_ids=[late.pk, shop.customer],
            phones=[{"number": "+1 603 555 0102", "label": "Mobile"}],
            addresses=[{"kind": "other", "city": "Barre", "country": "US"}],
        )
    ]
    save(actor, "lead", {"company": "Harbor", "source": "fair", **who}, emails=[Email("l@x.example")])
    concerned = {"customer_id": late.pk, "contact_id": contact.pk, **who}
    save(
        actor,
        "opportunity",
        {"name": "Spring", "stage": "propose", "probability": 60, "budget": D(900), **concerned},
    )
    save(
        actor,
        "case",
        {"subject": "Torn", "priority": "high", "status": "in_progress", "due": DAY, **concerned},
    )
    save(actor, "project", {"name": "Fittings", "status": "on_hold", "starts": DAY, **concerned})
    offer = Offer(
        "Alder Mills", D("7.25"), "USD", 14, D(200), "H-1", shop.vendor, ((D(10), D("6.5")), (D(50), D(6)))
    )
    save_item(
        actor,
        {"type": "stock", "price": D("19.9950"), **marks},
        item_id=tent,
        details=Details(
            barcodes=[Code("4006381333931"), Code("14006381333938", "carton")],
            units=[Unit("carton", D(12))],
            vendors=[offer],
        ),
    )
    kit = Details(parts=[Component(shop.items[1], D(2)), Component(tent, D("1.5"))])
    save_item(actor, {"sku": "SET", "name": "Set", "type": "kit"}, details=kit)
    shirt = save_item(actor, {"sku": "SHIRT", "name": "Shirt", "type": "matrix", "price": D(9)})
    make_variants(actor, shirt.pk, {"Size": ["S", "XL"], "Colour": ["Red"]})
    save_item(
        actor,
        {
            "sku": "TENTH",
            "name": "Ten off",
            "type": "discount",
            "discount_percent": D(10),
            "discount_reach": "line",
        },
    )
    main, north = (save_location(actor, {"name": name}) for name in ("Main", "North"))
    shelf = save_bin(actor, {"name": "A1", "location_id": main.pk})
    stock.receive(
        actor,
        [
            StockLine(tent, main.pk, D(7), shelf.pk, cost=D("31.11")),
            StockLine(tent, main.pk, D("2.5"), cost=D("10.00")),
            StockLine(tent, north.pk, D(4)),
        ],
    )
    set_level(actor, tent, main.pk, D(10), None, D(5))
    save_price_list(
        actor,
        {"name": "Spring", "currency": "EUR", "starts": DAY},
        breaks=[Break(tent, D(18)), Break(tent, D(17), D(10))],
    )


def papers(shop: Trade) -> None:
    """Open ones of each kind; of an order a part is shipped, of an invoice a part is paid, and a draft is none."""
    for kind, verb in (
        *((Kind.QUOTE, "send"), (Kind.INVOICE, "issue"), (Kind.CREDIT_NOTE, "issue")),
        *(
            (Kind.PURCHASE_QUOTE, "send"),
            (Kind.PURCHASE_ORDER, "send"),
            (Kind.BILL, "approve"),
            (Kind.VENDOR_CREDIT, "approve"),
        ),
    ):
        lines = [
            LineDraft(shop.items[0], quantity=D(3), unit_price=D("20.00"), discount_percent=D(5)),
            LineDraft(description="Work", unit_price=D(8)),
        ]
        party = (
            {"vendor_id": shop.vendor}
            if kind in PURCHASES
            else {"customer_id": shop.customer, "po_number": "+PO"}
        )
        row = save_document(
            shop.actor,
            kind,
            {**party, "date": DAY, "discount_percent": D(2), "freight": D("4.50"), "memo": "One\ntwo"},
            lines,
        )
        move(shop.actor, row.pk, verb)
    invoice = Document.objects.get(kind=Kind.INVOICE)
    apply_credit(
        shop.actor, move(shop.actor, shop.payment("11.50").pk, "receive").pk, {invoice.pk: D("11.50")}
    )
    order = shop.document(
        Kind.ORDER, "3", "5", date=DAY, promised=DAY, channel="shop", custom={"web_order": "W-1"}
    )
    part = convert(shop.actor, order.pk, Kind.SHIPMENT, {order.lines.all()[0].pk: D(1)})
    move(shop.actor, part.pk, "ship")
    shop.document(Kind.ORDER, "1")
    held(shop)
    move(shop.actor, shop.payment("70.25").pk, "receive")
    move(shop.actor, shop.bill_payment("9.50").pk, "pay")
    back = shop.document(Kind.RMA, "3", "5", date=DAY)
    move(shop.actor, back.pk, "approve")
    receive(shop.actor, back.pk, [Arrived(back.lines.all()[0].pk, D(1))])
    shop.document(Kind.RMA, "1")  # nobody has said yes to it yet
    shop.document(Kind.SHIPMENT, "2", date=DAY)


def held(shop: Trade) -> None:
    """An order that somebody else keeps back, of another location, with all that a head names."""
    actor, contact = shop.actor, Contact.objects.get(last_name="Solberg")
    sam = User.objects.create_user("sam@example.com", "correct horse battery", name="Sam")
    Membership.objects.create(organisation_id=actor.organisation_id, user=sam, role=Role.SALES)
    waits = lists.save(actor, "statuses-order", {"name": "Waits for cloth"})
    north = Location.objects.of(actor).get(name="North")
    named = {"location_id": north.pk, "contact_id": contact.pk, "custom_status_id": waits.pk}
    sent = {"carrier": "UPS", "tracking": "1Z999", "packages": 2, "deposit_percent": D(10)}
    row = shop.document(Kind.ORDER, "2", owner_id=sam.pk, **named, **sent)
    move(actor, row.pk, "hold", "Address is unclear")


HEAD = {
    *("number", "hold_reason", "owner__email", "location__name", "contact__last_name"),
    *(
        "custom_status__name",
        "carrier",
        "tracking",
        "packages",
        "billing",
        "customer__number",
        "vendor__number",
        "class_name",
        "date",
    ),
    *("promised", "due", "terms", "currency", "exchange_rate", "po_number", "channel", "memo", "shipping"),
    *("method", "discount_percent", "prices_include_tax"),
}


def heads(actor: Actor, kind: str) -> list[dict[str, Any]]:
    """What the heads of a kind that are taken away say, by number."""
    numbers = {row[0] for row in outgoing.table(actor, kind)}
    return list(
        Document.objects.of(actor).filter(kind=kind, number__in=numbers).order_by("number").values(*HEAD)
    )


def taken(actor: Actor, kind: str) -> bytes:
    return b"".join(outgoing.file(actor, kind, "csv"))


def test_what_is_taken_away_comes_in_elsewhere_and_is_the_same(shop: Trade) -> None:
    assert set(ORDER) == set(KINDS)
    files = {kind: taken(shop.actor, kind) for kind in ORDER}
    empty = Organisation.objects.create(name="Elsewhere", token_key=b"e" * 32)
    for member in Membership.objects.of(shop.actor):  # who accepted the invitation
        Membership.objects.create(organisation=empty, user_id=member.user_id, role=member.role)
    there = replace(shop, actor=replace(shop.actor, organisation_id=empty.pk))
    prepared(there.actor)
    runs = []
    for kind, file in files.items():
        assert file.count(b"\n") > 1, kind
        run = services.apply(
            there.actor, services.check(there.actor, received(there, kind, file).pk, now=True).pk, now=True
        )
        assert [row for row in told(run) if row[1] == "refuse"] == [], kind
        assert taken(there.actor, kind) == file, kind
        if kind in MACHINES:
            assert heads(there.actor, kind) == heads(shop.actor, kind), kind
        runs.append(run)
    assert {kind for kind, file in files.items() if taken(there.actor, kind) != file} == set()
    owed = [Document.objects.of(actor).get(kind=Kind.INVOICE) for actor in (shop.actor, there.actor)]
    assert owed[0].balance == owed[1].balance == owed[1].total
    for run in reversed(runs):
        services.undo(there.actor, run.pk, now=True)
        kept = [row for row in told(run) if row[1] == "kept"]
        assert kept == [] or run.kind in NAMED, run.kind
    gone = set(ORDER) - NAMED - {"user"}  # who brought it in is one
    assert {kind for kind in gone if taken(there.actor, kind).count(b"\r\n") > 1} == set()


def test_of_what_is_begun_the_rest_is_taken_and_of_what_is_paid_what_is_owed(shop: Trade) -> None:
    orders = list(outgoing.table(shop.actor, "order"))
    at = orders[0].index("Quantity")
    assert [row[at] for row in orders[1:]] == ["2", "5", "1", "2"]
    rows = list(outgoing.table(shop.actor, "invoice"))
    price = rows[0].index("Unit price")
    assert [row[price] for row in rows[1:]] == ["20", "8", "-11.73"]  # less 2 %


def test_who_may_not_export_or_change_a_kind_takes_none_of_it(shop: Trade) -> None:
    for role, kind in ((Role.READ_ONLY, "customer"), (Role.WAREHOUSE, "invoice")):
        with pytest.raises(Refused):
            outgoing.table(replace(shop.actor, role=role), kind)
