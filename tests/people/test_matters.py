"""Leads and their conversion, opportunities and their stages, cases, jobs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.activities.standing import counts
from tradepost.accounts.access import Actor, Role
from tradepost.activities.models import ActivityKind
from tradepost.activities.records import Record
from tradepost.activities.services import add_activity
from tradepost.custom.services import save_field
from tradepost.kit.errors import Conflict, Invalid, Refused
from tradepost.mail.lookup import _contacts
from tradepost.people import changes
from tradepost.people.changes import Change
from tradepost.people.leads import convert, revert
from tradepost.people.merging import merge
from tradepost.people.models import Contact, Customer
from tradepost.people.services import (
    Email,
    save_case,
    save_contact,
    save_customer,
    save_lead,
    save_opportunity,
    save_project,
    trash,
)

AT, LONG_AGO = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
DEAL: dict[str, Any] = {
    "name": "Tents",
    "customer_id": 1,
    "stage": "qualify",
    "probability": 20,
    "close_reason": "",
    "closed_at": None,
    "budget": Decimal(900),
    "revenue": None,
}
OPEN, WON = {"closed_at": None}, {"probability": 100, "closed_at": AT, "revenue": Decimal(900)}


@pytest.mark.parametrize(
    ("before", "now", "given", "brought"),
    [
        ({}, {}, {}, {"probability": 20, **OPEN}),
        ({}, {"probability": 35}, {"probability"}, OPEN),
        (DEAL, {"stage": "propose"}, {"stage"}, {"probability": 50, **OPEN}),
        (DEAL, {"stage": "propose", "probability": 60}, {"stage", "probability"}, OPEN),
        (DEAL, {"stage": "propose", "probability": 20}, {"stage", "probability"}, {"probability": 50, **OPEN}),
        (DEAL, {"probability": 45}, {"probability"}, OPEN),
        (DEAL, {"stage": "won"}, {"stage"}, WON),
        (DEAL, {"stage": "won", "revenue": Decimal(1)}, {"stage"}, {"probability": 100, "closed_at": AT}),
        (DEAL, {"stage": "lost", "close_reason": "Price"}, {"stage"}, {"probability": 0, "closed_at": AT}),
        (
            {**DEAL, "stage": "lost", "closed_at": LONG_AGO},
            {"stage": "lost", "close_reason": "Late", "closed_at": LONG_AGO},
            {"close_reason"},
            {"probability": 0, "closed_at": LONG_AGO},
        ),
        ({**DEAL, "stage": "won"}, {"closed_at": AT}, {"stage"}, {"probability": 20, **OPEN}),
    ],
)  # fmt: skip
def test_what_a_stage_brings(
    before: Mapping[str, Any], now: Mapping[str, Any], given: set[str], brought: Mapping[str, Any]
) -> None:
    assert changes.opportunity(Change({**DEAL, **now}, AT, before, frozenset(given))) == brought


@pytest.mark.parametrize(
    ("save", "values", "field"),
    [
        (save_opportunity, {"name": "X"}, "customer_id"),
        (save_opportunity, {"customer_id": 0}, "name"),
        (save_opportunity, {"name": "X", "customer_id": 0, "stage": "lost"}, "close_reason"),
        (save_opportunity, {"name": "X", "customer_id": 0, "probability": 101}, "probability"),
        (save_lead, {"phone": "1"}, "company"),
        (save_lead, {"company": "X", "status": "converted"}, "status"),
        (save_case, {"subject": ""}, "subject"),
        (save_case, {"subject": "X", "status": "resolved"}, "resolution"),
        (save_project, {"name": "X", "customer_id": 0, "starts": date(2026, 5, 2), "ends": date(2026, 5, 1)}, "ends"),
    ],
)  # fmt: skip
def test_what_is_missing_is_named(dana: Actor, save: Any, values: dict[str, Any], field: str) -> None:
    customer = save_customer(dana, {"name": "Harbor"})
    if "customer_id" in values:
        values = {**values, "customer_id": customer.pk}
    with pytest.raises(Invalid) as fault:
        save(dana, values)
    assert field in fault.value.fields


def test_a_lead_becomes_a_prospect_with_all_that_stood_on_it(dana: Actor) -> None:
    lead = save_lead(
        dana,
        {"company": "Tide & Timber", "first_name": "Noor", "job_title": "Owner", "source": "fair"},
        emails=[Email("noor@tide.example", "work")],
        addresses=[{"kind": "shipping", "street": "4 Pier"}],
    )
    on = Record("lead", lead.pk)
    add_activity(dana, ActivityKind.NOTE, on, {"text": "Met at the fair"})
    add_activity(dana, ActivityKind.TASK, on, {"subject": "Call her"})
    [known] = _contacts(dana.organisation_id, ["noor@tide.example"])["noor@tide.example"]
    assert known.records == (on,)
    made = convert(dana, lead.pk, opportunity={"name": "First order", "budget": Decimal(900)})
    assert (made.customer.name, made.customer.status, made.contact.first_name) == (
        "Tide & Timber",
        "prospect",
        "Noor",
    )
    assert made.customer.addresses.get().street == "4 Pier"
    assert made.contact.emails.get().email == "noor@tide.example"
    assert made.opportunity and (made.opportunity.budget, made.opportunity.source) == (Decimal(900), "fair")
    for kind, row in (
        ("customer", made.customer),
        ("contact", made.contact),
        ("opportunity", made.opportunity),
    ):
        assert counts(dana, kind, row.pk) == (1, 1), kind
    add_activity(dana, ActivityKind.NOTE, on, {"text": "Afterwards"})
    assert counts(dana, "customer", made.customer.pk) == (2, 1)
    [known] = _contacts(dana.organisation_id, ["noor@tide.example"])["noor@tide.example"]
    assert known.records == (Record("contact", made.contact.pk), Record("customer", made.customer.pk))
    with pytest.raises(Conflict):
        convert(dana, lead.pk)
    with pytest.raises(Conflict):
        save_lead(dana, {"status": "new"}, lead_id=lead.pk)
    save_lead(dana, {"notes": "Still editable"}, lead_id=lead.pk)


def test_a_converted_lead_is_a_lead_again(dana: Actor) -> None:
    lead = save_lead(dana, {"company": "Tide", "status": "qualified"}, emails=[Email("noor@tide.example")])
    add_activity(dana, ActivityKind.NOTE, Record("lead", lead.pk), {"text": "Met at the fair"})
    made = convert(dana, lead.pk, opportunity={"name": "First order"})
    other = save_contact(dana, {"last_name": "Lind"}, customer_ids=[made.customer.pk])
    with pytest.raises(Conflict, match="Tide has 1 contact by now"):
        revert(dana, lead.pk)
    assert made.contact == Contact.objects.get(pk=made.contact.pk, trashed_at=None)  # nothing half-done
    trash(dana, other)
    back = revert(dana, lead.pk)
    assert (back.status, back.customer, back.contact, back.opportunity) == ("qualified", None, None, None)
    for kind, row in (("customer", made.customer), ("contact", made.contact)):
        row.refresh_from_db()
        assert row.trashed_at is not None
        assert counts(dana, kind, row.pk) == (0, 0)
    assert counts(dana, "lead", lead.pk) == (1, 0)
    with pytest.raises(Conflict, match="is not converted"):
        revert(dana, lead.pk)
    here = save_customer(dana, {"name": "Harbor"})
    convert(dana, lead.pk, customer_id=here.pk)
    revert(dana, lead.pk)
    here.refresh_from_db()
    assert here.trashed_at is None
    again = convert(dana, lead.pk)
    merge(dana, "customer", here.pk, again.customer.pk)
    with pytest.raises(Conflict, match="merged since"):
        revert(dana, lead.pk)


def test_a_lead_becomes_a_contact_of_a_customer_that_is_here(dana: Actor) -> None:
    customer = save_customer(dana, {"name": "Harbor"})
    lead = save_lead(dana, {"company": "Harbour"}, emails=[Email("bo@harbor.example")])
    made = convert(dana, lead.pk, customer_id=customer.pk)
    assert (made.customer, made.opportunity, Customer.objects.count()) == (customer, None, 1)
    assert [c.pk for c in customer.contacts.all()] == [made.contact.pk]


def test_those_who_are_here_get_what_the_lead_knows_until_it_is_taken_back(dana: Actor) -> None:
    for kinds in (["lead", "contact"], ["lead", "customer"]):
        save_field(dana, {"name": f"Size {kinds[1]}", "type": "text", "kinds": kinds})
    dock = {"kind": "shipping", "street": "1 Dock"}
    customer = save_customer(dana, {"name": "Harbor", "phone": "1", "tags": ["North"]}, addresses=[dock])
    bo = save_contact(
        dana,
        {"last_name": "Bo", "notes": "Rings early", "custom": {"size_contact": "S"}},
        phones=[{"number": "2", "label": "home"}],
    )
    mine = {"size_contact": "L", "size_customer": "XL"}
    lead = save_lead(
        dana,
        {
            "company": "Harbor",
            **{"first_name": "Robert", "last_name": "Boe", "job_title": "Buyer", "phone": "3"},
            **{"website": "https://harbor.example", "notes": "Wants tents", "tags": ["North", "Fair"]},
            "custom": mine,
        },
        emails=[Email("bo@harbor.example")],
        phones=[{"number": "2"}, {"number": "4", "label": "mobile"}],
        addresses=[{**dock, "street": "1  dock"}, {**dock, "street": "9 Quay"}],
    )

    def state() -> dict[str, Any]:
        customer.refresh_from_db()
        bo.refresh_from_db()
        return {
            "bo": [str(bo), bo.job_title, bo.phone, bo.notes, bo.tags, bo.custom, bo.email_words],
            "phones": sorted(bo.phones.values_list("number", "label")),
            "harbor": [customer.phone, customer.website, customer.tags, customer.custom],
            "places": sorted(customer.addresses.values_list("street", "primary")),
            "of": bo.customers.count(),
            "words": [bo.mark_words, customer.mark_words],
        }

    before = state()
    convert(dana, lead.pk, customer_id=customer.pk, contact_id=bo.pk)
    now = state()
    assert now["bo"] == [
        *("Bo", "Buyer", "3", "Rings early\n\nWants tents"),
        *(["North", "Fair"], {"size_contact": "S"}, "bo@harbor.example"),
    ]
    assert now["phones"] == [("2", "home"), ("4", "mobile")]
    assert now["harbor"] == ["1", "https://harbor.example", ["North", "Fair"], {"size_customer": "XL"}]
    assert now["places"] == [("1 Dock", True), ("9 Quay", False)]
    assert "Fair" in now["words"][1] and now["of"] == 1
    revert(dana, lead.pk)
    assert state() == before
    convert(dana, lead.pk, customer_id=customer.pk, contact_id=bo.pk)
    save_contact(dana, {"phone": "5"}, contact_id=bo.pk)
    revert(dana, lead.pk)
    assert state()["bo"][1:3] == ["", "5"]  # what came since stays


def test_a_case_is_solved_and_reopened(dana: Actor) -> None:
    row = save_case(dana, {"subject": "Torn tent", "priority": "high", "assignee_id": dana.user_id})
    row = save_case(dana, {"status": "resolved", "resolution": "Replaced"}, case_id=row.pk)
    assert (row.number, row.closed_at is not None) == ("CS-0001", True)
    row = save_case(dana, {"status": "in_progress"}, case_id=row.pk)
    assert row.closed_at is None


@pytest.mark.req("X2")
def test_what_happens_on_a_matter_stands_on_its_parties_too(dana: Actor) -> None:
    customer = save_customer(dana, {"name": "Harbor"})
    job = save_project(dana, {"name": "Shop fitting", "customer_id": customer.pk})
    add_activity(dana, ActivityKind.CALL, Record("project", job.pk), {"text": "Measured the room"})
    assert counts(dana, "customer", customer.pk) == counts(dana, "project", job.pk) == (1, 0)


@pytest.mark.parametrize(
    ("role", "may"),
    [
        (Role.SALES, {"lead", "opportunity", "case", "project"}),
        (Role.WAREHOUSE, {"case"}),
        (Role.BOOKKEEPER, {"lead", "case"}),
        (Role.READ_ONLY, set()),
    ],
)
def test_who_may_do_what(dana: Actor, colleague: Callable[[Role], Actor], role: Role, may: set[str]) -> None:
    customer, actor = save_customer(dana, {"name": "Harbor"}), colleague(role)
    named = {"name": "X", "customer_id": customer.pk}
    tries: dict[str, Any] = {
        "lead": lambda: save_lead(actor, {"company": "X"}),
        "opportunity": lambda: save_opportunity(actor, named),
        "case": lambda: save_case(actor, {"subject": "X"}),
        "project": lambda: save_project(actor, named),
    }
    for kind, attempt in tries.items():
        if kind in may:
            attempt()
        else:
            with pytest.raises(Refused):
                attempt()
