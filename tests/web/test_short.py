"""A customer or vendor made from the box of a document: the short form in the sheet, whom it is for, and what it tells the page."""

from __future__ import annotations

import html
import json

import pytest
from django.test import Client

from tests.web.desk import Desk, desk_of, work_as
from tradepost.accounts.access import Role
from tradepost.accounts.models import Membership, Organisation
from tradepost.catalog.models import Item
from tradepost.custom.services import save_field
from tradepost.people.models import Customer, Vendor
from tradepost.sales import lists


@pytest.fixture
def desk(member: Membership) -> Desk:
    return desk_of(member)


def told(answer: object) -> dict[str, object]:
    events: dict[str, object] = json.loads(answer["HX-Trigger"])  # type: ignore[index]
    return events


def test_it_begins_with_the_name_that_was_typed_and_the_usual_terms(client: Client, desk: Desk) -> None:
    lists.save(desk.actor, "terms", {"name": "Net 30", "days": 30, "is_default": True})
    shown = client.get("/customers/new/short/", {"name": " Birch & Rye "}).content.decode()
    assert 'name="name" value="Birch &amp; Rye"' in shown
    assert 'name="terms" value="Net 30"' in shown
    assert 'id="id_terms"' not in shown  # which the document has
    assert 'name="status"' not in shown and 'name="tags"' not in shown


@pytest.mark.parametrize(
    ("kind", "model", "number"), [("customer", Customer, "C-0002"), ("vendor", Vendor, "V-0002")]
)
def test_what_it_makes_is_told_as_the_box_lists_it(
    client: Client, desk: Desk, kind: str, model: type[Customer] | type[Vendor], number: str
) -> None:
    typed = {"name": "Birch & Rye", "email": "hello@birch.example", "phone": "555 0142", "terms": "Net 10"}
    answer = client.post(f"/{kind}s/new/short/", typed)
    made = model.objects.get(name="Birch & Rye")
    assert answer.status_code == 204
    assert told(answer)["made"] == {"id": made.pk, "text": f"Birch & Rye · {number}"}
    assert "sheet-close" in told(answer)
    assert (made.organisation_id, made.owner_id) == (desk.actor.organisation_id, desk.actor.user_id)
    assert (made.phone, made.terms, made.status) == ("555 0142", "Net 10", "active")
    assert [one.email for one in made.emails.all()] == ["hello@birch.example"]
    listed = client.get(f"/{kind}s/complete/", {"q": "birch"}).json()
    assert listed == [told(answer)["made"]]


def test_what_is_wrong_is_said_in_the_sheet(client: Client, desk: Desk) -> None:
    save_field(desk.actor, {"name": "Region", "kinds": ["customer"], "required": True})
    save_field(desk.actor, {"name": "Colour", "kinds": ["customer"]})
    refused = client.post("/customers/new/short/", {"name": "", "email": "nonsense"})
    shown = refused.content.decode()
    assert refused.status_code == 422 and shown.count('class="invalid-feedback"') == 3
    assert 'name="custom-region"' in shown and 'name="custom-colour"' not in shown
    answer = client.post("/customers/new/short/", {"name": "Birch & Rye", "custom-region": "North"})
    assert answer.status_code == 204
    assert Customer.objects.get(name="Birch & Rye").custom == {"region": "North"}


@pytest.mark.req("X1")
def test_who_may_be_here_already_is_shown_before_and_can_be_taken(client: Client, desk: Desk) -> None:
    pk, name = desk.customer.pk, "Granite State Brewing Inc"
    sheet = client.get("/customers/new/short/", {"name": name}).content.decode()
    assert 'hx-get="/customers/alike/?takes=customer_id"' in sheet
    taken = f'data-take="customer_id" value="{pk}"'
    assert taken in client.get("/customers/alike/", {"takes": "customer_id", "name": name}).content.decode()
    assert taken not in client.get("/customers/alike/", {"name": name}).content.decode()
    asked = client.post("/customers/new/short/", {"name": name})
    assert asked.status_code == 422 and not Customer.objects.filter(name=name).exists()
    shown = html.unescape(asked.content.decode())
    assert taken in shown and "Save all the same" in shown
    answer = client.post("/customers/new/short/", {"name": name, "seen": f"customer:{pk}"})
    assert answer.status_code == 204 and Customer.objects.filter(name=name).exists()


