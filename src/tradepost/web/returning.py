"""The sheet in which the warehouse says what of an RMA arrived and where it goes."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _

from tradepost.accounts.access import Permission
from tradepost.kit.errors import Fault, Invalid
from tradepost.kit.figures import parse_number, typed
from tradepost.sales import queries, returning
from tradepost.sales.models import Kind
from tradepost.sales.returned import Arrived, Fate, Outcome, outcomes
from tradepost.web import parts, records
from tradepost.web.shell import DeskRequest, Section


@dataclass(slots=True)
class Row:
    """A line of the sheet: what is expected, what was typed, and what is wrong with it."""

    outcome: Outcome
    stock: str = ""
    scrap: str = ""
    reason: str = ""
    error: str = ""


def arrive(request: DeskRequest, pk: int) -> HttpResponse:
    """What is expected is filled in as going to stock; POST takes it in."""
    request.actor.require(Permission.STOCK_MOVE)
    row = queries.documents(request.actor, Kind.RMA).pick(request.actor, pk)
    language = request.membership.organisation.locale
    rows = [Row(one, typed(one.expected, language)) for one in outcomes(row) if one.expected]
    problem = ""
    if request.method == "POST":
        try:
            done = returning.receive(request.actor, pk, _typed(request, rows))
        except Fault as fault:
            problem = _marked(rows, fault)
        else:
            parts.notify(request, _("{number}: what arrived is noted").format(number=done.number))
            return parts.go(request, records.address(done))
    context = {"document": row, "rows": rows, "problem": problem}
    return render(request, "sales/arrive.html", context, status=422 if problem else 200)


def _typed(request: DeskRequest, rows: list[Row]) -> list[Arrived]:
    """``Invalid`` names the field that is no number."""
    language, found, wrong = request.membership.organisation.locale, [], {}
    for row in rows:
        pk = row.outcome.line.pk
        row.stock, row.scrap, row.reason = (
            request.POST.get(f"{name}-{pk}", "").strip() for name in ("stock", "scrap", "reason")
        )
        try:
            numbers = [parse_number(text or "0", language) for text in (row.stock, row.scrap)]
        except Invalid as fault:
            wrong[f"quantities.{pk}"] = fault.cause
            continue
        fates = zip((Fate.STOCK, Fate.SCRAP), numbers, strict=True)
        found += [Arrived(pk, n, fate, row.reason) for fate, n in fates if n != Decimal(0)]
    if wrong:
        raise Invalid(fields=wrong)
    return found


def _marked(rows: list[Row], fault: Fault) -> str:
    for row in rows:
        row.error = getattr(fault, "fields", {}).get(f"quantities.{row.outcome.line.pk}", "")
    return str(fault)


section = Section(urls=[path("returns/<int:pk>/arrive/", arrive, name="rma-arrive")])
