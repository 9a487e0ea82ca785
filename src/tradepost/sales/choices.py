"""What a document names: records of its company, and nothing anew that was put away.

What it holds already stays, its lines' items among it, and so does what was held by the one that it is made from: goods that
were sold still go out, and are billed and taken back, after their item, location or tax was archived. A copy begins
with what the old one holds as well, a draft in which one sees it and changes it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.utils.translation import gettext as _

from tradepost.accounts.access import Actor
from tradepost.accounts.choosing import choose, refuse
from tradepost.accounts.models import Membership
from tradepost.catalog.models import Location
from tradepost.kit.errors import Invalid
from tradepost.people.models import Contact, Customer, Project, Vendor
from tradepost.sales import statuses
from tradepost.sales.models import Document, ItemSalesTax, Kind, SalesTaxCode
from tradepost.sales.state_table import PURCHASES

_CHOICES: Mapping[str, Any] = {
    "contact_id": Contact,
    "project_id": Project,
    "tax_code_id": SalesTaxCode,
    "item_tax_id": ItemSalesTax,
    "location_id": Location,
}


def check(
    actor: Actor, row: Document, values: Mapping[str, Any], like: Document | None = None
) -> Customer | Vendor | None:
    """The party that ``values`` choose, if any. ``Missing`` or ``Invalid`` unless ``row`` may name all that they
    name; ``like`` is the document that it is made from."""
    for name, model in _CHOICES.items():
        if values.get(name) is not None:
            choose(actor, model, values[name], name, held(name, row, like))
    if values.get("custom_status_id") is not None:
        statuses.check(actor, row, values["custom_status_id"])
    owner = values.get("owner_id")
    if owner is not None and not Membership.objects.of(actor).filter(user_id=owner, ended_at=None).exists():
        raise Invalid(fields={"owner_id": _("The owner must be a user of your company.")})
    check_job(row, values)
    return _party(actor, row, values, like)


def check_job(row: Document, values: Mapping[str, Any]) -> None:
    """A sale belongs to a job of its customer; a purchase to any, for it is bought for one. ``Invalid`` otherwise."""
    project, customer = (values.get(n, getattr(row, n)) for n in ("project_id", "customer_id"))
    if row.kind in PURCHASES or project is None or (project, customer) == (row.project_id, row.customer_id):
        return
    job = Project.objects.select_related("customer").get(pk=project)
    if job.customer_id != customer:
        sentence = _("“{job}” is a job of {customer}.").format(job=job, customer=job.customer)
        raise Invalid(fields={"project_id": sentence}, cure=_("Choose one of this customer's, or none."))


BEGINNING = frozenset(
    {
        *(Kind.QUOTE, Kind.ORDER, Kind.CASH_SALE, Kind.INVOICE),
        *(Kind.PURCHASE_QUOTE, Kind.PURCHASE_ORDER, Kind.CASH_PURCHASE, Kind.BILL),
    }
)
"""The kinds by which business begins: nobody who was archived gets one anew. Who owes still pays, returns and is credited."""


def _party(
    actor: Actor, row: Document, values: Mapping[str, Any], like: Document | None
) -> Customer | Vendor | None:
    """Who lies in the trash was a mistake, and gets nothing at all."""
    party: Customer | Vendor | None = None
    name = "vendor_id" if "vendor_id" in values else "customer_id"
    if name in values:
        party = (Vendor if name == "vendor_id" else Customer).objects.pick(actor, values[name])
        check_party(row, party, held(name, row, like))
    return party


def check_party(row: Document, party: Customer | Vendor, its: Collection[int] = ()) -> None:
    """``Invalid`` unless a document may name the customer or vendor anew; ``its`` are those that it holds."""
    if party.trashed_at or row.kind in BEGINNING:
        refuse(party, "vendor_id" if isinstance(party, Vendor) else "customer_id", its)


def held(name: str, *rows: Document | None) -> set[int]:
    """What these documents name in a column."""
    return {getattr(row, name) for row in rows if row and getattr(row, name) is not None}


def held_items(row: Document | None) -> set[int | None]:
    """The items on the stored lines of a document."""
    return set(row.lines.values_list("item_id", flat=True)) if row else set()