def test_another_company_neither_sees_nor_is_seen(client: Client, desk: Desk) -> None:
    other = Organisation.objects.create(name="Elsewhere", token_key=b"e" * 32)
    Customer.objects.create(organisation=other, name="Birch & Rye", number="C-0001")
    alike = client.get("/customers/alike/", {"takes": "customer_id", "name": "Birch & Rye"}).content.decode()
    assert "Birch" not in alike
    assert client.post("/customers/new/short/", {"name": "Birch & Rye"}).status_code == 204
    assert Customer.objects.filter(organisation=other).count() == 1
    assert Customer.objects.of(desk.actor).filter(name="Birch & Rye").count() == 1


@pytest.mark.parametrize(
    ("role", "url", "offered"),
    [
        (Role.SALES, "/orders/new/", "customer"),
        (Role.SALES, "/quotes/new/", "customer"),
        (Role.BOOKKEEPER, "/invoices/new/", "customer"),
        (Role.BOOKKEEPER, "/payments/new/", "customer"),
        (Role.BOOKKEEPER, "/purchase-orders/new/", "vendor"),
        (Role.BOOKKEEPER, "/bill-payments/new/", "vendor"),
        (Role.WAREHOUSE, "/shipments/new/", ""),
        (Role.WAREHOUSE, "/receipts/new/", ""),
    ],
)
def test_the_box_offers_it_to_whom_it_is_for(
    client: Client, desk: Desk, role: Role, url: str, offered: str
) -> None:
    work_as(desk, role)
    shown = html.unescape(client.get(url).content.decode())
    made = {
        kind
        for kind in ("customer", "vendor")
        if f'make="/{kind}s/new/short/" begin="New {kind} “{{name}}”…"' in shown
    }
    assert made == {offered} - {""}
    for kind in ("customer", "vendor"):
        status = client.post(f"/{kind}s/new/short/", {"name": "Birch & Rye"}).status_code
        assert (status == 204) == (offered == kind or role is Role.BOOKKEEPER)


@pytest.mark.parametrize(("typed", "sku", "name"), [("LMP-2", "LMP-2", ""), ("Brass lamp", "", "Brass lamp")])
def test_an_item_begins_with_its_sku_or_its_name(
    client: Client, desk: Desk, typed: str, sku: str, name: str
) -> None:
    form = client.get("/items/new/short/", {"name": typed}).context["form"]
    assert (form["sku"].value() or "", form["name"].value() or "") == (sku, name)
    assert [*form.fields] == ["sku", "name", "type", "unit", "price", "tax_rate"]


@pytest.mark.parametrize(("query", "tax"), [("", "8.5"), ("?vendor=1", "")])
def test_a_new_item_is_told_as_a_line_takes_it(client: Client, desk: Desk, query: str, tax: str) -> None:
    typed = {
        "sku": "LMP-2",
        "name": "Brass lamp",
        "type": "stock",
        "unit": "each",
        "price": "12",
        "tax_rate": "8.5",
    }
    answer = client.post(f"/items/new/short/{query}", typed)
    made = Item.objects.get(sku="LMP-2")
    assert answer.status_code == 204 and made.organisation_id == desk.actor.organisation_id
    assert told(answer)["made"] == {
        **{
            "id": made.pk,
            "text": "LMP-2 · Brass lamp",
            "sku": "LMP-2",
            "name": "Brass lamp",
            "type": "stock",
        },
        **{"unit": "each", "units": [["each", "each"]], "tax": tax, "discount": ""},
    }
    assert client.post("/items/new/short/", typed).status_code == 422  # its SKU is taken


@pytest.mark.parametrize(("role", "may"), [(Role.ADMIN, True), (Role.SALES, False)])
def test_a_line_offers_it_to_who_may_make_items(client: Client, desk: Desk, role: Role, may: bool) -> None:
    work_as(desk, role)
    shown = client.get("/orders/new/").content.decode()
    assert ('make="/items/new/short/" begin="New item “{name}”…"' in shown) is may
    assert (client.get("/items/new/short/").status_code == 200) is may
