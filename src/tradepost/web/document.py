"""The page of a quote or sales order: where it stands, its verbs, its facts, its paper."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from tradepost.accounts.access import GRANTS, Actor, Permission
from tradepost.activities.records import Record
from tradepost.kit.errors import Invalid, Missing
from tradepost.sales import converting, moving, queries, services, states
from tradepost.sales.models import Document, Kind
from tradepost.sales.paper import document_pdf
from tradepost.web import activities, parts, records
from tradepost.web.choices import members
from tradepost.web.parts import Crumb, Inline, Step, Text
from tradepost.web.shell import DeskRequest

# Verbs that take something back; they stand in the menu and ask first.
GRAVE = frozenset({"cancel", "close", "decline", "expire", "void"})
MAIN = {"quote": ("accept", "send"), "order": ("confirm", "release")}


def words(state: str) -> str:
    """A state or verb of the table, as people read it."""
    return _(state.replace("_", " ").capitalize())


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
        context["lines"] = row.lines.all()
    if request.headers.get("HX-Request-Type") != "partial":
        context |= _around(request, row)
    return parts.page(request, "sales/document.html", context, part="tabs")


def _around(request: DeskRequest, row: Document) -> dict[str, Any]:
    """What stands around the tabs: head, flow, facts, the customer, related documents."""
    facts = moving.facts(row)
    permissions = [p for p in GRANTS[request.actor.role] if request.actor.may(p)]
    buttons = states.buttons(Kind(row.kind), row.status, facts, permissions)
    hold = [b for b in buttons if b.verb in ("hold", "release")]
    wanted = "release" if row.hold_reason else "hold"
    rest = [b for b in buttons if b not in hold]
    editable = request.actor.may(Permission.SALES_EDIT)
    return {
        "state": state(row),
        "crumbs": _crumbs(row),
        "flow": _flow(row),
        "main": [b for b in [*rest, *hold] if b.verb in MAIN[row.kind] and not b.refusal],
        "menu": [b for b in rest if b.verb not in MAIN[row.kind]]
        + [b for b in hold if b.verb == wanted == "hold"],
        "grave": GRAVE,
        "convertible": editable and _convertible(row, facts),
        "edit_url": reverse(f"{row.kind}-edit", args=[row.pk])
        if editable and states.editable(Kind(row.kind), row.status)
        else "",
        "fields": [build(row) for build in facts_of(request.actor, row).values()],
        "related": [(d, records.address(d), state(d)) for d in queries.related(row)],
        "account": queries.account_of(request.actor, row.customer_id),
        "record": records.key(Record("document", row.pk)),
        "may_send": request.actor.may(Permission.MAIL_SEND),
        "today": queries.today(request.actor),
    }


def _crumbs(row: Document) -> list[Crumb]:
    name = "orders" if row.kind == Kind.ORDER else "quotes"
    title = _("Sales orders") if row.kind == Kind.ORDER else _("Quotes")
    return [Crumb(title, reverse(name)), Crumb(row.number)]


def _convertible(row: Document, facts: states.Facts) -> bool:
    if row.kind != Kind.QUOTE:
        return False
    possible = states.conversion(Kind.QUOTE, row.status, Kind.ORDER, facts)
    return not isinstance(possible, states.Refusal)


_WALKS = {
    Kind.QUOTE: ("draft", "sent", "accepted"),
    Kind.ORDER: ("draft", "open", "partly_shipped", "shipped", "closed"),
}
_ENDS = ("declined", "expired", "cancelled")


def _flow(row: Document) -> list[Step]:
    """The walk of the kind, as far as the document came; one that ended otherwise shows how."""
    if row.status in _ENDS:
        return [Step(words(_WALKS[Kind(row.kind)][0]), "done"), Step(words(row.status), "running")]
    walk = _WALKS[Kind(row.kind)]
    here = walk.index(row.status) if row.status in walk else 0
    return [
        Step(words(name), "done" if n < here else "running" if n == here else "waiting")
        for n, name in enumerate(walk)
        if name != "draft" or row.status == "draft" or row.kind == Kind.QUOTE
    ]


# -- facts, edited in place ------------------------------------------------------------------------------------------


def facts_of(actor: Actor, row: Document) -> dict[str, Any]:
    """The facts beside the tabs by name, each as a builder of its inline field."""
    may = actor.may(Permission.SALES_EDIT)
    url = {
        name: reverse("document-field", args=[row.pk, name])
        for name in ("po_number", "promised", "terms", "owner_id")
    }
    fixed = not states.editable(Kind(row.kind), row.status)
    return {
        "po_number": lambda d: Inline(
            "po_number", _("Customer PO"), d.po_number, url["po_number"], editable=may
        ),
        "promised": lambda d: Inline(
            "promised",
            _("Promised"),
            d.promised.isoformat() if d.promised else "",
            url["promised"],
            text=date_format(d.promised, "M j, Y") if d.promised else "",
            kind="date",
            editable=may,
        ),
        "terms": lambda d: Inline("terms", _("Terms"), d.terms, url["terms"], editable=may and not fixed),
        "owner_id": lambda d: Inline(
            "owner_id",
            _("Owner"),
            str(d.owner_id or ""),
            url["owner_id"],
            text=str(d.owner or ""),
            kind="select",
            choices=[("", _("Nobody")), *members(actor)] if may else (),
            editable=may,
        ),
    }


def field(request: DeskRequest, pk: int, name: str) -> HttpResponse:
    """One fact: show, edit, save with Undo."""
    row = queries.documents(request.actor).pick(request.actor, pk)
    builders = facts_of(request.actor, row)
    if name not in builders:
        raise Missing(f"field “{name}”")

    def build() -> Inline:
        return builders[name](queries.documents(request.actor).pick(request.actor, pk))  # type: ignore[no-any-return]

    def save(value: str) -> None:
        services.save_document(request.actor, Kind(row.kind), {name: _read(name, value)}, document_id=pk)

    return parts.inline(request, build, save)


def _read(name: str, value: str) -> object:
    if name == "owner_id":
        return int(value) if value.isdecimal() else None
    if name != "promised":
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
