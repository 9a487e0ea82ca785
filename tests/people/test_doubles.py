"""Doubles: recognised on entry, merged with all that stands on them, and taken apart again."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from tests.activities.standing import counts
from tests.api.world import rows_of
from tradepost.accounts.access import Actor, Role
from tradepost.accounts.models import AuditEntry
from tradepost.accounts.services import register_company
from tradepost.activities.models import ActivityKind, Link
from tradepost.activities.records import Record
from tradepost.activities.services import add_activity
from tradepost.kit.errors import Conflict, Invalid, Missing, Refused
from tradepost.people.doubles import MOST, bare, doubles, near
from tradepost.people.entering import Doubled, enter
from tradepost.people.kinds import SHAPES
from tradepost.people.leads import convert, revert
from tradepost.people.merging import merge, merges, preview, undo
from tradepost.people.models import Contact, Customer
from tradepost.people.queries import customers, people_by_email
from tradepost.people.services import (
    Email,
    archive,
    save,
    save_contact,
    save_customer,
    save_lead,
    save_opportunity,
    save_vendor,
    trash,
)
from tradepost.sales.models import Document, Kind
from tradepost.sales.services import save_document

MANY = 400  # more than are looked at one by one


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Harbor & Pine", "harbor and pine", True),
        ("Harbor & Pine, Inc.", "The Harbor Pine Company", True),
        ("Pine Harbor", "Harbor Pine", True),
        ("Café Ünion", "Cafe Union GmbH", True),
        ("Harbour Pine", "Harbor Pine", True),
        ("Olsson Stål AB", "Olsson Stal", True),
        ("Harbor Pine", "Harbor Grill", False),
        ("Ann Lee", "Ann Lie", False),
        ("Bo", "Jo", False),
        ("", "", False),
        ("The Co.", "The Company", False),
        ("Shop 12", "Shop 13", False),
        ("Shop No. 12", "Shop no 12 Ltd", True),
    ],
)
def test_which_names_are_near(one: str, other: str, same: bool) -> None:
    assert near(one, other) is near(other, one) is same


def test_a_name_of_legal_words_alone_is_itself() -> None:
    assert bare("The Company") == "company the"


def test_what_may_be_here_already(dana: Actor, stranger: Actor) -> None:
    here = save_customer(dana, {"name": "Harbor & Pine"}, emails=[Email("office@harbor.example")])
    person = save_contact(dana, {"last_name": "Solis"}, emails=[Email("renata@harbor.example")])
    save_customer(stranger, {"name": "Harbor & Pine"}, emails=[Email("office@harbor.example")])
    save_customer(dana, {"name": "Granite"})

    def found(*args: Any, **kwargs: Any) -> list[tuple[str, int, str]]:
        return [(d.kind, d.row.pk, d.why) for d in doubles(dana, *args, **kwargs)]

    assert found("customer", name="Harbour and Pine Ltd") == [("customer", here.pk, "name")]
    assert found("lead", emails=["Renata@Harbor.example"]) == [("contact", person.pk, "email")]
    assert found("customer", name="Harbor Pine", emails=["office@harbor.example"]) == [
        ("customer", here.pk, "email")
    ]
    assert found("customer", name="Harbor Pine", but=here.pk) == []
    assert found("customer") == []
    trash(dana, here)
    assert found("customer", name="Harbor Pine", emails=["office@harbor.example"]) == []


def test_a_namesake_is_found_among_very_many_who_share_a_word(dana: Actor) -> None:
    known = {"organisation_id": dana.organisation_id}
    old = [save_contact(dana, {"last_name": "Smith"}), save_contact(dana, {"last_name": "Olson"})]
    steel = save_customer(dana, {"name": "Olson Steel"})
    Contact.objects.bulk_create(
        Contact(**known, first_name=f"Name{n}", last_name="Smith") for n in range(MANY)
    )
    Customer.objects.bulk_create(
        Customer(**known, number=f"X{n}", name=f"Steel of Works {n}") for n in range(MANY)
    )
    for kind, name, found in (
        ("contact", "Smith", [old[0].pk]),
        ("contact", "Olsson", [old[1].pk]),
        ("customer", "Steel Olson", [steel.pk]),
        ("customer", "Olsson Steel GmbH", [steel.pk]),
        ("lead", "Olson Steal", [steel.pk]),
        ("customer", "Works Steel", []),
    ):
        assert [one.row.pk for one in doubles(dana, kind, name=name)] == found, name


def test_who_shares_an_address_hides_nobody_of_the_kind_that_is_entered(dana: Actor) -> None:
    office = [Email("office@harbor.example")]
    for n in range(2 * MOST):
        save_contact(dana, {"last_name": f"Clerk {n}"}, emails=office)
    here = save_customer(dana, {"name": "Harbor & Pine"}, emails=office)
    assert len(doubles(dana, "customer", emails=["office@harbor.example"])) == MOST
    with pytest.raises(Doubled, match="may be here already: Harbor & Pine"):
        enter(dana, "customer", {"name": "Granite"}, emails=office)
    assert Customer.objects.get() == here


@pytest.mark.req("X1")
@pytest.mark.parametrize(
    ("kind", "here", "values", "email", "known"),
    [
        ("customer", "customer", {"name": "Harbour Pine"}, "", True),
        ("customer", "customer", {"name": "Granite"}, "office@harbor.example", True),
        ("customer", "lead", {"name": "Granite"}, "office@harbor.example", True),
        ("customer", "contact", {"name": "Granite"}, "office@harbor.example", False),
        ("vendor", "vendor", {"name": "Harbor & Pine Ltd"}, "", True),
        ("vendor", "customer", {"name": "Harbor & Pine Ltd"}, "", False),
        ("contact", "contact", {"first_name": "Harbor", "last_name": "Pine"}, "", True),
        ("contact", "customer", {"last_name": "Solis"}, "office@harbor.example", False),
        ("lead", "lead", {"company": "Harbor Pine"}, "", True),
        ("lead", "customer", {"company": "Harbor Pine"}, "", True),
        ("lead", "contact", {"first_name": "Harbor", "last_name": "Pine"}, "", True),
        ("lead", "vendor", {"company": "Granite"}, "office@harbor.example", True),
        ("lead", "customer", {"company": "Harbor Grill"}, "", False),
    ],
)
@pytest.mark.parametrize("archived", [False, True])
def test_who_is_entered_twice_is_asked_about(
    dana: Actor, kind: str, here: str, values: dict[str, str], email: str, known: bool, archived: bool
) -> None:
    name = {"contact": {"last_name": "Harbor & Pine"}, "lead": {"company": "Harbor & Pine"}}
    first = save(
        dana, here, name.get(here, {"name": "Harbor & Pine"}), emails=[Email("office@harbor.example")]
    )
    if archived:
        archive(dana, first)
    entered = {"values": values, "emails": [Email(email)] if email else []}
    if not known:
        enter(dana, kind, **entered)
        return
    with pytest.raises(Doubled, match="may be here already: Harbor & Pine") as fault:
        enter(dana, kind, **entered)
    assert [(one["kind"], one["id"]) for one in fault.value.members["candidates"]] == [(here, first.pk)]
    assert SHAPES[kind].model.objects.count() == (kind == here)  # nothing half-made
    enter(dana, kind, **entered, seen=[(here, first.pk)])
    enter(dana, kind, **entered, force=True)


def test_what_is_wrong_is_said_before_who_is_here(dana: Actor) -> None:
    save_customer(dana, {"name": "Harbor"})
    with pytest.raises(Invalid):
        enter(dana, "customer", {"name": "Harbor", "status": "perhaps"})


@pytest.mark.req("X1")
def test_a_lead_who_is_here_already_becomes_that_person(dana: Actor) -> None:
    bo = save_contact(dana, {"last_name": "Bo"}, emails=[Email("bo@harbor.example", "work")])
    lead = save_lead(
        dana, {"company": "Harbor", "last_name": "Bo"}, emails=[Email("bo@home.example", "home")]
    )
    save_customer(dana, {"name": "Harbor"})
    with pytest.raises(Doubled, match="Harbor"):
        convert(dana, lead.pk, contact_id=bo.pk)
    with pytest.raises(Doubled, match="Bo"):
        convert(dana, lead.pk, seen=[("customer", Customer.objects.get().pk)])
    made = convert(dana, lead.pk, customer_id=Customer.objects.get().pk, contact_id=bo.pk)
    bo.refresh_from_db()
    assert (made.contact.pk, Contact.objects.count(), bo.email_words) == (
        bo.pk, 1, "bo@harbor.example bo@home.example",
    )  # fmt: skip
    assert list(bo.customers.all()) == [made.customer]
    assert [
        p.contact_id for p in people_by_email(dana.organisation_id, ["bo@home.example"])["bo@home.example"]
    ] == [bo.pk]
    revert(dana, lead.pk)
    bo.refresh_from_db()
    assert (bo.trashed_at, bo.email_words, bo.customers.count()) == (None, "bo@harbor.example", 0)


def test_two_who_hang_each_other_under_one_another_at_once(transactional_db: None) -> None:
    dana = register_company(
        company="Marlow", name="Dana", email="dana@example.com", password="Correct-horse-9"
    )
    one, other = (save_customer(dana, {"name": name}) for name in ("One", "Other"))
    start = Barrier(2)

    def under(child: int, parent: int) -> str:
        try:
            start.wait(10)
            save_customer(dana, {"parent_id": parent}, customer_id=child)
            return "done"
        except Invalid:
            return "refused"
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        tries = [pool.submit(under, one.pk, other.pk), pool.submit(under, other.pk, one.pk)]
        assert sorted(each.result(20) for each in tries) == ["done", "refused"]


def test_numbers_are_given_out_to_all_who_ask_at_once(transactional_db: None) -> None:
    dana = register_company(
        company="Marlow", name="Dana", email="dana@example.com", password="Correct-horse-9"
    )
    start = Barrier(4)

    def one(name: str) -> None:
        try:
            start.wait(10)
            save_customer(dana, {"name": name})
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, ["Ash", "Birch", "Cedar", "Dogwood"]))
    assert set(Customer.objects.values_list("number", flat=True)) == {f"C-000{n}" for n in range(1, 5)}


def two(dana: Actor) -> tuple[Customer, Customer, Document]:
    """A customer and its double, which has a document, people, addresses, a branch and activities."""
    dock = {"kind": "billing", "street": "1 Dock"}
    kept = save_customer(
        dana,
        {"name": "Harbor & Pine", "phone": "1"},
        emails=[Email("office@harbor.example")],
        addresses=[dock],
    )
    gone = save_customer(
        dana,
        {"name": "Harbour Pine", "phone": "2", "terms": "Net 30", "notes": "Ring twice", "credit_hold": True},
        emails=[Email("office@harbor.example"), Email("shop@harbor.example")],
        addresses=[dock, {"kind": "shipping", "street": "9 Quay"}],
    )
    save_customer(dana, {"name": "Branch", "parent_id": gone.pk})
    save_contact(dana, {"last_name": "Solis"}, customer_ids=[kept.pk, gone.pk])
    save_contact(dana, {"last_name": "Lind"}, customer_ids=[gone.pk])
    save_opportunity(dana, {"name": "Tents", "customer_id": gone.pk})
    order = save_document(dana, Kind.ORDER, {"customer_id": gone.pk})
    add_activity(dana, ActivityKind.NOTE, Record("customer", gone.pk), {"text": "Theirs"})
    add_activity(dana, ActivityKind.NOTE, Record("document", order.pk), {"text": "On the order"})
    add_activity(dana, ActivityKind.NOTE, Record("customer", kept.pk), {"text": "Ours"})
    return kept, gone, order


@pytest.mark.req("X1", "X2")
def test_nothing_is_lost_by_a_merge(dana: Actor) -> None:
    kept, gone, order = two(dana)
    shown = preview(dana, "customer", kept.pk, gone.pk)
    assert dict(shown.moves)["activities"] == 2
    assert shown.fills["terms"] == "Net 30"
    merge(dana, "customer", kept.pk, gone.pk)
    kept.refresh_from_db()
    assert (kept.name, kept.phone, kept.terms, kept.notes, kept.credit_hold) == (
        "Harbor & Pine", "1", "Net 30", "Ring twice", True,
    )  # fmt: skip
    assert sorted(str(c) for c in kept.contacts.all()) == ["Lind", "Solis"]
    assert [e.email for e in kept.emails.order_by("email")] == [
        "office@harbor.example",
        "shop@harbor.example",
    ]
    assert kept.emails.filter(primary=True).count() == 1
    assert kept.children.get().name == "Branch"
    assert kept.opportunities.get().name == "Tents"
    assert Document.objects.get(pk=order.pk).customer_id == kept.pk
    assert counts(dana, "customer", kept.pk) == (3, 0)
    assert [c.name for c in customers(dana).order_by("name")] == ["Branch", "Harbor & Pine"]
    [known] = people_by_email(dana.organisation_id, ["shop@harbor.example"])["shop@harbor.example"]
    assert known.customer_ids == (kept.pk,)
    entry = AuditEntry.objects.get(verb="customer.merge")
    assert entry.after["merged"] == "Harbour Pine"


def test_a_merge_is_taken_apart(dana: Actor) -> None:
    kept, gone, _order = two(dana)

    def state() -> dict[str, Any]:
        moving = {"version", "updated_at", "trashed_at"}
        return {
            label: [{k: v for k, v in row.items() if k not in moving} for row in rows]
            for label, rows in rows_of(dana).items()
            if label not in ("people.Merge", "accounts.AuditEntry")
        }

    before = state()
    row = merge(dana, "customer", kept.pk, gone.pk)
    assert state() != before
    assert [m.pk for m in merges(dana, "customer", kept.pk)] == [row.pk]
    undo(dana, row.pk)
    assert state() == before
    assert merges(dana, "customer", kept.pk) == []
    with pytest.raises(Conflict):
        undo(dana, row.pk)


def test_taking_it_apart_keeps_what_came_since(dana: Actor) -> None:
    kept, gone, _order = two(dana)
    row = merge(dana, "customer", kept.pk, gone.pk)
    save_customer(dana, {"terms": "Net 60"}, customer_id=kept.pk)
    add_activity(dana, ActivityKind.NOTE, Record("customer", kept.pk), {"text": "Since"})
    undo(dana, row.pk)
    kept.refresh_from_db()
    assert (kept.terms, counts(dana, "customer", kept.pk), counts(dana, "customer", gone.pk)) == (
        "Net 60", (2, 0), (2, 0),
    )  # fmt: skip


def test_a_branch_that_takes_the_place_of_its_head_stands_under_nobody(dana: Actor) -> None:
    top = save_customer(dana, {"name": "Group"})
    head = save_customer(dana, {"name": "Head", "parent_id": top.pk})
    between = save_customer(dana, {"name": "Region", "parent_id": head.pk})
    branch = save_customer(dana, {"name": "Branch", "parent_id": between.pk})

    def parents() -> dict[str, str | None]:
        rows = Customer.objects.of(dana).values_list("name", "parent__name")
        return dict(rows)

    before = parents()
    row = merge(dana, "customer", branch.pk, head.pk)
    assert parents() == before | {"Branch": "Group", "Region": "Branch"}
    undo(dana, row.pk)
    assert parents() == before
    row = merge(dana, "customer", branch.pk, head.pk)
    save_customer(dana, {"parent_id": None}, customer_id=branch.pk)
    save_customer(dana, {"parent_id": between.pk}, customer_id=top.pk)
    undo(dana, row.pk)
    assert parents() == {"Group": "Region", "Region": "Head", "Head": None, "Branch": None}


def test_contacts_and_leads_merge_too(dana: Actor) -> None:
    a = save_contact(dana, {"last_name": "Solis"}, emails=[Email("r@work.example")])
    b = save_contact(dana, {"first_name": "Renata", "last_name": "Solis"}, emails=[Email("r@home.example")])
    merge(dana, "contact", a.pk, b.pk)
    a.refresh_from_db()
    assert (a.first_name, a.email_words) == ("Renata", "r@work.example r@home.example")
    assert [c.pk for c in Contact.objects.of(dana).filter(trashed_at=None)] == [a.pk]
    c, d = (save_lead(dana, {"company": "Tide"}) for _ in range(2))
    merge(dana, "lead", c.pk, d.pk)
    e, f = (save_vendor(dana, {"name": "Mill"}) for _ in range(2))
    undo(dana, merge(dana, "vendor", e.pk, f.pk).pk)


def test_what_cannot_be_merged(dana: Actor, stranger: Actor, colleague: Callable[[Role], Actor]) -> None:
    a, b = (save_customer(dana, {"name": name}) for name in "AB")
    theirs = save_customer(stranger, {"name": "C"})
    with pytest.raises(Invalid):
        merge(dana, "customer", a.pk, a.pk)
    with pytest.raises(Missing):
        merge(dana, "customer", a.pk, theirs.pk)
    with pytest.raises(Refused):
        merge(colleague(Role.WAREHOUSE), "customer", a.pk, b.pk)
    deal = save_opportunity(dana, {"name": "X", "customer_id": a.pk, "budget": Decimal(1)})
    with pytest.raises(Invalid):
        merge(dana, "opportunity", deal.pk, deal.pk + 1)
    trash(dana, b)
    with pytest.raises(Conflict):
        merge(dana, "customer", a.pk, b.pk)


def test_the_trash_holds_and_gives_back(dana: Actor) -> None:
    row = save_customer(dana, {"name": "Harbor"}, emails=[Email("office@harbor.example")])
    archive(dana, row)
    trash(dana, row)
    assert [c.pk for c in customers(dana, trash=True)] == [row.pk]
    assert not customers(dana, archived=True).exists()
    assert people_by_email(dana.organisation_id, ["office@harbor.example"]) == {}
    with pytest.raises(Conflict):
        trash(dana, row)
    trash(dana, row, undo=True)
    archive(dana, row, undo=True)
    assert customers(dana).get() == row
    save_document(dana, Kind.ORDER, {"customer_id": row.pk})
    with pytest.raises(Conflict, match="1 document"):
        trash(dana, row)
    assert not Link.objects.exists()
