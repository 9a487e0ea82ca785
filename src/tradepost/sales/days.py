"""The days of a document: which can be meant, and which follow each other."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date

from django.utils.translation import gettext as _

from tradepost.kit.errors import Invalid
from tradepost.sales.models import Document

YEARS = range(1900, 2201)
"""Others are typing mistakes, such as 0026 in a browser's field of a day."""


_DAYS = re.compile(
    r"\b(?:net(?:to)?|n)[\s./-]*(\d{1,3})\b"  # Net 30, 2/10 n/30
    r"|\b(\d{1,3})[\s-]*(?:days?|tagen?|jours?|d[ií]as|giorni|dagen|net(?:to)?(?!\s*\d))\b",  # 30 Tage netto
    re.IGNORECASE,
)


def days_in(terms: str) -> int:
    """The days after which one pays by terms that only their words tell: the longest they name, else none."""
    return max((int(net or plain) for net, plain in _DAYS.findall(terms)), default=0)


def check_days(row: Document, named: Collection[str]) -> None:
    """``Invalid`` where a day that is set anew, among the ``named``, cannot be meant."""
    sentence = _("The year must lie between {first} and {last}.")
    wrong = {
        name: sentence.format(first=YEARS.start, last=YEARS.stop - 1)
        for name in ("date", "promised", "due")
        if name in named and getattr(row, name) and as_date(getattr(row, name)).year not in YEARS
    }
    if wrong:
        raise Invalid(fields=wrong)
    if row.promised and row.date and as_date(row.promised) < as_date(row.date):
        raise Invalid(fields={"promised": _("The promised date lies before the date of the document.")})


def as_date(value: date | str) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)
