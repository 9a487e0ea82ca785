"""What was put away is chosen by nobody anew, by no door; what a record holds already stays with it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from tests.api.conftest import program_of
from tests.api.conftest import told as told_by
from tests.exchange.test_services import received, told
from tests.sales.test_lists import client_of
from tests.sales.trade import D, Trade, trade
from tradepost.accounts.models import Organisation
from tradepost.catalog import services as catalog
from tradepost.catalog.breaks import put_price
from tradepost.catalog.details import Component, Details
from tradepost.catalog.details import Vendor as Offer
from tradepost.catalog.models import Item, Location, PriceLevel, PriceList
from tradepost.catalog.prices import Break, save_price_level, save_price_list
from tradepost.exchange import services as exchange
from tradepost.kit import clock
from tradepost.kit.errors import Fault, Invalid
from tradepost.people import services as people
from tradepost.people.models import Contact, Customer, Project, Vendor
from tradepost.reports.models import ReorderLevel
from tradepost.reports.reordering import set_level
from tradepost.sales import lists, taxes
from tradepost.sales.converting import convert, copy
from tradepost.sales.models import Document, ItemSalesTax, Kind, SalesTaxCode, TaxComponent
from tradepost.sales.moving import move
from tradepost.sales.services import LineDraft, save_document
from tradepost.sales.settling import MONEY
from tradepost.sales.state_table import PURCHASES
from tradepost.sales.statements import make_statement

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Trade:
    return trade()


@dataclass(frozen=True)
class Choice:
    """``make`` what can be chosen, of ``model``; ``choose`` it for a new record (None) or for the one with that key."""

    model: Any
    make: Callable[[Trade], int]
    choose: Callable[[Trade, int, int | None], int]


def put_away(model: Any, pk: int) -> None:
    assert model.objects.filter(pk=pk).update(archived_at=clock.now())


def _tax(shop: Trade) -> int:
    return taxes.save_tax(shop.actor, "STATE", {date(2020, 1, 1): D(8)}).pk


def _item_tax(shop: Trade) -> int:
    _tax(shop)
    return taxes.save_item_tax(shop.actor, "NH", ["STATE"]).pk


def _code(shop: Trade) -> int:
    return taxes.save_tax_code(shop.actor, "TAX", taxable=True).pk


def _place(shop: Trade) -> int:
    catalog.save_location(shop.actor, {"name": "Main", "is_default": True})
    return catalog.save_location(shop.actor, {"name": "Barn"}).pk


def _job(shop: Trade) -> int:
    return people.save_project(shop.actor, {"name": "Fit-out", "customer_id": shop.customer}).pk


def _item(**values: Any) -> Callable[[Trade], int]:
    return lambda s: catalog.save_item(s.actor, {"sku": "OLD", "name": "Old", "price": D(4), **values}).pk


def _document(name: str, kind: Kind = Kind.QUOTE) -> Callable[[Trade, int, int | None], int]:
    """A document that names it in its head."""

    def choose(shop: Trade, pk: int, held: int | None) -> int:
        if held is None:
            return shop.document(kind, **{name: pk}).pk
        return save_document(shop.actor, kind, {name: pk}, document_id=held).pk

    return choose


def _line(shop: Trade, pk: int, held: int | None) -> int:
    head = {} if held else {"customer_id": shop.customer}
    drafts = [LineDraft(pk, quantity=D(2)), LineDraft(shop.items[0])]
    return save_document(shop.actor, Kind.ORDER, head, drafts, document_id=held).pk


def _group(shop: Trade, pk: int, held: int | None) -> int:
    """The items of a group that is entered stand on the lines."""
    values, parts = {"sku": "SET", "name": "Set", "type": "group"}, [Component(pk, D(2))]
    found = Item.objects.filter(sku="SET").first()
    whole = found or catalog.save_item(shop.actor, values, details=Details(parts=parts))
    return _line(shop, whole.pk, held)


def _part(shop: Trade, pk: int, held: int | None) -> int:
    details = Details(parts=[Component(pk, D(2)), Component(shop.items[0], D(1))])
    values = {} if held else {"sku": f"SET-{Item.objects.count()}", "name": "Set", "type": "group"}
    return catalog.save_item(shop.actor, values, item_id=held, details=details).pk


def _vendor(key: bool, name: str = "Oak") -> Callable[[Trade, int, int | None], int]:
    """The vendor of an item, by its key or its name alone."""

    def choose(shop: Trade, pk: int, held: int | None) -> int:
        details = Details(vendors=[Offer("Elm"), Offer(name, D(5), vendor_id=pk if key else None)])
        values = {} if held else {"sku": f"BUY-{Item.objects.count()}", "name": "Bought"}
        return catalog.save_item(shop.actor, values, item_id=held, details=details).pk

    return choose


def _method(shop: Trade, pk: int, held: int | None) -> int:
    name = f"Van {lists.ListEntry.objects.count()}"
    return lists.save(shop.actor, "shipping-methods", {"name": name, "item_id": pk}, pk=held).pk


def _break(shop: Trade, pk: int, held: int | None) -> int:
    row = held or save_price_list(shop.actor, {"name": f"Trade {PriceList.objects.count()}"}).pk
    put_price(shop.actor, row, Break(pk, D(2), D(5)))
    return row


def _breaks(shop: Trade, pk: int, held: int | None) -> int:
    values = {} if held else {"name": f"All {PriceList.objects.count()}"}
    return save_price_list(shop.actor, values, list_id=held, breaks=[Break(pk, D(2))]).pk


def _level_of_list(shop: Trade, pk: int, held: int | None) -> int:
    return save_price_list(shop.actor, {"name": f"For {held}", "level_id": pk}, list_id=held).pk


def _level_of_customer(shop: Trade, pk: int, held: int | None) -> int:
    return people.save_customer(shop.actor, {"name": "Elm", "price_level_id": pk}, customer_id=held).pk


def _region(shop: Trade, pk: int, held: int | None) -> int:
    there = taxes.TaxRegion.objects.count()
    return taxes.save_region(shop.actor, "US", "" if held or not there else "NH", pk, pk=held).pk


def _component(shop: Trade, pk: int, held: int | None) -> int:
    code = f"X{held or SalesTaxCode.objects.count()}"
    return taxes.save_tax_code(shop.actor, code, taxable=True, component_codes=["STATE"], pk=held).pk


def _bin(shop: Trade, pk: int, held: int | None) -> int:
    values = {"name": f"B {held}", **({} if held else {"location_id": pk})}
    return catalog.save_bin(shop.actor, values, bin_id=held).pk


def _reorder(shop: Trade, pk: int, held: int | None) -> int:
    """Of the item at a location, for a new one at another."""
    if held is None:
        at = catalog.save_location(shop.actor, {"name": f"Shed {Location.objects.count()}"}).pk
    else:
        at = ReorderLevel.objects.get(pk=held).location_id
    row = set_level(shop.actor, pk, at, D(1), None)
    assert row
    return row.pk


def _level(shop: Trade) -> int:
    return save_price_level(shop.actor, {"name": "Dealers", "percent": D(10)}).pk


def _party(model: Any) -> Callable[[Trade], int]:
    names = {"first_name": "Kim", "last_name": "Oak"} if model is Contact else {"name": "Oak"}
    return lambda s: people.save(s.actor, model._meta.model_name, names).pk


CHOICES = {
    "tax code of a document": Choice(SalesTaxCode, _code, _document("tax_code_id")),
    "item tax of a document": Choice(ItemSalesTax, _item_tax, _document("item_tax_id")),
    "location of a document": Choice(Location, _place, _document("location_id")),
    "job of a document": Choice(Project, _job, _document("project_id")),
    "job of a purchase": Choice(Project, _job, _document("project_id", Kind.PURCHASE_ORDER)),
    "contact of a document": Choice(Contact, _party(Contact), _document("contact_id")),
    "item of a line": Choice(Item, _item(), _line),
    "item in an entered group": Choice(Item, _item(), _group),
    "item of a shipping method": Choice(Item, _item(type="other_charge"), _method),
    "item of a price": Choice(Item, _item(), _break),
    "item among the prices of a list": Choice(Item, _item(), _breaks),
    "item of a reorder level": Choice(Item, _item(), _reorder),
    "part of an item": Choice(Item, _item(), _part),
    "vendor of an item, by key": Choice(Vendor, _party(Vendor), _vendor(key=True, name="Our Oak")),
    "vendor of an item, by name": Choice(Vendor, _party(Vendor), _vendor(key=False, name="OAK")),
    "level of a price list": Choice(PriceLevel, _level, _level_of_list),
    "level of a customer": Choice(PriceLevel, _level, _level_of_customer),
    "item tax of a region": Choice(ItemSalesTax, _item_tax, _region),
    "tax of a tax code": Choice(TaxComponent, _tax, _component),
    "location of a bin": Choice(Location, _place, _bin),
}


@pytest.mark.parametrize("name", CHOICES)
def test_what_is_put_away_is_chosen_no_more_and_kept_where_it_is(shop: Trade, name: str) -> None:
    one = CHOICES[name]
    pk = one.make(shop)
    held = one.choose(shop, pk, None)
    put_away(one.model, pk)
    with pytest.raises(Fault, match=r"is archived\. Restore it") as refused:
        one.choose(shop, pk, None)
    assert 400 <= refused.value.status < 500
    assert one.choose(shop, pk, held) == held


@pytest.fixture
def old(shop: Trade) -> Document:
    """An order whose tax code, location and first item were put away since."""
    code, place = _code(shop), _place(shop)
    order = shop.document(Kind.ORDER, tax_code_id=code, location_id=place)
    for model, pk in ((SalesTaxCode, code), (Location, place), (Item, shop.items[0])):
        put_away(model, pk)
    return order


def test_what_is_made_of_it_and_a_copy_hold_what_it_held(shop: Trade, old: Document) -> None:
    made = [copy(shop.actor, old.pk), convert(shop.actor, old.pk, Kind.INVOICE)]
    made.append(convert(shop.actor, old.pk, Kind.PURCHASE_ORDER, vendor_id=shop.vendor))
    for row in made:
        assert row.location_id == old.location_id
        assert row.lines.get(position=1).item_id == shop.items[0]
    save_document(
        shop.actor,
        Kind.PURCHASE_ORDER,
        {"location_id": old.location_id},
        [LineDraft(shop.items[0])],
        document_id=made[2].pk,
    )


def test_the_form_goes_on_with_what_the_document_holds(shop: Trade, old: Document) -> None:
    """Its totals as one types, and its saving; the same by API, where the preview names the document."""
    typed = {
        "customer_id": shop.customer,
        "date": old.date,
        "line-item": shop.items[0],
        "line-description": "TNT-4",
        "line-quantity": "3",
        "line-unit_price": "",
        "line-discount_percent": "",
        "line-tax_rate": "",
    }
    client, program = client_of(shop), program_of(shop.actor)
    found = client.post(f"/documents/totals/order/?document={old.pk}", typed).json()
    assert (found["problem"], found["amounts"]) == ("", ["$59.97"])
    assert "is archived" in client.post("/documents/totals/order/", typed).json()["problem"]
    assert client.post(f"/orders/{old.pk}/edit/", typed).status_code == 302
    assert "is archived. Restore it" in client.post("/orders/new/", typed).content.decode()
    body = {
        "customer_id": shop.customer,
        "tax_code_id": old.tax_code_id,
        "lines": [{"item_id": shop.items[0]}],
    }
    refused = program.post("documents/preview", body, 422)
    assert refused["errors"] == {"tax_code_id": "“TAX” is archived."}
    assert refused["cure"] == "Restore it, or choose another one."
    assert program.post("documents/preview", {**body, "document_id": old.pk}, 200)["total"] == "19.99"
    program.post("documents/preview", {**body, "document_id": 10**6}, 404)


def test_a_file_names_nothing_that_was_put_away(shop: Trade, old: Document) -> None:
    text = "Order,Customer,SKU,Quantity\nW-1,Granite State Brewing,TNT-4,1\nW-2,Granite State Brewing,MAP,1\n"
    run = exchange.apply(shop.actor, received(shop, "order", text).pk, now=True)
    [(_n, refuse, cause), (_m, create, _none)] = told(run)
    assert (refuse, create) == ("refuse", "create")
    assert "“TNT-4 TNT-4” is archived. Restore it" in cause
    with pytest.raises(Invalid):
        shop.document()


def test_a_vendor_who_was_archived_sells_no_further_item_by_page_program_or_file(shop: Trade) -> None:
    client, program = client_of(shop), program_of(shop.actor)
    old, new = shop.items[:2]
    held = Details(vendors=[Offer("Alder Mills", D(5), vendor_id=shop.vendor)])
    catalog.save_item(shop.actor, {}, item_id=old, details=held)
    put_away(Vendor, shop.vendor)
    typed = {"vendors-vendor": "Alder Mills", "vendors-price": "6"}
    typed |= {f"vendors-{name}": "" for name in ("vendor_sku", "breaks", "currency", "lead_days", "quantity")}
    body = {"vendors": [{"vendor": "Alder Mills", "vendor_id": shop.vendor, "price": "6"}]}
    text = "SKU,Vendor,Cost\n{},Alder Mills,7\n"

    page = client.post(f"/items/{new}/made-of/", typed)
    assert (page.status_code, "“Alder Mills” is archived. Restore it" in page.content.decode()) == (422, True)
    refused = told_by(program.call("put", f"items/{new}/made-of", body), 422)
    assert refused["errors"] == {"vendors": "Line 1: “Alder Mills” is archived."}
    run = exchange.apply(shop.actor, received(shop, "offer", text.format("STV-1")).pk, now=True)
    assert [(outcome, why) for _n, outcome, why in told(run)] == [("refuse", "“Alder Mills” is archived.")]
    assert not Item.objects.get(pk=new).vendors.exists()

    kept = Item.objects.get(pk=old).vendors
    assert client.post(f"/items/{old}/made-of/", typed).status_code == 302
    assert kept.get().price == 6
    told_by(program.call("put", f"items/{old}/made-of", body), 200)
    exchange.apply(shop.actor, received(shop, "offer", text.format("TNT-4")).pk, now=True)
    assert (kept.get().price, kept.get().vendor_id) == (7, shop.vendor)


def test_an_item_is_sold_by_a_vendor_of_ours(shop: Trade) -> None:
    other = Organisation.objects.create(name="Elsewhere", token_key=b"e" * 32)
    theirs = Vendor.objects.create(organisation=other, name="Alder Mills", number="V-1")
    for pk in (theirs.pk, 10**9):
        body = {"vendors": [{"vendor": "Alder Mills", "vendor_id": pk}]}
        refused = told_by(program_of(shop.actor).call("put", f"items/{shop.items[0]}/made-of", body), 422)
        assert refused["errors"] == {"vendors": f"Line 1: There is no vendor with the id {pk}."}


def test_a_name_means_the_vendor_in_use_though_an_archived_one_has_it_too(shop: Trade) -> None:
    put_away(Vendor, shop.vendor)
    use = people.save_vendor(shop.actor, {"name": "Alder Mills"}).pk
    typed = {"vendors-vendor": "Alder Mills", "vendors-price": "6"}
    typed |= {f"vendors-{name}": "" for name in ("vendor_sku", "breaks", "currency", "lead_days", "quantity")}
    assert client_of(shop).post(f"/items/{shop.items[0]}/made-of/", typed).status_code == 302
    assert Item.objects.get(pk=shop.items[0]).vendors.get().vendor_id == use
    named = Details(vendors=[Offer("Alder Mills")])
    assert catalog.save_item(shop.actor, {}, item_id=shop.items[1], details=named)


@pytest.mark.req("B21")
@pytest.mark.parametrize("kind", [kind for kind in Kind if kind != Kind.STATEMENT])
def test_who_was_archived_begins_no_business_and_still_settles_it(shop: Trade, kind: Kind) -> None:
    """By verb, program and copy; what is there stays with whom it names, and is edited."""
    model, pk = (Vendor, shop.vendor) if kind in PURCHASES else (Customer, shop.customer)
    name = "vendor_id" if kind in PURCHASES else "customer_id"
    before = shop.document(kind, "1")
    put_away(model, pk)
    begins = kind in {
        *(Kind.QUOTE, Kind.ORDER, Kind.CASH_SALE, Kind.INVOICE),
        *(Kind.PURCHASE_QUOTE, Kind.PURCHASE_ORDER, Kind.CASH_PURCHASE, Kind.BILL),
    }
    program = program_of(shop.actor)
    body = {
        "kind": kind,
        name: pk,
        **({"amount": "1"} if kind in MONEY else {"lines": [{"item_id": shop.items[0]}]}),
    }
    if not begins:
        assert shop.document(kind, "1").pk and copy(shop.actor, before.pk).pk
        assert program.post("documents", body)[name] == pk
        return
    for again in (lambda: shop.document(kind, "1"), lambda: copy(shop.actor, before.pk)):
        with pytest.raises(Invalid, match=r"is archived\. Restore it, or choose another one\.") as refused:
            again()
        assert list(refused.value.fields) == [name]
    assert name in program.post("documents", body, 422)["errors"]
    assert save_document(shop.actor, kind, {name: pk, "memo": "kept"}, document_id=before.pk).memo == "kept"
    assert Document.objects.filter(kind=kind).count() == 1


def test_who_was_archived_comes_by_no_page_and_file_and_goes_on(shop: Trade) -> None:
    quote = move(shop.actor, shop.document(Kind.QUOTE, "1").pk, "send")
    invoice = move(shop.actor, shop.document(Kind.INVOICE, "1").pk, "issue")
    put_away(Customer, shop.customer)
    typed = {
        "customer_id": shop.customer,
        "line-description": "Work",
        "line-quantity": "1",
        "line-unit_price": "9",
    }
    typed |= {"line-item": "", "line-discount_percent": "", "line-tax_rate": ""}
    page = client_of(shop).post("/orders/new/", typed)
    assert (page.status_code, "is archived" in page.content.decode()) == (422, True)
    shown = client_of(shop).get(f"/customers/{shop.customer}/").content.decode()
    assert not re.search(r"/(order|quote)s/new/\?customer=", shown)  # what would be refused is not offered
    text = f"Order,Customer,SKU,Quantity\nW-1,{Customer.objects.get(pk=shop.customer).number},TNT-4,1\n"
    run = exchange.apply(shop.actor, received(shop, "order", text).pk, now=True)
    assert [outcome for _n, outcome, _why in told(run)] == ["refuse"]
    assert convert(shop.actor, quote.pk, Kind.ORDER).customer_id == shop.customer
    paid = move(shop.actor, convert(shop.actor, invoice.pk, Kind.PAYMENT).pk, "receive")
    assert shop.again(invoice).status == "paid" and paid.customer_id == shop.customer
    assert make_statement(shop.actor, shop.customer, first=invoice.date).total == 0
