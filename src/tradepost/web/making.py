"""What the page of a document opens in the sheet: make another from it, apply its money, share it; and copy it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _

from tradepost.accounts.access import Actor
from tradepost.catalog.models import ItemType, ItemVendor
from tradepost.catalog.units import Units
from tradepost.kit.errors import Invalid, Missing
from tradepost.kit.figures import format_money, parse_number, typed
from tradepost.kit.money import Money
from tradepost.people.queries import vendors
from tradepost.sales import converting, goods, links, payments, queries, states
from tradepost.sales.following import FULFILMENTS, chargeable, left, uses
from tradepost.sales.models import Document, Kind, Line
from tradepost.sales.settling import MONEY
from tradepost.sales.state_table import MACHINES, PURCHASES
from tradepost.web import parts, records
from tradepost.web.kinds import LOOKS
from tradepost.web.numbers import number
from tradepost.web.shell import DeskRequest

CENTS = 2


@dataclass(slots=True)
class Choice:
    """A row of the sheet: what it is, how much there is and in which unit, how much was typed, and what is wrong with that."""

    pk: int
    title: str
    limit: Decimal
    typed: str
    error: str = ""
    hint: str = ""
    unit: str = ""


def targets(actor: Actor, row: Document, facts: states.Facts) -> list[Kind]:
    """What the actor may make from a document in its state; ``facts.left`` says whether it may be paid still. What else is
    used up says so in the sheet."""
    found = []
    for (source, target), rule in states.CONVERSIONS.items():
        if source == row.kind and target in LOOKS and actor.may(rule.permission):
            seen = facts if target in MONEY else replace(facts, left=True)
            if not isinstance(states.conversion(source, row.status, target, seen), states.Refusal):
                found.append(target)
    return found


def convert(request: DeskRequest, pk: int, target: str) -> HttpResponse:
    """The sheet of quantities (or of the amount) that go over; POST makes the document and goes there."""
    row = queries.documents(request.actor).pick(request.actor, pk)
    if target not in LOOKS or (Kind(row.kind), Kind(target)) not in states.CONVERSIONS:
        raise Missing(_("page"))
    kind = Kind(target)
    request.actor.require(states.CONVERSIONS[Kind(row.kind), kind].permission)
    language = request.membership.organisation.locale
    choices = _amounts(row, language) if kind in MONEY else _quantities(request.actor, row, kind, language)
    if request.method != "POST":
        return _sheet(request, row, kind, choices)
    try:
        figures = _typed(request, choices)
        if kind in MONEY:
            made = converting.convert(request.actor, pk, kind, amount=figures[pk])
        else:
            made = converting.convert(
                request.actor, pk, kind, figures, vendor_id=number(request.POST.get("vendor_id"))
            )
    except Invalid as fault:
        return _sheet(request, row, kind, _marked(choices, fault), str(fault), 422)
    parts.notify(request, _("{number} was made").format(number=made.number))
    return parts.go(request, records.address(made))


def _sheet(
    request: DeskRequest,
    row: Document,
    kind: Kind,
    choices: list[Choice],
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "document": row,
        "title": LOOKS[kind].new,
        "choices": choices,
        "problem": problem,
        "action": reverse("document-convert", args=[row.pk, kind.value]),
        "button": _("Make"),
        "heading": _("Document") if kind in MONEY else _("Line"),
        "column": _("Amount") if kind in MONEY else _("Quantity"),
        "currency": row.currency if kind in MONEY else "",
        "vendors": _vendors(request, row, [c.pk for c in choices if c.typed])
        if states.names_vendor(Kind(row.kind), kind)
        else None,
    }
    return render(request, "sales/choose.html", context, status=status)


def _vendors(request: DeskRequest, row: Document, lines: list[int]) -> list[tuple[int, str, bool]]:
    """The vendors (but for the one that was asked already), those that offer the items of these lines first; and whether one
    is chosen."""
    offered = ItemVendor.objects.of(request.actor).filter(
        item__in=row.lines.filter(pk__in=lines).values("item"), vendor_id__isnull=False
    )
    first = list(
        offered.exclude(vendor_id=row.vendor_id).order_by("position").values_list("vendor_id", flat=True)
    )
    others = vendors(request.actor).exclude(pk=row.vendor_id or 0).order_by("name")
    rows = sorted(others, key=lambda v: v.pk not in first)
    chosen = request.POST.get("vendor_id") or (str(first[0]) if first else "")
    return [(vendor.pk, str(vendor), str(vendor.pk) == chosen) for vendor in rows]


def _quantities(actor: Actor, row: Document, target: Kind, language: str) -> list[Choice]:
    """What is left of each line; what is picked or shipped, as far as the order holds it; what is charged, as far as it was
    shipped or received."""
    rest, kind = left(row, target), Kind(row.kind)
    lines = list(row.lines.select_related("item"))
    filled, hints = rest, dict[int, str]()
    if kind is Kind.ORDER and target in (Kind.PICK, Kind.SHIPMENT):
        lacking = goods.back_ordered(actor, row)
        units = Units(line.item for line in lines if line.item)
        filled = {line.pk: _there(line, rest, lacking, units) for line in lines if line.pk in rest}
    elif kind in FULFILMENTS and target is FULFILMENTS[kind].invoiced:
        filled = chargeable(kind, rest, uses([line.pk for line in lines]))
        waits = _("{n} not shipped yet") if kind is Kind.ORDER else _("{n} not received yet")
        there = {pk: q - filled[pk] for pk, q in rest.items()}
        hints = {pk: waits.format(n=typed(q, language)) for pk, q in there.items() if q}
    found = [
        Choice(
            line.pk,
            line.description,
            rest[line.pk],
            typed(filled[line.pk], language),
            hint=hints.get(line.pk, ""),
            unit=line.unit,
        )
        for line in lines
        if line.pk in rest
    ]
    return _by_vendor(actor, row, found) if kind is Kind.ORDER and target in PURCHASES else found


def _by_vendor(actor: Actor, row: Document, choices: list[Choice]) -> list[Choice]:
    """Of an order with drop-ship lines, first those, by the vendor that offers them: the first vendor's are filled in,
    the rest is for another purchase order."""
    lines = row.lines.filter(drop_ship=True, pk__in=[choice.pk for choice in choices])
    items = dict(lines.values_list("pk", "item_id"))
    if not items:
        return choices
    rows = ItemVendor.objects.of(actor).filter(item__in=items.values(), vendor_id__isnull=False)
    offers: dict[int, tuple[int, str]] = {}
    for item, vendor, name in rows.order_by("position").values_list("item_id", "vendor_id", "vendor"):
        offers.setdefault(item, (vendor or 0, name))
    whose = {pk: offers.get(item or 0, (0, "")) for pk, item in items.items()}
    found = sorted(choices, key=lambda c: (c.pk not in whose, whose.get(c.pk, (0, ""))[1] or "\uffff"))
    first = whose[found[0].pk]
    for choice in found:
        if choice.pk in whose:
            choice.hint = " · ".join(filter(None, [_("Drop ship"), whose[choice.pk][1]]))
        if whose.get(choice.pk) != first:
            choice.typed = ""
    return found


def _there(line: Line, rest: Mapping[int, Decimal], lacking: Mapping[int, Decimal], units: Units) -> Decimal:
    """What of the rest is there, in whole cartons of another unit; of kits, all or nothing is known."""
    short = lacking.get(line.pk, Decimal(0))
    if not short or line.item is None:
        return rest[line.pk]
    packed = units.of(line.item, line.unit)
    if packed is None or not ItemType(line.item.type).keeps_stock:
        return Decimal(0)
    if packed.factor != 1:
        short = (short / packed.factor).to_integral_value(ROUND_CEILING)
    return max(Decimal(0), rest[line.pk] - short)


def _amounts(row: Document, language: str) -> list[Choice]:
    """What may be paid, and what is proposed; a draft of the same says why that is less."""
    proposed, drafts = converting.proposed(row), converting.in_drafts(row)
    hint = _("{amount} in drafts").format(amount=format_money(Money(drafts, row.currency), language))
    filled = typed(proposed, language, CENTS) if proposed else ""
    return [Choice(row.pk, row.number, converting.free(row), filled, hint=hint if drafts else "")]


def _typed(request: DeskRequest, choices: list[Choice]) -> dict[int, Decimal]:
    """The numbers of the sheet; an empty field is zero. ``Invalid`` names the field that is no number."""
    language, found, wrong = request.membership.organisation.locale, {}, {}
    for choice in choices:
        choice.typed = request.POST.get(f"choice-{choice.pk}", "").strip()
        try:
            found[choice.pk] = parse_number(choice.typed or "0", language)
        except Invalid as fault:
            wrong[f"choice.{choice.pk}"] = str(fault)
    if wrong:
        raise Invalid(fields=wrong)
    return found


def _marked(choices: list[Choice], fault: Invalid) -> list[Choice]:
    for name, sentence in fault.fields.items():
        for choice in choices:
            if name.partition(".")[2] == str(choice.pk):
                choice.error = sentence
    return choices


def apply(request: DeskRequest, pk: int) -> HttpResponse:
    """The sheet of the open invoices or bills, filled from the oldest on; POST applies the amounts."""
    row = queries.documents(request.actor).pick(request.actor, pk)
    request.actor.require(MACHINES[Kind(row.kind)].edit)
    choices, free, language = [], row.balance, request.membership.organisation.locale
    for invoice in queries.owed(request.actor, row):
        share = min(free, invoice.balance)
        free -= share
        proposed = typed(share, language, CENTS) if share else ""
        choices.append(Choice(invoice.pk, invoice.number, invoice.balance, proposed))
    context = {
        "document": row,
        "title": _("Apply to bills") if row.vendor_id else _("Apply to invoices"),
        "choices": choices,
        "action": reverse("document-apply", args=[pk]),
        "button": _("Apply"),
        "heading": _("Document"),
        "column": _("Amount"),
        "currency": row.currency,
    }
    if request.method != "POST":
        return render(request, "sales/choose.html", context)
    try:
        amounts = {key: amount for key, amount in _typed(request, choices).items() if amount}
        payments.apply_credit(request.actor, pk, amounts)
    except Invalid as fault:
        _marked(choices, fault)
        return render(request, "sales/choose.html", {**context, "problem": str(fault)}, status=422)
    parts.notify(request, _("{number} was applied").format(number=row.number))
    return parts.go(request, records.address(row))


def unapply(request: DeskRequest, pk: int, other: int) -> HttpResponse:
    """Take a payment or credit off an invoice or bill; back to the page it was pressed on."""
    _posted(request)
    row = payments.unapply(request.actor, pk, other)
    parts.notify(request, _("{number} was taken off").format(number=row.number))
    return parts.go(request, records.address(row))


def copy(request: DeskRequest, pk: int) -> HttpResponse:
    _posted(request)
    made = converting.copy(request.actor, pk)
    parts.notify(request, _("{number} is a copy").format(number=made.number))
    return parts.go(request, records.address(made))


def share(request: DeskRequest, pk: int) -> HttpResponse:
    """A new public address, shown once in the sheet."""
    _posted(request)
    secret = links.share(request.actor, pk)
    url = request.build_absolute_uri(reverse("public-document", args=[secret]))
    row = queries.documents(request.actor).pick(request.actor, pk)
    return render(request, "sales/share.html", {"document": row, "url": url})


def revoke(request: DeskRequest, pk: int) -> HttpResponse:
    _posted(request)
    links.revoke(request.actor, pk)
    parts.notify(request, _("The public link is closed"))
    return parts.go(request, records.address(Document.objects.pick(request.actor, pk)))


def version(request: DeskRequest, pk: int, number: int) -> HttpResponse:
    """A document as it once left the house, in the sheet."""
    kept = queries.version(request.actor, pk, number)
    lines = [
        {**line, **{name: Decimal(line[name]) for name in ("quantity", "amount")}}
        for line in kept.content["lines"]
    ]
    total = Decimal(kept.content["head"]["total"])
    has_paper = "paper" in kept.content
    context = {
        "document": kept.document,
        "version": kept,
        "lines": lines,
        "total": total,
        "has_paper": has_paper,
    }
    return render(request, "sales/version.html", context)


def _posted(request: DeskRequest) -> None:
    if request.method != "POST":
        raise Missing(_("page"))


urls = [
    path("documents/<int:pk>/make/<str:target>/", convert, name="document-convert"),
    path("documents/<int:pk>/apply/", apply, name="document-apply"),
    path("documents/<int:pk>/unapply/<int:other>/", unapply, name="document-unapply"),
    path("documents/<int:pk>/copy/", copy, name="document-copy"),
    path("documents/<int:pk>/share/", share, name="document-share"),
    path("documents/<int:pk>/revoke/", revoke, name="document-revoke"),
    path("documents/<int:pk>/versions/<int:number>/", version, name="document-version"),
]
