"""What the page of a record tells and takes: its timeline by day and kind, memos and calls, its public link, its files, its dates and people."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from tests.api.conftest import Program, program_of
from tests.web.desk import Desk, colleague, desk_of
from tests.web.test_trade import form
from tradepost.accounts.models import Membership
from tradepost.activities.models import Activity, ActivityKind, Link
from tradepost.activities.records import Record
from tradepost.activities.services import add_activity
from tradepost.kit import clock
from tradepost.people.models import Case, Customer, Opportunity
from tradepost.people.services import Email, save_customer
from tradepost.sales.models import Document, Kind
from tradepost.sales.moving import move
from tradepost.sales.payments import save_terms
from tradepost.sales.services import LineDraft, save_document
from tradepost.sales.settling import MONEY
from tradepost.sales.state_table import PURCHASES
from tradepost.web.kinds import LOOKS

WRITTEN = (ActivityKind.NOTE, ActivityKind.MEMO, ActivityKind.CALL, ActivityKind.TASK)


@pytest.fixture
def desk(member: Membership) -> Desk:
    return desk_of(member)


@pytest.fixture
def dana(desk: Desk) -> Program:
    return program_of(desk.actor)


# -- the timeline ----------------------------------------------------------------------------------------------------


def told(client: Client, desk: Desk, query: str) -> set[str]:
    """The subjects that a tab of the order shows."""
    return set(re.findall(r"Subject of \w+", client.get(f"{desk.order_url}?{query}").content.decode()))


def test_a_timeline_is_grouped_by_day_and_filtered_by_kind(client: Client, desk: Desk) -> None:
    on = Record("document", desk.order.pk)
    for days, kind in enumerate(WRITTEN):
        row = add_activity(desk.actor, kind, on, {"subject": f"Subject of {kind}"})
        Link.objects.filter(activity=row).update(at=clock.now() - timedelta(days=days // 2))
        Activity.objects.filter(pk=row.pk).update(at=clock.now() - timedelta(days=days // 2))
    past, planned = {"Subject of note", "Subject of call"}, {"Subject of memo", "Subject of task"}
    assert (told(client, desk, "tab=history"), told(client, desk, "tab=open")) == (past, planned)
    for kind in WRITTEN:
        subject = f"Subject of {kind}"
        assert told(client, desk, f"tab=history&kind={kind}") == {subject} & past
        assert told(client, desk, f"tab=open&kind={kind}") == {subject} & planned
    assert told(client, desk, "tab=history&kind=email") == set()
    for subject in planned:
        done = Activity.objects.get(subject=subject).pk
        client.post(f"/activities/{done}/status/", {"status": "done"})
    assert (told(client, desk, "tab=history"), told(client, desk, "tab=open")) == (past | planned, set())
    page = client.get(f"{desk.order_url}?tab=history").content.decode()
    runs = re.split(r'<h2 class="timeline-day">([^<]+)</h2>', page)
    days_of = {
        day: set(re.findall(r"Subject of \w+", run)) for day, run in zip(runs[1::2], runs[2::2], strict=True)
    }
    assert days_of == {
        "Today": {"Subject of note", "Subject of memo"},
        "Yesterday": {"Subject of call", "Subject of task"},
    }


def test_the_last_changes_say_when_as_everything_else_does(client: Client, desk: Desk) -> None:
    page = client.get(f"{desk.order_url}?tab=history").content.decode()
    changes = page[page.index("Last changes") :]
    assert re.search(r"<small>[A-Z][a-z]{2} \d{1,2}, \d{4}, \d\d:\d\d · Dana", changes)


@pytest.mark.parametrize(("kind", "tab"), [("memo", "open"), ("call", "history")])
def test_a_memo_and_a_call_are_written_on_a_page(client: Client, desk: Desk, kind: str, tab: str) -> None:
    lee = colleague(desk)
    sheet = f"/activities/add/{kind}/?on=document:{desk.order.pk}"
    assert client.get(sheet).status_code == 200
    typed = {
        "subject": f"Subject of {kind}",
        "text": "Ask for forty",
        "visibility": "all",
        "owner_id": lee.user_id,
    }
    assert client.post(sheet, typed).status_code == 204
    row = Activity.objects.get(kind=kind)
    assert (row.subject, row.text, row.owner_id) == (f"Subject of {kind}", "Ask for forty", lee.user_id)
    assert told(client, desk, f"tab={tab}") == {f"Subject of {kind}"}


# -- documents -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", LOOKS)
def test_the_public_link_of_every_kind_opens_until_it_is_closed(
    client: Client, desk: Desk, kind: Kind
) -> None:
    party = {"vendor_id": desk.vendor.pk} if kind in PURCHASES else {"customer_id": desk.customer.pk}
    more: dict[str, Any] = {"amount": Decimal(1)} if kind in MONEY else {}
    row = save_document(
        desk.actor, kind, {**party, **more}, [] if kind in MONEY else [LineDraft(desk.item.pk)]
    )
    sheet = client.post(f"/documents/{row.pk}/share/").content.decode()
    [address] = set(re.findall(r"/d/[\w-]{43}/", sheet))
    answer = Client().get(address)
    assert (answer.status_code, answer["Content-Type"], answer.content[:5]) == (
        200,
        "application/pdf",
        b"%PDF-",
    )
    assert f"/documents/{row.pk}/revoke/" in client.get(f"/{LOOKS[kind].plural}/{row.pk}/").content.decode()
    client.post(f"/documents/{row.pk}/revoke/")
    assert Client().get(address).status_code == 404


def test_a_new_document_has_the_terms_of_its_customer(client: Client, desk: Desk, dana: Program) -> None:
    save_terms(desk.actor, {"name": "Net 15", "days": 15})
    for kind in (Kind.ORDER, Kind.INVOICE):
        assert client.post(f"/{kind}s/new/", {**form(desk), "version": ""}).status_code == 302
        row = Document.objects.filter(kind=kind).latest("pk")
        assert row.terms == "Net 15"
    assert move(desk.actor, row.pk, "issue").due == row.date + timedelta(days=15)
    line = {"item_id": desk.item.pk, "quantity": "1"}
    made = dana.post("documents", {"kind": "invoice", "customer_id": desk.customer.pk, "lines": [line]})
    assert made["terms"] == "Net 15"
    other = dana.post(
        "documents", {"kind": "invoice", "customer_id": desk.customer.pk, "lines": [line], "terms": "Prepaid"}
    )
    assert other["terms"] == "Prepaid"


def test_the_xml_of_a_document_is_the_same_by_page_and_program(
    client: Client, desk: Desk, dana: Program
) -> None:
    page = client.get(f"/documents/{desk.order.pk}/xml/")
    answer = dana.call("get", f"documents/{desk.order.pk}/xml")
    assert page.content == answer.content and b"TNT-4" in answer.content
    assert answer["Content-Type"].startswith("application/xml")
    assert "SO-00001" in page["Content-Disposition"]


# -- people ----------------------------------------------------------------------------------------------------------


def test_when_a_deal_should_close_and_who_has_a_case(client: Client, desk: Desk) -> None:
    lee = colleague(desk)
    deal, case = (desk.matters[kind] for kind in ("opportunity", "case"))
    for address, value in (
        (f"/opportunities/{deal}/field/expected/", "2026-12-24"),
        (f"/cases/{case}/field/assignee_id/", str(lee.user_id)),
    ):
        field = client.get(f"{address}?edit=1").content.decode()
        version = re.search(r'name="version" value="(\d+)"', field)
        assert version
        assert client.post(address, {"value": value, "version": version[1]}).status_code == 200
    assert str(Opportunity.objects.get(pk=deal).expected) == "2026-12-24"
    assert Case.objects.get(pk=case).assignee_id == lee.user_id
    assert "Dec 24, 2026" in client.get("/opportunities/").content.decode()
    assert "Torn tent" in client.get(f"/cases/?assignee={lee.user_id}").content.decode()
    assert "Torn tent" not in client.get(f"/cases/?assignee={desk.actor.user_id}").content.decode()


def test_a_program_merges_two_customers_and_takes_it_back(desk: Desk, dana: Program) -> None:
    twin = save_customer(
        desk.actor, {"name": "Granit", "phone": "555-0100"}, emails=[Email("info@granit.example")]
    )
    theirs = save_document(desk.actor, Kind.QUOTE, {"customer_id": twin.pk}, [LineDraft(desk.item.pk)])
    asked = {"kind": "customer", "kept_id": desk.customer.pk, "gone_id": twin.pk}
    shown = dana.post("merges/preview", asked, 200)
    assert "phone" in shown["fills"] and any(one["count"] == 1 for one in shown["moves"])
    assert Customer.objects.get(pk=twin.pk).trashed_at is None
    made = dana.post("merges", asked)
    assert Document.objects.get(pk=theirs.pk).customer_id == desk.customer.pk
    assert Customer.objects.get(pk=desk.customer.pk).phone == "555-0100"
    dana.post(f"merges/{made['id']}/undo", {}, 200)
    assert Document.objects.get(pk=theirs.pk).customer_id == twin.pk
    assert Customer.objects.get(pk=desk.customer.pk).phone == ""
