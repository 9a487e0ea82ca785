"""The page of a document: where it stands, its verbs, its facts, its paper."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tradepost.accounts.access import Actor, Permission
from tradepost.activities.records import Record
from tradepost.catalog.pictures import first_of
from tradepost.exchange.edi.out import KINDS as XML_KINDS
from tradepost.kit import clock
from tradepost.kit.errors import Invalid, Missing
from tradepost.sales import converting, dropping, goods, moving, queries, services, states, trashing
from tradepost.sales.bench import BENCH, for_warehouse, handled
from tradepost.sales.currencies import gain, missing, worth
from tradepost.sales.deposits import PAID_BY, TAKES, deposit_of
from tradepost.sales.following import FULFILMENTS, progress
from tradepost.sales.last_costs import unpriced
from tradepost.sales.ledger import running
from tradepost.sales.models import Document, Kind, Line
from tradepost.sales.paper import document_pdf
from tradepost.sales.returned import outcomes
from tradepost.sales.settling import CREDITS, MONEY, OWED, REFUNDS, SETTLE
from tradepost.sales.state_table import MACHINES
from tradepost.sales.words import CANCEL
from tradepost.web import (
    activities,
    audit,
    building,
    document_facts,
    making,
    marks,
    parts,
    records,
    trash,
    usual_mail,
)
from tradepost.web.kinds import LOOKS, STATES, side
from tradepost.web.parts import Crumb, Step, Text
from tradepost.web.pdfs import pdf
from tradepost.web.shell import DeskRequest
from tradepost.web.trail_words import done

AGES = (
    gettext_lazy("Not due"),
    gettext_lazy("1–30 days"),
    gettext_lazy("31–60 days"),
    gettext_lazy("61–90 days"),
    gettext_lazy("Over 90 days"),
    gettext_lazy("Credit"),
)

# Verbs that take something back; they stand in the menu and ask first.
GRAVE = frozenset({"cancel", "close", "decline", "expire", "reject", "take_back", "void", "write_off"})


def words(state: str) -> str:
    """A state or verb of the table, as people read it."""
    named = CANCEL if state == "cancel" else STATES.get(state)
    return str(named or _(state.replace("_", " ").capitalize()))


@dataclass(frozen=True, slots=True)
class State:
    """What the pill of a document shows; ``key`` gives its colour."""

    key: str
    label: Text


def state(row: Document) -> State:
    return State("on_hold", _("On hold")) if row.hold_reason else State(row.status, words(row.status))


def show(request: DeskRequest, kind: Kind, pk: int) -> HttpResponse:
    """The page, its tab at ``?tab=``: details, history (Activity History) or open (Open Activities); its figures alone at
    ``?figures=1``."""
    known = queries.documents(request.actor, kind).prefetch_related("lines", "followers")
    row = known.pick(request.actor, pk)
    if request.GET.get("figures"):
        figures = {"document": row, **_around(request, row)}
        return parts.page(request, "sales/document.html", figures, part="figures")
    record = Record("document", row.pk)
    if page := activities.older(request, record):
        return page
    tab = request.GET.get("tab", "details")
    context: dict[str, Any] = {"document": row, "tab": tab, "tabs": activities.tabs(request, record)}
    if tab in ("history", "open"):
        context |= activities.timeline(request, record, tab, context["tabs"])
        context["trail"] = audit.newest(request, row) if tab == "history" else []
    else:
        context["lines"] = _lines(request.actor, row)
        context["unpriced"] = {line.pk for line, *_rest in context["lines"] if unpriced(row, line)}
        context["has_lines"] = Kind(row.kind) not in MONEY
        context["refunds"] = row.kind in REFUNDS
        context |= _account(row) if row.kind == Kind.STATEMENT else {}
        context["outcomes"] = outcomes(row) if row.kind == Kind.RMA else []
    if request.headers.get("HX-Request-Type") != "partial":
        context |= _around(request, row)
    return parts.page(request, "sales/document.html", context, part="tabs")


def _lines(actor: Actor, row: Document) -> list[tuple[Line, Decimal, int | None]]:
    """The lines, each with what of it waits for stock, and the picture of its item; of a pick list, what is to be picked."""
    lacking = goods.back_ordered(actor, row) if row.kind == Kind.ORDER else {}
    lines = list(handled(row) if row.kind == Kind.PICK else row.lines.all())
    shown = (
        first_of([line.item_id for line in lines if line.item_id])
        if actor.may(Permission.CATALOG_VIEW)
        else {}
    )
    return [(line, lacking.get(line.pk, Decimal(0)), shown.get(line.item_id or 0)) for line in lines]


def _account(row: Document) -> dict[str, Any]:
    """The lines of a statement, each with the balance after it where one was carried forward, and what is owed by age."""
    lines = list(row.lines.all())
    return {
        "statement": list(zip(lines, running(line.amount for line in lines), strict=True)),
        "forward": row.account.get("first"),
        "ages": list(zip(AGES, map(Decimal, row.account.get("ages", ())), strict=False)),
    }


def _around(request: DeskRequest, row: Document) -> dict[str, Any]:
    """What stands around the tabs: head, flow, facts, the customer or vendor, related documents."""
    actor, kind = request.actor, Kind(row.kind)
    organisation = request.membership.organisation
    company = organisation.currency
    editable = actor.may(MACHINES[kind].edit)
    deposit = deposit_of(row, CREDITS[PAID_BY[kind]].states) if kind in TAKES else None
    return {
        "look": LOOKS[kind],
        **_verbs(actor, row, (deposit.rest if deposit else row.balance) > 0),
        "money": _money(actor, row),
        "shared": editable and row.public_links.filter(revoked_at=None).exists(),
        "versions": list(row.revisions.select_related("made_by")),
        "editable": editable,
        "may_go": editable and trashing.refusal(row) is None,
        "buildable": building.offered(actor, row),
        "surplus": dropping.surplus(row),
        "has_xml": kind in XML_KINDS,
        "state": state(row),
        "progress": progress(row) if kind in FULFILMENTS else None,
        "crumbs": _crumbs(row),
        "flow": _flow(row),
        "edit_url": reverse(f"{row.kind}-edit", args=[row.pk])
        if editable and states.editable(kind, row.status)
        else "",
        "addressable": kind not in MONEY and editable and states.editable(kind, row.status),
        "fields": document_facts.shown(actor, row, company, organisation.locale),
        "marks": marks.facts(actor, row),
        "bench": [one for one in for_warehouse(row) if one[0] != row.number] if kind in BENCH else [],
        "related": [(d, records.address(d), state(d), LOOKS[Kind(d.kind)]) for d in queries.related(row)],
        "party": row.party,
        "party_url": records.address(row.party),
        "side": side(kind),
        "account": queries.account_of(actor, row.party, company),
        "record": records.key(Record("document", row.pk)),
        "may_send": actor.may(Permission.MAIL_SEND),
        "usual": usual_mail.usual(actor, row),
        "today": clock.local_date(clock.now(), organisation.time_zone),
        "company_currency": company,
        "deposit": deposit,
        "since": date.fromisoformat(row.account["first"]) if row.account.get("first") else None,
        "worth": worth(row.total, row.currency, row.exchange_rate, company)
        if row.currency != company
        else None,
        "no_rate": missing(row, company) if row.kind not in BENCH else "",
    }


def _verbs(actor: Actor, row: Document, payable: bool) -> dict[str, Any]:
    """What the actor can do with it now: the buttons, the menu, and what can be made of it."""
    kind, facts = Kind(row.kind), moving.facts(row)
    main = LOOKS[kind].main
    buttons = states.buttons(kind, row.status, facts, [p for p in actor.granted if actor.may(p)])
    hold = [b for b in buttons if b.verb in ("hold", "release")]
    rest = [b for b in buttons if b not in hold]
    made = making.targets(actor, row, replace(facts, left=payable))
    return {
        "made": [(target.value, LOOKS[target]) for target in made],
        **building.dropping(actor, row, Kind.PURCHASE_ORDER in made),
        "held": facts.hold,
        "stopped": next(
            (b.refusal for b in rest if facts.credit and not facts.hold and b.verb == "ship"), None
        ),
        "main": [b for b in [*rest, *hold] if b.verb in main and not b.refusal],
        "menu": [b for b in rest if b.verb not in main or b.refusal]
        + [b for b in hold if b.verb == "hold" and not row.hold_reason],
        "grave": GRAVE,
        "convertible": kind == Kind.QUOTE and Kind.ORDER in made and not facts.followers,
    }


def _crumbs(row: Document) -> list[Crumb]:
    look = LOOKS[Kind(row.kind)]
    return [Crumb(look.title, reverse(look.plural)), Crumb(row.number)]


def _money(actor: Actor, row: Document) -> dict[str, Any]:
    """What a payment settles, or what an invoice or bill is settled by; and whether there is more to apply."""
    kind = Kind(row.kind)
    mine = kind in CREDITS
    if kind not in SETTLE:
        return {}
    rows = row.applications.select_related("document") if mine else row.settled_by.select_related("payment")
    others = [(one, one.document if mine else one.payment) for one in rows.order_by("pk")]
    may = actor.may(Permission.PURCHASING if row.vendor_id else Permission.INVOICING)
    loose = may and kind not in REFUNDS  # what was paid back is voided
    return {
        "settled": [
            (o, records.address(o), one, loose and o.kind not in REFUNDS, gain(one)) for one, o in others
        ],
        "apply": may and mine and row.status in CREDITS[kind].states and row.balance > 0,
        "apply_to": _("Apply to bills") if row.vendor_id else _("Apply to invoices"),
        "shown": kind in CREDITS or kind in OWED,
        "title": _("Applied to") if mine else _("Pays back") if kind in REFUNDS else _("Paid by"),
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


def move(request: DeskRequest, pk: int, verb: str) -> HttpResponse:
    """Do a verb of the state table. ``hold`` asks for its reason in the sheet first."""
    row = queries.documents(request.actor).pick(request.actor, pk)
    if request.method != "POST":
        hold = MACHINES[Kind(row.kind)].row("hold")
        if verb != "hold" or hold is None:
            raise Missing(_("page"))
        request.actor.require(hold.permission)
        return render(request, "sales/hold.html", {"document": row})
    try:
        services.move(request.actor, pk, verb, request.POST.get("reason", ""))
    except Invalid as fault:
        if verb != "hold":
            raise
        return render(
            request, "sales/hold.html", {"document": row, "error": fault.fields.get("reason", "")}, status=422
        )
    parts.notify(request, _("{number}: {done}").format(number=row.number, done=done(verb)))
    if verb == "answer":  # the vendor's prices are entered next
        return parts.go(request, reverse(f"{row.kind}-edit", args=[pk]))
    return parts.go(request, records.address(row))


def throw_away(request: DeskRequest, pk: int) -> HttpResponse:
    """Put a draft into the trash; the list of its kind comes, with Undo."""
    if request.method != "POST":
        raise Missing(_("page"))
    row = trashing.trash(request.actor, pk)
    back = trash.undo(request.actor, "document", [pk], records.address(row))
    parts.notify(request, _("{name} is in the trash").format(name=row.number), back)
    return parts.go(request, reverse(LOOKS[Kind(row.kind)].plural))


def convert(request: DeskRequest, pk: int) -> HttpResponse:
    """Make the sales order of a quote and go there."""
    if request.method != "POST":
        raise Missing(_("page"))
    order = converting.convert_to_order(request.actor, pk)
    parts.notify(request, _("{number} was made from the quote").format(number=order.number))
    return parts.go(request, records.address(order))


def paper(request: DeskRequest, pk: int) -> HttpResponse:
    """The PDF: shown in the browser, from where it is printed; ``?download=1`` saves it."""
    return pdf(*document_pdf(request.actor, pk), download=bool(request.GET.get("download")))
