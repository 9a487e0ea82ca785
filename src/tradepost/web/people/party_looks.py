"""The pages of customers, vendors and contacts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from tradepost.accounts.access import Actor, Permission
from tradepost.people import queries
from tradepost.people.models import Contact, CustomerStatus
from tradepost.sales.models import Kind
from tradepost.sales.queries import Account, account_of, documents
from tradepost.sales.standing import group_of
from tradepost.web import document, records
from tradepost.web.kinds import LOOKS as KINDS
from tradepost.web.parts import Text
from tradepost.web.people import filters, party_forms, tables
from tradepost.web.people.look import Act, Cell, Look, Pane, concern, in_use, of, on
from tradepost.web.people.tables import first_email


def _members(actor: Actor, row: Any) -> QuerySet[Contact]:
    rows: QuerySet[Contact] = row.contacts.filter(archived_at=None, trashed_at=None)
    rows = rows.annotate(main=Exists(row.belongings.filter(contact=OuterRef("pk"), main=True)))
    return rows.prefetch_related(queries.EMAILS).order_by("-main", "last_name", "first_name", "id")


# What the pane says of a document; a hundred whole ones cost more than the rest of the page.
_SHOWN = ("kind", "number", "date", "po_number", "currency", "total", "status", "hold_reason")


def _orders(actor: Actor, row: Any) -> QuerySet[Any]:
    rows = documents(actor).filter(**{row._meta.model_name: row}).order_by("-date", "-id")
    return rows.select_related(None).only(*_SHOWN)


PEOPLE = Pane("contacts", _("Contacts"), Permission.PEOPLE_VIEW, _members, "people/contacts.html")
ORDERS = Pane(
    "orders",
    _("Documents"),
    Permission.SALES_VIEW,
    _orders,
    "people/orders.html",
    lambda row: (row, records.address(row), document.state(row), KINDS[Kind(row.kind)]),
)
CONCERNS = (
    concern("opportunity", "opportunities", _("Opportunities")),
    concern("case", "cases", _("Cases")),
    concern("project", "projects", _("Customer jobs")),
)
COMPANY_COLUMNS: dict[Text, Cell] = {
    _("Number"): lambda c: c.number,
    _("Name"): lambda c: c.name,
    _("E-mail"): first_email,
    _("Phone"): lambda c: c.phone,
    _("Website"): lambda c: c.website,
    _("Terms"): lambda c: c.terms,
    _("Currency"): lambda c: c.currency,
    _("Owner"): lambda c: str(c.owner or ""),
}


def _account(actor: Actor, row: Any, company: str) -> Account | None:
    return account_of(actor, row, company) if actor.may(Permission.SALES_VIEW) else None


def _company_hit(row: Any) -> str:
    return " · ".join(filter(None, [row.number, row.phone]))


CUSTOMER = Look(
    kind="customer",
    one=_("Customer"),
    plural="customers",
    title=_("Customers"),
    new=_("New customer"),
    icon="building-2",
    hint=_("Make the first customer; mail with its people then finds its place by itself."),
    words=_("Name, phone or number"),
    table=tables.Customers,
    filters=filters.CustomerFilter,
    form=party_forms.CustomerForm,
    rows=queries.customers,
    order=("name", "id"),
    columns={
        **COMPANY_COLUMNS,
        _("Status"): lambda c: c.get_status_display(),
        _("Parent company"): lambda c: str(c.parent or ""),
        _("Type"): lambda c: c.type,
        _("Class"): lambda c: c.class_name,
        _("Sales rep"): lambda c: str(c.rep or ""),
        _("Price level"): lambda c: str(c.price_level or ""),
        _("Tax status"): lambda c: c.get_tax_status_display(),
        _("Tax number"): lambda c: c.tax_number,
        _("Credit limit"): lambda c: c.credit_limit,
        _("Credit hold"): lambda c: _("Yes") if c.credit_hold else "",
    },
    facts=(
        "name",
        "status",
        "phone",
        "website",
        "type",
        "class_name",
        "rep_id",
        "owner_id",
        "terms",
        "currency",
        "price_level_id",
        "tax_status",
        "tax_number",
        "language",
        "credit_limit",
        "credit_hold",
        "credit_reason",
        "notes",
    ),
    sub=lambda c: c.number,
    hit=_company_hit,
    keys="c",
    panes=(PEOPLE, ORDERS, *CONCERNS),
    links={
        _("Parent company"): lambda c: [c.parent] if c.parent else [],
        _("Branch"): lambda c: c.children.order_by("name")[:50],
    },
    acts=(
        Act(
            _("Make it a customer"),
            "user-check",
            "customer-promote",
            Permission.PEOPLE_EDIT,
            of,
            post=True,
            when=lambda c: c.status == CustomerStatus.PROSPECT and in_use(c),
        ),
        Act(
            _("Statement"),
            "scroll-text",
            "statement-new",
            Permission.INVOICING,
            on,
            when=lambda c: c.status != CustomerStatus.PROSPECT,
        ),
        Act(
            _("New quote"),
            "file-text",
            "quote-new",
            Permission.SALES_EDIT,
            on,
            when=lambda c: c.status == CustomerStatus.PROSPECT and in_use(c),
        ),
        Act(_("New order"), "plus", "order-new", Permission.SALES_EDIT, on, when=in_use),
    ),
    figures=_account,
    group=lambda actor, row: group_of(actor, row) if actor.may(Permission.SALES_VIEW) else None,
    start={"status": CustomerStatus.ACTIVE},
)


def _prospects(actor: Actor, **which: Any) -> QuerySet[Any]:
    return queries.customers(actor, **which).filter(status=CustomerStatus.PROSPECT)


PROSPECT = replace(
    CUSTOMER,
    plural="prospects",
    one=_("Prospect"),
    title=_("Prospects"),
    new=_("New prospect"),
    icon="user-search",
    hint=_(
        "Who may buy and has not yet: a lead that was converted, or a company you write down. The first order makes it a customer."
    ),
    rows=_prospects,
    keys="y",
    start={"status": CustomerStatus.PROSPECT},
)
VENDOR = Look(
    kind="vendor",
    one=_("Vendor"),
    plural="vendors",
    title=_("Vendors"),
    new=_("New vendor"),
    icon="factory",
    hint=_("Make the first vendor; purchase orders and its mail then find their place by themselves."),
    words=_("Name, phone or number"),
    table=tables.Vendors,
    filters=filters.VendorFilter,
    form=party_forms.VendorForm,
    rows=queries.vendors,
    order=("name", "id"),
    columns={
        **COMPANY_COLUMNS,
        _("Status"): lambda v: v.get_status_display(),
        _("Class"): lambda v: v.class_name,
        _("Our account number"): lambda v: v.account_number,
    },
    facts=(
        "name",
        "status",
        "phone",
        "website",
        "class_name",
        "terms",
        "currency",
        "account_number",
        "tax_number",
        "language",
        "owner_id",
        "notes",
    ),
    sub=lambda v: v.number,
    hit=_company_hit,
    keys="w",
    panes=(PEOPLE, ORDERS),
    acts=(
        Act(_("New purchase order"), "plus", "purchase_order-new", Permission.PURCHASING, on, when=in_use),
    ),
    figures=_account,
)
CONTACT = Look(
    kind="contact",
    one=_("Contact"),
    plural="contacts",
    title=_("Contacts"),
    new=_("New contact"),
    icon="contact",
    hint=_("Make the first contact with an e-mail address; its mail then finds its place by itself."),
    words=_("Name, e-mail or phone"),
    table=tables.Contacts,
    filters=filters.RecordFilter,
    form=party_forms.ContactForm,
    rows=queries.contacts,
    order=("last_name", "first_name", "id"),
    columns={
        _("First name"): lambda c: c.first_name,
        _("Last name"): lambda c: c.last_name,
        _("E-mail"): lambda c: " ".join(e.email for e in c.emails.all()),
        _("Company"): tables.companies,
        _("Job title"): lambda c: c.job_title,
        _("Phone"): lambda c: c.phone,
        _("Owner"): lambda c: str(c.owner or ""),
    },
    facts=(
        "first_name",
        "middle_name",
        "last_name",
        "suffix",
        "job_title",
        "phone",
        "fax",
        "birthday",
        "gender",
        "owner_id",
        "notes",
    ),
    sub=lambda c: c.job_title,
    hit=lambda c: " · ".join(filter(None, [c.job_title, first_email(c)])),
    keys="p",
    panes=(ORDERS, *CONCERNS[:2]),
    links={
        _("Customer"): lambda c: c.customers.order_by("name"),
        _("Vendor"): lambda c: c.vendors.order_by("name"),
    },
)
