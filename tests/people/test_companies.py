"""Customers and vendors, what belongs to them, and who may change them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tests.activities.standing import counts
from tradepost.accounts.access import Actor, Role
from tradepost.accounts.models import AuditEntry
from tradepost.activities.models import ActivityKind, Link
from tradepost.activities.records import Record
from tradepost.activities.services import add_activity
from tradepost.kit.errors import Invalid, Missing, Refused, Stale
from tradepost.mail.directory import Contact as Known
from tradepost.mail.lookup import _contacts
from tradepost.people.models import EmailAddress, Phone
from tradepost.people.queries import complete, people_by_email, vendors
from tradepost.people.services import Email, archive, save, save_contact, save_customer, save_vendor


def test_a_vendor_is_read_as_written(dana: Actor) -> None:
    row = save_vendor(
        dana,
        {"name": " Cascade Mill ", "terms": "Net 45", "currency": "USD", "account_number": "MF-7"},
        emails=[Email("Orders@Cascade.example", "orders")],
        phones=[{"number": "+1 541 555 0171", "label": "dispatch"}, {"number": " "}],
        addresses=[{"kind": "billing", "street": "1 Loom Street", "primary": True}],
    )
    assert (row.number, row.name, row.status) == ("V-0001", "Cascade Mill", "active")
    assert [str(e) for e in row.emails.all()] == ["orders@cascade.example"]
    assert [(p.number, p.label) for p in row.phones.all()] == [("+1 541 555 0171", "dispatch")]
    assert row.addresses.get().street == "1 Loom Street"
    assert [v.pk for v in vendors(dana, search="casc")] == [row.pk]
    assert AuditEntry.objects.filter(verb="vendor.save", record_id=row.pk).count() == 1
    archive(dana, row)
    assert not vendors(dana).exists()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "A", "status": "sleeping"}, "status"),
        ({"name": "A", "surprise": 1}, "surprise"),
        ({"name": "A", "number": "V-0001"}, "number"),
        ({"name": "A", "owner_id": 10**6}, "owner_id"),
        ({"name": "x" * 300}, "name"),
    ],
)
def test_what_does_not_fit_is_named_and_nothing_is_written(
    dana: Actor, values: dict[str, Any], field: str
) -> None:
    save_vendor(dana, {"name": "First"})
    with pytest.raises(Invalid) as fault:
        save_vendor(dana, values, emails=[Email("a@b.example")])
    assert field in fault.value.fields
    assert vendors(dana).count() == 1
    assert not EmailAddress.objects.exists()


def test_two_who_change_the_same_vendor(dana: Actor) -> None:
    row = save_vendor(dana, {"name": "Cascade"})
    save_vendor(dana, {"terms": "Net 30"}, vendor_id=row.pk, version=1)
    with pytest.raises(Stale):
        save_vendor(dana, {"terms": "Net 60"}, vendor_id=row.pk, version=1)


EDITORS = {
    "customer": {Role.MASTER_ADMIN, Role.ADMIN, Role.SALES, Role.BOOKKEEPER},
    "contact": {Role.MASTER_ADMIN, Role.ADMIN, Role.SALES, Role.BOOKKEEPER},
    "vendor": {Role.MASTER_ADMIN, Role.ADMIN, Role.BOOKKEEPER},
}


@pytest.mark.parametrize("role", [r for r in Role if r is not Role.MASTER_ADMIN])
@pytest.mark.parametrize("kind", EDITORS)
def test_who_may_change_what(dana: Actor, colleague: Callable[[Role], Actor], kind: str, role: Role) -> None:
    name = {"last_name": "X"} if kind == "contact" else {"name": "X"}
    row = save(dana, kind, name)
    actor = colleague(role)
    if role in EDITORS[kind]:
        save(actor, kind, {"notes": "seen"}, pk=row.pk)
        archive(actor, row)
    else:
        for act in (lambda: save(actor, kind, name), lambda: archive(actor, row)):
            with pytest.raises(Refused):
                act()


def test_a_contact_belongs_to_companies_of_both_sides(dana: Actor, stranger: Actor) -> None:
    customer, vendor = save_customer(dana, {"name": "Harbor"}), save_vendor(dana, {"name": "Cascade"})
    emails = [Email("odette@cascade.example")]
    row = save_contact(
        dana, {"last_name": "Marsh"}, emails=emails, customer_ids=[customer.pk], vendor_ids=[vendor.pk]
    )
    assert ([*row.customers.all()], [*row.vendors.all()]) == ([customer], [vendor])
    save_contact(dana, {}, contact_id=row.pk, customer_ids=[])
    assert ([*row.customers.all()], [*row.vendors.all()]) == ([], [vendor])
    theirs = save_vendor(stranger, {"name": "Theirs"})
    with pytest.raises(Missing):
        save_contact(dana, {}, contact_id=row.pk, vendor_ids=[theirs.pk])


def test_mail_of_a_vendor_finds_it_and_its_people(dana: Actor) -> None:
    vendor = save_vendor(dana, {"name": "Cascade"}, emails=[Email("orders@cascade.example")])
    contact = save_contact(
        dana, {"last_name": "Marsh"}, emails=[Email("odette@cascade.example")], vendor_ids=[vendor.pk]
    )
    found = _contacts(dana.organisation_id, ["orders@cascade.example", "odette@cascade.example"])
    assert found["orders@cascade.example"] == (Known(0, vendors=frozenset({vendor.pk})),)
    [known] = found["odette@cascade.example"]
    assert known.records == (Record("contact", contact.pk), Record("vendor", vendor.pk))
    assert complete(dana, "casc") == [
        ("odette@cascade.example", "Marsh"),
        ("orders@cascade.example", "Cascade"),
    ]
    archive(dana, vendor)
    assert people_by_email(dana.organisation_id, ["orders@cascade.example"]) == {}


@pytest.mark.req("X2")
def test_a_vendor_has_a_timeline(dana: Actor) -> None:
    vendor = save_vendor(dana, {"name": "Cascade"})
    add_activity(dana, ActivityKind.NOTE, Record("vendor", vendor.pk), {"text": "Ships Mondays"})
    add_activity(dana, ActivityKind.TASK, Record("vendor", vendor.pk), {"subject": "Ask for samples"})
    assert counts(dana, "vendor", vendor.pk) == (1, 1)
    assert Link.objects.filter(record_kind="vendor").count() == 2


def test_what_reaches_somebody_belongs_to_exactly_one(dana: Actor) -> None:
    vendor, customer = save_vendor(dana, {"name": "A"}), save_customer(dana, {"name": "B"})
    for holders in ({}, {"vendor": vendor, "customer": customer}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Phone.objects.create(organisation_id=dana.organisation_id, number="1", **holders)


@pytest.mark.database
def test_a_long_list_is_looked_up_as_one_array(dana: Actor) -> None:
    odd = [
        "a@b.example",
        "o'brien@b.example",
        'quo"ted@b.example',
        "{br,ace}@b.example",
        "back\\slash@b.example",
    ]
    customer = save_customer(dana, {"name": "Odd & Sons"})
    EmailAddress.objects.bulk_create(
        EmailAddress(organisation_id=dana.organisation_id, customer=customer, email=email)
        for email in [*odd, "other@b.example"]
    )
    rows = EmailAddress.objects.filter(organisation_id=dana.organisation_id)
    assert set(rows.filter(email__any=set(odd)).values_list("email", flat=True)) == set(odd)
    assert rows.filter(pk__any=[row.pk for row in rows]).count() == 6
    assert not rows.filter(email__any=[]).exists()
    assert people_by_email(dana.organisation_id, odd).keys() == set(odd)
