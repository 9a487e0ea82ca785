"""Customers and contacts."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.http import HttpResponse
from ninja import Query, Router, Schema

from tradepost.accounts.access import Permission
from tradepost.api.call import Call, expected_version, needs, tagged
from tradepost.api.paging import page
from tradepost.api.schema import Id, In, Page, Window
from tradepost.people import queries, services
from tradepost.people.models import Contact, Customer
from tradepost.people.services import Email

router = Router(tags=["Customers and contacts"])


class EmailIn(In):
    """One is the primary address: the one that says so, else the first."""

    email: str
    label: str = ""
    primary: bool = False


class EmailOut(Schema):
    email: str
    label: str
    primary: bool


class AddressIn(In):
    kind: Literal["billing", "shipping", "other"]
    name: str = ""
    street: str = ""
    city: str = ""
    region: str = ""
    postcode: str = ""
    country: str = ""
    primary: bool = False


class AddressOut(Schema):
    kind: str
    name: str
    street: str
    city: str
    region: str
    postcode: str
    country: str
    primary: bool


class CustomerIn(In):
    """``number`` is given out where it is not sent. ``emails`` and ``addresses``, where sent, replace all."""

    name: str = ""
    number: str = ""
    phone: str = ""
    website: str = ""
    terms: str = ""
    currency: str = ""
    notes: str = ""
    owner_id: Id | None = None
    emails: list[EmailIn] = []
    addresses: list[AddressIn] = []


class CustomerRow(Schema):
    id: int
    number: str
    name: str
    phone: str
    website: str
    terms: str
    currency: str
    notes: str
    owner_id: int | None
    emails: list[EmailOut]
    archived_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int


class CustomerOut(CustomerRow):
    addresses: list[AddressOut]


class ContactIn(In):
    """``emails`` and ``customer_ids``, where sent, replace all."""

    first_name: str = ""
    last_name: str = ""
    job_title: str = ""
    phone: str = ""
    notes: str = ""
    owner_id: Id | None = None
    emails: list[EmailIn] = []
    customer_ids: list[Id] = []


class ContactOut(Schema):
    id: int
    first_name: str
    last_name: str
    job_title: str
    phone: str
    notes: str
    owner_id: int | None
    emails: list[EmailOut]
    customer_ids: list[int]
    archived_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int

    @staticmethod
    def resolve_customer_ids(row: Contact) -> list[int]:
        return [one.customer_id for one in row.belongings.all()]


def _split(body: CustomerIn | ContactIn, *lists: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The sent fields of the row itself, and the sent lists beside it."""
    given = body.given()
    beside: dict[str, Any] = {name: given.pop(name) for name in lists if name in given}
    if "emails" in beside:
        beside["emails"] = [Email(**one) for one in beside["emails"]]
    return given, beside


# -- customers -------------------------------------------------------------------------------------------------------

CustomerOrder = Literal[
    "name", "-name", "number", "-number", "created_at", "-created_at", "updated_at", "-updated_at"
]


def _customer(request: Call, id: int, response: HttpResponse) -> Customer:
    row = Customer.objects.prefetch_related("emails", "addresses").pick(request.actor, id)
    tagged(response, row)
    return row


@router.get("customers", response=Page[CustomerRow])
@needs(Permission.PEOPLE_VIEW)
def list_customers(
    request: Call,
    window: Query[Window],
    q: str = "",
    archived: bool = False,
    owner_id: Id | None = None,
    email: str = "",
    sort: CustomerOrder = "name",
) -> dict[str, Any]:
    """Customers. ``q`` looks for words in number, name, phone and website; ``email`` for one whole address."""
    rows = queries.customers(request.actor, search=q, archived=archived)
    return page(_narrowed(rows, owner_id, email), window, sort)


def _narrowed(rows: Any, owner_id: int | None, email: str) -> Any:
    if owner_id is not None:
        rows = rows.filter(owner_id=owner_id)
    if email:
        rows = rows.filter(emails__email=email.replace("\0", "").strip().lower())
    return rows


@router.post("customers", response={201: CustomerOut})
@needs(Permission.PEOPLE_EDIT)
def create_customer(request: Call, body: CustomerIn, response: HttpResponse) -> Customer:
    """Create a customer."""
    values, beside = _split(body, "emails", "addresses")
    row = services.save_customer(request.actor, values, **beside)
    response["Location"] = f"/api/v1/customers/{row.pk}"
    return _customer(request, row.pk, response)


@router.get("customers/{int:id}", response=CustomerOut)
@needs(Permission.PEOPLE_VIEW)
def get_customer(request: Call, id: Id, response: HttpResponse) -> Customer:
    """One customer."""
    return _customer(request, id, response)


