"""The trash: every kind that a person may put away lies there, is found, and comes back."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal as D
from html import unescape
from typing import Any

import pytest
from django.apps import apps
from django.test import Client

from tests.api.conftest import program_of
from tests.web.desk import Desk, desk_of
from tests.web.test_pictures import png
from tradepost.accounts import roles, trash
from tradepost.accounts.access import Actor, Permission, Role
from tradepost.accounts.models import Membership
from tradepost.activities import shelving
from tradepost.activities.models import ActivityKind
from tradepost.activities.records import Record
from tradepost.activities.services import File, add_activity, add_files
from tradepost.catalog import categories, services
from tradepost.catalog.pictures import add_picture, archive_picture
from tradepost.catalog.prices import Break, archive_prices, prices, save_price_level, save_price_list
from tradepost.custom import services as custom
from tradepost.kit.errors import Conflict, Invalid, Missing, Refused
from tradepost.mail.templates import archive_template, save_template
from tradepost.people import services as people
from tradepost.reports import services as reports
from tradepost.reports.rules import Query
from tradepost.sales import currencies, lists, taxes, trashing
from tradepost.sales.models import (
    CustomStatus,
    Document,
    ExchangeRate,
    ItemSalesTax,
    Kind,
    SalesTaxCode,
    TaxComponent,
    TaxRegion,
)
from tradepost.sales.moving import move
from tradepost.sales.services import LineDraft, save_document

WORD = "Zebra"
Way = tuple[Callable[[Actor], Any], Callable[[Actor, Any], object]]


@pytest.fixture
def desk(member: Membership) -> Desk:
    return desk_of(member)


def _named(actor: Actor, kind: str) -> Any:
    values: dict[str, Any] = {
        "contact": {"last_name": WORD},
        "lead": {"company": WORD},
        "case": {"subject": WORD},
    }.get(kind, {"name": WORD})
    if kind in ("opportunity", "project"):
        values["customer_id"] = people.save_customer(actor, {"name": "Harbor"}).pk
    return people.save(actor, kind, values)


def _party(kind: str) -> Way:
    return (lambda actor: _named(actor, kind)), people.trash


def _entry(key: str) -> Way:
    return (
        lambda actor: lists.save(actor, key, {"name": WORD}),
        lambda actor, row: lists.remove(actor, key, row.pk),
    )


def _used_terms(actor: Actor) -> Any:
    people.save_customer(actor, {"name": "Harbor", "terms": WORD})
    return lists.save(actor, "terms", {"name": WORD})


def _status(actor: Actor) -> Any:
    row = lists.save(actor, "statuses-order", {"name": WORD})
    save_document(
        actor,
        Kind.ORDER,
        {"customer_id": people.save_customer(actor, {"name": "Harbor"}).pk, "custom_status_id": row.pk},
    )
    return row


def _used_method(actor: Actor) -> Any:
    people.save_customer(actor, {"name": "Harbor", "class_name": WORD})
    return lists.save(actor, "classes", {"name": WORD})


def _customer(actor: Actor) -> Record:
    return Record("customer", people.save_customer(actor, {"name": "Harbor"}).pk)


def _region(actor: Actor) -> Any:
    tax = taxes.save_tax(actor, "VT", {date(2026, 1, 1): D(6)})
    item_tax = taxes.save_item_tax(actor, "VT", [tax.code])
    return taxes.save_region(actor, "US", WORD, item_tax.pk)


def _draft(actor: Actor) -> Any:
    return save_document(actor, Kind.QUOTE, {"customer_id": people.save_customer(actor, {"name": WORD}).pk})


def _rate(actor: Actor) -> Any:
    return taxes.save_tax(actor, WORD, {date(2026, 1, 1): D(6), date(2026, 7, 1): D("6.25")}).rates.last()


def _without(actor: Actor, row: Any) -> object:
    return taxes.save_tax(actor, WORD, {date(2026, 1, 1): D(6)}, whole=True)


def _tax(model: Any) -> Callable[[Actor, Any], object]:
    return lambda actor, row: taxes.archive(actor, model, row.pk)


def _item_tax(actor: Actor) -> Any:
    taxes.save_tax(actor, "VT", {date(2026, 1, 1): D(6)})
    return taxes.save_item_tax(actor, WORD, ["VT"])


WAYS: dict[str, Way] = {
    **{
        kind: _party(kind)
        for kind in ("customer", "vendor", "contact", "lead", "opportunity", "case", "project")
    },
    "item": (lambda actor: services.save_item(actor, {"sku": WORD, "name": "X"}), services.archive),
    "location": (lambda actor: services.save_location(actor, {"name": WORD}), services.archive),
    "picture": (
        lambda actor: add_picture(
            actor, services.save_item(actor, {"sku": "X", "name": "X"}).pk, f"{WORD}.png", png()
        ),
        archive_picture,
    ),
    "bin": (
        lambda actor: services.save_bin(
            actor, {"name": WORD, "location_id": services.save_location(actor, {"name": "Main"}).pk}
        ),
        services.archive,
    ),
    "category": (
        lambda actor: categories.save_category(actor, {"name": WORD}),
        lambda actor, row: categories.archive_category(actor, row.pk),
    ),
    "price-list": (lambda actor: save_price_list(actor, {"name": WORD}), archive_prices),
    "price-level": (lambda actor: save_price_level(actor, {"name": WORD}), archive_prices),
    "put-away-terms": (_used_terms, _entry("terms")[1]),
    "put-away-entry": (_used_method, _entry("classes")[1]),
    "put-away-status": (_status, _entry("statuses-order")[1]),
    "terms": _entry("terms"),
    "listentry": _entry("payment-methods"),
    "customstatus": _entry("statuses-order"),
    "tax": (lambda actor: taxes.save_tax(actor, WORD, {date(2026, 1, 1): D(6)}), _tax(TaxComponent)),
    "tax-code": (lambda actor: taxes.save_tax_code(actor, WORD, taxable=True), _tax(SalesTaxCode)),
    "item-tax": (_item_tax, _tax(ItemSalesTax)),
    "document": (_draft, lambda actor, row: trashing.trash(actor, row.pk)),
    "datedrate": (_rate, _without),
    "taxregion": (_region, lambda actor, row: taxes.remove_region(actor, row.pk)),
    "exchangerate": (
        lambda actor: currencies.save_rate(actor, "EUR", date(2026, 1, 1), D("1.1")),
        lambda actor, row: currencies.remove_rate(actor, row.pk),
    ),
    "custom-field": (
        lambda actor: custom.save_field(actor, {"name": WORD, "kinds": ["order"]}),
        lambda actor, row: custom.archive_field(actor, row.pk),
    ),
    "tag": (
        lambda actor: custom.save_tag(actor, {"name": WORD}),
        lambda actor, row: custom.remove_tag(actor, row.pk),
    ),
    "activity": (
        lambda actor: add_activity(actor, ActivityKind.NOTE, _customer(actor), {"subject": WORD}),
        lambda actor, row: shelving.trash_activity(actor, row.pk),
    ),
    "attachment": (
        lambda actor: add_files(
            actor,
            add_activity(actor, ActivityKind.TASK, _customer(actor), {"subject": "X"}).pk,
            [File(f"{WORD}.txt", b"x")],
        )[0],
        lambda actor, row: shelving.trash_file(actor, row.pk),
    ),
    "template": (
        lambda actor: save_template(actor, {"name": WORD}),
        lambda actor, row: archive_template(actor, row.pk),
    ),
    "customrole": (
        lambda actor: roles.add(actor, name=WORD, base=Role.SALES, permissions=[Permission.SALES_VIEW]),
        lambda actor, row: roles.remove(actor, row.pk),
    ),
    "savedreport": (
        lambda actor: reports.save(actor, WORD, Query("sales")),
        lambda actor, row: reports.remove(actor, row.pk),
    ),
}


def test_every_kind_that_can_be_put_away_has_a_place_here(desk: Desk) -> None:
    kept = {
        model
        for model in apps.get_models()
        if {"archived_at", "trashed_at"} & {f.name for f in model._meta.concrete_fields}
    }
    shelves = trash.shelves(desk.actor)
    assert kept <= {one.rows(desk.actor).model for one in shelves}
    assert {one.key for one in shelves} == WAYS.keys()


@pytest.mark.parametrize("key", WAYS)
def test_it_lies_there_and_comes_back(desk: Desk, key: str) -> None:
    make, throw = WAYS[key]
    row = make(desk.actor)
    held = type(row).objects.filter(pk=row.pk).values().get()
    assert trash.lying(desk.actor, key).count() == 0
    throw(desk.actor, row)
    word = "EUR" if key == "exchangerate" else WORD.lower()
    [found] = trash.shown(desk.actor, trash.lying(desk.actor, words=word))
    assert (found.shelf.key, word.lower() in found.title.lower(), found.who != "") == (key, True, True)
    assert trash.lying(desk.actor, words="nothing like it").count() == 0
    with pytest.raises((Refused, Missing)):
        trash.restore(replace(desk.actor, role=Role.READ_ONLY, user_id=0), key, found.row.pk)
    trash.restore(desk.actor, key, found.row.pk)
    moving = {"version", "updated_at", "created_at"}
    now = type(row).objects.filter(pk=row.pk).values().get()
    assert {k: v for k, v in now.items() if k not in moving} == {
        k: v for k, v in held.items() if k not in moving
    }
    assert trash.lying(desk.actor).count() == 0
    with pytest.raises(Missing):
        trash.restore(desk.actor, key, found.row.pk)


def test_what_stands_in_the_way_is_said(desk: Desk) -> None:
    region = _region(desk.actor)
    item_tax = region.item_tax_id
    taxes.remove_region(desk.actor, region.pk)
    taxes.save_region(desk.actor, "US", WORD, item_tax)
    [found] = trash.shown(desk.actor, trash.lying(desk.actor, "taxregion"))
    with pytest.raises(Conflict, match="There is another tax region"):
        trash.restore(desk.actor, "taxregion", found.row.pk)
    assert TaxRegion.objects.count() == 1
    rate = currencies.save_rate(desk.actor, "EUR", date(2026, 1, 1), D("1.1"))
    currencies.remove_rate(desk.actor, rate.pk)
    currencies.remove_rate(desk.actor, currencies.save_rate(desk.actor, "EUR", date(2026, 1, 1), D("1.2")).pk)
    rates = trash.shown(desk.actor, trash.lying(desk.actor, "exchangerate"))
    trash.restore(desk.actor, "exchangerate", rates[0].row.pk)
    assert ExchangeRate.objects.get().rate == D("1.2")


def test_what_was_removed_comes_back_with_undo(client: Client, desk: Desk) -> None:
    """The answer to a removal offers the way back, and that gives back all or none."""
    row = _rate(desk.actor).component
    one = {"code": WORD, "name": "", "version": row.version, "rate-since": [], "rate-percent": []}
    page = client.post(f"/taxes/rates/{row.pk}/", one, follow=True).content.decode()
    assert "Zebra saved, 2 rates removed" in page
    back = _undo(page)
    assert back["values"] == {"next": f"/taxes/rates/{row.pk}/"}
    assert client.post(back["url"], {"next": "https://elsewhere.example/"}).headers["Location"] == "/trash/"
    assert [rate.percent for rate in row.rates.all()] == [D(6), D("6.25")]
    stale = client.post(f"/taxes/rates/{row.pk}/", {**one, "version": row.version + 1})
    assert stale.status_code == 422  # a form that does not know of them takes them not away again
    region = _region(desk.actor)
    page = client.post(f"/taxes/regions/{region.pk}/remove/", follow=True).content.decode()
    back = _undo(page)
    assert client.post(f"{back['url']}&pk=9999999").status_code == 404
    assert not TaxRegion.objects.exists()
    assert client.post(back["url"], back["values"]).headers["Location"] == "/taxes/"
    assert TaxRegion.objects.get().pk == region.pk


def test_drafts_go_from_page_list_and_api(client: Client, desk: Desk) -> None:
    customer = people.save_customer(desk.actor, {"name": WORD}).pk
    line = LineDraft(desk.item.pk)
    rows = [save_document(desk.actor, Kind.INVOICE, {"customer_id": customer}, [line]) for _ in range(3)]
    one = rows[0].pk
    assert f"/documents/{one}/trash/" in client.get(f"/invoices/{one}/").content.decode()
    answer = client.post(f"/documents/{one}/trash/", follow=True)
    assert answer.redirect_chain == [("/invoices/", 302)]
    assert client.get(f"/invoices/{one}/").status_code == 404
    back = _undo(answer.content.decode())
    assert client.post(back["url"], back["values"]).headers["Location"] == f"/invoices/{one}/"
    issued = move(desk.actor, rows[2].pk, "issue")
    assert f"/documents/{issued.pk}/trash/" not in client.get(f"/invoices/{issued.pk}/").content.decode()
    chosen = {"pk": [row.pk for row in rows], "act": "trash", "next": "/invoices/?status=draft"}
    page = client.post("/invoices/bulk/", chosen, follow=True).content.decode()
    for words in ("2 in the trash", "1 were not changed: INV-", "It is no draft any more"):
        assert words in page
    back = _undo(page)
    assert client.post(back["url"], back["values"]).headers["Location"] == "/invoices/?status=draft"
    program = program_of(desk.actor)
    assert program.call("post", f"documents/{one}/trash").status_code == 204
    assert program.call("get", f"documents/{one}").status_code == 404
    assert program.post(f"documents/{one}/untrash", {}, 200)["number"] == rows[0].number
    assert program.call("post", f"documents/{issued.pk}/trash").status_code == 409


def _undo(page: str) -> dict[str, Any]:
    [found] = re.findall(r'data-undo="([^"]+)"', page)
    told: dict[str, Any] = json.loads(unescape(found))
    return told


def test_a_price_list_that_lies_there_gives_no_price(desk: Desk) -> None:
    level = save_price_level(desk.actor, {"name": "Dealers"})
    row = save_price_list(
        desk.actor, {"name": WORD, "level_id": level.pk}, breaks=[Break(desk.item.pk, D(1))]
    )
    buyer = people.save_customer(desk.actor, {"name": "Dealer", "price_level_id": level.pk})

    def price() -> D:
        found = prices(desk.actor, {desk.item.pk: D(1)}, on=date(2026, 6, 1), level_id=level.pk)
        return found[desk.item.pk].price

    assert price() == 1
    with pytest.raises(Conflict, match=r"1 price list.*1 customer|1 customer.*1 price list"):
        archive_prices(desk.actor, level)
    archive_prices(desk.actor, row)
    assert price() == desk.item.price
    people.save_customer(desk.actor, {"price_level_id": None}, customer_id=buyer.pk)
    archive_prices(desk.actor, level)
    with pytest.raises(Conflict, match="for the level Dealers, which is archived"):
        archive_prices(desk.actor, row, undo=True)
    archive_prices(desk.actor, level, undo=True)
    archive_prices(desk.actor, row, undo=True)
    assert price() == 1


def test_who_lies_there_gets_no_new_document(desk: Desk) -> None:
    gone = people.save_customer(desk.actor, {"name": WORD})
    people.trash(desk.actor, gone)
    with pytest.raises(Invalid, match="lies in the trash"):
        save_document(desk.actor, Kind.ORDER, {"customer_id": gone.pk}, [LineDraft(desk.item.pk)])
    assert not Document.objects.filter(customer=gone).exists()


def test_the_page_and_the_api(client: Client, desk: Desk) -> None:
    for n in range(30):
        people.trash(desk.actor, people.save_customer(desk.actor, {"name": f"{WORD} {n:02}x"}))
    services.archive(desk.actor, services.save_item(desk.actor, {"sku": "OLD", "name": "Old"}))
    page = client.get("/trash/").content.decode()
    assert "1–25 of 31" in page
    assert page.count(f"{WORD} ") >= 24
    assert "OLD Old" in page
    found = client.get(f"/trash/?kind=customer&q={WORD}+07x").content.decode()
    assert (f"{WORD} 07x" in found, f"{WORD} 08x" in found) == (True, False)
    program = program_of(desk.actor)
    told = program.get(f"trash?q={WORD} 07x")
    [one] = told["items"]
    assert (told["count"], one["kind"], one["title"]) == (1, "customer", f"{WORD} 07x")
    assert program.call("post", f"trash/customer/{one['id']}/restore").status_code == 204
    assert program.call("post", f"trash/customer/{one['id']}/restore").status_code == 404
    assert {"key": "bin", "label": "Bins"} in program.get("trash/kinds")
    other = program.get(f"trash?q={WORD} 08x")["items"][0]
    assert client.post(f"/trash/customer/{other['id']}/restore/").status_code == 302
    assert CustomStatus.objects.count() == 0
