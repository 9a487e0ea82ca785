"""Write a document: its head and the grid of its lines, with totals by the server's own rule as one types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.db.models import Q
from django.http import HttpResponse, JsonResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tradepost.accounts.access import Actor
from tradepost.kit.errors import Conflict, Fault, Invalid, Missing, Stale
from tradepost.kit.figures import NotAFigure, parse_number, typed
from tradepost.people.kinds import SHAPES
from tradepost.people.models import Project
from tradepost.sales import queries, services
from tradepost.sales.models import Document, Kind, Line
from tradepost.sales.preferences import FREIGHT_TAXED
from tradepost.sales.services import LineDraft
from tradepost.sales.state_table import MACHINES, PURCHASES
from tradepost.web import marks, parts, records
from tradepost.web.document_forms import HeadForm, taken
from tradepost.web.kinds import LOOKS, side
from tradepost.web.numbers import number
from tradepost.web.parts import Crumb
from tradepost.web.shell import DeskRequest
from tradepost.web.stale import explain
from tradepost.web.templatetags.ui import money

AWAY = Q(archived_at__isnull=False) | Q(trashed_at__isnull=False)
CELLS = ("item", "description", "quantity", "unit_price", "discount_percent", "tax_rate")
BLANK_ROWS = 3


@dataclass(slots=True)
class Row:
    """A line of the grid as it was typed; ``error`` is what is wrong with it. ``auto``: nobody typed its price;
    ``drop_ship``: "1" if the vendor sends it, "0" if not, empty where the form does not ask."""

    item: str = ""
    sku: str = ""
    description: str = ""
    quantity: str = ""
    unit_price: str = ""
    discount_percent: str = ""
    tax_rate: str = ""
    amount: str = ""
    error: str = ""
    auto: bool = False
    drop_ship: str = ""
    numbers: dict[str, Decimal] = field(default_factory=dict)

    @property
    def named(self) -> bool:
        return bool(self.item or self.description.strip())

    @property
    def blank(self) -> bool:
        return not (self.named or self.sku.strip())


def edit(request: DeskRequest, kind: Kind, pk: int | None = None) -> HttpResponse:
    """The form of a new document (``?customer=``, ``?vendor=``, ``?contact=`` and ``?project=`` fill it) or of this one."""
    request.actor.require(MACHINES[kind].edit)
    row = queries.documents(request.actor, kind).pick(request.actor, pk) if pk else None
    form = HeadForm(request.actor, kind, request.POST or None, initial=_initial(request, kind, row))
    marks.put_on(form, request.actor, kind, row)
    language = request.membership.organisation.locale
    rows = read_rows(request.POST, language) if request.method == "POST" else _rows(row, language)
    _mark_unknown(rows, row)
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
    wrong = bool(form.errors) or any(r.error for r in rows)
    totals = _totals(request, kind, row, _head(form.data if form.is_bound else form.initial), rows)
    context = {
        "form": form,
        "party": party,
        "begin_lines": not begun and bool(party.value()),
        **_away(request.actor, party),
        "party_url": reverse(side(kind).complete),
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


def _rows(row: Document | None, language: str) -> list[Row]:
    if row is None:
        return []
    rows = []
    for line in row.lines.all():
        figures: dict[str, Any] = {name: _figure(getattr(line, name), name, language) for name in CELLS[2:]}
        shown: dict[str, Any] = {
            "sku": line.sku,
            "description": line.description,
            "amount": money(line.amount, row.currency),
            "auto": line.auto_price,
            "drop_ship": "1" if line.drop_ship else "0",
        }
        if line.reach:  # a discount has no quantity, and one in percent no price
            figures |= {name: "" for name in ("quantity", "unit_price") if not getattr(line, name)}
        rows.append(Row(item=str(line.item_id or ""), **shown, **figures))
        _read_numbers(rows[-1], language)
    return rows


def _figure(value: Decimal, name: str, language: str) -> str:
    """As short as it can be typed; no discount and no tax are left empty."""
    if not value and name in ("discount_percent", "tax_rate"):
        return ""
    return typed(value, language)


# -- saving ----------------------------------------------------------------------------------------------------------


def _save(actor: Actor, kind: Kind, row: Document | None, form: HeadForm, rows: list[Row]) -> Document:
    values = marks.taken(taken(form.cleaned_data, new=row is None))
    values["discount_percent"], values["freight"] = values["discount_percent"] or 0, values["freight"] or 0
    if any(r.error for r in rows):
        raise Invalid(_("A line cannot be saved as it is."), cure=_("Correct the marked line."))
    drafts = [_draft(r) for r in rows if not r.blank]
    version = form.cleaned_data["version"]
    return services.save_document(
        actor, kind, values, drafts, document_id=row.pk if row else None, version=version if row else None
    )


def _draft(row: Row) -> LineDraft:
    numbers = row.numbers
    return LineDraft(
        item_id=int(row.item) if row.item else None,
        description=row.description.strip() or None,
        quantity=numbers.get("quantity", Decimal(1)),
        unit_price=numbers.get("unit_price"),
        discount_percent=numbers.get("discount_percent", Decimal(0)),
        tax_rate=numbers.get("tax_rate"),
        drop_ship=row.drop_ship == "1" if row.drop_ship else None,
    )


def _refuse(form: HeadForm, rows: list[Row], fault: Invalid) -> None:
    """Show a verb's refusal where it belongs: at the line that it names, else on the head."""
    filled = [r for r in rows if not r.blank]
    elsewhere = {}
    for name, sentence in fault.fields.items():
        position = number(name.removeprefix("lines."))
        if position and position <= len(filled):
            filled[position - 1].error = sentence
        else:
            elsewhere[name] = sentence
    if elsewhere or not fault.fields:
        parts.refuse(form, Invalid(fault.cause, fields=elsewhere, cure=fault.cure))
    else:
        form.add_error(None, _("Look at the marked line."))


