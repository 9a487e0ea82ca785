"""Every field of parties, opportunities, cases and jobs is kept and shown as it was typed, and as a program sent it."""

from __future__ import annotations

import html
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils.formats import date_format

from tests.api.conftest import program_of
from tests.web.desk import Desk, desk_of
from tradepost.accounts.models import Membership
from tradepost.api.marks import MarksIn
from tradepost.api.matters import CaseIn, LeadIn, OpportunityIn, ProjectIn
from tradepost.api.people import ContactIn, CustomerIn, PartyIn, VendorIn
from tradepost.catalog.models import PriceLevel
from tradepost.catalog.prices import save_price_level
from tradepost.people.kinds import SHAPES
from tradepost.people.saving import ADDRESS_FIELDS
from tradepost.web.people.looks import LOOKS

D = Decimal
ME, THEM, RENATA, MILL, TRADE = object(), object(), object(), object(), object()  # keys of the desk's records


def day(year: int, month: int, at: int) -> tuple[Any, Any, str]:
    found = date(year, month, at)
    return found.isoformat(), found, date_format(found, "DATE_FORMAT")


# What is typed and sent, what is kept, and how the page has it.
WHOSE = {"owner_id": (ME, ME, "Dana Whitfield"), "notes": ("Two <lines>", "Two <lines>", "Two <lines>")}
ABOUT = {
    "customer_id": (THEM, THEM, "Granite State Brewing"),
    "contact_id": (RENATA, RENATA, "Renata Solberg"),
    "number": ("N-77", "N-77", "N-77"),
    **WHOSE,
}
COMPANY = {
    **WHOSE,
    "name": ("Halder & Sons", "Halder & Sons", "Halder & Sons"),
    "number": ("N-77", "N-77", "N-77"),
    "phone": ("+1 603 555 0101", "+1 603 555 0101", "+1 603 555 0101"),
    "website": ("https://halder.example", "https://halder.example", "halder.example"),
    "terms": ("Net 30", "Net 30", "Net 30"),
    "currency": ("EUR", "EUR", "EUR"),
    "class_name": ("Retail", "Retail", "Retail"),
    "tax_number": ("US-77", "US-77", "US-77"),
}
FIELDS: dict[str, dict[str, tuple[Any, Any, str]]] = {
    "customer": {
        **COMPANY,
        "status": ("active", "active", "Active"),
        "parent_id": (THEM, THEM, "Granite State Brewing"),
        "type": ("Wholesale", "Wholesale", "Wholesale"),
        "rep_id": (ME, ME, "Dana Whitfield"),
        "price_level_id": (TRADE, TRADE, "Trade"),
        "tax_status": ("resale", "resale", "Buys for resale"),
        "language": ("de", "de", "Deutsch"),
        "credit_limit": ("2500.00", D("2500.00"), "2,500.00"),
        "credit_hold": (True, True, "Owes since May"),
        "credit_reason": ("Owes since May", "Owes since May", "Owes since May"),
    },
    "vendor": {
        **COMPANY,
        "status": ("hold", "hold", "On hold"),
        "account_number": ("A-12", "A-12", "A-12"),
        "language": ("de", "de", "Deutsch"),
    },
    "lead": {
        **WHOSE,
        "company": ("Halder & Sons", "Halder & Sons", "Halder & Sons"),
        "first_name": ("Mira", "Mira", "Mira"),
        "last_name": ("Halder", "Halder", "Halder"),
        "job_title": ("Buyer", "Buyer", "Buyer"),
        "phone": ("+1 603 555 0101", "+1 603 555 0101", "+1 603 555 0101"),
        "website": ("https://halder.example", "https://halder.example", "halder.example"),
        "source": ("fair", "fair", "Trade fair"),
        "status": ("disqualified", "disqualified", "Disqualified"),
        "status_reason": ("Too small", "Too small", "Too small"),
    },
    "opportunity": {
        **ABOUT,
        "name": ("Autumn tents", "Autumn tents", "Autumn tents"),
        "stage": ("propose", "propose", "Propose"),
        "probability": (35, 35, "35"),
        "expected": day(2027, 3, 9),
        "budget": ("1250.50", D("1250.50"), "1,250.50"),
        "revenue": ("990.25", D("990.25"), "990.25"),
        "currency": ("EUR", "EUR", "EUR"),
        "source": ("referral", "referral", "Referral"),
        "need": ("Shelter", "Shelter", "Shelter"),
        "solution": ("Tents", "Tents", "Tents"),
        "close_reason": ("Price", "Price", "Price"),
    },
    "case": {
        **ABOUT,
        "subject": ("Torn seam", "Torn seam", "Torn seam"),
        "description": ("At the door", "At the door", "At the door"),
        "priority": ("high", "high", "High"),
        "status": ("resolved", "resolved", "Resolved"),
        "source": ("phone", "phone", "Phone"),
        "due": day(2027, 4, 15),
        "assignee_id": (ME, ME, "Dana Whitfield"),
        "resolution": ("Sewn", "Sewn", "Sewn"),
    },
    "project": {
        **ABOUT,
        "name": ("Festival", "Festival", "Festival"),
        "status": ("active", "active", "Active"),
        "starts": day(2027, 4, 1),
        "ends": day(2027, 4, 30),
        "budget": ("5000.00", D("5000.00"), "5,000.00"),
    },
    "contact": {
        **WHOSE,
        "first_name": ("Mira", "Mira", "Mira"),
        "middle_name": ("Ann", "Ann", "Ann"),
        "last_name": ("Halder", "Halder", "Halder"),
        "suffix": ("Jr.", "Jr.", "Jr."),
        "fax": ("+1 603 555 0102", "+1 603 555 0102", "+1 603 555 0102"),
        "birthday": day(1980, 2, 29),
        "gender": ("female", "female", "Female"),
        "job_title": ("Buyer", "Buyer", "Buyer"),
        "phone": ("+1 603 555 0101", "+1 603 555 0101", "+1 603 555 0101"),
        "customer_ids": ([THEM], [THEM], "Granite State Brewing"),
        "vendor_ids": ([MILL], [MILL], "Cascade Canvas Mill"),
    },
}
SENT = {
    "customer": CustomerIn,
    "vendor": VendorIn,
    "lead": LeadIn,
    "opportunity": OpportunityIn,
    "case": CaseIn,
    "project": ProjectIn,
    "contact": ContactIn,
}
BESIDE = {*MarksIn.model_fields, *(PartyIn.model_fields.keys() & {"emails", "phones", "addresses"})}
KINDS = pytest.mark.parametrize("kind", FIELDS)


