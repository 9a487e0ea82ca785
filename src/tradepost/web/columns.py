"""Columns for lists. Each knows its place on a phone, where a row becomes a card: ``at-title`` and ``at-end`` make the
first line, ``at-sub`` and ``at-end2`` the second, ``at-hide`` is left out, anything else is a labelled line below."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, ClassVar

import django_tables2 as tables
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from tradepost.web.templatetags.ui import icon, initials, money, price, tint, tone


def _cell(place: str, extra: str = "") -> dict[str, Any]:
    classes = f"{place} {extra}".strip()
    return {"td": {"class": classes}, "th": {"class": extra}}


def link(url: str, text: object) -> str:
    """A link within a cell."""
    return format_html('<a href="{}">{}</a>', url, text)


class Select(tables.CheckBoxColumn):
    """The checkbox of a row, sent as ``pk``; the bulk bar counts them."""

    def __init__(self, **kwargs: Any) -> None:
        box = {"class": "form-check-input"}
        attrs = {
            **_cell("at-select", "col-select"),
            "th__input": {**box, "aria-label": _("Select all rows of this page"), "data-all": ""},
            "td__input": {**box, "aria-label": _("Select this row")},
        }
        super().__init__(accessor="pk", orderable=False, attrs=attrs, **kwargs)

    def render(self, value: Any, bound_column: Any, record: Any) -> str:
        label = _("Select {record}").format(record=record)
        return format_html(
            '<input type="checkbox" class="form-check-input" name="pk" value="{}" aria-label="{}">',
            value,
            label,
        )


class Title(tables.Column):
    """The record's own name or number, linked to its page (``linkify``); ``whole``: it is never broken."""

    def __init__(self, *, place: str = "at-title", whole: bool = False, **kwargs: Any) -> None:
        kwargs.setdefault("linkify", True)
        super().__init__(
            attrs={**_cell(place, "text-nowrap" if whole else ""), "a": {"class": "fw-semibold text-reset"}},
            **kwargs,
        )

    def render(self, value: Any, record: Any) -> str:
        return with_memo(record, value)


def with_memo(record: Any, value: Any) -> str:
    """What names a record, with a pin behind it where a memo is pinned on it."""
    memo = getattr(record, "pinned", "")
    if not memo:
        return str(value)
    return format_html(
        '{} <span class="memo-pin" title="{}">{}<span class="visually-hidden">{}</span></span>',
        value,
        memo,
        icon("pin", 13),
        _("Pinned memo: {memo}").format(memo=memo),
    )


class Plain(tables.Column):
    """Text. ``place`` says where it stands on a phone; ``whole``: it is never broken, as a number."""

    def __init__(self, *, place: str = "at-hide", whole: bool = False, **kwargs: Any) -> None:
        super().__init__(attrs=_cell(place, "text-nowrap" if whole else ""), **kwargs)


class Status(tables.Column):
    """A status pill; the label comes from ``get_<field>_display``."""

    def __init__(self, *, place: str = "at-end2", **kwargs: Any) -> None:
        super().__init__(attrs=_cell(place), **kwargs)

    def render(self, value: Any, record: Any, bound_column: Any) -> str:
        raw = bound_column.accessor.resolve(record)
        display = getattr(record, f"get_{bound_column.name}_display", None)
        return format_html(
            '<span class="status status-{}"><span class="status-dot"></span>{}</span>',
            tone(raw),
            display() if display else value,
        )


class Money(tables.Column):
    """An amount in the record's ``currency``, or the company's where it names none."""

    def __init__(self, *, place: str = "at-end", **kwargs: Any) -> None:
        super().__init__(attrs=_cell(place, "text-end tabular"), **kwargs)

    def render(self, value: Decimal, record: Any, table: Any) -> str:
        currency = getattr(record, "currency", "") or table.request.membership.organisation.currency
        return self.write(value, currency)

    write: ClassVar[Callable[..., str]] = staticmethod(money)


class Price(Money):
    """The price of one, with all its decimals."""

    write: ClassVar[Callable[..., str]] = staticmethod(price)


class Number(tables.Column):
    """A count or quantity."""

    def __init__(self, *, place: str = "", **kwargs: Any) -> None:
        super().__init__(attrs=_cell(place, "text-end tabular"), **kwargs)


class Day(tables.Column):
    """A date, short; of an instant the day here. Not the library's column, which compiles a template for every cell."""

    def __init__(self, *, place: str = "at-hide", format: str = "DATE_FORMAT", **kwargs: Any) -> None:
        super().__init__(attrs=_cell(place, "text-nowrap"), **kwargs)
        self.format = format

    def render(self, value: date) -> str:
        here = timezone.localtime(value) if isinstance(value, datetime) else value
        return _written(here, self.format, get_language() or "")


@lru_cache(maxsize=4096)
def _written(day: date, format: str, language: str) -> str:
    """A list has few days many times, and writing one takes longer than the rest of its cell."""
    return date_format(day, format)


class Person(tables.Column):
    """Somebody of ours, with initials."""

    def __init__(self, *, place: str = "at-hide", **kwargs: Any) -> None:
        super().__init__(attrs=_cell(place), **kwargs)

    def render(self, value: Any) -> str:
        name = str(value)
        return format_html(  # not a template: it stands in every row
            '<span class="who"><span class="avatar avatar-xs {}" aria-hidden="true">{}</span>{}</span>',
            tint(name),
            initials(name),
            name,
        )
