"""What a value of a custom field may be, how it is kept and how it is read. Pure.

Kept as JSON: a text as it is, a number as a text in its shortest form (``"12.5"``), so that no digit is lost, a day in
ISO form, yes and no as a truth value, several choices as a list. What is empty is not kept.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

SHORT, LONG = 200, 10_000  # characters of a line, and of a long text
MOST_TAGS, TAG_LENGTH = 30, 40
SEPARATOR = ";"  # between several choices in one cell or box
COLOURS = ("blue", "azure", "indigo", "purple", "pink", "red", "orange", "yellow", "lime", "green", "teal")
BETWEEN = "\x1f"  # between tags in the words of a record, so that one can be found and replaced there

_SPACE = re.compile(r"\s+")
_PHONE = re.compile(r"[0-9A-Za-z+(][0-9A-Za-z ()/.,#+*-]{1,48}")
_YES, _NO = ("yes", "true", "1", "on", "y"), ("no", "false", "0", "off", "n")


class FieldType(StrEnum):
    TEXT = "text"
    LONG = "long"
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    YES_NO = "yes_no"
    CHOICE = "choice"
    SEVERAL = "several"
    LINK = "link"
    EMAIL = "email"
    PHONE = "phone"

    @property
    def worded(self) -> bool:
        """Whether word search finds it."""
        return self not in (FieldType.NUMBER, FieldType.MONEY, FieldType.DATE, FieldType.YES_NO)

    @property
    def listed(self) -> bool:
        return self in (FieldType.CHOICE, FieldType.SEVERAL)


@dataclass(frozen=True, slots=True)
class Spec:
    """A custom field, as its values are checked. ``default`` is a value as it is kept, None for none."""

    key: str
    name: str
    type: FieldType
    required: bool = False
    default: Any = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Checked:
    """The values of a record to keep, and what is wrong with those given: a sentence by key."""

    values: Mapping[str, Any]
    problems: Mapping[str, str]


def check(
    specs: Sequence[Spec], given: Mapping[str, Any], held: Mapping[str, Any], *, new: bool = False
) -> Checked:
    """The ``held`` values of a record with those ``given`` in their place; an empty one takes its value away.

    A new record begins with the defaults. A required field must not be given empty, nor left out of a new record; one
    that came later does not stop a change of another field. What is held of a field that is no longer there stays.
    """
    known = {spec.key: spec for spec in specs}
    defaults = {s.key: s.default for s in specs if new and s.default is not None and s.key not in given}
    values, problems = {**held, **defaults}, {}
    for key, raw in given.items():
        if key not in known:
            problems[key] = _unknown(key, specs)
            continue
        try:
            value = read(known[key], raw)
        except ValueError as error:
            problems[key] = str(error)
            continue
        if value is None:
            values.pop(key, None)
        else:
            values[key] = value
    for spec in specs:
        asked = new or spec.key in given
        if spec.required and asked and spec.key not in values and spec.key not in problems:
            problems[spec.key] = _("Fill in {spec}.").format(spec=spec.name)
    return Checked(values, problems)


def _unknown(key: str, specs: Sequence[Spec]) -> str:
    there = ", ".join(spec.key for spec in specs)
    return _("There is no custom field “{key}” here. ").format(key=key) + (
        _("Known are: {there}.").format(there=there) if there else _("There is none.")
    )


def read(spec: Spec, raw: Any) -> Any:
    """A value as it is kept, from what a person typed or a program sent; None where it is empty.

    Raises ``ValueError`` with a sentence.
    """
    if isinstance(raw, str):
        raw = raw.strip()
        if "\0" in raw or BETWEEN in raw:
            raise ValueError(_("Remove the control characters."))
    if raw is None or raw == "" or raw == []:
        return None
    match spec.type:
        case FieldType.NUMBER | FieldType.MONEY:
            return _number(raw)
        case FieldType.DATE:
            return _day(raw)
        case FieldType.YES_NO:
            return _truth(raw)
        case FieldType.CHOICE:
            return _choice(spec, raw)
        case FieldType.SEVERAL:
            return _several(spec, raw)
        case _:
            return _text(spec.type, raw)


def _number(raw: Any) -> str:
    wrong = _("Write a number like 1250.75, with at most 18 digits and 6 decimals.")
    if isinstance(raw, bool) or not isinstance(raw, str | int | float | Decimal):
        raise ValueError(wrong)
    try:
        value = Decimal(str(raw))
    except InvalidOperation:
        raise ValueError(wrong) from None
    if not value.is_finite() or abs(value) >= 10**18 or value != round(value, 6):
        raise ValueError(wrong)
    return f"{value.normalize() + 0:f}"  # + 0: minus zero is zero


def _day(raw: Any) -> str:
    try:
        day = raw if isinstance(raw, date) else date.fromisoformat(str(raw))
    except ValueError:
        raise ValueError(_("Write the day like 2026-03-09.")) from None
    return date(day.year, day.month, day.day).isoformat()


def _truth(raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    word = str(raw).casefold()
    if word not in (*_YES, *_NO):
        raise ValueError(_("Write yes or no."))
    return word in _YES


def _choice(spec: Spec, raw: Any) -> str:
    found = {choice.casefold(): choice for choice in spec.choices}
    if not isinstance(raw, str) or raw.casefold() not in found:
        raise ValueError(_("Choose one of: {known}.").format(known=", ".join(spec.choices)))
    return found[raw.casefold()]


def _several(spec: Spec, raw: Any) -> list[str] | None:
    parts = raw.split(SEPARATOR) if isinstance(raw, str) else raw
    if not isinstance(parts, list | tuple):
        raise ValueError(_("Choose some of: {known}.").format(known=", ".join(spec.choices)))
    words = [part.strip() if isinstance(part, str) else part for part in parts]
    chosen = {_choice(spec, word) for word in words if word != ""}
    return [choice for choice in spec.choices if choice in chosen] or None


def _text(type: FieldType, raw: Any) -> str:
    if not isinstance(raw, str):
        raise ValueError(_("Write a text."))
    most = LONG if type is FieldType.LONG else SHORT
    if len(raw) > most:
        raise ValueError(_("Write at most {most} characters.").format(most=most))
    if type is not FieldType.LONG and len(raw.splitlines()) > 1:
        raise ValueError(_("Write it on one line."))
    if type is FieldType.LINK and not _web(raw):
        raise ValueError(_("Write a whole address like https://www.example.com/page."))
    if type is FieldType.PHONE and not _PHONE.fullmatch(raw):
        raise ValueError(_("Write a phone number like +1 603 555 0100."))
    if type is FieldType.EMAIL:
        try:
            validate_email(raw)
        except ValidationError:
            raise ValueError(_("Write an e-mail address like name@example.com.")) from None
    return raw


def _web(text: str) -> bool:
    """Only http and https: a link of another scheme could run a script in the page that shows it."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc) and not _SPACE.search(text)