@pytest.fixture
def desk(member: Membership) -> Desk:
    desk = desk_of(member)
    save_price_level(desk.actor, {"name": "Trade"})
    return desk


def named(desk: Desk, value: Any) -> Any:
    """The value with the keys of the records that it stands for."""
    if isinstance(value, list):
        return [named(desk, one) for one in value]
    keys = [
        (ME, desk.actor.user_id),
        (THEM, desk.customer.pk),
        (RENATA, desk.contact.pk),
        (MILL, desk.vendor.pk),
        (TRADE, PriceLevel.objects.get().pk),
    ]
    return next((pk for key, pk in keys if value is key), value)


@KINDS
def test_every_field_of_the_form_is_kept_and_shown(client: Client, desk: Desk, kind: str) -> None:
    fields, look = FIELDS[kind], LOOKS[kind]
    assert set(fields) == look.form.base_fields.keys() - {"version"}
    typed = {
        name: "1" if sent is True else named(desk, sent) for name, (sent, _kept, _shown) in fields.items()
    }
    answer = client.post(f"/{look.plural}/new/", typed)
    assert answer.status_code == 302, answer.context["form"].errors
    row = SHAPES[kind].model.objects.latest("pk")
    edited = client.get(f"{answer['Location']}edit/").context["form"]
    page = html.unescape(client.get(answer["Location"]).content.decode())
    for name, (_sent, kept, shown) in fields.items():
        if not name.endswith("_ids"):
            assert getattr(row, name) == named(desk, kept), name
        assert edited.initial[name] == named(desk, kept), name
        assert shown in page, name
    again = {name: edited[name].value() for name in edited.fields}
    client.post(
        f"{answer['Location']}edit/", {name: value for name, value in again.items() if value is not None}
    )
    row.refresh_from_db()
    assert all(
        getattr(row, n) == named(desk, kept) for n, (_s, kept, _t) in fields.items() if not n.endswith("_ids")
    )


@KINDS
def test_every_field_of_the_api_is_kept(desk: Desk, kind: str) -> None:
    fields, dana, plural = FIELDS[kind], program_of(desk.actor), LOOKS[kind].plural
    assert set(fields) == SENT[kind].model_fields.keys() - BESIDE - ({"number"} if kind == "lead" else set())
    body = {name: named(desk, sent) for name, (sent, _kept, _shown) in fields.items()}
    made = dana.post(plural, body)
    for name, sent in body.items():
        assert dana.get(f"{plural}/{made['id']}")[name] == sent, name
    changed = dana.patch(f"{plural}/{made['id']}", {"notes": "Other"})
    assert {name: changed[name] for name in body} == {**body, "notes": "Other"}


