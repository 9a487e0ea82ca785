"""What a cell names: customers and vendors by number or name, contacts by e-mail address, users, price levels, places."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from tradepost.accounts.access import Actor
from tradepost.accounts.models import Membership
from tradepost.catalog.categories import tree
from tradepost.catalog.models import Category, Item, Location, PriceLevel
from tradepost.kit.errors import Conflict, Invalid
from tradepost.kit.words import gettext_noop
from tradepost.people.merging import survivors
from tradepost.people.models import Contact, Customer, Lead, Project, Vendor
from tradepost.sales.models import ItemSalesTax

Found = dict[str, list[Any]]
_STEPS = re.compile(r"[›>]")


def called(actor: Actor, model: Any, names: Collection[str]) -> Found:
    """Customers or vendors by number and, in lower case, by name; those in the trash are not found, but a number of one that
    was merged leads to the one that was kept."""
    wanted = {n for n in names if n}
    rows = model.objects.of(actor).annotate(lower=Lower("name"))
    found: Found = {}
    for row in rows.filter(Q(number__in=wanted) | Q(lower__in=[n.lower() for n in wanted])):
        if row.trashed_at is None:
            found.setdefault(row.number, []).append(row)
            found.setdefault(row.name.lower(), []).append(row)
        elif row.number in wanted and (kept := _kept(actor, row)) is not None:
            found.setdefault(row.number, []).append(kept)
    return found


def _kept(actor: Actor, gone: Any) -> Any:
    """What a record in the trash was merged into; None where it was thrown away."""
    record = (gone._meta.model_name, gone.pk)
    _kind, pk = survivors(actor.organisation_id, [record])[record]
    return type(gone).objects.of(actor).filter(pk=pk, trashed_at=None).first()


def at_hand(actor: Actor, row: Any) -> Any:
    """A record that a row is to change. Raises ``Conflict`` for one in the trash."""
    if row is None or row.trashed_at is None:
        return row
    if kept := _kept(actor, row):
        cure = _("Give the row the number {number}, or take it out.").format(number=kept.number)
        raise Conflict(
            _("{number} {row} was merged into {kept}.").format(number=row.number, row=row, kept=kept),
            cure=cure,
        )
    raise Conflict(
        _("{number} {row} lies in the trash.").format(number=row.number, row=row),
        cure=_("Restore it, or give the row another number."),
    )


def _customers(actor: Actor, names: Collection[str]) -> Found:
    return called(actor, Customer, names)


def _vendors(actor: Actor, names: Collection[str]) -> Found:
    return called(actor, Vendor, names)


def contacts_by_email(actor: Actor, emails: Collection[str]) -> Found:
    """Contacts by each of their addresses."""
    rows = Contact.objects.of(actor).filter(emails__email__in=emails, trashed_at=None)
    found: Found = {}
    for row in rows.prefetch_related("emails").distinct():
        for one in row.emails.all():
            found.setdefault(one.email, []).append(row)
    return found


def leads_by_number(actor: Actor, numbers: Collection[str]) -> Found:
    """Leads that are not in the trash."""
    rows = Lead.objects.of(actor).filter(number__in=numbers, trashed_at=None)
    return {row.number: [row] for row in rows}


def _users(actor: Actor, names: Collection[str]) -> Found:
    """By e-mail address or name."""
    found: Found = {}
    for member in Membership.objects.of(actor).filter(ended_at=None).select_related("user"):
        found.setdefault(member.user.email.lower(), []).append(member.user)
        found.setdefault(member.user.name.lower(), []).append(member.user)
    return found


def _titled(model: Any) -> Callable[[Actor, Collection[str]], Found]:
    def find(actor: Actor, names: Collection[str]) -> Found:
        found: Found = {}
        rows = model.objects.of(actor).filter(archived_at=None).annotate(lower=Lower("name"))
        for row in rows.filter(lower__in=[n.lower() for n in names]):
            found.setdefault(row.name.lower(), []).append(row)
        return found

    return find


def _projects(actor: Actor, names: Collection[str]) -> Found:
    """By number, and by name in lower case."""
    rows = Project.objects.of(actor).filter(archived_at=None, trashed_at=None).annotate(lower=Lower("name"))
    found: Found = {}
    for row in rows.filter(Q(number__in=names) | Q(lower__in=[n.lower() for n in names])):
        for name in {row.number, row.name.lower()}:
            found.setdefault(name, []).append(row)
    return found


def by_way(text: str) -> str:
    """The way to a category from the root, as the tree writes it: ``"Camping > Tents"`` → ``"Camping › Tents"``."""
    return " › ".join(part.strip() for part in _STEPS.split(text) if part.strip())


def _categories(actor: Actor, names: Collection[str]) -> Found:
    """All of them by their way from the root, and by name where no way reads so, in lower case."""
    return by_ways((branch.row, branch.path) for branch in tree(actor))


def by_ways(categories: Iterable[tuple[Category, str]]) -> Found:
    """Categories with their ways, as a cell names them; those in use before those put away."""
    found: Found = {}
    named: Found = {}
    for row, way in sorted(categories, key=lambda one: one[0].archived_at is not None):
        found.setdefault(way.lower(), []).append(row)
        if not row.archived_at or row.name.lower() not in named:
            named.setdefault(row.name.lower(), []).append(row)
    return named | found


def _item_taxes(actor: Actor, names: Collection[str]) -> Found:
    """By code, in lower case."""
    rows = ItemSalesTax.objects.of(actor).filter(archived_at=None)
    return {row.code.lower(): [row] for row in rows}


def _items(actor: Actor, skus: Collection[str]) -> Found:
    return {row.sku: [row] for row in Item.objects.of(actor).filter(sku__in=skus)}


@dataclass(frozen=True, slots=True)
class Reference:
    """How a column finds the record that it names, and what that is called in sentences."""

    what: str
    find: Callable[[Actor, Collection[str]], Found]


REFERENCES: Mapping[str, Reference] = {
    "customer": Reference("customer", _customers),
    "parent": Reference("customer", _customers),
    "vendor": Reference("vendor", _vendors),
    "contact": Reference("contact", contacts_by_email),
    "owner": Reference("user", _users),
    "rep": Reference("user", _users),
    "assignee": Reference("user", _users),
    "price_level": Reference("price level", _titled(PriceLevel)),
    "level": Reference("price level", _titled(PriceLevel)),
    "project": Reference("job", _projects),
    "category": Reference("category", _categories),
    "item_tax": Reference("item sales tax", _item_taxes),
    "sku": Reference("item", _items),
    "part": Reference("item", _items),
    "variant_of": Reference("item", _items),
    "location": Reference("location", _titled(Location)),
}
_CURES = {
    "user": gettext_noop("Write the e-mail address of a user of your company."),
    "contact": gettext_noop("Import the contacts first, or correct the address."),
    "price level": gettext_noop("Make the price level first, or correct the name."),
    "category": gettext_noop("Make the category first, or correct the name."),
    "custom status": gettext_noop("Make the custom status first, or correct the name."),
    "item": gettext_noop("Import the items first, or correct the SKU."),
    "item sales tax": gettext_noop("Import the item sales taxes first, or correct the code."),
}


_SEVERAL = {
    "category": gettext_noop("categories"),
    "contact": gettext_noop("contacts"),
    "custom status": gettext_noop("custom statuses"),
    "customer": gettext_noop("customers"),
    "item": gettext_noop("items"),
    "item sales tax": gettext_noop("item sales taxes"),
    "job": gettext_noop("jobs"),
    "location": gettext_noop("locations"),
    "opportunity": gettext_noop("opportunities"),
    "price level": gettext_noop("price levels"),
    "user": gettext_noop("users"),
    "vendor": gettext_noop("vendors"),
}


def several(what: str) -> str:
    """The plural of a kind of record, in the reader's language."""
    return _(_SEVERAL.get(what, f"{what}s"))


def chosen(found: Mapping[str, list[Any]], name: str, what: str = "customer") -> Any:
    """The one that a row names; None where it names nobody."""
    if not name:
        return None
    rows = found.get(name) or found.get(name.lower()) or []
    if len({row.pk for row in rows}) > 1:
        raise Conflict(
            _("There are several {kinds} “{name}”.").format(kinds=several(what), name=name),
            cure=_("Name the {what} by its number.").format(what=_(what)),
        )
    if not rows:
        cure = _(_CURES.get(what, "")) or _("Import the {kinds} first, or correct the name.").format(
            kinds=several(what)
        )
        raise Invalid(_("There is no {what} “{name}”.").format(what=_(what), name=name), cure=cure)
    return rows[0]
