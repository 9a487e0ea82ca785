"""Customers, vendors and contacts."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from ninja import Router, Schema
from pydantic import Field

from tradepost.accounts.access import Permission
from tradepost.api import records
from tradepost.api.call import Call, needs
from tradepost.api.marks import MarksIn, MarksOut
from tradepost.api.records import Listed, Room
from tradepost.api.schema import Id, In
from tradepost.people import main_contact, queries
from tradepost.people.models import Contact, Customer, CustomerStatus, Gender, TaxStatus, VendorStatus
from tradepost.sales.standing import Group, group_of

router = Router(tags=["Customers, vendors and contacts"])


class EmailIn(In):
    """One is the primary address: the one that says so, else the first."""

    email: str
    label: str = ""
    primary: bool = False


class EmailOut(Schema):
    email: str
    label: str
    primary: bool


class PhoneIn(In):
    """A further number beside the main one, ``phone``."""

    number: str
    label: str = ""


class PhoneOut(Schema):
    number: str
    label: str


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


class KeptIn(MarksIn):
    notes: str = ""
    owner_id: Id | None = None


class KeptOut(MarksOut):
    id: int
    notes: str
    owner_id: int | None
    archived_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int


class PartyIn(KeptIn):
    """``emails``, ``phones`` and ``addresses``, where sent, replace all."""

    phone: str = ""
    emails: list[EmailIn] = Field([], max_length=100)
    phones: list[PhoneIn] = Field([], max_length=100)
    addresses: list[AddressIn] = Field([], max_length=100)


class PartyRow(KeptOut):
    phone: str
    emails: list[EmailOut]


class Reached(Schema):
    phones: list[PhoneOut]
    addresses: list[AddressOut]


class CompanyIn(PartyIn):
    """``number`` is given out where it is not sent. ``emails``, ``phones`` and ``addresses``, where sent, replace all."""

    name: str = ""
    number: str = ""
    website: str = ""
    terms: str = ""
    currency: str = ""


class CompanyRow(PartyRow):
    number: str
    name: str
    website: str
    terms: str
    currency: str


class CustomerIn(CompanyIn):
    """``language`` of its papers: ``en``, ``de``, or empty for the company's; ``credit_limit`` null is no limit; it and ``credit_hold`` are for who may invoice. See ``CompanyIn`` for the rest."""

    status: CustomerStatus = CustomerStatus.ACTIVE
    parent_id: Id | None = None
    type: str = ""
    class_name: str = ""
    rep_id: Id | None = None
    price_level_id: Id | None = None
    tax_status: TaxStatus = TaxStatus.TAXABLE
    tax_number: str = ""
    language: str = ""
    credit_limit: Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=2)] | None = None
    credit_hold: bool = False
    credit_reason: str = ""


class CustomerRow(CompanyRow):
    status: CustomerStatus
    parent_id: int | None
    type: str
    class_name: str
    rep_id: int | None
    price_level_id: int | None
    tax_status: TaxStatus
    tax_number: str
    language: str
    credit_limit: Decimal | None
    credit_hold: bool
    credit_reason: str


class CustomerOut(Reached, CustomerRow):
    pass


class VendorIn(CompanyIn):
    """``account_number`` is ours with the vendor; ``language`` as a customer's. See ``CompanyIn`` for the rest."""

    status: VendorStatus = VendorStatus.ACTIVE
    class_name: str = ""
    account_number: str = ""
    tax_number: str = ""
    language: str = ""


class VendorRow(CompanyRow):
    status: VendorStatus
    class_name: str
    account_number: str
    tax_number: str
    language: str


class VendorOut(Reached, VendorRow):
    pass


class ContactIn(PartyIn):
    """A person. ``customer_ids`` and ``vendor_ids``, like the other lists, replace all where sent."""

    first_name: str = ""
    middle_name: str = ""
    last_name: str = ""
    suffix: str = ""
    job_title: str = ""
    fax: str = ""
    birthday: date | None = None
    gender: Gender | Literal[""] = ""
    customer_ids: list[Id] = []
    vendor_ids: list[Id] = []


class ContactOut(Reached, PartyRow):
    first_name: str
    middle_name: str
    last_name: str
    suffix: str
    job_title: str
    fax: str
    birthday: date | None
    gender: str
    customer_ids: list[int]
    vendor_ids: list[int]

    @staticmethod
    def resolve_customer_ids(row: Contact) -> list[int]:
        return [one.customer_id for one in row.belongings.all() if one.customer_id]

    @staticmethod
    def resolve_vendor_ids(row: Contact) -> list[int]:
        return [one.vendor_id for one in row.belongings.all() if one.vendor_id]


