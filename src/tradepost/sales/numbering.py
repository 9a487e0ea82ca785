"""Ref # (B26): a pattern per kind of document, such as ``SO-{n:05}`` or ``{yyyy}/{mm}-{n}``.

Fields: ``{n}`` or ``{n:05}`` (padded to five digits), ``{yyyy}``, ``{yy}``, ``{mm}``. Who takes a number
holds the lock of its counter; this module only writes and reads numbers.
"""

from __future__ import annotations

import re
from datetime import date
from typing import NamedTuple

from django.utils.translation import gettext as _

from tradepost.kit.errors import Invalid
from tradepost.kit.words import gettext_noop

LONGEST = 40
_FIELD = re.compile(r"\{(?:n(?::0?(?P<width>[1-9]))?|yyyy|yy|mm)\}")
_TOUCHED = re.compile(r"[\d}]\{n|\{n[^}]*\}[\d{]")
_FIELDS = {"{yyyy}": r"(?P<yyyy>\d{4})", "{yy}": r"(?P<yy>\d\d)", "{mm}": r"(?P<mm>\d\d)"}
_CURE = gettext_noop("Use {n} or {n:05} once, and {yyyy}, {yy}, {mm} as you like, for example SO-{n:05}.")


class Ref(NamedTuple):
    """What a Ref # says. ``year`` and ``month`` are None where the pattern has none; a year of two digits is
    20xx."""

    n: int
    year: int | None
    month: int | None


def check_pattern(pattern: str) -> str:
    """The pattern, trimmed; ``Invalid`` unless every number that it makes can be told from the next."""
    pattern = pattern.strip()
    names = [m.group() for m in _FIELD.finditer(pattern)]
    rest = _FIELD.sub("", pattern)
    if "{" in rest or "}" in rest or sum(name.startswith("{n") for name in names) != 1:
        raise Invalid(
            fields={"pattern": _("“{pattern}” is not a numbering pattern.").format(pattern=pattern)},
            cure=_(_CURE),
        )
    if "{mm}" in names and not {"{yyyy}", "{yy}"} & set(names):
        raise Invalid(
            fields={"pattern": _("A month without a year comes again.")}, cure=_("Add {yyyy} or {yy}.")
        )
    if len(set(names)) != len(names):
        raise Invalid(fields={"pattern": _("A field stands in the pattern twice.")}, cure=_("Keep it once."))
    if _TOUCHED.search(pattern):
        raise Invalid(
            fields={"pattern": _("{n} touches another figure.")}, cure=_("Put a dash or a letter between.")
        )
    if not rest.isprintable() or len(render(pattern, 10**9, date(2000, 1, 1))) > LONGEST:
        raise Invalid(
            fields={"pattern": _("The pattern is too long or not printable.")}, cure=_("Shorten it.")
        )
    return pattern


def render(pattern: str, n: int, day: date) -> str:
    """``render("SO-{yyyy}-{n:04}", 7, day)`` → ``"SO-2026-0007"``. A number that outgrows its width is
    written whole."""
    values = {"{yyyy}": f"{day.year:04}", "{yy}": f"{day.year % 100:02}", "{mm}": f"{day.month:02}"}
    return _FIELD.sub(lambda m: values.get(m.group()) or f"{n:0{m['width'] or 1}}", pattern)


def parse(pattern: str, ref: str) -> Ref | None:
    """The parts of a Ref # in any case and with spaces about it; None if the pattern did not make it."""
    regex, at = "", 0
    for found in _FIELD.finditer(pattern):
        regex += re.escape(pattern[at : found.start()])
        regex += _FIELDS.get(found.group()) or rf"(?P<n>\d{{{found['width'] or 1},}})"
        at = found.end()
    match = re.fullmatch(regex + re.escape(pattern[at:]), ref.strip(), re.IGNORECASE | re.ASCII)
    if not match:
        return None
    parts = match.groupdict()
    year = parts.get("yyyy") or (f"20{parts['yy']}" if parts.get("yy") else None)
    return Ref(int(parts["n"]), int(year) if year else None, int(parts["mm"]) if parts.get("mm") else None)


def period(pattern: str, day: date) -> str:
    """The key under which a counter counts: it begins at one again with each year or month that the pattern
    names."""
    names = {m.group() for m in _FIELD.finditer(pattern)}
    year = f"{day.year:04}" if names & {"{yyyy}", "{yy}"} else ""
    return f"{year}-{day.month:02}" if "{mm}" in names else year
