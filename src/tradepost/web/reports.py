"""Reports: choose, group, filter, look at it as a chart and a table, take it away, keep it, have it mailed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpResponse, QueryDict
from django.urls import path, reverse
from django.utils.formats import date_format
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from tradepost.accounts.access import Actor, Permission
from tradepost.kit.errors import Invalid
from tradepost.reports import engine, services
from tradepost.reports.catalogue import REPORTS, Report
from tradepost.reports.engine import Result, report_of
from tradepost.reports.models import Rhythm, SavedReport
from tradepost.reports.rules import PERIODS, Dimension, Query, Shape
from tradepost.reports.tasks import XLSX
from tradepost.sales.models import ExchangeRate
from tradepost.web import parts, report_filters, trash
from tradepost.web.shell import WORK, DeskRequest, NavItem, Section
from tradepost.web.templatetags.ui import figure, money

BARS = 12
SHOWN = 200


def home(request: DeskRequest) -> HttpResponse:
    """The reports that there are, and those that were kept."""
    request.actor.require(Permission.SALES_VIEW)
    context = {
        "reports": [r for r in REPORTS.values() if request.actor.may(r.permission)],
        "saved": [(row, services.next_post(row)) for row in services.saved(request.actor)],
    }
    return parts.page(request, "reports/home.html", context)


# --- one report -----------------------------------------------------------------------------------------------------


def query_of(actor: Actor, report: Report, asked: QueryDict) -> Query:
    """What the address asks. Raises ``Invalid``."""
    group = tuple(v for v in asked.getlist("group") if v)
    first, last = _day(asked, "first"), _day(asked, "last")
    period = asked.get("period") or ("days" if first or last else report.period)
    given: dict[str, Any] = {k: asked[k] for k in engine.filters_of(actor, report) if asked.get(k)}
    currency = _currency(actor, report, asked.get("currency"))
    return Query(report.key, group, period, first, last, given, asked.get("sort", ""), currency)


def _currency(actor: Actor, report: Report, asked: str | None) -> str:
    """All in the company's currency, unless each is wanted in its own (``own``) or no rate is known."""
    if asked is None:
        return "company" if _has_choice(actor.organisation_id, report) else ""
    return "" if asked == "own" else asked


def _has_choice(organisation_id: int, report: Report) -> bool:
    return bool(report.amounts) and ExchangeRate.objects.filter(organisation_id=organisation_id).exists()


def _day(asked: QueryDict, name: str) -> date | None:
    try:
        return date.fromisoformat(text) if (text := asked.get(name, "")) else None
    except ValueError:
        raise Invalid(fields={name: _("This is not a day.")}) from None


def show(request: DeskRequest, name: str) -> HttpResponse:
    """The report as the address asks for it; ``format`` csv or xlsx is the same as a file."""
    report = report_of(name)
    request.actor.require(report.permission)
    query, form = query_of(request.actor, report, request.GET), request.GET.get("format", "")
    if form in ("csv", "xlsx"):
        return _file(request, engine.whole(request.actor, query), form)
    result = engine.run(request.actor, query)
    choosers = report_filters.choosers(request.actor, result)
    context = {
        "report": report,
        "result": result,
        "columns": [(c, _sort_url(request, result, c.key), _order(query, c.key)) for c in result.columns],
        "sort": query.sort if query.sort.removeprefix("-") not in query.group else "",
        "rows": [_cells(row, result) for row in result.rows[:SHOWN]],
        "more": max(0, len(result.rows) - SHOWN),
        "totals": [_cells(row, result)[max(1, result.groups) :] for row in result.totals],
        "chart": _chart(result),
        "groups": _groups(request.actor, result),
        "periods": PERIODS.items() if report.dated else (),
        "choosers": choosers,
        "carried": report_filters.carried(result, choosers),
        "act": _act(request, result),
        "link": _link(request),
        "company": _company(request, result),
        "may_export": request.actor.may(Permission.EXPORT),
        "crumbs": [parts.Crumb(_("Reports"), reverse("reports")), parts.Crumb(report.label)],
    }
    return parts.page(request, "reports/report.html", context)


def _act(request: DeskRequest, result: Result) -> tuple[str, str] | None:
    """What is done with what the report says: address, of as many days, and words."""
    if result.report.key != "reorder" or not request.actor.may(Permission.PURCHASING):
        return None
    given = result.query.filters
    asked = {name: given[key] for key, name in (("days", "days"), ("cover_days", "cover")) if key in given}
    return f"{reverse('reorder')}{'?' if asked else ''}{urlencode(asked)}", _("Make purchase orders")