# -- addresses -------------------------------------------------------------------------------------------------------

CompanyOrder = Literal[
    "name", "-name", "number", "-number", "created_at", "-created_at", "updated_at", "-updated_at"
]


PersonOrder = Literal[
    "last_name", "-last_name", "first_name", "-first_name",
    "created_at", "-created_at", "updated_at", "-updated_at",
]  # fmt: skip


class CustomerFilter(Listed):
    email: str = ""
    status: CustomerStatus | None = None
    parent_id: Id | None = None
    rep_id: Id | None = None
    credit_hold: bool | None = None
    sort: CompanyOrder = "name"


class VendorFilter(Listed):
    email: str = ""
    status: VendorStatus | None = None
    sort: CompanyOrder = "name"


class ContactFilter(Listed):
    PATHS = {**Listed.PATHS, "customer_id": "belongings__customer_id", "vendor_id": "belongings__vendor_id"}

    email: str = ""
    customer_id: Id | None = None
    vendor_id: Id | None = None
    sort: PersonOrder = "last_name"


WORDS = "``q`` looks for words in number, name, phone and website; ``email`` for one whole address."
PERSON_WORDS = (
    "``q`` looks for words in name, job title, phone and addresses; ``email`` for one whole address."
)
REACH = ("emails", "phones", "addresses")
AT = ("customer_ids", "vendor_ids")

for _room in (
    Room("customer", "customers", CustomerIn, CustomerRow, CustomerOut, CustomerFilter, WORDS, REACH, REACH),
    Room("vendor", "vendors", VendorIn, VendorRow, VendorOut, VendorFilter, WORDS, REACH, REACH),
    Room(
        "contact",
        "contacts",
        ContactIn,
        ContactOut,
        ContactOut,
        ContactFilter,
        PERSON_WORDS,
        (*REACH, *AT),
        (*REACH, "belongings"),
    ),
):
    records.add(router, _room)


class MainIn(In):
    """The main contact of a company; none sent: nobody."""

    contact_id: Id | None = None


class MainOut(Schema):
    contact_id: int | None


def _choose(request: Call, kind: str, id: int, body: MainIn) -> dict[str, int | None]:
    found = main_contact.main(main_contact.choose(request.actor, kind, id, body.contact_id))
    return {"contact_id": found.pk if found else None}


@router.put("customers/{int:id}/main-contact", response=MainOut)
@needs(Permission.PEOPLE_EDIT)
def choose_customer_main_contact(request: Call, id: Id, body: MainIn) -> dict[str, int | None]:
    """Whom one turns to at a customer. Mail that is written to it begins with them."""
    return _choose(request, "customer", id, body)


@router.put("vendors/{int:id}/main-contact", response=MainOut)
@needs(Permission.PURCHASING)
def choose_vendor_main_contact(request: Call, id: Id, body: MainIn) -> dict[str, int | None]:
    """Whom one turns to at a vendor."""
    return _choose(request, "vendor", id, body)


class SumsOut(Schema):
    """In the company's currency. ``unpaid`` are open invoices, which a credit limit counts; ``balance`` is that less the credit
    that is not applied; ``likely``: open opportunities by their probability. ``unvalued`` documents and opportunities are in a
    currency without a rate and stand in no sum."""

    unpaid: Decimal
    overdue: Decimal
    balance: Decimal
    orders: Decimal
    likely: Decimal
    unvalued: int


class GroupOut(Schema):
    """``whole`` is with so many ``branches``, at any remove."""

    currency: str
    branches: int
    own: SumsOut
    whole: SumsOut


@router.get("customers/{int:id}/standing", response=GroupOut)
@needs(Permission.SALES_VIEW)
def get_customer_standing(request: Call, id: Id) -> Group:
    """What a customer owes and has ordered, by itself and with the customers that stand under it. Its credit limit counts its
    own invoices only."""
    return group_of(request.actor, Customer.objects.pick(request.actor, id))


class Recipient(Schema):
    email: str
    name: str


@router.get("recipients", response=list[Recipient])
@needs(Permission.PEOPLE_VIEW)
def complete_recipients(request: Call, q: str) -> list[dict[str, str]]:
    """Addresses whose holder's name or address begins with the words, contacts first."""
    return [{"email": email, "name": name} for email, name in queries.complete(request.actor, q)]