@pytest.mark.parametrize("kind", ["customer", "vendor", "contact", "lead"])
def test_several_emails_phones_and_addresses_are_kept_and_shown(
    client: Client, desk: Desk, kind: str
) -> None:
    dana, look = program_of(desk.actor), LOOKS[kind]
    name = {"contact": "last_name", "lead": "company"}.get(kind, "name")
    emails = [("mira@halder.example", "work"), ("office@halder.example", "office")]
    phones = [("+1 603 555 0101", "mobile"), ("+1 603 555 0102", "home")]
    places = [("billing", "1 Dock", ""), ("shipping", "2 Quay", ""), ("shipping", "3 Pier", "1")]
    chosen = FIELDS[kind].keys() & {"status", "tax_status"}
    typed: dict[str, Any] = {
        **{name: FIELDS[kind][name][0] for name in chosen},
        name: "Halder",
        **dict(zip(("email", "email-label"), map(list, zip(*emails, strict=True)), strict=True)),
        **dict(zip(("phone-number", "phone-label"), map(list, zip(*phones, strict=True)), strict=True)),
        **{f"place-{part}": ["", "", ""] for part in ADDRESS_FIELDS},
        **dict(
            zip(
                ("place-kind", "place-street", "place-primary"),
                map(list, zip(*places, strict=True)),
                strict=True,
            )
        ),
    }
    answer = client.post(f"/{look.plural}/new/", typed)
    assert answer.status_code == 302, answer.context["form"].errors
    pk = int(answer["Location"].split("/")[-2])
    page = html.unescape(client.get(answer["Location"]).content.decode())
    made = dana.get(f"{look.plural}/{pk}")
    assert [(one["email"], one["label"]) for one in made["emails"]] == emails
    assert [(one["number"], one["label"]) for one in made["phones"]] == phones
    found = {(one["kind"], one["street"], one["primary"]) for one in made["addresses"]}
    assert found == {("billing", "1 Dock", True), ("shipping", "2 Quay", False), ("shipping", "3 Pier", True)}
    for text in [one[0] for one in emails + phones] + [place[1] for place in places]:
        assert text in page, text
    sent = {many: made[many] for many in ("emails", "phones", "addresses")}
    again = dana.post(f"{look.plural}?force=true", {name: "Holder", **sent})
    assert {many: again[many] for many in sent} == sent
    shorter = dana.patch(f"{look.plural}/{pk}", {"phones": sent["phones"][1:]})
    assert (shorter["phones"], shorter["emails"]) == (sent["phones"][1:], sent["emails"])


@pytest.mark.parametrize("kind", ["customer", "contact", "lead"])
def test_two_are_merged_and_taken_apart_by_the_api(desk: Desk, kind: str) -> None:
    dana = program_of(desk.actor)
    plural, name = LOOKS[kind].plural, {"customer": "name", "contact": "last_name", "lead": "company"}[kind]
    kept = dana.post(plural, {name: "Halder"})["id"]
    gone = dana.post(f"{plural}?force=true", {name: "Halder Ltd", "phone": "+1 603 555 0101"})["id"]
    pair = {"kind": kind, "kept_id": kept, "gone_id": gone}
    assert dana.post("merges/preview", pair, 200)["fills"] == ["phone"]
    merge = dana.post("merges", pair)
    assert (merge["kept_id"], merge["gone_id"], merge["undone_at"]) == (kept, gone, None)
    assert dana.get(f"{plural}/{kept}")["phone"] == "+1 603 555 0101"
    dana.post("merges", pair, 409)
    assert dana.post(f"merges/{merge['id']}/undo", {}, 200)["undone_at"]
    assert [dana.get(f"{plural}/{pk}")["phone"] for pk in (kept, gone)] == ["", "+1 603 555 0101"]


@pytest.mark.parametrize(
    ("kind", "tab", "subject"), [("memo", "open", "Ask for sizes"), ("call", "history", "Renata called")]
)
def test_a_memo_and_a_call_are_written_by_the_page(
    client: Client, desk: Desk, kind: str, tab: str, subject: str
) -> None:
    url = f"/activities/add/{kind}/?on=document:{desk.order.pk}"
    form = client.get(url).context["form"]
    assert {"subject", "text", "owner_id", "due", "visibility"} <= form.fields.keys()
    typed = {"subject": subject, "text": "By Friday", "owner_id": desk.actor.user_id, "visibility": "all"}
    assert client.post(url, typed).status_code == 204
    page = client.get(f"{desk.order_url}?tab={tab}").content.decode()
    assert subject in page and "By Friday" in page
    assert (
        subject
        not in client.get(
            f"{desk.order_url}?tab={'open' if tab == 'history' else 'history'}"
        ).content.decode()
    )
