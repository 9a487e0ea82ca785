"""Run a report: one query of the database, grouped; sums of each currency; the same as CSV and XLSX."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.preferences import FISCAL_START
from tradepost.kit import xlsx
from tradepost.kit.errors import Conflict, Invalid, Missing
from tradepost.kit.money import exponent
from tradepost.kit.text import safe
from tradepost.reports import marked
from tradepost.reports.catalogue import REPORTS, Report
from tradepost.reports.facts import grouped
from tradepost.reports.rules import Dimension, Measure, Query, Shape, window
from tradepost.reports.unread import Unread
from tradepost.reports.worth import own_currencies, valued
from tradepost.sales.currencies import company_currency
from tradepost.sales.queries import today

MOST_ROWS = 10_000  # on a page, and in an answer of the API
MOST_IN_FILE = 200_000
MOST_GROUPS = 3


@dataclass(frozen=True, slots=True)
class Result:
    """``rows``: one value a column; the last column is the currency. ``totals``: a row a currency, sums where sums make
    sense and None elsewhere. ``cut``: there are more rows than these. ``missing``: so many documents have no exchange
    rate and are not counted."""

    report: Report
    query: Query
    columns: tuple[Dimension | Measure, ...]
    rows: Sequence[tuple[Any, ...]]
    totals: list[tuple[Any, ...]]
    first: date | None
    last: date | None
    cut: bool = False
    missing: int = 0

    @property
    def groups(self) -> int:
        return len(self.query.group)


def report_of(key: str) -> Report:
    """Raises ``Missing`` for a report that there is not."""
    if key not in REPORTS:
        raise Missing(_("report “{key}”; there are {known}").format(key=key, known=", ".join(REPORTS)))
    return REPORTS[key]


def run(actor: Actor, query: Query, most: int = MOST_ROWS) -> Result:
    """The first ``most`` rows, and whether there are more. Raises ``Refused``, ``Missing`` and ``Invalid``."""
    found = _asked(actor, query)
    rows = list(found.rows[: most + 1])
    return replace(found, rows=rows[:most], cut=len(rows) > most)


def whole(actor: Actor, query: Query, most: int = MOST_IN_FILE) -> Result:
    """All rows, for a file: they are read while it is written. Raises as ``run``, and ``Conflict`` where they are more than
    ``most``."""
    found = _asked(actor, query)
    if (count := len(found.rows)) > most:
        sentence = _("This report has {count} rows, and a file holds {most}.")
        raise Conflict(
            sentence.format(
                count=number_format(count, force_grouping=True), most=number_format(most, force_grouping=True)
            ),
            cure=_("Narrow the period, or group it more coarsely."),
        )
    return found


def _asked(actor: Actor, query: Query) -> Result:
    """The report with rows that nobody has read yet."""
    report = report_of(query.report)
    actor.require(report.permission)
    query = _completed(actor, report, query)
    day = today(actor)
    first, last = (
        window(query, day, FISCAL_START.value(actor.organisation_id)) if report.dated else (None, None)
    )
    dimensions = [_named(dimensions_of(actor, report), key) for key in query.group]
    conditions = _conditions(actor, report, query, first, last)
    if report.rows is None:
        return _computed(actor, report, query, dimensions)
    rows = report.rows(actor, day).filter(*conditions)
    rows, its_currency, missing = valued(
        report, rows, query.currency, company_currency(actor.organisation_id)
    )
    by = {f"by_{d.key}": _expression(actor, rows, d) for d in dimensions}
    found = rows.order_by().annotate(**by, in_currency=its_currency).values(*by, "in_currency")
    sums = {f"sum_{m.key}": m.of for m in report.measures}
    columns: tuple[Dimension | Measure, ...] = (*dimensions, *report.measures)
    ordered = found.annotate(**sums).order_by(*_order(query, columns))
    values = Unread(ordered.values_list(*by, *sums, "in_currency"))
    all_of_it = rows.order_by().annotate(in_currency=its_currency).values("in_currency").annotate(**sums)
    totals = [
        (*[None] * len(by), *row)
        for row in all_of_it.order_by("in_currency").values_list(*sums, "in_currency")
    ]
    return Result(report, query, columns, values, totals, first, last, missing=missing)


def _expression(actor: Actor, rows: QuerySet[Any], dimension: Dimension) -> Any:
    if callable(dimension.of):
        return dimension.of(actor, rows)
    return F(dimension.of) if isinstance(dimension.of, str) else dimension.of


def _computed(actor: Actor, report: Report, query: Query, dimensions: Sequence[Dimension]) -> Result:
    columns: tuple[Dimension | Measure, ...] = (*dimensions, *report.measures)
    _order(query, columns)
    if query.currency:
        raise own_currencies()
    how = {key: value for key, value in query.filters.items() if key in report.asks}
    asked = {key: value for key, value in query.filters.items() if key not in report.asks}
    facts = report.facts(actor, how) if report.facts else ()
    fitting = (fact for fact in facts if all(fact[key] == value for key, value in asked.items()))
    rows, totals = grouped(fitting, query, dimensions, report.measures)
    return Result(report, query, columns, rows, totals, None, None)


def dimensions_of(actor: Actor, report: Report) -> tuple[Dimension, ...]:
    """What a report can be grouped by, tags and custom fields of the company among it."""
    return (*report.dimensions, *marked.dimensions(actor, report.marked))


def filters_of(actor: Actor, report: Report) -> list[str]:
    """The keys by which a report can be filtered."""
    return [*(report.filters or {}), *(key for key, _path, _field in marked.marks(actor, report.marked))]


def _completed(actor: Actor, report: Report, query: Query) -> Query:
    group = tuple(dict.fromkeys(query.group)) or report.group
    if len(group) > MOST_GROUPS:
        raise Invalid(
            fields={"group": _("At most {most} groups fit into a report.").format(most=MOST_GROUPS)}
        )
    known = dimensions_of(actor, report)
    for key in group:
        _named(known, key)
    given = {k: v for k, v in query.filters.items() if v not in (None, "")}
    filters = {k: _number(k, v) if k.endswith("_id") or k in report.asks else v for k, v in given.items()}
    return Query(
        query.report, group, query.period, query.first, query.last, filters, query.sort, query.currency
    )


def _number(key: str, value: Any) -> int:
    """A filter that is a key or a number. Raises ``Invalid``."""
    written = str(value)
    if not written.isdecimal() or len(written) > 18:
        wrong = (
            _("This is not the number of a record.") if key.endswith("_id") else _("Write a whole number.")
        )
        raise Invalid(fields={key: wrong})
    return int(written)


def _named(dimensions: Sequence[Dimension], key: str) -> Dimension:
    found = next((d for d in dimensions if d.key == key), None)
    if found is None:
        known = ", ".join(d.key for d in dimensions)
        raise Invalid(
            fields={"group": _("This report is not grouped by “{key}”.").format(key=key)},
            cure=_("Choose from: {known}.").format(known=known),
        )
    return found


def _conditions(actor: Actor, report: Report, query: Query, first: date | None, last: date | None) -> list[Q]:
    known = report.filters or {}
    by_mark = marked.conditions(actor, report.marked, query.filters)
    if unknown := query.filters.keys() - known.keys() - by_mark.keys():
        cure = _("It has: {known}.").format(known=", ".join(filters_of(actor, report)) or "none")
        raise Invalid(
            fields={k: _("This report has no filter “{name}”.").format(name=k) for k in sorted(unknown)},
            cure=cure,
        )
    wanted = {known[k]: v for k, v in query.filters.items() if known.get(k)}
    if first:
        wanted[f"{report.dated}__gte"] = first
    if last:
        wanted[f"{report.dated}__lte"] = last
    return [Q(**wanted), *by_mark.values()]


def _order(query: Query, columns: Sequence[Dimension | Measure]) -> list[Any]:
    """By the column that is asked for, else by the first group; then by all groups, so that the order is one."""
    groups = [f"by_{c.key}" for c in columns if isinstance(c, Dimension)]
    key, down = query.sort.removeprefix("-"), query.sort.startswith("-")
    chosen = next((c for c in columns if c.key == key), None)
    if query.sort and chosen is None:
        raise Invalid(fields={"sort": _("There is no column “{key}”.").format(key=key)})
    if chosen is None:
        return [*groups, "in_currency"]
    name = F(f"{'by' if isinstance(chosen, Dimension) else 'sum'}_{key}")
    return [name.desc(nulls_last=True) if down else name.asc(nulls_last=True), *groups, "in_currency"]


# --- out ------------------------------------------------------------------------------------------------------------


def table(result: Result) -> Iterator[list[Any]]:
    """Heading, rows and totals, as plain values: days as days, figures as figures."""
    yield [*(str(c.label) for c in result.columns), "Currency"]
    for row in result.rows:
        yield _values(row, result)
    for row in result.totals:
        yield ["Total", *_values(row, result)[1:]]


def _values(row: tuple[Any, ...], result: Result) -> list[Any]:
    """The cells of a row, and its currency behind them."""
    places = exponent(row[-1]) if row[-1] else 2
    return [_value(v, c.shape, places) for v, c in zip(row, result.columns, strict=False)] + [row[-1]]


def _value(value: Any, shape: Shape, places: int) -> Any:
    if isinstance(value, Decimal):
        return round(value, places) if shape is Shape.MONEY else value.normalize()
    return value.strftime("%Y-%m") if shape is Shape.MONTH and value else value


def as_csv(actor: Actor, result: Result) -> bytes:
    actor.require(Permission.EXPORT)
    held = io.StringIO()
    writer = csv.writer(held)
    for row in table(result):
        writer.writerow([f"{v:f}" if isinstance(v, Decimal) else safe(v) for v in row])
    return ("\ufeff" + held.getvalue()).encode()


def as_xlsx(actor: Actor, result: Result) -> bytes:
    actor.require(Permission.EXPORT)
    return xlsx.write(str(result.report.label), table(result))
