"""The facts of a document beside its tabs, each edited in place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tradepost.accounts.access import Actor
from tradepost.catalog.models import Location
from tradepost.kit.errors import Invalid, Missing
from tradepost.kit.figures import parse_number, typed
from tradepost.sales import goods, lists, queries, services, states, statuses
from tradepost.sales.bench import BENCH
from tradepost.sales.models import Document, ItemSalesTax, Kind, SalesTaxCode
from tradepost.sales.state_table import MACHINES
from tradepost.web import counting, offers
from tradepost.web.choices import jobs, members
from tradepost.web.inline import Inline, inline
from tradepost.web.kinds import reference, side
from tradepost.web.numbers import number
from tradepost.web.parts import Text, trigger
from tradepost.web.shell import DeskRequest
from tradepost.web.templatetags.ui import figure

_GOODS = ("carrier", "tracking", "packages")
_DEPOSIT = ("deposit_percent", "deposit")
_CODES = ("tax_code_id", "item_tax_id")
_INCLUDED = "prices_include_tax"
_TAXES = (*_CODES, _INCLUDED, "freight_tax_rate")
_WHOSE = ("class_name", "project_id", "owner_id")
_FACTS: dict[Kind, tuple[str, ...]] = {
    Kind.QUOTE: ("po_number", "promised", "terms", *_TAXES, *_WHOSE),
    Kind.ORDER: (
        *("po_number", "promised", "terms", "channel", *_TAXES, *_DEPOSIT),
        *("location_id", *_WHOSE),
    ),
    Kind.PICK: ("po_number", "promised", "location_id", *_WHOSE),
    Kind.SHIPMENT: ("po_number", "promised", *_GOODS, "location_id", *_WHOSE),
    Kind.RMA: ("po_number", *_GOODS, "location_id", *_WHOSE),
    Kind.INVOICE: ("po_number", "terms", "due", *_TAXES, *_WHOSE),
    Kind.CASH_SALE: ("po_number", "method", *_TAXES, "location_id", *_WHOSE),
    Kind.CREDIT_NOTE: ("po_number", *_TAXES, *_WHOSE),
    Kind.PAYMENT: ("method", "po_number", "class_name", "project_id"),
    Kind.REFUND: ("method", "po_number", "class_name", "project_id"),
    Kind.STATEMENT: ("owner_id",),
    Kind.PURCHASE_QUOTE: ("po_number", "promised", "terms", "location_id", *_WHOSE),
    Kind.PURCHASE_ORDER: ("po_number", "promised", "terms", *_DEPOSIT, "location_id", *_WHOSE),
    Kind.RECEIPT: ("po_number", *_GOODS, "location_id", *_WHOSE),
    Kind.BILL: ("po_number", "terms", "due", *_WHOSE),
    Kind.VENDOR_CREDIT: ("po_number", *_WHOSE),
    Kind.BILL_PAYMENT: ("method", "po_number", "class_name", "project_id"),
    Kind.CASH_PURCHASE: ("po_number", "method", "location_id", *_WHOSE),
    Kind.VENDOR_REFUND: ("method", "po_number", "class_name", "project_id"),
}


# Goods alone have no prices to convert.
_MONEY: dict[Kind, tuple[str, ...]] = {
    kind: () if kind in BENCH or kind == Kind.STATEMENT else ("exchange_rate",) for kind in Kind
}


def shown(actor: Actor, row: Document, company: str, language: str) -> list[Inline]:
    """Those that the page of the document shows; ``company`` is the company's currency, ``language`` how it writes figures."""
    return [fact(actor, row, name, language) for name in _names(actor, row, company)]


