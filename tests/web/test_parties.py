"""Pages of parties: prospects, main addresses, what Undo gives back on the board of opportunities."""

from __future__ import annotations

import html
import json
import re
from decimal import Decimal

import pytest
from django.test import Client

from tests.activities.standing import counts
from tests.api.conftest import program_of, told
from tests.web.desk import Desk, desk_of, mail, mailbox
from tradepost.accounts.models import AuditEntry, Membership
from tradepost.people.models import Case, Customer, Opportunity
from tradepost.people.services import Email, save_contact, save_customer, save_opportunity
from tradepost.sales.models import Kind
from tradepost.sales.services import LineDraft, move, save_document
from tradepost.web.people.stages import CARDS


@pytest.fixture
def desk(member: Membership) -> Desk:
    return desk_of(member)


def test_the_main_one_of_several_addresses_stays_the_main_one(client: Client, desk: Desk) -> None:
    url = f"/customers/{desk.customer.pk}/edit/"
    places = {
        "place-kind": ["shipping", "shipping"],
        "place-primary": ["", "1"],
        **{f"place-{name}": ["", ""] for name in ("name", "city", "region", "postcode", "country")},
        "place-street": ["1 Quay", "2 Dock"],
    }
    values = {"name": "Granite State Brewing", "status": "active", "tax_status": "taxable", **places}
    assert client.post(url, values).status_code == 302
    rows = desk.customer.addresses.order_by("id").values_list("street", "primary")
    assert list(rows) == [("1 Quay", False), ("2 Dock", True)]
    shown = client.get(url).content.decode()
    assert re.findall(r'<option value="1"( selected)?>Main one', shown) == [
        "",
        " selected",
        "",
    ]  # the last: a row to add


@pytest.mark.req("B20")
def test_a_prospect_is_made_and_becomes_a_customer(client: Client, desk: Desk) -> None:
    assert '<option value="prospect" selected' in client.get("/prospects/new/").content.decode()
    values = {"name": "Tamarack Outfitters", "status": "prospect", "tax_status": "taxable"}
    assert client.post("/prospects/new/", values).status_code == 302
    row = Customer.objects.get(name="Tamarack Outfitters")
    listed = client.get("/prospects/").content.decode()
    assert ("Tamarack" in listed, "Granite State" in listed) == (True, False)
    assert "Tamarack" in b"".join(client.get("/prospects/export/").streaming_content).decode()  # type: ignore[attr-defined]
    assert "Make it a customer" in client.get(f"/customers/{row.pk}/").content.decode()
    assert client.post(f"/customers/{row.pk}/promote/").status_code == 302
    assert "Make it a customer" not in client.get(f"/customers/{row.pk}/").content.decode()
    save_customer(desk.actor, {"status": "prospect"}, customer_id=row.pk)
    quote = save_document(desk.actor, Kind.QUOTE, {"customer_id": row.pk}, [LineDraft(desk.item.pk)])
    move(desk.actor, quote.pk, "send")
    row.refresh_from_db()
    assert row.status == "prospect"  # who is offered something has not bought yet
    order = save_document(desk.actor, Kind.ORDER, {"customer_id": row.pk}, [LineDraft(desk.item.pk)])
    assert order.status == "open"
    row.refresh_from_db()
    assert (row.status, AuditEntry.objects.filter(verb="customer.bought").count()) == ("active", 1)


def test_undo_on_the_board_gives_back_all_that_a_stage_brought(client: Client, desk: Desk) -> None:
    deal = Opportunity.objects.get(pk=desk.matters["opportunity"])
    save_opportunity(desk.actor, {"probability": 35}, opportunity_id=deal.pk)
    acts = (
        (f"/opportunities/{deal.pk}/stage/", {"stage": "negotiate"}),
        (f"/opportunities/{deal.pk}/won/?on=board", {"revenue": "850", "close_reason": "Quality"}),
        (f"/opportunities/{deal.pk}/lost/?on=board", {"close_reason": "Price"}),
    )
    for url, values in acts:
        moved = client.post(url, values, headers={"HX-Request": "true"})
        undo = json.loads(moved["HX-Trigger"])["toast"]["undo"]
        deal.refresh_from_db()
        assert deal.probability in (70, 100, 0)
        client.post(undo["url"], undo["values"], headers={"HX-Request": "true"})
        deal.refresh_from_db()
        assert (deal.stage, deal.probability, deal.revenue, deal.close_reason) == ("qualify", 35, None, "")


def test_the_board_counts_those_that_it_has_no_card_for(client: Client, desk: Desk) -> None:
    known = {"organisation_id": desk.actor.organisation_id, "customer": desk.customer, "stage": "propose"}
    Opportunity.objects.bulk_create(
        Opportunity(**known, number=f"X{n}", name=f"Deal {n}", budget=Decimal(10), probability=50)
        for n in range(2500)
    )
    page = client.get("/opportunities/board/")
    column = next(one for one in page.context["columns"] if one.stage == "propose")
    assert (column.count, column.worth, column.likely) == (2500, 25_000, 12_500)
    assert len(column.cards) == CARDS == page.content.decode().count(">Deal ")


def test_a_mail_becomes_a_case_on_which_it_stands(client: Client, desk: Desk) -> None:
    letter = mail(desk, subject="A torn seam", text="The seam is torn, please help.")
    link = f"/cases/new/?mail={letter.pk}"
    assert link in html.unescape(client.get(f"{desk.order_url}?tab=history").content.decode())
    page = client.get(link).content.decode()
    assert 'value="A torn seam"' in page and "The seam is torn" in page
    assert f'<option value="{desk.customer.pk}" selected' in page
    values = {
        "subject": "A torn seam",
        "customer_id": desk.customer.pk,
        "contact_id": desk.contact.pk,
        "priority": "high",
        "status": "open",
        "source": "email",
    }
    assert client.post(link, values).status_code == 302
    case = Case.objects.get(subject="A torn seam")
    assert (case.source, case.customer, case.contact) == ("email", desk.customer, desk.contact)
    assert counts(desk.actor, "case", case.pk) == (1, 0)
    assert link not in html.unescape(client.get(f"/cases/{case.pk}/?tab=history").content.decode())
    assert client.get("/cases/new/?mail=99999999").status_code == 404


def test_a_main_contact_is_chosen_among_the_people_of_a_company(client: Client, desk: Desk) -> None:
    mailbox(desk.actor)
    bo = save_contact(desk.actor, {"last_name": "Bo"}, emails=[Email("bo@granite.example")], customer_ids=[desk.customer.pk])  # fmt: skip
    pane = f"/customers/{desk.customer.pk}/?tab=contacts"
    assert client.get(pane).content.decode().count("Make main contact") == 2
    chosen = client.post(f"/main-contact/customer/{desk.customer.pk}/", {"contact": bo.pk})
    shown = client.get(pane).content.decode()
    assert shown.count("Make main contact") == 1
    assert shown.index("Bo</b>") < shown.index("Renata")
    assert "bo@granite.example" in client.get(f"/compose/?on=customer:{desk.customer.pk}").content.decode()
    undo = json.loads(chosen["HX-Trigger"])["toast"]["undo"]
    client.post(undo["url"], undo["values"])
    assert client.get(pane).content.decode().count("Make main contact") == 2
    path = f"customers/{desk.customer.pk}/main-contact"
    program = program_of(desk.actor)
    assert told(program.call("put", path, {"contact_id": bo.pk}), 200) == {"contact_id": bo.pk}
    assert told(program.call("put", path, {"contact_id": 10**9}), 404)["type"] == "missing"
