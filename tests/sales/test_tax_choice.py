"""Which tax a document begins with, what becomes of it, and the pages and the API that set it up."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.api.conftest import program_of
from tests.sales.test_lists import client_of
from tests.sales.trade import Trade, trade
from tradepost.accounts.access import Role
from tradepost.accounts.models import AuditEntry
from tradepost.accounts.settings import put
from tradepost.kit.errors import Conflict, Invalid, Refused, Stale
from tradepost.people.services import save_customer
from tradepost.sales import taxes
from tradepost.sales.intake import Incoming, take_over
from tradepost.sales.models import Document, ItemSalesTax, Kind, SalesTaxCode, TaxComponent, TaxRegion
from tradepost.sales.services import LineDraft, save_document
from tradepost.sales.tax import Match, Place, item_tax_at
from tradepost.sales.tax_trial import try_out

D = Decimal
pytestmark = pytest.mark.django_db
JANUARY = date(2026, 1, 1)


@pytest.mark.parametrize(
    ("place", "found", "why"),
    [
        (("US", "Calif."), "ca", Match.STATE),
        (("", "ca"), "ca", Match.STATE),
        (("US", "NJ"), "rest", Match.COUNTRY),
        (("DE", "Bavaria"), "vat", Match.COUNTRY),
        (("FR", ""), None, Match.ABROAD),
    ],
)
def test_a_place_is_charged_by_its_row(place: tuple[str, str], found: str | None, why: Match) -> None:
    regions = {("US", "ca"): "ca", ("US", ""): "rest", ("DE", ""): "vat"}
    assert item_tax_at(Place(*place), regions, "default", home="US") == (found, why)


def test_the_default_holds_at_home() -> None:
    assert item_tax_at(Place("US", "NJ"), {}, "default", home="US") == ("default", Match.DEFAULT)
    assert item_tax_at(Place(), {}, "default", home="US") == ("default", Match.DEFAULT)


@pytest.fixture
def shop() -> Trade:
    """California 7.25 %, New Jersey 6.625 %, else nothing; what is exempt is exempt."""
    found = trade()
    for code, percent in (("CA", "7.25"), ("NJ", "6.625"), ("ZERO", "0")):
        taxes.save_tax(found.actor, code, {JANUARY: D(percent)})
        row = taxes.save_item_tax(found.actor, code, [code], is_default=code == "ZERO")
        if code != "ZERO":
            taxes.save_region(found.actor, "US", code, row.pk)
    taxes.save_tax_code(found.actor, "Tax", taxable=True, is_default=True)
    taxes.save_tax_code(found.actor, "Resale", taxable=False, is_default=True)
    return found


def order(shop: Trade, **values: Any) -> Document:
    head = {"customer_id": shop.customer, **values}
    return save_document(shop.actor, Kind.ORDER, head, [LineDraft(description="Work", unit_price=D(100))])


@pytest.mark.req("C28", "C29")
def test_the_address_decides_and_what_it_chose_follows_it(shop: Trade) -> None:
    there, here = {"region": "California"}, {"region": "nj"}
    row = order(shop, shipping=there, billing=here)
    assert (row.tax_code.code, row.item_tax.code, row.tax) == ("Tax", "CA", D("7.25"))
    put(shop.actor, {"tax.address": "billing"})
    assert order(shop, shipping=there, billing=here).item_tax.code == "NJ"
    put(shop.actor, {"tax.address": "shipping"})
    row = save_document(shop.actor, Kind.ORDER, {"shipping": here}, document_id=row.pk)
    assert (row.item_tax.code, row.tax) == ("NJ", D("6.63"))
    chosen = ItemSalesTax.objects.get(code="ZERO").pk
    save_document(shop.actor, Kind.ORDER, {"item_tax_id": chosen}, document_id=row.pk)
    row = save_document(shop.actor, Kind.ORDER, {"shipping": there}, document_id=row.pk)
    assert (row.item_tax.code, row.tax) == ("ZERO", 0)


def test_without_an_address_the_customers_own_decides(shop: Trade) -> None:
    address = {"kind": "shipping", "region": "CA", "primary": True}
    save_customer(shop.actor, {}, customer_id=shop.customer, addresses=[address])
    assert order(shop).item_tax.code == "CA"
    assert order(shop, shipping={"country": "FR"}).item_tax is None


@pytest.mark.req("C12", "C30")
def test_an_exempt_customer_owes_none_however_the_order_comes(shop: Trade) -> None:
    save_customer(shop.actor, {"tax_status": "exempt"}, customer_id=shop.customer)
    assert (order(shop, shipping={"region": "CA"}).tax_code.code, order(shop).tax) == ("Resale", 0)
    lines = (LineDraft(description="Work", unit_price=D(100), tax_rate=D(8)),)
    [row] = take_over(shop.actor, Kind.ORDER, [Incoming("X-1", {"customer_id": shop.customer}, lines)])
    assert isinstance(row, Document)
    assert (row.tax_code.code, row.tax, row.total) == ("Resale", 0, 100)


def test_rates_that_a_file_states_hold_for_who_owes_tax(shop: Trade) -> None:
    place = {"customer_id": shop.customer, "shipping": {"region": "CA"}}
    stated = (LineDraft(description="Work", unit_price=D(100), tax_rate=D(8)),)
    silent = (LineDraft(description="Work", unit_price=D(100)),)
    made = take_over(shop.actor, Kind.ORDER, [Incoming("X-1", place, stated), Incoming("X-2", place, silent)])
    assert [row.tax for row in made if isinstance(row, Document)] == [D("8.00"), D("7.25")]


def test_prices_may_include_tax_from_the_start(shop: Trade) -> None:
    put(shop.actor, {"tax.included": True})
    row = order(shop, shipping={"region": "CA"})
    assert (row.prices_include_tax, row.total, row.tax) == (True, 100, D("6.76"))


def test_what_others_charge_is_not_put_away(shop: Trade) -> None:
    tax, item_tax = TaxComponent.objects.get(code="CA"), ItemSalesTax.objects.get(code="CA")
    with pytest.raises(Conflict, match="CA is charged by CA"):
        taxes.archive(shop.actor, TaxComponent, tax.pk)
    with pytest.raises(Conflict, match="is charged by US CA"):
        taxes.archive(shop.actor, ItemSalesTax, item_tax.pk)
    taxes.remove_region(shop.actor, TaxRegion.objects.get(state="CA").pk)
    assert taxes.archive(shop.actor, ItemSalesTax, item_tax.pk).archived_at
    assert taxes.archive(shop.actor, TaxComponent, tax.pk).archived_at
    assert taxes.archive(shop.actor, TaxComponent, tax.pk, undo=True).archived_at is None


def test_one_state_stands_once_in_any_spelling(shop: Trade) -> None:
    with pytest.raises(Invalid, match="says already"):
        taxes.save_region(shop.actor, "us", "California", ItemSalesTax.objects.get(code="NJ").pk)
    with pytest.raises(Invalid, match="two letters"):
        taxes.save_region(shop.actor, "USA", "TX", ItemSalesTax.objects.get(code="NJ").pk)


def test_one_default_takes_over_and_the_trail_says_so(shop: Trade) -> None:
    row = taxes.save_tax_code(shop.actor, "New", taxable=True, is_default=True)
    held = SalesTaxCode.objects.filter(is_default=True).values_list("code", flat=True)
    assert sorted(held) == ["New", "Resale"]
    with pytest.raises(Stale):
        taxes.save_tax_code(shop.actor, "Newer", taxable=True, pk=row.pk, version=9)
    taxes.save_tax(
        shop.actor, "CA", {date(2027, 1, 1): D(8)}, pk=TaxComponent.objects.get(code="CA").pk, whole=True
    )
    entry = AuditEntry.objects.filter(verb="tax.save").latest("pk")
    assert (entry.before["rates"], entry.after["rates"]) == (
        {"2026-01-01": "7.2500"},
        {"2027-01-01": "8.0000"},
    )
    with pytest.raises(Refused):
        taxes.save_tax(replace(shop.actor, role=Role.SALES), "X", {})


@pytest.mark.parametrize(
    ("state", "day", "code", "tax", "why"),
    [
        ("CA", JANUARY, "CA", "1.45", Match.STATE),
        ("TX", JANUARY, "ZERO", "0", Match.DEFAULT),
        ("CA", date(2025, 12, 31), "CA", "0", Match.STATE),
    ],
)
def test_what_would_be_charged(shop: Trade, state: str, day: date, code: str, tax: str, why: Match) -> None:
    found = try_out(shop.actor, shop.customer, shop.items[0], day, place=Place("US", state))  # 19.99
    assert (found.document.item_tax.code, found.document.tax, found.why) == (code, D(tax), why)
    assert not Document.objects.exists()


def test_the_pages(shop: Trade) -> None:
    client = client_of(shop)
    page = client.get("/taxes/").content.decode()
    assert "7.25" in page and "Resale" in page
    rates = {"rate-since": ["2026-01-01", "2026-07-01"], "rate-percent": ["1", "1.5"]}
    assert (
        client.post("/taxes/rates/new/", {"code": "City", "name": "City of Newark", **rates}).status_code
        == 302
    )
    row = TaxComponent.objects.get(code="City")
    assert [str(rate.percent) for rate in row.rates.all()] == ["1.0000", "1.5000"]
    twice = {
        "code": "City",
        "rate-since": ["2026-01-01"] * 2,
        "rate-percent": ["1", "2"],
        "version": row.version,
    }
    answer = client.post(f"/taxes/rates/{row.pk}/", twice)
    assert answer.status_code == 422 and "has a rate already" in answer.content.decode()
    group = {"code": "Newark", "components": ["NJ", "City"]}
    assert client.post("/taxes/items/new/", group).status_code == 302
    newark = ItemSalesTax.objects.get(code="Newark")
    region = {"country": "us", "state": "Newark", "item_tax_id": newark.pk}
    assert client.post("/taxes/regions/new/", region).status_code == 302
    assert client.post("/taxes/regions/new/", region).status_code == 422
    asked = f"customer={shop.customer}&item={shop.items[0]}&day=2026-07-02&country=US&state=Newark"
    answer = client.get(f"/taxes/try/?{asked}").content.decode()
    assert "City 1.5\N{NO-BREAK SPACE}%" in answer and "The region of this state says so" in answer
    assert (
        client.post(f"/taxes/codes/{SalesTaxCode.objects.get(code='Resale').pk}/archive/").status_code == 302
    )
    assert client.post("/taxes/", {"address": "billing", "included": "on"}).status_code == 302
    made = order(shop, shipping={"region": "CA"}, billing={"region": "NJ"})
    assert (made.item_tax.code, made.prices_include_tax) == ("NJ", True)
    shown = client.get(f"/documents/{made.pk}/field/item_tax_id/?edit=1").content.decode()
    assert "Newark" in shown
    client.post(f"/documents/{made.pk}/field/item_tax_id/", {"value": newark.pk})
    assert shop.again(made).item_tax_id == newark.pk


def test_programs(shop: Trade) -> None:
    program = program_of(shop.actor)
    made = program.post("taxes", {"code": "VAT", "rates": [{"since": "2026-01-01", "percent": "19"}]})
    changed = program.patch(f"taxes/{made['id']}", {"name": "Mehrwertsteuer"})
    assert (changed["name"], changed["rates"]) == ("Mehrwertsteuer", made["rates"])
    assert program.patch(f"taxes/{made['id']}", {"rates": []})["rates"] == []
    program.patch(f"taxes/{made['id']}", {"rates": [{"since": "2026-01-01", "percent": "19"}]})
    item_tax = program.post("item-sales-taxes", {"code": "DE", "taxes": ["VAT"]})
    region = program.post("tax-regions", {"country": "DE", "item_tax_id": item_tax["id"]})
    asked = {"customer_id": shop.customer, "item_id": shop.items[0], "date": "2026-11-03", "country": "DE"}
    found = program.post("tax-trial", asked, 200)
    assert (found["item_tax"], found["tax"], found["why"]) == ("DE", "3.80", "country")
    program.delete(f"item-sales-taxes/{item_tax['id']}", 409)
    program.delete(f"tax-regions/{region['id']}")
    program.delete(f"item-sales-taxes/{item_tax['id']}")
    assert not program.post(f"item-sales-taxes/{item_tax['id']}/restore", status=200)["archived"]
    code = next(one for one in program.get("sales-tax-codes")["items"] if one["code"] == "Tax")
    assert program.patch(f"sales-tax-codes/{code['id']}", {"code": "Taxed"})["is_default"]
