"""Write a document: its head and the grid of its lines, with totals by the server's own rule as one types."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.db.models import Q
from django.http import HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from tradepost.accounts.access import Actor, Permission
from tradepost.kit.errors import Conflict, Fault, Invalid, Missing, Stale
from tradepost.people.kinds import SHAPES
from tradepost.people.models import Project
from tradepost.sales import queries, services
from tradepost.sales.last_costs import unpriced
from tradepost.sales.models import Document, Kind, Line
from tradepost.sales.preferences import FREIGHT_TAXED
from tradepost.sales.state_table import MACHINES, PURCHASES
from tradepost.sales.wrong import WrongLine
from tradepost.web import marks, parts, records
from tradepost.web.document_forms import HeadForm, party_box, taken
from tradepost.web.grid import Row, draft_of, mark_unknown, offer_units, price_of, read_rows, rows_of
from tradepost.web.kinds import LOOKS, side
from tradepost.web.numbers import number
from tradepost.web.parts import Crumb
from tradepost.web.shell import DeskRequest
from tradepost.web.stale import explain
from tradepost.web.templatetags.ui import money

AWAY = Q(archived_at__isnull=False) | Q(trashed_at__isnull=False)
BLANK_ROWS = 3


def edit(request: DeskRequest, kind: Kind, pk: int | None = None) -> HttpResponse:
    """The form of a new document (``?customer=``, ``?vendor=``, ``?contact=`` and ``?project=`` fill it) or of this one."""
    request.actor.require(MACHINES[kind].edit)
    row = queries.documents(request.actor, kind).pick(request.actor, pk) if pk else None
    form = HeadForm(request.actor, kind, request.POST or None, initial=_initial(request, kind, row))
    marks.put_on(form, request.actor, kind, row)
    language = request.membership.organisation.locale
    rows = read_rows(request.POST, language) if request.method == "POST" else rows_of(row, language)
    mark_unknown(rows, row)
    if request.method == "POST" and form.is_valid():
        try:
            saved = _save(request.actor, kind, row, form, rows)
        except Stale as fault:
            explain(form, row, fault, silent=(side(kind).field, "contact_id", "project_id"))
        except Invalid as fault:
            _refuse(form, rows, fault)
        except (Conflict, Missing) as fault:  # what was typed stays, as with any other mistake
            form.add_error(None, str(fault))
        else:
            parts.notify(request, _("{number} saved").format(number=saved.number))
            return parts.go(request, records.address(saved))
    return _show(request, kind, row, form, rows)


def _show(
    request: DeskRequest, kind: Kind, row: Document | None, form: HeadForm, rows: list[Row]
) -> HttpResponse:
    new = LOOKS[kind].new
    party = form[side(kind).field]
    if not (begun := bool(row or form.is_bound)) and not party.value():
        party.field.widget.attrs["autofocus"] = True
    back = records.address(row) if row else reverse(LOOKS[kind].plural)
    wrong = bool(form.errors) or any(r.errors for r in rows)
    totals = _totals(request, kind, row, _head(form.data if form.is_bound else form.initial), rows)
    for r, amount in zip(rows, totals["amounts"] if form.is_bound else (), strict=False):
        r.amount = amount  # which is not sent
    for r, note in zip(rows, totals["notes"], strict=False):
        r.note = note
    offer_units(request.actor, rows, request.membership.organisation.locale)
    context = {
        "form": form,
        **party_box(request.actor, form),
        "begin_lines": not begun and bool(party.value()),
        **_away(request.actor, party),
        "item_make": reverse("item-short") if request.actor.may(Permission.CATALOG_EDIT) else "",
        "totals_url": reverse("document-totals", args=[kind]) + (f"?document={row.pk}" if row else ""),
        "rows": [*rows, *(Row() for _n in range(max(BLANK_ROWS - len(rows), 1)))],
        "blank": Row(),
        "drops": kind in (Kind.QUOTE, Kind.ORDER),
        "title": _("Edit {number}").format(number=row.number) if row else new,
        "crumbs": [Crumb(row.number if row else LOOKS[kind].title, back), Crumb(_("Edit") if row else new)],
        "cancel": back,
        "totals": totals["totals"],
    }
    return parts.page(request, "sales/edit.html", context, status=422 if wrong else 200)


def _away(actor: Actor, party: forms.BoundField) -> dict[str, Any]:
    """The customer or vendor who is refused for being put away, for whom may restore it here."""
    kind, chosen = party.name.removesuffix("_id"), number(party.value())
    if not party.errors or not actor.may(SHAPES[kind].edit):
        return {}
    row = SHAPES[kind].model.objects.of(actor).filter(AWAY, pk=chosen).first()
    return {"away": row, "archive_url": reverse(f"{kind}-archive", args=[row.pk])} if row else {}


def _initial(request: DeskRequest, kind: Kind, row: Document | None) -> dict[str, Any]:
    party = side(kind).field
    if row is None:
        today = queries.today(request.actor)
        asked = {
            name: request.GET.get(name.removesuffix("_id")) for name in (party, "contact_id", "project_id")
        }
        if kind not in PURCHASES and (job := number(asked["project_id"])):  # its page begins its documents
            its = Project.objects.pick(request.actor, job)
            asked |= {"customer_id": str(its.customer_id), "contact_id": str(its.contact_id or "")}
        return {
            **asked,
            "date": today,
            "freight_taxable": FREIGHT_TAXED.value(request.actor.organisation_id),
        }
    figures = {name: f"{getattr(row, name).normalize():f}" for name in ("discount_percent", "freight")}
    return {**{name: getattr(row, name) for name in HeadForm.base_fields}, **figures}


# -- saving ----------------------------------------------------------------------------------------------------------


def _save(actor: Actor, kind: Kind, row: Document | None, form: HeadForm, rows: list[Row]) -> Document:
    values = marks.taken(taken(form.cleaned_data, new=row is None))
    values["discount_percent"], values["freight"] = values["discount_percent"] or 0, values["freight"] or 0
    if any(r.errors for r in rows):
        raise Invalid(_("A line cannot be saved as it is."), cure=_("Correct the marked line."))
    drafts = [draft_of(r) for r in rows if not r.blank]
    version = form.cleaned_data["version"]
    return services.save_document(
        actor, kind, values, drafts, document_id=row.pk if row else None, version=version if row else None
    )


def _refuse(form: HeadForm, rows: list[Row], fault: Invalid) -> None:
    """Show a verb's refusal where it belongs: at the cell or, where it names none, the description of its line, else on the head."""
    filled = [r for r in rows if not r.blank]
    elsewhere = {}
    for name, sentence in fault.fields.items():
        position = number(name.removeprefix("lines."))
        if position and position <= len(filled):
            cells = fault.cells if isinstance(fault, WrongLine) else {"description": sentence}
            filled[position - 1].errors |= cells
        else:
            elsewhere[name] = sentence
    if elsewhere or not fault.fields:
        parts.refuse(form, Invalid(fault.cause, fields=elsewhere, cure=fault.cure))
    else:
        form.add_error(None, _("Look at the marked line."))


