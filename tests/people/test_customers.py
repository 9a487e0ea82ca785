"""A customer's master data: who may change credit, parents, addresses that keep themselves, a contact's many fields."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tradepost.accounts.access import Actor, Role
from tradepost.accounts.models import AuditEntry
from tradepost.catalog.models import PriceLevel
from tradepost.kit.errors import Invalid, Missing, Refused
from tradepost.people.services import Email, save_contact, save_customer


def test_a_customer_with_everything(dana: Actor) -> None:
    level = PriceLevel.objects.create(organisation_id=dana.organisation_id, name="Dealer", percent=10)
    group = save_customer(dana, {"name": "Pine Group", "status": "prospect"})
    values: dict[str, Any] = {
        "name": "Harbor & Pine",
        "parent_id": group.pk,
        "type": "Retailer",
        "class_name": "A",
        "rep_id": dana.user_id,
        "price_level_id": level.pk,
        "tax_status": "resale",
        "tax_number": "OR-1234",
        "credit_limit": Decimal("2500.00"),
        "credit_hold": True,
        "credit_reason": "Two cheques bounced",
    }
    row = save_customer(dana, values)
    row.refresh_from_db()
    assert {name: getattr(row, name) for name in values} == values
    assert [c.pk for c in group.children.all()] == [row.pk]
    before = AuditEntry.objects.count()
    save_customer(dana, {"credit_hold": False}, customer_id=row.pk)
    entry = AuditEntry.objects.latest("pk")
    assert (AuditEntry.objects.count(), entry.before, entry.after) == (
        before + 1,
        {"credit_hold": True},
        {"credit_hold": False},
    )


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"credit_limit": Decimal(-1)}, "credit_limit"),
        ({"tax_status": "perhaps"}, "tax_status"),
        ({"rep_id": 10**6}, "rep_id"),
    ],
)
def test_master_data_that_does_not_fit(dana: Actor, values: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as fault:
        save_customer(dana, {"name": "A", **values})
    assert field in fault.value.fields


def test_credit_is_for_those_who_invoice(dana: Actor, colleague: Callable[[Role], Actor]) -> None:
    row = save_customer(dana, {"name": "A", "credit_limit": Decimal(100)})
    seller, keeper = colleague(Role.SALES), colleague(Role.BOOKKEEPER)
    same = {"phone": "1", "credit_limit": Decimal("100.00"), "credit_hold": False, "credit_reason": ""}
    save_customer(seller, same, customer_id=row.pk)
    for change in ({"credit_limit": Decimal(200)}, {"credit_hold": True}, {"credit_limit": None}):
        with pytest.raises(Refused):
            save_customer(seller, change, customer_id=row.pk)
    with pytest.raises(Refused):
        save_customer(seller, {"name": "B", "credit_limit": Decimal(200)})
    save_customer(keeper, {"credit_limit": Decimal(200)}, customer_id=row.pk)


def test_a_customer_does_not_stand_under_itself(dana: Actor, stranger: Actor) -> None:
    first = save_customer(dana, {"name": "First"})
    second = save_customer(dana, {"name": "Second", "parent_id": first.pk})
    for child, parent in ((first, first), (first, second)):
        with pytest.raises(Invalid):
            save_customer(dana, {"parent_id": parent.pk}, customer_id=child.pk)
    theirs = save_customer(stranger, {"name": "Theirs"})
    with pytest.raises(Missing):
        save_customer(dana, {"parent_id": theirs.pk}, customer_id=first.pk)


def test_an_address_that_stays_keeps_its_row(dana: Actor) -> None:
    ship = {"kind": "shipping", "street": "9 Quay", "city": "Astoria"}
    other = {"kind": "shipping", "street": "2 Mill", "city": "Salem"}
    row = save_customer(dana, {"name": "A"}, addresses=[ship, other, {**ship, "street": " 9 QUAY"}])
    first, second = row.addresses.order_by("pk")
    assert (first.primary, second.primary) == (True, False)
    save_customer(
        dana, {}, customer_id=row.pk, addresses=[{**other, "country": ""}, {**other, "kind": "billing"}]
    )
    kept = row.addresses.get(pk=second.pk)
    assert (kept.primary, row.addresses.count()) == (True, 2)
    assert not row.addresses.filter(pk=first.pk).exists()
    with pytest.raises(Invalid, match="no field"):
        save_customer(dana, {}, customer_id=row.pk, addresses=[{"kind": "billing", "planet": "Mars"}])


@pytest.mark.req("X1")
@pytest.mark.parametrize(("typed", "kept"), [("us", "US"), ("Germany", "DE"), ("Österreich", "AT"), ("", "")])
def test_a_country_is_written_by_its_name_or_its_letters(dana: Actor, typed: str, kept: str) -> None:
    row = save_customer(
        dana, {"name": "Alpine"}, addresses=[{"kind": "billing", "city": "x", "country": typed}]
    )
    assert row.addresses.get().country == kept


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ({"country": "Atlantis"}, "“Atlantis” is no country. Write its name, or its two letters such as US."),
        ({"postcode": "9" * 40}, "Postcode: Ensure this value has at most 20 characters (it has 40)."),
    ],
)
def test_an_address_that_does_not_fit_says_what(dana: Actor, address: dict[str, str], sentence: str) -> None:
    with pytest.raises(Invalid) as refused:
        save_customer(dana, {"name": "Alpine"}, addresses=[{"kind": "billing", **address}])
    assert refused.value.fields == {"addresses": sentence}


def test_a_person_with_all_that_is_known(dana: Actor) -> None:
    values = {
        "first_name": "Maja",
        "middle_name": "Karin",
        "last_name": "Olsson",
        "suffix": "Jr.",
        "fax": "+46 16 555 013",
        "birthday": date(1984, 5, 2),
        "gender": "female",
    }
    row = save_contact(
        dana,
        values,
        emails=[Email("maja@olsson.example", "work"), Email("maja@home.example", "private")],
        phones=[{"number": "+46 70 555 01", "label": "mobile"}],
        addresses=[{"kind": "billing", "street": "Hamngatan 12", "country": "se"}],
    )
    row.refresh_from_db()
    assert {name: getattr(row, name) for name in values} == values
    assert [(e.email, e.label) for e in row.emails.order_by("id")] == [
        ("maja@olsson.example", "work"),
        ("maja@home.example", "private"),
    ]
    assert (row.addresses.get().country, row.phones.get().label) == ("SE", "mobile")