@router.patch("customers/{int:id}", response=CustomerOut)
@needs(Permission.PEOPLE_EDIT)
def change_customer(request: Call, id: Id, body: CustomerIn, response: HttpResponse) -> Customer:
    """Change the fields that are sent. With If-Match, only if nobody changed it since."""
    values, beside = _split(body, "emails", "addresses")
    services.save_customer(request.actor, values, customer_id=id, version=expected_version(request), **beside)
    return _customer(request, id, response)


@router.post("customers/{int:id}/archive", response=CustomerOut)
@needs(Permission.PEOPLE_EDIT)
def archive_customer(request: Call, id: Id, response: HttpResponse) -> Customer:
    """Put a customer away: it leaves lists and completions, its history stays."""
    services.archive(request.actor, Customer.objects.pick(request.actor, id))
    return _customer(request, id, response)


@router.post("customers/{int:id}/restore", response=CustomerOut)
@needs(Permission.PEOPLE_EDIT)
def restore_customer(request: Call, id: Id, response: HttpResponse) -> Customer:
    """Take an archived customer back."""
    services.archive(request.actor, Customer.objects.pick(request.actor, id), undo=True)
    return _customer(request, id, response)


# -- contacts --------------------------------------------------------------------------------------------------------

ContactOrder = Literal["last_name", "-last_name", "first_name", "-first_name", "created_at", "-created_at"]


def _contact(request: Call, id: int, response: HttpResponse) -> Contact:
    row = Contact.objects.prefetch_related("emails", "belongings").pick(request.actor, id)
    tagged(response, row)
    return row


@router.get("contacts", response=Page[ContactOut])
@needs(Permission.PEOPLE_VIEW)
def list_contacts(
    request: Call,
    window: Query[Window],
    q: str = "",
    archived: bool = False,
    owner_id: Id | None = None,
    customer_id: Id | None = None,
    email: str = "",
    sort: ContactOrder = "last_name",
) -> dict[str, Any]:
    """Contacts. ``q`` looks for words in name, job title, phone and addresses; ``email`` for one whole address."""
    rows = queries.contacts(request.actor, search=q, archived=archived).prefetch_related("belongings")
    if customer_id is not None:
        rows = rows.filter(belongings__customer_id=customer_id)
    return page(_narrowed(rows, owner_id, email), window, sort)


@router.post("contacts", response={201: ContactOut})
@needs(Permission.PEOPLE_EDIT)
def create_contact(request: Call, body: ContactIn, response: HttpResponse) -> Contact:
    """Create a contact, at any number of customers."""
    values, beside = _split(body, "emails", "customer_ids")
    row = services.save_contact(request.actor, values, **beside)
    response["Location"] = f"/api/v1/contacts/{row.pk}"
    return _contact(request, row.pk, response)


@router.get("contacts/{int:id}", response=ContactOut)
@needs(Permission.PEOPLE_VIEW)
def get_contact(request: Call, id: Id, response: HttpResponse) -> Contact:
    """One contact."""
    return _contact(request, id, response)


@router.patch("contacts/{int:id}", response=ContactOut)
@needs(Permission.PEOPLE_EDIT)
def change_contact(request: Call, id: Id, body: ContactIn, response: HttpResponse) -> Contact:
    """Change the fields that are sent. With If-Match, only if nobody changed it since."""
    values, beside = _split(body, "emails", "customer_ids")
    services.save_contact(request.actor, values, contact_id=id, version=expected_version(request), **beside)
    return _contact(request, id, response)


@router.post("contacts/{int:id}/archive", response=ContactOut)
@needs(Permission.PEOPLE_EDIT)
def archive_contact(request: Call, id: Id, response: HttpResponse) -> Contact:
    """Put a contact away: it leaves lists and completions, its history stays."""
    services.archive(request.actor, Contact.objects.pick(request.actor, id))
    return _contact(request, id, response)


@router.post("contacts/{int:id}/restore", response=ContactOut)
@needs(Permission.PEOPLE_EDIT)
def restore_contact(request: Call, id: Id, response: HttpResponse) -> Contact:
    """Take an archived contact back."""
    services.archive(request.actor, Contact.objects.pick(request.actor, id), undo=True)
    return _contact(request, id, response)


class Recipient(Schema):
    email: str
    name: str


@router.get("recipients", response=list[Recipient])
@needs(Permission.PEOPLE_VIEW)
def complete_recipients(request: Call, q: str) -> list[dict[str, str]]:
    """Addresses whose holder's name or address begins with the words, contacts first."""
    return [{"email": email, "name": name} for email, name in queries.complete(request.actor, q)]