def _names(actor: Actor, row: Document, company: str) -> tuple[str, ...]:
    """The facts of a kind; where goods lie, only where there is a choice; taxes, only where there are codes; whether prices
    include tax, only where there can be any; the rate of freight only where it counts: there is freight that bears tax, and no
    code that decides it."""
    kind, missing = Kind(row.kind), set[str]()
    places = Location.objects.of(actor).filter(archived_at=None)
    choices = (
        places,
        SalesTaxCode.objects.of(actor),
        queries.jobs(actor, row),
        statuses.offered(actor, kind),
        lists.entries(actor, "classes"),
    )
    locations, codes, projects, states_of_our_own, classes = counting.counts(choices, most=2)
    if locations < 2:
        missing.add("location_id")
    if not codes:
        missing.update(_CODES)
    if not (codes or row.tax or row.prices_include_tax):
        missing.add(_INCLUDED)
    if row.tax_code_id or not (row.freight and row.freight_taxable):
        missing.add("freight_tax_rate")
    if not row.project_id and not projects:
        missing.add("project_id")
    if not row.class_name and not classes:
        missing.add("class_name")
    if row.currency == company:
        missing.add("exchange_rate")
    own = ("custom_status_id",) if states_of_our_own else ()
    return tuple(name for name in (*own, *_FACTS[kind], *_MONEY[kind]) if name not in missing)


_LABELS = {
    "terms": gettext_lazy("Terms"),
    "due": gettext_lazy("Due"),
    "method": gettext_lazy("Method"),
    "carrier": gettext_lazy("Carrier"),
    "channel": gettext_lazy("Channel"),
    "class_name": gettext_lazy("Class"),
    "tracking": gettext_lazy("Tracking"),
    "packages": gettext_lazy("Packages"),
    "location_id": gettext_lazy("Location"),
    "project_id": gettext_lazy("Job"),
    "owner_id": gettext_lazy("Owner"),
    "custom_status_id": gettext_lazy("Custom status"),
    "exchange_rate": gettext_lazy("Exchange rate"),
    "deposit_percent": gettext_lazy("Deposit %"),
    "deposit": gettext_lazy("Deposit"),
    "tax_code_id": gettext_lazy("Sales tax code"),
    "item_tax_id": gettext_lazy("Item sales tax"),
    _INCLUDED: gettext_lazy("Prices include tax"),
    "freight_tax_rate": gettext_lazy("Freight tax %"),
}
_LISTS = {
    "terms": "terms",
    "method": "payment-methods",
    "carrier": "shipping-methods",
    "channel": "sales-channels",
    "class_name": "classes",
}
_DAYS = ("promised", "due")
_FIGURES = (*_DEPOSIT, "freight_tax_rate")  # zero where nothing is typed
_PRICED = (*_TAXES, *_DEPOSIT, "exchange_rate")  # figures of the page follow them
_FIXED = (
    "terms",
    "due",
    "location_id",
    "exchange_rate",
    *_TAXES,
)  # not to be changed once the document left the house


def fact(actor: Actor, row: Document, name: str, language: str) -> Inline:
    """One fact beside the tabs, as its inline field."""
    may = actor.may(MACHINES[Kind(row.kind)].edit)
    if name in _FIXED and not states.editable(Kind(row.kind), row.status):
        may = False
    value = getattr(row, name)
    shape: dict[str, Any] = {"row": row}
    if name in _DAYS:
        shape |= {"kind": "date", "text": date_format(value, "DATE_FORMAT") if value else ""}
        value = value.isoformat() if value else ""
    elif name == _INCLUDED:
        shape |= {"kind": "select", "choices": [("", _("No")), ("yes", _("Yes"))]}
        value = "yes" if value else ""
    elif name.endswith("_id"):
        shape |= _selected(actor, row, name)
    elif name == "exchange_rate":
        by_hand = _("typed") if row.rate_by_hand else ""
        shape |= {"text": " · ".join(filter(None, [figure(value) if value else "", by_hand]))}
        value = typed(value, language) if value else ""
        shape |= {"help": _("Left empty, it is the rate of the document's day.")}
    elif name in _FIGURES:
        value = typed(value, language) if value else ""
        if name == "deposit":
            shape |= {"help": _("An amount wins over the percent.")}
        elif name == "freight_tax_rate":
            shape |= {"help": _("A new shipping method brings that of its item.")}
    elif name in _LISTS and may:
        shape |= {"offers": partial(offers.names, actor, _LISTS[name])}
    url = reverse("document-field", args=[row.pk, name])
    named = {"po_number": reference(Kind(row.kind)), "promised": side(Kind(row.kind)).promised}
    label = named.get(name) or _LABELS[name]
    return Inline(name, label, "" if value is None else str(value), url, editable=may, **shape)


