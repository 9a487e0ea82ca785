"""The board of opportunities, the stages they move through, and the conversion of leads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from tradepost.accounts.access import Permission
from tradepost.activities.records import Record
from tradepost.kit.errors import Invalid, Missing
from tradepost.people import leads, prospects, queries
from tradepost.people.changes import CLOSED
from tradepost.people.entering import Doubled
from tradepost.people.models import Opportunity, Stage
from tradepost.people.services import save_opportunity
from tradepost.sales.currencies import company_currency, rate_on, worth
from tradepost.web import parts, records
from tradepost.web.numbers import number
from tradepost.web.offers import offer
from tradepost.web.parts import Crumb, Undo
from tradepost.web.people.doubles import asked, seen
from tradepost.web.people.matter_forms import CloseForm, ConvertForm
from tradepost.web.shell import DeskRequest

_COUNTED = ("pk", "stage", "budget", "revenue", "probability", "currency")  # of all; of the cards, everything
CARDS = 40  # of a stage at most; won and lost show the newest


@dataclass(frozen=True, slots=True)
class Column:
    """A stage with its cards. ``worth`` is their budget in the company's currency, ``likely`` by their probability;
    ``unvalued``: so many are in a currency without a rate and stand in neither."""

    stage: Stage
    cards: list[Any]
    count: int
    worth: Decimal
    likely: Decimal
    unvalued: int = 0


def columns(
    rows: Iterable[Any], currency: str, rates: Mapping[str, Decimal | None] = MappingProxyType({})
) -> list[Column]:
    """Pure: opportunities, or what ``_COUNTED`` names of them, by stage, those that close first on top; sums in the company's
    ``currency``, at today's ``rates``."""
    by_stage: dict[str, list[Any]] = {stage.value: [] for stage in Stage}
    for row in rows:
        by_stage[row.stage].append(row)
    return [_column(Stage(stage), several, currency, rates) for stage, several in by_stage.items()]


def _column(stage: Stage, rows: list[Any], currency: str, rates: Mapping[str, Decimal | None]) -> Column:
    values = [
        (worth(_value(row), row.currency or currency, rates.get(row.currency), currency), row) for row in rows
    ]
    known = [(value, row.probability) for value, row in values if value is not None]
    likely = sum((value * probability / 100 for value, probability in known), Decimal(0))
    total = sum((value for value, _probability in known), Decimal(0))
    return Column(stage, rows[:CARDS], len(rows), total, likely, len(rows) - len(known))


def _value(row: Any) -> Decimal:
    held = row.revenue if row.stage == Stage.WON and row.revenue is not None else row.budget
    return held or Decimal(0)


def board(request: DeskRequest) -> HttpResponse:
    """All open opportunities by stage, and those closed this quarter; ``?owner=5`` narrows."""
    rows = queries.matters(request.actor, "opportunity").order_by("expected", "-id")
    if (owner := number(request.GET.get("owner"))) is not None:
        rows = rows.filter(owner_id=owner)
    today = timezone.localdate()
    quarter = today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1)
    shown = rows.exclude(stage__in=CLOSED) | rows.filter(stage__in=CLOSED, closed_at__date__gte=quarter)
    currency = company_currency(request.actor.organisation_id)
    counted = list(shown.select_related(None).values_list(*_COUNTED, named=True))
    others = {row.currency for row in counted} - {"", currency}
    rates = {one: rate_on(request.actor.organisation_id, one, today) for one in others}
    found = columns(counted, currency, rates)
    cards = rows.in_bulk([card.pk for column in found for card in column.cards])
    context = {
        "columns": [replace(one, cards=[cards[card.pk] for card in one.cards]) for one in found],
        "currency": currency,
        "stages": Stage.choices,
        "closed": [stage.value for stage in CLOSED],
        "may_edit": request.actor.may(Permission.SALES_EDIT),
        "mine": owner == request.actor.user_id,
        "crumbs": [Crumb(_("Opportunities"), reverse("opportunities")), Crumb(_("Board"))],
    }
    return parts.page(request, "people/board.html", context, part="board")


