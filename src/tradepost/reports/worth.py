"""The amounts of a report, each in its document's currency or all in the company's at the rate of each document."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, CharField, DecimalField, F, Q, QuerySet, Value, When
from django.db.models.functions import Round

from tradepost.kit.errors import Invalid
from tradepost.kit.money import exponent
from tradepost.reports.catalogue import Report

_RATE = DecimalField(max_digits=18, decimal_places=8)
_WORTH = DecimalField(max_digits=24, decimal_places=4)


def valued(
    report: Report, rows: QuerySet[Any], currency: str, company: str
) -> tuple[QuerySet[Any], Any, int]:
    """The rows with their amounts as ``its_…``, the expression of their currency, and how many documents are left out since
    they have no rate. Each amount of a document is rounded by itself, so that sums are sums of what documents show."""
    if currency not in ("", "company") or (currency and not report.amounts):
        raise Invalid(fields={"currency": "This report is shown in each currency by itself."})
    if not currency:
        return rows.annotate(**{f"its_{name}": F(name) for name in report.amounts}), F(report.currency), 0
    path = report.currency.removesuffix("currency")
    own, known = Q(**{report.currency: company}), Q(**{f"{path}exchange_rate__isnull": False})
    rate: Any = Case(When(own, then=Value(1)), default=F(f"{path}exchange_rate"), output_field=_RATE)
    worth = {
        f"its_{name}": Round(F(name) * rate, precision=exponent(company), output_field=_WORTH)
        for name in report.amounts
    }
    documents = rows.exclude(own | known).order_by().values(f"{path}pk" if path else "pk")
    return (
        rows.filter(own | known).annotate(**worth),
        Value(company, output_field=CharField()),
        documents.distinct().count(),
    )
