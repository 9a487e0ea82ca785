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
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tradepost.accounts.access import ROLE_LABELS, Permission, Role
from tradepost.accounts.tenancy import named
from tradepost.sales.versions import LINE
from tradepost.web.abilities import ABILITIES
from tradepost.web.kinds import STATES
from tradepost.web.sentences import told
from tradepost.web.templatetags.ui import figure, money
from tradepost.web.trail_labels import HIDDEN, SERVER
from tradepost.web.trail_words import label
from tradepost.web.trail_words import models as tables
from tradepost.web.trail_words import synced as wording

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?")
_FIGURE = re.compile(r"-?\d{1,18}\.\d{1,18}")
_MONEY = {"price", "unit_price", "amount", "subtotal", "discount", "freight", "tax", "total", "net", "deposit",
          "applied", "credit_limit", "budget", "revenue", "value"}  # fmt: skip
_SENTENCES = {"reason", "cure", "message", "problem", "status_reason", "state_reason"}
_RECORD = re.compile(r"(\w+) (\d{1,18})")
_CODES = {  # of calendars
    "accepted": gettext_noop("accepted"),
    "declined": gettext_noop("declined"),
    "tentative": gettext_noop("tentative"),
    "needs-action": gettext_noop("no answer yet"),
    "chair": gettext_noop("chair"),
    "req-participant": gettext_noop("needed"),
    "opt-participant": gettext_noop("optional"),
    "non-participant": gettext_noop("for information"),
}
_RIGHTS = {"permissions", "scopes"}
_WHERE = {"app", "remote"}  # the sides of what a sync wrote
_KEPT = {"message"}  # what a run keeps by its key to take itself back
_OWN = {*HIDDEN, "key", "position"}  # of no use to a reader, within what is nested
_EMPTY: tuple[Any, ...] = (None, "", [], {})
_DEEP = 3


class Change(NamedTuple):
    """One field: what stood there and what stands there, as lines; None where there was nothing to tell."""

    label: str
    before: list[str] | None
    after: list[str] | None


Key = tuple[type[models.Model], str]  # of a record: its table, and its key there
Names = Mapping[Key, str]


def changed(
    kind: str, before: Mapping[str, Any], after: Mapping[str, Any], names: Names | None = None
) -> list[Change]:
    """What an entry about a record of this kind changed, by the fields' labels; not what was empty and still is."""
    currency = str(after.get("currency") or before.get("currency") or "")
    found = []
    for name in {**before, **after}:
        both = (before.get(name), after.get(name))
        if name in HIDDEN or (both[0] is None and both[1] in _EMPTY):
            continue
        was, now = (_lines(kind, name, _named(kind, name, value, names), currency) for value in both)
        found.append(Change(label(name), was, now))
    return sorted(found, key=lambda change: change.label)


def leads_to(kind: str, name: str, value: Any) -> list[Key]:
    """The records that a field's value names by their keys: as a column, as a number beside the columns under the name of its
    table, or as ``["customer 7"]``."""
    if name == "records" and isinstance(value, list):
        parts = (_RECORD.fullmatch(str(one)) for one in value)
        return [(model, part[2]) for part in parts if part and (model := tables().get(part[1]))]
    if field := _field(kind, name):
        model = field.related_model if isinstance(field, models.ForeignKey) else None
    else:
        model = tables().get(name) if type(value) is int else None
    return [(model, str(value))] if model and value is not None else []


def _named(kind: str, name: str, value: Any, names: Names | None) -> Any:
    """The value with the names of the records in it, as far as they are known."""
    keys = leads_to(kind, name, value) if names else []
    if not names or not keys:
        return value
    if name != "records":
        return names.get(keys[0], value)
    return [f"{capfirst(named(model))} {names.get((model, key), key)}" for model, key in keys]


