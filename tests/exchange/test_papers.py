"""Documents with all that makes a total go away and come back to the cent: discounts, tax in prices, freight, currencies, units, kits."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal as D
from typing import Any

import pytest

from tests.exchange.test_outgoing import taken
from tests.exchange.test_services import received, told
from tests.sales.trade import Trade, trade
from tradepost.accounts.access import Actor, Role
from tradepost.accounts.models import Membership, Organisation
from tradepost.catalog.details import Component, Details, Unit
from tradepost.catalog.services import save_item
from tradepost.exchange import services
from tradepost.people.services import save_customer, save_vendor
from tradepost.sales.models import Document, Kind
from tradepost.sales.moving import move
from tradepost.sales.payments import apply_credit
from tradepost.sales.services import LineDraft, save_document

pytestmark = [pytest.mark.django_db, pytest.mark.req("B25")]
FIGURES = ("subtotal", "discount", "freight", "tax", "total", "currency", "exchange_rate")


def lines(*skus: str) -> list[tuple[str, dict[str, Any]]]:
    return [(sku, {"quantity": D(3), "unit_price": D("19.995"), "tax_rate": D("8.25")}) for sku in skus]


OFF = ("FIVE", {})
DOCUMENTS: dict[str, tuple[dict[str, Any], list[tuple[str, dict[str, Any]]]]] = {
    "discount on the line above": ({}, [*lines("A"), ("TENTH", {}), *lines("B")]),
    "discount on all above": ({}, [*lines("A", "B"), OFF]),
    "discount that was typed": ({}, [*lines("A"), ("TENTH", {"discount_percent": D("12.5")})]),
    "header discount": ({"discount_percent": D("7.5")}, lines("A", "B")),
    "header and line discounts": (
        {"discount_percent": D("2.5"), "freight": D("11.11"), "freight_tax_rate": D("7.7")},
        [("A", {"quantity": D("1.5"), "discount_percent": D("33.3333"), "tax_rate": D(19)}), OFF],
    ),
    "tax in prices": ({"prices_include_tax": True}, lines("A", "B")),
    "tax in prices and freight": (
        {"prices_include_tax": True, "freight": D("4.99"), "freight_tax_rate": D("8.25")},
        [("A", {"quantity": D(37), "unit_price": D("19.99"), "tax_rate": D("8.25")})],
    ),
    "freight without tax": ({"freight": D("12.50")}, lines("A")),
    "another currency": ({"currency": "EUR", "exchange_rate": D("1.08765432")}, lines("A")),
    "a currency without cents": (
        {"currency": "JPY", "exchange_rate": D("0.0066")},
        [("A", {"unit_price": D(333), "quantity": D(7), "tax_rate": D(10)})],
    ),
    "a carton": ({}, [("A", {"quantity": D(2), "unit": "carton", "unit_price": D(200)})]),
    "a kit": ({}, [("SET", {"quantity": D(2), "unit_price": D("44.44")})]),
    "no item": ({}, [("", {"description": "Work, “late”", "unit_price": D("0.3333"), "quantity": D(3)})]),
}  # fmt: skip


def goods(actor: Actor) -> dict[str, int]:
    """The items, in a company that has them."""
    two = {sku: save_item(actor, {"sku": sku, "name": sku, "price": D(5)}) for sku in ("A", "B")}
    save_item(actor, {}, item_id=two["A"].pk, details=Details(units=[Unit("carton", D(12))]))
    parts = Details(parts=[Component(two["A"].pk, D(2))])
    two["SET"] = save_item(actor, {"sku": "SET", "name": "Set", "type": "kit"}, details=parts)
    tenth = {"sku": "TENTH", "name": "A tenth off", "type": "discount", "discount_percent": D(10)}
    two["TENTH"] = save_item(actor, {**tenth, "discount_reach": "line"})
    two["FIVE"] = save_item(actor, {"sku": "FIVE", "name": "Five off", "type": "discount", "price": D(-5)})
    return {sku: row.pk for sku, row in two.items()}


def elsewhere(shop: Trade) -> Trade:
    """A company with the same customers, vendors and items, and no document."""
    empty = Organisation.objects.create(name="Elsewhere", token_key=b"e" * 32)
    Membership.objects.create(organisation=empty, user_id=shop.actor.user_id, role=Role.ADMIN)
    actor = replace(shop.actor, organisation_id=empty.pk)
    save_customer(actor, {"name": "Granite State Brewing", "number": "C-0001"})
    save_vendor(actor, {"name": "Alder Mills", "number": "V-0001"})
    goods(actor)
    return replace(shop, actor=actor)


def figures(actor: Actor) -> dict[str, list[Any]]:
    rows = Document.objects.of(actor).filter(kind__in=[Kind.INVOICE, Kind.ORDER, Kind.PURCHASE_ORDER])
    return {row.number: [getattr(row, name) for name in FIGURES] for row in rows}


def draft(items: dict[str, int], sku: str, said: dict[str, Any]) -> LineDraft:
    return LineDraft(items.get(sku), **said)


def brought(there: Trade, kind: str, file: bytes) -> None:
    run = services.apply(there.actor, received(there, kind, file).pk, now=True)
    assert [row for row in told(run) if row[1] == "refuse"] == []
    assert taken(there.actor, kind) == file


def test_every_total_is_the_same_there_to_the_cent() -> None:
    shop = trade()
    items, numbers = goods(shop.actor), {}
    for name, (head, several) in DOCUMENTS.items():
        drafts = [draft(items, sku, said) for sku, said in several]
        row = save_document(shop.actor, Kind.INVOICE, {"customer_id": shop.customer, **head}, drafts)
        numbers[move(shop.actor, row.pk, "issue").number] = name
    there = elsewhere(shop)
    brought(there, "invoice", taken(shop.actor, "invoice"))
    here, then = figures(shop.actor), figures(there.actor)
    assert {numbers[n]: (here[n], then[n]) for n in numbers if here[n] != then[n]} == {}


def test_what_is_drop_shipped_stays_so_and_holds_no_stock() -> None:
    shop = trade()
    items = goods(shop.actor)
    one = [LineDraft(items["A"], quantity=D(2), unit_price=D(9), drop_ship=True), LineDraft(items["B"])]
    save_document(shop.actor, Kind.ORDER, {"customer_id": shop.customer}, one)
    there = elsewhere(shop)
    brought(there, "order", taken(shop.actor, "order"))
    assert list(Document.objects.of(there.actor).get().lines.values_list("drop_ship", flat=True)) == [
        True,
        False,
    ]
    assert figures(shop.actor) == figures(there.actor)


@pytest.mark.parametrize("discount", ["0", "2", "2.5", "7.77", "33.3333"])
def test_what_is_left_to_pay_is_the_same_there_to_the_cent(discount: str) -> None:
    shop = trade()
    items = goods(shop.actor)
    left = {}
    for paid in ("0.01", "7.35", "11.50", "33.33"):
        drafts = [draft(items, sku, said) for sku, said in lines("A", "B")]
        head = {"customer_id": shop.customer, "discount_percent": D(discount)}
        row = move(shop.actor, save_document(shop.actor, Kind.INVOICE, head, drafts).pk, "issue")
        apply_credit(shop.actor, move(shop.actor, shop.payment(paid).pk, "receive").pk, {row.pk: D(paid)})
        row.refresh_from_db()
        left[row.number] = row.balance
    there = elsewhere(shop)
    brought(there, "invoice", taken(shop.actor, "invoice"))
    assert {row.number: row.balance for row in Document.objects.of(there.actor)} == left


def test_a_payment_stays_of_its_class() -> None:
    shop = trade()
    head = {"customer_id": shop.customer, "amount": D(50), "class_name": "Trade show", "method": "Transfer"}
    row = move(shop.actor, save_document(shop.actor, Kind.PAYMENT, head).pk, "receive")
    there = elsewhere(shop)
    brought(there, "payment", taken(shop.actor, "payment"))
    found = Document.objects.of(there.actor).get(number=row.number)
    assert (found.class_name, found.method, found.total) == ("Trade show", "Transfer", D(50))
