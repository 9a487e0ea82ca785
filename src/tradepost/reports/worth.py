"""The amounts of a report, each in its document's currency or all in the company's at the rate of each document."""

from __future__ import annotations

from typing import Any

from django.db.models import CharField, F, Q, QuerySet, Value
from django.utils.translation import gettext as _

from tradepost.kit.errors import Invalid
from tradepost.reports.catalogue import Report
from tradepost.sales.currencies import worth_of


def valued(
    report: Report, rows: QuerySet[Any], currency: str, company: str
) -> tuple[QuerySet[Any], Any, int]:
    """The rows with their amounts as ``its_…``, the expression of their currency, and how many documents are left out since
    they have no rate. Each amount of a document is rounded by itself, so that sums are sums of what documents show."""
    if currency not in ("", "company") or (currency and not report.amounts):
        raise own_currencies()
    if not currency:
        return rows.annotate(**{f"its_{name}": F(name) for name in report.amounts}), F(report.currency), 0
    path = report.currency.removesuffix("currency")
    own, known = Q(**{report.currency: company}), Q(**{f"{path}exchange_rate__isnull": False})
    worth = {f"its_{name}": worth_of(name, company, path) for name in report.amounts}
    documents = rows.exclude(own | known).order_by().values(f"{path}pk" if path else "pk")
    return (
        rows.filter(own | known).annotate(**worth),
        Value(company, output_field=CharField()),
        documents.distinct().count(),
    )


def own_currencies() -> Invalid:
    """Of a report that is asked for in the company's currency and cannot be."""
    return Invalid(fields={"currency": _("This report is shown in each currency by itself.")})