# -- the totals ------------------------------------------------------------------------------------------------------


def _head(data: Mapping[str, Any]) -> dict[str, Any]:
    """What of the head decides the totals."""
    party = {name: number(data.get(name)) for name in ("customer_id", "vendor_id")}
    found: dict[str, Any] = {name: pk for name, pk in party.items() if pk is not None}
    for name in ("discount_percent", "freight"):
        try:
            value = Decimal(str(data.get(name) or 0))
        except InvalidOperation:
            value = Decimal(0)
        found[name] = value if value.is_finite() else Decimal(0)
    found["freight_taxable"] = bool(data.get("freight_taxable"))
    return found


def _totals(
    request: DeskRequest, kind: Kind, old: Document | None, head: dict[str, Any], rows: list[Row]
) -> dict[str, Any]:
    """Amounts and prices by row, the sums, and what a new document takes from its customer or vendor where nothing else is typed,
    as texts. Rows that cannot be read count as nothing."""
    actor, language = request.actor, request.membership.organisation.locale
    fine = [r for r in rows if r.named and not r.errors]
    names = ("date", "currency", "tax_code_id", "item_tax_id", "prices_include_tax", "freight_tax_rate")
    kept = {name: getattr(old, name) for name in names} if old else {}
    try:
        row, lines = services.preview(actor, {**kept, **head}, [draft_of(r) for r in fine], kind, old)
    except Fault as fault:
        return {"amounts": [], "prices": [], "notes": [], "totals": [], "taken": {}, "problem": str(fault)}
    pairs = list(zip(fine, lines, strict=True)) if len(fine) == len(lines) else []  # a group is several lines
    prices = {id(r): price_of(line, language) for r, line in pairs}
    notes = {id(r): _note(row, line) for r, line in pairs}
    amounts = {id(r): money(line.amount, row.currency) for r, line in pairs}
    sums = [
        (_("Subtotal"), row.subtotal),
        (_("Discount"), -row.discount),
        (_("Freight"), row.freight),
        (_("Tax"), row.tax),
        (_("Total"), row.total),
    ]
    last = len(sums) - 1
    shown = [
        (label, money(value, row.currency))
        for n, (label, value) in enumerate(sums)
        if value or n in (0, last)
    ]
    return {
        "amounts": [amounts.get(id(r), "") for r in rows],
        "prices": [prices.get(id(r)) for r in rows],
        "notes": [notes.get(id(r), "") for r in rows],
        "totals": shown,
        "taken": {} if old else {"terms": row.terms, "class_name": row.class_name},
        "problem": "",
    }


def _note(row: Document, line: Line) -> str:
    """What to think of the price of a line that is bought: where it is from if not from the vendor, or that there is none."""
    return _("No price") if unpriced(row, line) else line.price_source if row.kind in PURCHASES else ""


def live_totals(request: DeskRequest, kind: str) -> HttpResponse:
    """POST the form (of ``?document=``, if it has a key): the amount of every row and the sums, by the same rule that saving uses. Nothing is stored."""
    if request.method != "POST" or kind not in LOOKS:
        raise Missing(_("page"))
    pk = request.GET.get("document")
    old = queries.documents(request.actor, Kind(kind)).pick(request.actor, pk) if pk else None
    rows = read_rows(request.POST, request.membership.organisation.locale)
    found = _totals(request, Kind(kind), old, _head(request.POST), rows)
    return JsonResponse(found)