def shown(type: FieldType, value: Any) -> str:
    """A kept value as a text that :func:`read` takes back."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{SEPARATOR} ".join(value) if isinstance(value, list) else str(value)


def words(specs: Sequence[Spec], values: Mapping[str, Any], tags: Sequence[str]) -> str:
    """What word search finds a record by: its tags, each between two of ``BETWEEN``, and its texts."""
    texts = [shown(s.type, values[s.key]) for s in specs if s.type.worded and s.key in values]
    marks = BETWEEN + "".join(f"{tag}{BETWEEN}" for tag in tags) if tags else ""
    return marks + " ".join(texts)


def tag_names(given: Sequence[Any]) -> list[str]:
    """Tags as they are kept, each once, whichever case. Raises ``ValueError`` with a sentence."""
    found: dict[str, str] = {}
    for raw in given:
        if not isinstance(raw, str):
            raise ValueError(_("A tag is a text."))
        name = _SPACE.sub(" ", raw).strip()
        if len(name) > TAG_LENGTH:
            raise ValueError(_("A tag has at most {most} characters.").format(most=TAG_LENGTH))
        if "," in name or SEPARATOR in name or not name.isprintable():
            raise ValueError(_("A tag has no comma, no semicolon and no control character."))
        if name:
            found.setdefault(name.casefold(), name)
    if len(found) > MOST_TAGS:
        raise ValueError(_("A record has at most {most} tags.").format(most=MOST_TAGS))
    return list(found.values())