def sides(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The fields of a record before and after, of a sync those here and those there."""
    if not _WHERE & {*before, *after}:
        return [before, after]
    return [fields for side in sorted(_WHERE) for fields in _written(side, before, after)]


def _written(
    side: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    write = after.get(side) or {}
    was = write.get("before") or (before.get(side) or {}).get("fields") or {}
    return was, write.get("after") or {}


def synced(
    kind: str, before: Mapping[str, Any], after: Mapping[str, Any], names: Names | None = None
) -> list[Change]:
    """What a run wrote, here and there. Of what it keeps besides to take itself back nobody reads anything."""
    if not _WHERE & {*before, *after}:
        told = [{name: one[name] for name in one if name not in _KEPT} for one in (before, after)]
        return changed(kind, told[0], told[1], names)
    rows = []
    for side, where in (("app", _("Here")), ("remote", _("There"))):
        was, now = _written(side, before, after)
        for name in sorted(n for n in {**was, **now} if was.get(n) != now.get(n)):
            one = changed(kind, {name: was.get(name)}, {name: now.get(name)}, names)
            rows += [change._replace(label=f"{where} · {wording(name)}") for change in one]
    return rows


def shown(rows: Sequence[Change]) -> str:
    """The same as the cell of a list."""
    return render_to_string("audit/change.html", {"rows": rows})


def _lines(kind: str, name: str, value: Any, currency: str) -> list[str] | None:
    if value is None:
        return None
    if isinstance(value, Mapping):
        told = [(k, v) for k, v in value.items() if _tells(k, v)]
        return [f"{_part(name, k)}: {said('', k, v, currency)}" for k, v in told] or ["–"]
    if (
        isinstance(value, Sequence)
        and not isinstance(value, str)
        and any(isinstance(v, Mapping) for v in value)
    ):
        return [_part_of(name, one, currency) for one in value]
    return [said(kind, name, value, currency)]


def _part_of(name: str, one: Any, currency: str) -> str:
    """One of several things within a field; of a document's line what it is called, then what it says, in the order of its page."""
    if name != "lines" or not isinstance(one, Mapping):
        return said("", name, one, currency)
    title = " ".join(str(one[k]) for k in ("sku", "description") if one.get(k))
    told = [(k, one[k]) for k in LINE[2:] if k in one and _tells(k, one[k])]
    return " – ".join(
        filter(None, [title, ", ".join(f"{label(k)}: {said('', k, v, currency)}" for k, v in told)])
    )


def _part(name: str, key: str) -> str:
    """What is called a part of a field: its label, or the day from which it counts."""
    if _DAY.fullmatch(key):
        return _day(key)
    return label(SERVER.get(key, key) if name == "config" else key)


def said(kind: str, name: str, value: Any, currency: str = "", deep: int = _DEEP) -> str:
    """One value on one line; ``kind`` is the table whose field it is, if it is one's."""
    if value in _EMPTY:
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
    return name not in _OWN and value not in (*_EMPTY, False)


def _word(kind: str, name: str, text: str, currency: str) -> str:
    if name in _SENTENCES:
        return told(text)
    if name in ("answer", "role") and text in _CODES:
        return _(_CODES[text])
    if name == "role" and text in set(Role):
        return str(ROLE_LABELS[Role(text)])
    if name in _RIGHTS and text in ABILITIES:
        return str(ABILITIES[Permission(text)].label)
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
    return date_format(timezone.localtime(at) if timezone.is_aware(at) else at, "DATETIME_FORMAT")


def _number(name: str, text: str, currency: str) -> str:
    """Money to the cent, unless it has more than cents; every other figure as short as it is exact."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return text
    exact = value.normalize().as_tuple().exponent
    return money(value, currency) if name in _MONEY and int(exact) >= -2 else figure(value)


def _choices(kind: str, name: str) -> dict[str, Any]:
    return {str(key): words for key, words in getattr(_field(kind, name), "flatchoices", ())}


def _field(kind: str, name: str) -> Any:
    model = tables().get(kind)
    try:
        return model._meta.get_field(name) if model else None
    except FieldDoesNotExist:
        return None