def _selected(actor: Actor, row: Document, name: str) -> dict[str, Any]:
    """A fact that is chosen: what it is, and from what."""
    text: object
    choices: Callable[[], Sequence[tuple[str, Text]]]
    if name == "owner_id":
        text, choices = row.owner or _("Nobody"), partial(_owners, actor)
    elif name == "location_id":
        text, choices = goods.place_of(actor, row), partial(_places, actor)
    elif name == "project_id":
        text, choices = row.project, partial(_jobs, actor, row)
    elif name == "custom_status_id":
        text, choices = row.custom_status, partial(_statuses, actor, row)
    else:
        held = row.tax_code if name == "tax_code_id" else row.item_tax
        text, choices = held, partial(_codes, actor, name, held)
    return {"kind": "select", "text": str(text or ""), "choices": choices}


def _owners(actor: Actor) -> list[tuple[str, Text]]:
    return [("", _("Nobody")), *members(actor)]


def _statuses(actor: Actor, row: Document) -> list[tuple[str, Text]]:
    held = [row.custom_status] if row.custom_status else []
    rows = [one for one in statuses.offered(actor, row.kind) if one not in held]
    return [("", _("None")), *((str(one.pk), one.name) for one in held + rows)]


def _jobs(actor: Actor, row: Document) -> list[tuple[str, Text]]:
    return [("", _("None")), *jobs(actor, row, row.project)]


def _places(actor: Actor) -> list[tuple[str, str]]:
    rows = Location.objects.of(actor).filter(archived_at=None).order_by("name")
    return [("", _("Usual location")), *((str(row.pk), row.name) for row in rows)]


def _codes(actor: Actor, name: str, held: SalesTaxCode | ItemSalesTax | None) -> list[tuple[str, Text]]:
    model: Any = SalesTaxCode if name == "tax_code_id" else ItemSalesTax
    rows = model.objects.of(actor).filter(Q(archived_at=None) | Q(pk=held.pk if held else None))
    none = _("None: each line's own rate") if model is SalesTaxCode else _("None")
    return [("", none), *((str(row.pk), row.code) for row in rows.order_by("code"))]


def field(request: DeskRequest, pk: int, name: str) -> HttpResponse:
    """One fact: show, edit, save with Undo."""
    row = queries.documents(request.actor).pick(request.actor, pk)
    if name not in (*_FACTS[Kind(row.kind)], "custom_status_id", "exchange_rate"):
        raise Missing(_("field “{name}”").format(name=name))

    language = request.membership.organisation.locale

    def build() -> Inline:
        return fact(request.actor, queries.documents(request.actor).pick(request.actor, pk), name, language)

    def save(value: str, version: int | None) -> None:
        fields = {name: _read(name, value, language)}
        services.save_document(request.actor, Kind(row.kind), fields, document_id=pk, version=version)

    answer = inline(request, build, save)
    if request.method == "POST" and answer.status_code == 200 and name in _PRICED:
        trigger(answer, document_priced={"target": "body"})  # its own form is gone by then
    return answer


def _read(name: str, value: str, language: str) -> object:
    if name.endswith("_id"):
        return number(value)
    if name in ("exchange_rate", *_FIGURES):
        nothing = Decimal(0) if name in _FIGURES else None
        return parse_number(value, language) if value.strip() else nothing
    if name == _INCLUDED:
        return value == "yes"
    if name == "packages":
        if value and number(value, 5) is None:
            raise Invalid(fields={name: _("Write a whole number.")})
        return number(value)
    if name not in _DAYS:
        return value
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        raise Invalid(fields={name: _("Write the day like 2026-03-09.")}) from None