# -- the grid --------------------------------------------------------------------------------------------------------


def read_rows(data: QueryDict, language: str) -> list[Row]:
    """The rows as typed, blank ones at the end left out; numbers read, and what is no number marked."""
    columns = [data.getlist(f"line-{cell}") for cell in CELLS]
    rows = [Row(**dict(zip(CELLS, cells, strict=True))) for cells in zip(*columns, strict=False)]
    skus = data.getlist("line-sku")
    for row, sku in zip(rows, skus, strict=False):
        row.sku = sku
    for row, sent in zip(rows, data.getlist("line-drop_ship"), strict=False):
        row.drop_ship = sent
    for row in rows:
        _read_numbers(row, language)
    while rows and rows[-1].blank:
        rows.pop()
    return rows


def _mark_unknown(rows: list[Row], held: Document | None) -> None:
    """A code that no item has is no line, unless the document came with it."""
    kept = set(held.lines.values_list("sku", flat=True)) if held else set()
    for row in rows:
        if (code := row.sku.strip()) and not (row.item or row.error or code in kept):
            row.error = _("No item has the SKU or barcode “{code}”.").format(code=code)


NAMES = {
    "quantity": gettext_lazy("The quantity"),
    "unit_price": gettext_lazy("The price"),
    "discount_percent": gettext_lazy("The discount"),
    "tax_rate": gettext_lazy("The tax rate"),
}


def _read_numbers(row: Row, language: str) -> None:
    if number(row.item) is None:
        row.item = ""
    for name, label in NAMES.items():
        text = getattr(row, name).strip()
        try:
            row.numbers |= {name: parse_number(text, language)} if text else {}
        except NotAFigure:
            row.error = _("{what} “{typed}” is not a number.").format(what=label, typed=text)
        except Invalid as fault:
            row.error = str(fault)


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
    """Amounts and prices by row, and the sums, as texts. Rows that cannot be read count as nothing."""
    actor, language = request.actor, request.membership.organisation.locale
    fine = [r for r in rows if r.named and not r.error]
    names = ("date", "currency", "tax_code_id", "item_tax_id", "prices_include_tax", "freight_tax_rate")
    kept = {name: getattr(old, name) for name in names} if old else {}
    try:
        row, lines = services.preview(actor, {**kept, **head}, [_draft(r) for r in fine], kind, old)
    except Fault as fault:
        return {"amounts": [], "prices": [], "totals": [], "problem": str(fault)}
    pairs = list(zip(fine, lines, strict=True)) if len(fine) == len(lines) else []  # a group is several lines
    prices = {id(r): _price(line, language) for r, line in pairs}
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
        "totals": shown,
        "problem": "",
    }


def _price(line: Line, language: str) -> dict[str, str]:
    """The price of a line and, where nobody typed it, why it is this one."""
    why = (line.price_source or _("List price")) if line.auto_price else ""
    return {"price": typed(line.unit_price, language), "why": why}


def live_totals(request: DeskRequest, kind: str) -> HttpResponse:
    """POST the form (of ``?document=``, if it has a key): the amount of every row and the sums, by the same rule that saving uses. Nothing is stored."""
    if request.method != "POST" or kind not in LOOKS:
        raise Missing(_("page"))
    pk = request.GET.get("document")
    old = queries.documents(request.actor, Kind(kind)).pick(request.actor, pk) if pk else None
    rows = read_rows(request.POST, request.membership.organisation.locale)
    found = _totals(request, Kind(kind), old, _head(request.POST), rows)
    return JsonResponse(found)
