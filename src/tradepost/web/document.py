"""The page of a document: where it stands, its verbs, its facts, its paper."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tradepost.accounts.access import Actor, Permission
from tradepost.activities.records import Record
from tradepost.catalog.models import Location
from tradepost.exchange.edi.out import KINDS as XML_KINDS
from tradepost.kit.errors import Invalid, Missing
from tradepost.sales import converting, dropping, goods, moving, queries, services, states, statuses
from tradepost.sales.bench import BENCH, for_warehouse, handled
from tradepost.sales.currencies import company_currency, gain, missing, worth
from tradepost.sales.deposits import PAID_BY, TAKES, deposit_of
from tradepost.sales.following import FULFILMENTS, progress
from tradepost.sales.models import Document, ItemSalesTax, Kind, Line, SalesTaxCode
from tradepost.sales.paper import document_pdf
from tradepost.sales.returned import outcomes
from tradepost.sales.settling import CREDITS, MONEY, OWED
from tradepost.sales.state_table import MACHINES
from tradepost.web import activities, building, making, marks, offers, parts, records
from tradepost.web.choices import members
from tradepost.web.inline import Inline, inline
from tradepost.web.kinds import LOOKS, STATES, side
from tradepost.web.parts import Crumb, Step, Text
from tradepost.web.shell import DeskRequest
from tradepost.web.templatetags.ui import figure

# Verbs that take something back; they stand in the menu and ask first.
GRAVE = frozenset({"cancel", "close", "decline", "expire", "reject", "take_back", "void", "write_off"})


def words(state: str) -> str:
    """A state or verb of the table, as people read it."""
    return str(STATES[state]) if state in STATES else _(state.replace("_", " ").capitalize())


@dataclass(frozen=True, slots=True)
class State:
    """What the pill of a document shows; ``key`` gives its colour."""

    key: str
    label: Text


def state(row: Document) -> State:
    return State("on_hold", _("On hold")) if row.hold_reason else State(row.status, words(row.status))


def show(request: DeskRequest, kind: Kind, pk: int) -> HttpResponse:
    """The page, its tab at ``?tab=``: details, history (Activity History) or open (Open Activities)."""
    row = queries.documents(request.actor, kind).pick(request.actor, pk)
    record = Record("document", row.pk)
    if page := activities.older(request, record):
        return page
    tab = request.GET.get("tab", "details")
    context: dict[str, Any] = {"document": row, "tab": tab, "tabs": activities.tabs(request, record)}
    if tab in ("history", "open"):
        context |= activities.timeline(request, record, tab)
    else:
        context["lines"] = _lines(request.actor, row)
        context["outcomes"] = outcomes(row) if row.kind == Kind.RMA else []
    if request.headers.get("HX-Request-Type") != "partial":
        context |= _around(request, row)
    return parts.page(request, "sales/document.html", context, part="tabs")


def _lines(actor: Actor, row: Document) -> list[tuple[Line, Decimal]]:
    """The lines, each with what of it waits for stock; of a pick list, what is to be picked."""
    lacking = goods.back_ordered(actor, row) if row.kind == Kind.ORDER else {}
    lines = handled(row) if row.kind == Kind.PICK else row.lines.all()
    return [(line, lacking.get(line.pk, Decimal(0))) for line in lines]


def _around(request: DeskRequest, row: Document) -> dict[str, Any]:
    """What stands around the tabs: head, flow, facts, the customer or vendor, related documents."""
    facts = moving.facts(row)
    permissions = [p for p in request.actor.granted if request.actor.may(p)]
    buttons = states.buttons(Kind(row.kind), row.status, facts, permissions)
    hold = [b for b in buttons if b.verb in ("hold", "release")]
    wanted = "release" if row.hold_reason else "hold"
    rest = [b for b in buttons if b not in hold]
    kind, look = Kind(row.kind), LOOKS[Kind(row.kind)]
    editable = request.actor.may(MACHINES[kind].edit)
    company = company_currency(request.actor.organisation_id)
    deposit = deposit_of(row, CREDITS[PAID_BY[kind]].states) if kind in TAKES else None
    payable = (deposit.rest if deposit else row.balance) > 0
    made = making.targets(request.actor, row, replace(facts, left=payable))
    return {
        "look": look,
        "made": [(target.value, LOOKS[target]) for target in made],
        "money": _money(request.actor, row),
        "shared": editable and row.public_links.filter(revoked_at=None).exists(),
        "versions": list(row.revisions.select_related("made_by")),
        "editable": editable,
        "buildable": building.offered(request.actor, row),
        **building.dropping(request.actor, row, Kind.PURCHASE_ORDER in made),
        "surplus": dropping.surplus(row),
        "has_xml": kind in XML_KINDS,
        "state": state(row),
        "held": facts.hold,
        "progress": progress(row) if kind in FULFILMENTS else None,
        "crumbs": _crumbs(row),
        "flow": _flow(row),
        "main": [b for b in [*rest, *hold] if b.verb in look.main and not b.refusal],
        "menu": [b for b in rest if b.verb not in look.main or b.refusal]
        + [b for b in hold if b.verb == wanted == "hold"],
        "grave": GRAVE,
        "convertible": kind == Kind.QUOTE and Kind.ORDER in made and not facts.followers,
        "edit_url": reverse(f"{row.kind}-edit", args=[row.pk])
        if editable and states.editable(Kind(row.kind), row.status)
        else "",
        "addressable": kind not in MONEY and editable and states.editable(kind, row.status),
        "fields": [fact(request.actor, row, name) for name in _facts(request.actor, row, company)],
        "marks": marks.facts(request.actor, row),
        "bench": [one for one in for_warehouse(row) if one[0] != row.number] if kind in BENCH else [],
        "related": [(d, records.address(d), state(d), LOOKS[Kind(d.kind)]) for d in queries.related(row)],
        "party": row.party,
        "party_url": records.address(row.party),
        "side": side(kind),
        "account": queries.account_of(request.actor, row.party),
        "record": records.key(Record("document", row.pk)),
        "may_send": request.actor.may(Permission.MAIL_SEND),
        "today": queries.today(request.actor),
        "company_currency": company,
        "deposit": deposit,
        "worth": worth(row.total, row.currency, row.exchange_rate, company)
        if row.currency != company
        else None,
        "no_rate": missing(row) if row.kind not in BENCH else "",
    }


def _crumbs(row: Document) -> list[Crumb]:
    look = LOOKS[Kind(row.kind)]
    return [Crumb(look.title, reverse(look.plural)), Crumb(row.number)]


def _money(actor: Actor, row: Document) -> dict[str, Any]:
    """What a payment settles, or what an invoice or bill is settled by; and whether there is more to apply."""
    kind = Kind(row.kind)
    mine = kind in CREDITS
    rows = row.applications.select_related("document") if mine else row.settled_by.select_related("payment")
    others = [(one, one.document if mine else one.payment) for one in rows.order_by("pk")]
    may = actor.may(Permission.PURCHASING if row.vendor_id else Permission.INVOICING)
    return {
        "settled": [
            (o, records.address(o), one, may and o.kind != Kind.REFUND, gain(one)) for one, o in others
        ],
        "apply": may and mine and row.status in CREDITS[kind].states and row.balance > 0,
        "apply_to": _("Apply to bills") if row.vendor_id else _("Apply to invoices"),
        "shown": kind in CREDITS or kind in OWED,
        "title": _("Applied to") if mine else _("Paid by"),
    }


_ENDS = ("declined", "expired", "cancelled", "voided", "rejected", "written_off")


def _flow(row: Document) -> list[Step]:
    """The walk of the kind, as far as the document came; one that ended otherwise shows how."""
    if row.status in _ENDS:
        return [Step(words(LOOKS[Kind(row.kind)].walk[0]), "done"), Step(words(row.status), "running")]
    walk = LOOKS[Kind(row.kind)].walk
    here = walk.index(row.status) if row.status in walk else 0
    return [
        Step(words(name), "done" if n < here else "running" if n == here else "waiting")
        for n, name in enumerate(walk)
        if name != "draft" or row.status == "draft" or row.kind != Kind.ORDER
    ]


# -- facts, edited in place ------------------------------------------------------------------------------------------


_GOODS = ("carrier", "tracking", "packages")
_DEPOSIT = ("deposit_percent", "deposit")
_TAXES = ("tax_code_id", "item_tax_id")
_FACTS: dict[Kind, tuple[str, ...]] = {
    Kind.QUOTE: ("po_number", "promised", "terms", *_TAXES, "owner_id"),
    Kind.ORDER: (
        *("po_number", "promised", "terms", "channel", *_TAXES, *_DEPOSIT),
        *("location_id", "owner_id"),
    ),
    Kind.PICK: ("po_number", "promised", "location_id", "owner_id"),
    Kind.SHIPMENT: ("po_number", "promised", *_GOODS, "location_id", "owner_id"),
    Kind.RMA: ("po_number", *_GOODS, "location_id", "owner_id"),
    Kind.INVOICE: ("po_number", "terms", "due", *_TAXES, "owner_id"),
    Kind.CASH_SALE: ("po_number", "method", *_TAXES, "location_id", "owner_id"),
    Kind.CREDIT_NOTE: ("po_number", *_TAXES, "owner_id"),
    Kind.PAYMENT: ("method", "po_number"),
    Kind.REFUND: ("method", "po_number"),
    Kind.STATEMENT: ("owner_id",),
    Kind.PURCHASE_ORDER: ("po_number", "promised", "terms", *_DEPOSIT, "location_id", "owner_id"),
    Kind.RECEIPT: ("po_number", *_GOODS, "location_id", "owner_id"),
    Kind.BILL: ("po_number", "terms", "due", "owner_id"),
    Kind.VENDOR_CREDIT: ("po_number", "owner_id"),
    Kind.BILL_PAYMENT: ("method", "po_number"),
}


# Goods alone have no prices to convert.
_MONEY: dict[Kind, tuple[str, ...]] = {
    kind: () if kind in BENCH or kind == Kind.STATEMENT else ("exchange_rate",) for kind in Kind
}


def _facts(actor: Actor, row: Document, company: str) -> tuple[str, ...]:
    """The facts of a kind; where goods lie, only where there is a choice; taxes, only where there are codes."""
    kind, missing = Kind(row.kind), set[str]()
    if Location.objects.of(actor).filter(archived_at=None).count() < 2:
        missing.add("location_id")
    if set(_TAXES) & set(_FACTS[kind]) and not SalesTaxCode.objects.of(actor).exists():
        missing.update(_TAXES)
    if row.currency == company:
        missing.add("exchange_rate")
    own = ("custom_status_id",) if statuses.offered(actor, kind).exists() else ()
    return tuple(name for name in (*own, *_FACTS[kind], *_MONEY[kind]) if name not in missing)


_LABELS = {
    "terms": gettext_lazy("Terms"),
    "due": gettext_lazy("Due"),
    "method": gettext_lazy("Method"),
    "carrier": gettext_lazy("Carrier"),
    "channel": gettext_lazy("Channel"),
    "tracking": gettext_lazy("Tracking"),
    "packages": gettext_lazy("Packages"),
    "location_id": gettext_lazy("Location"),
    "owner_id": gettext_lazy("Owner"),
    "custom_status_id": gettext_lazy("Custom status"),
    "exchange_rate": gettext_lazy("Exchange rate"),
    "deposit_percent": gettext_lazy("Deposit %"),
    "deposit": gettext_lazy("Deposit"),
    "tax_code_id": gettext_lazy("Sales tax code"),
    "item_tax_id": gettext_lazy("Item sales tax"),
}
_LISTS = {
    "terms": "terms",
    "method": "payment-methods",
    "carrier": "shipping-methods",
    "channel": "sales-channels",
}
_DAYS = ("promised", "due")
_FIXED = (
    "terms",
    "due",
    "location_id",
    "exchange_rate",
    *_TAXES,
)  # not to be changed once the document left the house


def fact(actor: Actor, row: Document, name: str) -> Inline:
    """One fact beside the tabs, as its inline field."""
    may = actor.may(MACHINES[Kind(row.kind)].edit)
    if name in _FIXED and not states.editable(Kind(row.kind), row.status):
        may = False
    value = getattr(row, name)
    shape: dict[str, Any] = {"row": row}
    if name in _DAYS:
        shape |= {"kind": "date", "text": date_format(value, "DATE_FORMAT") if value else ""}
        value = value.isoformat() if value else ""
    elif name == "owner_id":
        shape |= {"kind": "select", "text": str(row.owner or _("Nobody")), "choices": partial(_owners, actor)}
    elif name == "location_id":
        shape |= {
            "kind": "select",
            "text": str(goods.place_of(actor, row) or ""),
            "choices": partial(_places, actor),
        }
    elif name == "custom_status_id":
        own = row.custom_status
        rows = [one for one in statuses.offered(actor, row.kind) if own is None or one.pk != own.pk]
        choices = [("", _("None")), *((str(one.pk), one.name) for one in ([own] if own else []) + rows)]
        shape |= {"kind": "select", "text": str(own or ""), "choices": choices}
    elif name == "exchange_rate":
        by_hand = _("typed") if row.rate_by_hand else ""
        shape |= {"text": " · ".join(filter(None, [figure(value) if value else "", by_hand]))}
        value = f"{value.normalize():f}" if value else ""
        shape |= {"help": _("Left empty, it is the rate of the document's day.")}
    elif name in _DEPOSIT:
        value = f"{value.normalize():f}" if value else ""
        if name == "deposit":
            shape |= {"help": _("An amount wins over the percent.")}
    elif name in _TAXES:
        held = row.tax_code if name == "tax_code_id" else row.item_tax
        shape |= {
            "kind": "select",
            "text": held.code if held else "",
            "choices": partial(_codes, actor, name, held),
        }
    elif name in _LISTS and may:
        shape |= {"offers": partial(offers.names, actor, _LISTS[name])}
    url = reverse("document-field", args=[row.pk, name])
    named = {"po_number": side(Kind(row.kind)).reference, "promised": side(Kind(row.kind)).promised}
    label = named.get(name) or _LABELS[name]
    return Inline(name, label, "" if value is None else str(value), url, editable=may, **shape)


def _owners(actor: Actor) -> list[tuple[str, Text]]:
    return [("", _("Nobody")), *members(actor)]


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
        raise Missing(f"field “{name}”")

    def build() -> Inline:
        return fact(request.actor, queries.documents(request.actor).pick(request.actor, pk), name)

    def save(value: str, version: int | None) -> None:
        fields = {name: _read(name, value)}
        services.save_document(request.actor, Kind(row.kind), fields, document_id=pk, version=version)

    return inline(request, build, save)


def _read(name: str, value: str) -> object:
    if name.endswith("_id"):
        return int(value) if value.isdecimal() else None
    if name in ("exchange_rate", *_DEPOSIT):
        nothing = Decimal(0) if name in _DEPOSIT else None
        try:
            return Decimal(value.replace(",", ".")) if value.strip() else nothing
        except InvalidOperation:
            raise Invalid(fields={name: _("“{typed}” is not a number.").format(typed=value)}) from None
    if name == "packages":
        if value and not (value.isdecimal() and len(value) < 6):
            raise Invalid(fields={name: _("Write a whole number.")})
        return int(value) if value else None
    if name not in _DAYS:
        return value
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        raise Invalid(fields={name: _("Write the day like 2026-03-09.")}) from None


# -- verbs -----------------------------------------------------------------------------------------------------------


def move(request: DeskRequest, pk: int, verb: str) -> HttpResponse:
    """Do a verb of the state table. ``hold`` asks for its reason in the sheet first."""
    row = queries.documents(request.actor).pick(request.actor, pk)
    if request.method != "POST":
        if verb != "hold":
            raise Missing("page")
        return render(request, "sales/hold.html", {"document": row})
    try:
        services.move(request.actor, pk, verb, request.POST.get("reason", ""))
    except Invalid as fault:
        if verb != "hold":
            raise
        return render(
            request, "sales/hold.html", {"document": row, "error": fault.fields.get("reason", "")}, status=422
        )
    parts.notify(request, _("{number}: {verb} done").format(number=row.number, verb=words(verb).lower()))
    return parts.go(request, records.address(row))


def convert(request: DeskRequest, pk: int) -> HttpResponse:
    """Make the sales order of a quote and go there."""
    if request.method != "POST":
        raise Missing("page")
    order = converting.convert_to_order(request.actor, pk)
    parts.notify(request, _("{number} was made from the quote").format(number=order.number))
    return parts.go(request, records.address(order))


def paper(request: DeskRequest, pk: int) -> HttpResponse:
    """The PDF: shown in the browser, from where it is printed; ``?download=1`` saves it."""
    name, content = document_pdf(request.actor, pk)
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = (
        content_disposition_header(bool(request.GET.get("download")), name) or ""
    )
    response["Content-Security-Policy"] = (
        "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"
    )
    return response