def _company(request: DeskRequest, result: Result) -> str:
    """The company's currency, where there is a choice to see all in it."""
    possible = _has_choice(request.actor.organisation_id, result.report)
    return request.membership.organisation.currency if possible or result.query.currency else ""


def _file(request: DeskRequest, result: Result, form: str) -> HttpResponse:
    write, kind = (engine.as_csv, "text/csv; charset=utf-8") if form == "csv" else (engine.as_xlsx, XLSX)
    response = HttpResponse(write(request.actor, result), content_type=kind)
    response["Content-Disposition"] = (
        content_disposition_header(True, f"{result.report.key}.{form}") or "attachment"
    )
    return response


def _link(request: DeskRequest) -> str:
    asked = request.GET.copy()
    asked.pop("format", None)
    return asked.urlencode()


def _sort_url(request: DeskRequest, result: Result, key: str) -> str:
    asked = request.GET.copy()
    asked["sort"] = key if result.query.sort == f"-{key}" else f"-{key}"
    return f"?{asked.urlencode()}"


def _order(query: Query, key: str) -> str:
    """How the rows are sorted by a column, as ``aria-sort`` says it."""
    return {key: "ascending", f"-{key}": "descending"}.get(query.sort, "")


def _cells(row: tuple[Any, ...], result: Result) -> list[tuple[str, str, str]]:
    """Text, class and column of each cell. A phone shows the first as the title and the last as the figure."""
    currency, last = row[-1] or "", len(result.columns) - 1
    cells = []
    for n, (value, column) in enumerate(zip(row, result.columns, strict=False)):
        written = column.shape in (Shape.MONEY, Shape.COUNT, Shape.QUANTITY)
        place = {0: "at-title", last: "at-end", 1: "at-sub" if result.groups > 1 else ""}.get(n, "")
        css = f"{place} {'text-end tabular' if written else ''}".strip()
        text = "–" if column.shape is Shape.MONEY and value == 0 else shown(value, column.shape, currency)
        cells.append((text, css, str(column.label)))
    return cells


def shown(value: Any, shape: Shape, currency: str) -> str:
    if value is None:
        return ""
    if shape is Shape.MONEY:
        return money(value, currency)
    if shape is Shape.MONTH:
        return date_format(value, "YEAR_MONTH_FORMAT")
    if shape is Shape.DAY:
        return date_format(value, "DATE_FORMAT")
    if isinstance(value, Decimal):
        return figure(value).replace("-", "−")
    return str(value) if str(value) else "–"


def _chart(result: Result) -> list[parts.Point]:
    """The main figure of the first group: in order where it is a time, else the largest ones, below zero too. One currency
    only, and only where all rows are there."""
    money_of = [n for n, c in enumerate(result.columns) if c.shape is Shape.MONEY]
    main = money_of[-1] if money_of else len(result.columns) - 1
    first, labels = result.columns[0], {}
    sums: dict[Any, Decimal] = {}
    currencies = {row[-1] for row in result.rows}
    if result.cut or len(currencies) != 1:
        return []
    for row in result.rows:
        sums[row[0]] = sums.get(row[0], Decimal(0)) + Decimal(row[main] or 0)
        labels[row[0]] = shown(row[0], first.shape, "")
    timed = first.shape in (Shape.DAY, Shape.MONTH)
    keys = [k for k in sums if sums[k]]
    largest = sorted(keys, key=lambda k: -abs(sums[k]))[:BARS]
    keys = sorted(keys)[-BARS:] if timed else sorted(largest, key=lambda k: -sums[k])
    currency = next(iter(currencies))
    return [
        parts.Point(
            labels[k],  # as much of it as fits
            float(sums[k]),
            f"{labels[k]}: {shown(sums[k], result.columns[main].shape, currency)}",
        )
        for k in keys
    ]


def _groups(actor: Actor, result: Result) -> list[tuple[int, str, list[Dimension]]]:
    """A choice for each group and one more."""
    known = list(engine.dimensions_of(actor, result.report))
    chosen = [*result.query.group, ""][: engine.MOST_GROUPS]
    return [(n, key, known) for n, key in enumerate(chosen, 1)]


# --- kept -----------------------------------------------------------------------------------------------------------


class SaveForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=100)
    shared = forms.BooleanField(label=gettext_lazy("Everybody in the company sees it"), required=False)
    rhythm = forms.ChoiceField(label=gettext_lazy("Mail it"), choices=Rhythm.choices, required=False)
    hour = forms.TypedChoiceField(
        label=gettext_lazy("At"),
        coerce=int,
        choices=[(h, f"{h:02}:00") for h in range(24)],
        initial=7,
        help_text=gettext_lazy("In your company's time zone."),
    )
    recipients = forms.CharField(
        label=gettext_lazy("To"),
        required=False,
        widget=forms.Textarea({"rows": 2}),
        help_text=gettext_lazy("Addresses, separated by commas. They get the report as XLSX."),
    )


def keep(request: DeskRequest, name: str) -> HttpResponse:
    """The form that keeps the report of the address under a name."""
    report = report_of(name)
    request.actor.require(report.permission)
    return _form(request, query_of(request.actor, report, request.GET), None)


def kept(request: DeskRequest, pk: int) -> HttpResponse:
    """Open a kept report: its address says all that it is."""
    row = services.saved(request.actor).pick(request.actor, pk)
    return parts.go(request, f"{reverse('report', args=[row.report])}?{address(row)}")


def address(row: SavedReport) -> str:
    query, asked = Query.of(row.report, row.query), QueryDict(mutable=True)
    choice = _has_choice(row.organisation_id, report_of(row.report))
    asked.setlist("group", list(query.group))
    days = {n: day.isoformat() for n, day in (("first", query.first), ("last", query.last)) if day}
    for key, value in {
        "period": query.period,
        "sort": query.sort,
        "currency": query.currency or ("own" if choice else ""),
        **query.filters,
        **days,
    }.items():
        if value:
            asked[key] = str(value)
    return asked.urlencode()


def change(request: DeskRequest, pk: int) -> HttpResponse:
    """Name, sharing and post of a kept report of one's own."""
    row = SavedReport.objects.pick(request.actor, pk, owner_id=request.actor.user_id)
    return _form(request, Query.of(row.report, row.query), row)


def _form(request: DeskRequest, query: Query, row: SavedReport | None) -> HttpResponse:
    report = report_of(query.report)
    held = (
        {n: getattr(row, n) for n in ("name", "shared", "rhythm", "hour")} if row else {"name": report.label}
    )
    start = {**held, "recipients": ", ".join(row.recipients) if row else request.user.email}  # type: ignore[union-attr]
    form = SaveForm(request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        values["recipients"] = values["recipients"].replace(";", ",").replace("\n", ",").split(",")
        if not values["rhythm"]:
            values["recipients"] = []
        try:
            services.save(
                request.actor, values.pop("name"), query, saved_id=row.pk if row else None, **values
            )
        except Invalid as fault:
            parts.refuse(form, fault)
        else:
            parts.notify(request, _("Report saved"))
            return parts.go(request, reverse("reports"))
    crumbs = [
        parts.Crumb(_("Reports"), reverse("reports")),
        parts.Crumb(row.name if row else _("Save report")),
    ]
    context = {
        "form": form,
        "report": report,
        "row": row,
        "next": services.next_post(row) if row else None,
        "posts": services.posts(request.actor, row.pk) if row else (),
        "crumbs": crumbs,
    }
    return parts.page(request, "reports/save.html", context, status=422 if form.errors else 200)


@require_POST
def pause(request: DeskRequest, pk: int) -> HttpResponse:
    """Hold the mails (``on=1``), or let them go on."""
    row = services.pause(request.actor, pk, bool(request.POST.get("on")))
    parts.notify(request, _("It is not mailed for now") if row.paused else _("It is mailed again"))
    return parts.go(request, reverse("saved-report-edit", args=[pk]))


@require_POST
def remove(request: DeskRequest, pk: int) -> HttpResponse:
    services.remove(request.actor, pk)
    back = trash.undo(request.actor, "savedreport", [pk], reverse("reports"))
    parts.notify(request, _("Report removed"), back)
    return parts.go(request, reverse("reports"))


section = Section(
    urls=[
        path("reports/", home, name="reports"),
        path("reports/saved/<int:pk>/", kept, name="saved-report"),
        path("reports/saved/<int:pk>/edit/", change, name="saved-report-edit"),
        path("reports/saved/<int:pk>/pause/", pause, name="saved-report-pause"),
        path("reports/saved/<int:pk>/remove/", remove, name="saved-report-remove"),
        path("reports/<str:name>/", show, name="report"),
        path("reports/<str:name>/save/", keep, name="report-save"),
    ],
    nav=(
        NavItem(
            WORK,
            gettext_lazy("Reports"),
            "chart-column",
            "reports",
            Permission.SALES_VIEW,
            within=("report", "report-save", "saved-report-edit"),
        ),
    ),
)
