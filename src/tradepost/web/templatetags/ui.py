"""Tags and filters of the look: icons, initials, tones, money, the bar chart."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any
from zlib import crc32

import lucide
from django import template
from django.template.base import render_value_in_context
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django_tables2 import Table

from tradepost.kit import links
from tradepost.kit.figures import typed
from tradepost.kit.money import exponent
from tradepost.web import cells
from tradepost.web.figures import in_currency, written
from tradepost.web.parts import Point
from tradepost.web.sentences import told

register = template.Library()
register.filter("told", told)
register.filter("typed", typed)
register.filter("dialled", links.phone)

_BETWEEN = re.compile(r"\s*\n\s*|(?<=\") (?=/>)")  # of the shapes of an icon
_PATH = re.compile(r'(?<= d=")[^"]*')
_ARC = re.compile(r"[aA]([^A-Za-z]*)")
_STEP = re.compile(r"[A-Za-z]|-?(?:\d+\.?\d*|\.\d+)")  # a command of a path, or a number


@register.simple_tag
def icon(name: str, size: int = 18, css: str = "") -> SafeString:
    """A Lucide icon as inline SVG, hidden from screen readers: a label stands beside it or on its button."""
    return _svg(str(name), size, str(css))


@cache
def _svg(name: str, size: int, css: str) -> SafeString:
    """How its lines are drawn is the business of the class ``i``: a page has a hundred icons and a weight to keep."""
    _opening, _end, shapes = lucide._render_icon(name, None).partition(">")
    shapes = _PATH.sub(lambda path: in_tenths(path[0]), shapes)
    classes = f"i {css}".strip()
    return format_html(
        '<svg class="{}" width="{}" height="{}" viewBox="0 0 24 24" aria-hidden="true">{}',
        classes,
        size,
        size,
        mark_safe(_BETWEEN.sub("", shapes)),  # noqa: S308 - drawn by the icon library from our own names
    )


def in_tenths(path: str) -> str:
    """A path with its numbers to a tenth of a unit, of which an icon is 24 wide: nobody sees less, and pages weigh less. One
    that writes the flags of its arcs without spaces stays as it is."""
    if any(len(_STEP.findall(arc)) % 7 for arc in _ARC.findall(path)):
        return path
    drawn = ""
    for step in _STEP.findall(path):
        if not step.isalpha():
            step = f"{round(float(step), 1) or 0:g}"
            drawn += "" if step[0] == "-" or drawn[-1:].isalpha() else " "
        drawn += step
    return drawn


@register.simple_tag(takes_context=True)
def table_rows(context: template.Context, table: Table) -> SafeString:
    """The rows of a list's page. Written here because a page has hundreds of cells: as template nodes they take
    half as long again as the rest of the page."""
    starts = [
        format_html('<td {} data-label="{}">', column.attrs["td"].as_html(), column.verbose_name)
        for column in table.columns
    ]
    rows = (
        (
            row.attrs.as_html(),
            row.record.pk,
            mark_safe(  # noqa: S308 - the starts are escaped above, the cells by Django's own rule
                "".join(
                    f"{start}{render_value_in_context(value, context)}</td>"
                    for start, value in zip(starts, values, strict=True)
                )
            ),
        )
        for row, values in cells.rows(table)
    )
    return format_html_join("\n", '<tr {} id="row-{}">{}</tr>', rows)


@register.simple_tag
def nav_lines(lines: Iterable[Mapping[str, Any]]) -> SafeString:
    """The lines of a group of the sidebar. In code, as the rows of a list are: they stand on every page."""
    return format_html_join(
        "", '<li><a href="{}" class="side-link{}"{}>{}<span>{}</span>{}</a></li>', map(_nav_line, lines)
    )


def _nav_line(line: Mapping[str, Any]) -> tuple[object, ...]:
    marks = mark_safe(' aria-current="page"') if line["on"] else ""
    keys = format_html(' data-keys="{}"', line["keys"]) if line["keys"] else ""
    badge = format_html('<span class="count">{}</span>', line["badge"]) if line["badge"] else ""
    return (
        line["url"],
        " on" if line["on"] else "",
        format_html("{}{}", marks, keys),
        _svg(line["icon"], 18, ""),
        line["label"],
        badge,
    )


@register.simple_tag
def menu_lines(items: Iterable[Any]) -> SafeString:
    """The lines of the New menu and of the gear menu."""
    return format_html_join(
        "", '<a class="dropdown-item" role="menuitem" href="{}"{}>{}{}{}</a>', map(_menu_line, items)
    )


def _menu_line(item: Any) -> tuple[object, ...]:
    keys = getattr(item, "keys", "")
    return (
        reverse(item.url_name),
        format_html(' data-keys="{}"', keys) if keys else "",
        _svg(item.icon, 17, ""),
        item.label,
        format_html("<kbd>{}</kbd>", keys.upper()) if keys else "",
    )


@register.filter
def of(row: Mapping[str, Any] | None, name: str) -> Any:
    """A value of a row by a name that is known only there."""
    return row.get(name, "") if row else ""


@register.filter
def initials(name: object) -> str:
    words = [word for word in str(name).replace("&", " ").split() if word[0].isalnum()]
    return "".join(word[0] for word in words[:2]).upper() or "?"


@register.filter
def tint(name: object) -> str:
    """One of eight hues, always the same for a name."""
    return f"tint-{crc32(str(name).encode()) % 8}"


TONES = {
    "blue": "open new sent answered queued sending booked running syncing invited processing confirmed scheduled issued picking approved prospect contacted qualify propose planned",
    "green": "shipped done paid accepted active connected healthy completed closed delivered ok picked received deposited applied won resolved qualified converted",
    "orange": "partial partly partly_paid partly_shipped partially_shipped part_shipped warn warning waiting pending overdue review backorder negotiate in_progress",
    "red": "hold on_hold bounced late failed error declined lost broken disconnected rejected written_off high disqualified",
}
_TONE = {word: colour for colour, words in TONES.items() for word in words.split()}


@register.filter
def tone(value: object) -> str:
    """The colour of a state; what is unknown, like a draft or what is cancelled, is grey."""
    return _TONE.get(str(value).lower(), "secondary")


KINDS = {
    "email_in": ("mail", "blue"),
    "email_out": ("send", "blue"),
    "note": ("sticky-note", "yellow"),
    "memo": ("message-square", "purple"),
    "call": ("phone", "green"),
    "task": ("circle-check-big", "orange"),
    "event": ("calendar-days", "teal"),
    "status": ("flag", "teal"),
    "sync": ("refresh-cw", "purple"),
}


@register.filter
def kind_icon(kind: str) -> str:
    return KINDS.get(kind, ("circle-dot", ""))[0]


@register.filter
def kind_tone(kind: str) -> str:
    return KINDS.get(kind, ("", "secondary"))[1]


FILE_ICONS = {
    "pdf": "file-text",
    "png": "file-image",
    "jpg": "file-image",
    "jpeg": "file-image",
    "gif": "file-image",
    "csv": "file-spreadsheet",
    "xls": "file-spreadsheet",
    "xlsx": "file-spreadsheet",
    "zip": "file-archive",
    "eml": "mail",
}


@register.filter
def file_icon(name: str) -> str:
    return FILE_ICONS.get(str(name).rpartition(".")[2].lower(), "file")


@register.filter
def money(amount: Decimal | float | None, currency: str = "") -> str:
    """``1234.5, "USD"`` → ``$1,234.50``, with as many decimals as the currency has; a minus sign stands before the symbol. None is
    an empty string."""
    return "" if amount is None else in_currency(amount, currency)


@register.filter
def price(amount: Decimal, currency: str) -> str:
    """The price of one, with all its decimals: ``0.0125, "USD"`` → ``$0.0125``."""
    return in_currency(amount, currency, max(exponent(currency), _places(amount)))


def _places(value: Decimal) -> int:
    """How many decimals a figure has, zeros at its end not counted."""
    return max(0, -int(value.normalize().as_tuple().exponent))


@register.filter
def figure(value: Decimal | str | int | None) -> str:
    """A rate or quantity as short as it is exact, as the company writes it: ``6.6250`` → ``6.625``, ``1234.50`` → ``1,234.5``."""
    return "" if value is None or value == "" else written(Decimal(value))


@register.filter
def percent(part: float, whole: float) -> int:
    return min(100, max(0, round(part / whole * 100))) if whole else 0


_SHORT = 3  # letters that fit below a bar on a phone, as a day or a month does


@register.simple_tag
def bar_chart(points: Sequence[Point], label: str) -> SafeString:
    """Bars as SVG, with the figures as a list for screen readers."""
    top = max((p.value for p in points), default=0)
    bottom = min(0, *(p.value for p in points)) if points else 0
    bars = format_html_join(
        "",
        '<rect x="{}" y="{}" width="0.72" height="{}" rx="0.06"><title>{}</title></rect>',
        _rects(points, max(top, 0), bottom),
    )
    labels = format_html_join("", '<span aria-hidden="true">{}</span>', ((p.label,) for p in points))
    spoken = "; ".join(p.title or f"{p.label}: {p.value:g}" for p in points)
    return format_html(
        '<figure class="chart{}"><svg viewBox="0 0 {} 100" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>'
        '<figcaption class="chart-labels">{}</figcaption></figure>',
        " chart-long" if any(len(p.label) > _SHORT for p in points) else "",
        max(len(points), 1),
        f"{label}. {spoken}",
        bars,
        labels,
    )


def _rects(points: Sequence[Point], top: float, bottom: float) -> list[tuple[Any, ...]]:
    """What is below zero hangs down from the line on which the others stand."""
    scale = 98 / ((top - bottom) or 1)
    zero = 100 + bottom * scale
    heights = [max(abs(p.value) * scale, 1.5) for p in points]
    return [
        (f"{i + 0.14:.2f}", f"{zero if p.value < 0 else zero - h:.2f}", f"{h:.2f}", p.title or p.label)
        for i, (p, h) in enumerate(zip(points, heights, strict=True))
    ]


@register.filter
def day_name(day: date) -> str:
    """``Today``, ``Yesterday``, or the day in full; the year only when it is not this one."""
    today = timezone.localdate()
    if day == today:
        return _("Today")
    if day == today - timedelta(days=1):
        return _("Yesterday")
    return date_format(day, "DAY_OF_THIS_YEAR_FORMAT" if day.year == today.year else "DAY_IN_FULL_FORMAT")
