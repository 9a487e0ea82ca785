"""The values of the audit trail and of sync runs, as people read them: before and after, field by field."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from tradepost.web.kinds import STATES
from tradepost.web.sentences import told
from tradepost.web.templatetags.ui import figure, money
from tradepost.web.trail_words import label
from tradepost.web.trail_words import models as tables

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?")
_FIGURE = re.compile(r"-?\d{1,18}\.\d{1,18}")
_MONEY = {"price", "unit_price", "amount", "subtotal", "discount", "freight", "tax", "total", "net", "deposit",
          "applied", "credit_limit", "budget", "revenue", "value"}  # fmt: skip
_SENTENCES = {"reason", "cure", "message", "problem", "status_reason", "state_reason"}
_OWN = {"id", "key", "position"}  # of no use to a reader, within what is nested
_DEEP = 3


class Change(NamedTuple):
    """One field: what stood there and what stands there, as lines; None where there was nothing to tell."""

    label: str
    before: list[str] | None
    after: list[str] | None


def changed(kind: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """What an entry about a record of this kind changed, by the fields' labels."""
    currency = str(after.get("currency") or before.get("currency") or "")
    return sorted(
        Change(label(name), *(_lines(kind, name, side.get(name), currency) for side in (before, after)))
        for name in {**before, **after}
    )


def synced(kind: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """What a run wrote, here and there. Of what it keeps besides to take itself back nobody reads anything."""
    if not {"app", "remote"} & {*before, *after}:
        return changed(kind, before, after)
    rows = []
    for side, where in (("app", _("Here")), ("remote", _("There"))):
        write = after.get(side) or {}
        was = write.get("before") or (before.get(side) or {}).get("fields") or {}
        now = write.get("after") or {}
        names = [name for name in {**was, **now} if was.get(name) != now.get(name)]
        both = ({name: side.get(name) for name in names} for side in (was, now))
        rows += [one._replace(label=f"{where} · {one.label}") for one in changed(kind, *both)]
    return rows


def shown(rows: Sequence[Change]) -> str:
    """The same as the cell of a list."""
    return render_to_string("audit/change.html", {"rows": rows})


def _lines(kind: str, name: str, value: Any, currency: str) -> list[str] | None:
    if value is None:
        return None
    if isinstance(value, Mapping):
        return [f"{label(k)}: {said('', k, v, currency)}" for k, v in value.items() if _tells(k, v)] or ["–"]
    if (
        isinstance(value, Sequence)
        and not isinstance(value, str)
        and any(isinstance(v, Mapping) for v in value)
    ):
        return [said("", name, one, currency) for one in value]
    return [said(kind, name, value, currency)]


def said(kind: str, name: str, value: Any, currency: str = "", deep: int = _DEEP) -> str:
    """One value on one line; ``kind`` is the table whose field it is, if it is one's."""
    if value is None or value in ("", [], {}):
        return "–"
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, Mapping):
        inner = [(k, v) for k, v in value.items() if _tells(k, v)]
        words = (f"{label(k)}: {said('', k, v, currency, deep - 1)}" for k, v in inner)
        return ", ".join(words) if deep else str(value)
    if isinstance(value, (list, tuple)):
        return ", ".join(said(kind, name, v, currency, deep - 1) for v in value) if deep else str(value)
    return _word(kind, name, str(value), currency)


def _tells(name: str, value: Any) -> bool:
    """Whether a value within another one says something."""
    return name not in _OWN and value not in (None, "", [], {}, False)


def _word(kind: str, name: str, text: str, currency: str) -> str:
    if name in _SENTENCES:
        return told(text)
    if name == "status" and kind == "document" and text in STATES:
        return str(STATES[text])
    if chosen := _choices(kind, name).get(text):
        return _(str(chosen))
    if _INSTANT.fullmatch(text):
        return _instant(text)
    if _DAY.fullmatch(text):
        return _day(text)
    return _number(name, text, currency) if _FIGURE.fullmatch(text) else text


def _day(text: str) -> str:
    try:
        return date_format(date.fromisoformat(text), "DATE_FORMAT")
    except ValueError:
        return text


def _instant(text: str) -> str:
    try:
        at = parse_datetime(text)
    except ValueError:
        return text
    if not isinstance(at, datetime):
        return text
    return date_format(timezone.localtime(at) if timezone.is_aware(at) else at, "SHORT_DATETIME_FORMAT")


def _number(name: str, text: str, currency: str) -> str:
    """Money to the cent, unless it has more than cents; every other figure as short as it is exact."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return text
    exact = value.normalize().as_tuple().exponent
    return money(value, currency) if name in _MONEY and int(exact) >= -2 else figure(value)


def _choices(kind: str, name: str) -> dict[str, Any]:
    model = tables().get(kind)
    try:
        field: Any = model._meta.get_field(name) if model else None
    except FieldDoesNotExist:
        return {}
    flat = getattr(field, "flatchoices", ()) if isinstance(field, models.Field) else ()
    return {str(key): words for key, words in flat}