def stage(request: DeskRequest, pk: int) -> HttpResponse:
    """POST ``stage``: move a card of the board, with Undo. The answer is the board."""
    if request.method != "POST":
        raise Missing(_("page"))
    wanted = request.POST.get("stage", "")
    row = Opportunity.objects.pick(request.actor, pk)
    undo = _back(row)
    given = {name: request.POST[name] or None for name in MOVED[1:3] if name in request.POST}
    words = {name: request.POST[name] for name in MOVED[3:] if name in request.POST}
    saved = save_opportunity(request.actor, {"stage": wanted, **given, **words}, opportunity_id=pk)
    said = _("{name}: {stage}").format(name=saved, stage=saved.get_stage_display())
    return parts.toast(board(request), said, undo)


MOVED = ("stage", "probability", "revenue", "close_reason")  # what another stage brings, and Undo gives back


def _back(row: Opportunity) -> Undo:
    """How a card gets back to where it is now, with all that it says there."""
    held = {name: getattr(row, name) for name in MOVED}
    values = {name: "" if value is None else str(value) for name, value in held.items()}
    return Undo(reverse("opportunity-stage", args=[row.pk]), values, "#board")


def close(request: DeskRequest, pk: int, stage: str) -> HttpResponse:
    """The sheet in which an opportunity is won or lost."""
    request.actor.require(Permission.SALES_EDIT)
    row = records.find(request.actor, Record("opportunity", pk))
    form = CloseForm(request.POST or None, initial={"revenue": row.budget, "close_reason": row.close_reason})
    offer(request.actor, form, {"close_reason": (f"reasons-{stage}",)}, new=True)
    if stage == Stage.LOST:
        del form.fields["revenue"]
    if request.method == "POST" and form.is_valid():
        try:
            saved = save_opportunity(request.actor, {**form.cleaned_data, "stage": stage}, opportunity_id=pk)
        except Invalid as fault:
            parts.refuse(form, fault)
        else:
            return _done(request, saved, saved.get_stage_display(), _back(row))
    return _sheet(request, form, str(Stage(stage).label), row)


def convert(request: DeskRequest, pk: int) -> HttpResponse:
    """The sheet in which a lead becomes a customer."""
    request.actor.require(Permission.PEOPLE_EDIT)
    row = records.find(request.actor, Record("lead", pk))
    form = ConvertForm(request.actor, request.POST or None, initial={"name": str(row)})
    if not request.actor.may(Permission.SALES_EDIT):
        for name in ("wanted", "name", "budget", "expected"):
            del form.fields[name]
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        wanted = {k: typed[k] for k in ("name", "budget", "expected") if typed.get(k)}
        try:
            made = leads.convert(
                request.actor,
                pk,
                customer_id=typed["customer_id"],
                contact_id=typed["contact_id"],
                status=typed["status"],
                opportunity=wanted if typed.get("wanted") else None,
                seen=seen(request),
            )
        except Invalid as fault:
            parts.refuse(form, fault)
        except Doubled as fault:
            return _sheet(request, form, _("Convert"), row, asked(fault.found))
        else:
            return _done(request, made.customer, _("Converted"))
    return _sheet(request, form, _("Convert"), row)


def promote(request: DeskRequest, pk: int) -> HttpResponse:
    """POST: a prospect is a customer."""
    if request.method != "POST":
        raise Missing(_("page"))
    row = prospects.promote(request.actor, pk)
    parts.notify(request, _("{name} is a customer now").format(name=row))
    return parts.go(request, records.address(row))


def revert(request: DeskRequest, pk: int) -> HttpResponse:
    """POST: a converted lead is a lead again."""
    if request.method != "POST":
        raise Missing(_("page"))
    row = leads.revert(request.actor, pk)
    parts.notify(request, _("{name} is a lead again").format(name=row))
    return parts.go(request, records.address(row))


def _sheet(
    request: DeskRequest, form: Any, title: str, row: Any, doubled: Mapping[str, Any] = MappingProxyType({})
) -> HttpResponse:
    shown = {"form": form, "title": title, "sub": row, "action": request.get_full_path(), **doubled}
    return render(request, "people/sheet.html", shown, status=422 if form.errors or doubled else 200)


def _done(request: DeskRequest, row: Any, said: str, undo: Undo | None = None) -> HttpResponse:
    """On the board only the board is drawn again; elsewhere the record's page is shown."""
    if request.GET.get("on") == "board":
        response = parts.trigger(HttpResponse(status=204), sheet_close={}, board_changed={})
        return parts.toast(response, f"{row}: {said}", undo)
    parts.notify(request, f"{row}: {said}")
    return parts.go(request, records.address(row))
