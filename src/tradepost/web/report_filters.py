"""By what a report can be narrowed on its page: records to search, values to choose, numbers to type."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tradepost.accounts.access import Actor
from tradepost.catalog.models import Item, Location
from tradepost.custom.queries import tags
from tradepost.custom.rules import FieldType
from tradepost.people.models import Customer, Vendor
from tradepost.reports import engine, marked
from tradepost.reports.catalogue import Report
from tradepost.reports.engine import Result
from tradepost.sales import lists
from tradepost.sales.models import Document
from tradepost.web.choices import members
from tradepost.web.parts import Text

NEWEST = 1000  # documents whose channels are offered
MOST = 500
Choices = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Chooser:
    """One filter. With a ``url`` it is searched there; ``number``: it is typed, ``chosen`` or what holds without, from the first
    of the two to the second."""

    key: str
    label: Text
    chosen: str
    choices: Choices
    url: str = ""
    number: tuple[int, int] | None = None

    @property
    def offered(self) -> Choices:
        """The choices, and what is chosen though it is none of them."""
        known = any(value == self.chosen for value, _name in self.choices)
        return self.choices if known or not self.chosen else [*self.choices, (self.chosen, self.chosen)]


_RECORDS: Mapping[str, tuple[Text, Any, str]] = {
    "customer_id": (gettext_lazy("Customer"), Customer, "customers-complete"),
    "vendor_id": (gettext_lazy("Vendor"), Vendor, "vendors-complete"),
    "item_id": (gettext_lazy("Item"), Item, "items-complete"),
}
_NUMBERS: Mapping[str, tuple[Text, int, int]] = {  # what holds without, the least
    "days": (gettext_lazy("Sales of the last days"), 90, 1),
    "cover_days": (gettext_lazy("Are to last for days"), 30, 0),
}
MOST_DAYS = 1000


def choosers(actor: Actor, result: Result) -> list[Chooser]:
    """Those of the report's filters that its page offers; a value to choose only where there is one."""
    report, given = result.report, result.query.filters
    found = []
    for key in report.filters or {}:
        chosen = str(given.get(key, ""))
        if key in _RECORDS:
            found.append(_record(actor, key, chosen))
        elif key in _NUMBERS:
            label, usual, least = _NUMBERS[key]
            found.append(Chooser(key, label, chosen or str(usual), [], number=(least, MOST_DAYS)))
        elif key in _VALUES:
            label, values = _VALUES[key]
            found.append(Chooser(key, label, chosen, values(actor)))
    found += [Chooser(key, label, str(given.get(key, "")), its) for key, label, its in _marks(actor, report)]
    return [one for one in found if one.url or one.number or one.offered]


def carried(result: Result, shown: Iterable[Chooser]) -> list[tuple[str, Any]]:
    """Filters of the address that no field of the form shows."""
    keys = {one.key for one in shown}
    return [(key, value) for key, value in result.query.filters.items() if key not in keys]


def _record(actor: Actor, key: str, chosen: str) -> Chooser:
    label, model, url = _RECORDS[key]
    row = model.objects.of(actor).filter(pk=chosen).first() if chosen else None
    return Chooser(key, label, chosen, [(chosen, str(row))] if row else [], reverse(url))


def _used(*listed: str, found: Callable[[Actor], Iterable[str]]) -> Callable[[Actor], Choices]:
    """The values of a list, and those that records have."""

    def values(actor: Actor) -> Choices:
        names = {row.name for rows in lists.offered(actor, listed).values() for row in rows}
        return [(name, name) for name in sorted(names | {*found(actor)} - {""}, key=str.casefold)]

    return values


def _of_customers(column: str) -> Callable[[Actor], Iterable[str]]:
    def found(actor: Actor) -> Iterable[str]:
        used = Customer.objects.of(actor).exclude(**{column: ""}).order_by(column)
        return used.values_list(column, flat=True).distinct()[:MOST]

    return found


def _channels(actor: Actor) -> Iterable[str]:
    return Document.objects.of(actor).order_by("-date", "-id").values_list("channel", flat=True)[:NEWEST]


def _classes(actor: Actor) -> Choices:
    return [(name, name) for name in lists.classes(actor)]


def _locations(actor: Actor) -> Choices:
    rows = Location.objects.of(actor).order_by("name").values_list("pk", "name")
    return [(str(pk), name) for pk, name in rows]


_VALUES: Mapping[str, tuple[Text, Callable[[Actor], Choices]]] = {
    "owner_id": (gettext_lazy("Sales rep"), members),
    "channel": (gettext_lazy("Channel"), _used("sales-channels", found=_channels)),
    "class": (gettext_lazy("Class"), _classes),
    "customer_type": (gettext_lazy("Customer type"), _used("customer-types", found=_of_customers("type"))),
    "location_id": (gettext_lazy("Location"), _locations),
}


def _marks(actor: Actor, report: Report) -> Iterable[tuple[str, str, Choices]]:
    """Tags, and the custom fields that are shown in lists and have choices."""
    tagged = [(tag.name, tag.name) for tag in tags(actor)[:MOST]] if report.marked else []
    labels = {d.key: str(d.label) for d in engine.dimensions_of(actor, report)}
    for key, _path, custom in marked.marks(actor, report.marked):
        if custom is None:
            yield key, labels[key], tagged
        elif custom.in_list and custom.type == FieldType.YES_NO:
            yield key, labels[key], [("yes", _("Yes")), ("no", _("No"))]
        elif custom.in_list and custom.choices and key in labels:
            yield key, labels[key], [(name, name) for name in custom.choices]
