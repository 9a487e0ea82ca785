"""The company's look on paper: logo, address, tax number, colour, and texts by kind of document and language."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from tradepost.accounts import audit
from tradepost.accounts.access import Actor, Permission
from tradepost.kit.errors import Invalid
from tradepost.kit.picture import picture
from tradepost.sales import pdf
from tradepost.sales.models import Letterhead
from tradepost.sales.state_table import Kind

LOGO_BYTES, LOGO_PIXELS = 100 * 1024, 500  # SalesOrder, set-up of the company: 500×500 px, 100 KB, jpg or png
EVERY = "all"  # the key of the texts of every kind that has none of its own
PARTS = ("intro", "closing", "footer")
FIELDS = ("address", "tax_number", "colour", "texts")
LONGEST = 2000
FOOTER_LINES, FOOTER_WIDTH = 5, 100  # what fits into the lower margin at its size of type

Texts = Mapping[str, Mapping[str, Mapping[str, str]]]
_BARE: pdf.Document = {
    "kind": Kind.INVOICE.value,
    "number": "–",
    "currency": "USD",
    "seller": [],
    "addresses": [],
    "fields": {},
    "lines": [],
    "sums": [],
}


def letterhead(organisation_id: int) -> Letterhead:
    """The company's, or an unsaved empty one."""
    found = Letterhead.objects.filter(organisation_id=organisation_id).first()
    return found or Letterhead(organisation_id=organisation_id)


def save_letterhead(actor: Actor, values: Mapping[str, Any]) -> Letterhead:
    """Set the given of :data:`FIELDS`. ``texts``: ``{kind or "all": {language: {part: text}}}``, where what is given for a
    kind and language replaces that alone; empty texts are dropped."""
    actor.require(Permission.COMPANY_SETTINGS)
    given: dict[str, Any] = {k: v.strip() if isinstance(v, str) else v for k, v in values.items()}
    if problems := _problems(given):
        raise Invalid(fields=problems)
    with transaction.atomic():
        row = _locked(actor)
        before = audit.snapshot(row)
        if "texts" in given:
            given["texts"] = merged(row.texts, given["texts"])
        for name, value in given.items():
            setattr(row, name, value)
        row.save()
        audit.record(actor, "letterhead.update", row, before)
    return row


def set_logo(actor: Actor, content: bytes | None) -> Letterhead:
    """Replace the logo, or with None take it away. What it is decides its content alone, and that it can be printed."""
    actor.require(Permission.COMPANY_SETTINGS)
    kind = _checked(content) if content is not None else ""
    with transaction.atomic():
        row = _locked(actor)
        before = {**audit.snapshot(row), "logo": len(row.logo)}
        row.logo, row.logo_type = content or b"", kind
        row.save(update_fields=["logo", "logo_type"])
        audit.record(actor, "letterhead.logo", row, before, {**audit.snapshot(row), "logo": len(row.logo)})
    return row


def _locked(actor: Actor) -> Letterhead:
    Letterhead.objects.get_or_create(organisation_id=actor.organisation_id)
    return Letterhead.objects.select_for_update().get(organisation_id=actor.organisation_id)


def _checked(content: bytes) -> str:
    """The type of a logo that may be kept. Raises ``Invalid``."""
    found = picture(content)
    if found is None:
        raise Invalid(fields={"logo": _("This is neither a PNG nor a JPEG picture.")})
    if len(content) > LOGO_BYTES or max(found.width, found.height) > LOGO_PIXELS:
        fact = _(
            "It has {width} × {height} pixels and {kilobytes} KB; at most 500 × 500 and 100 KB are allowed."
        )
        size = ceil(len(content) / 1024)
        raise Invalid(fields={"logo": fact.format(width=found.width, height=found.height, kilobytes=size)})
    try:
        pdf.render(_BARE, {"logo": content})
    except pdf.BadLogo:
        raise Invalid(fields={"logo": _("The picture is damaged and cannot be printed.")}) from None
    return found.content_type


def _problems(given: Mapping[str, Any]) -> dict[str, str]:
    problems = {k: _("There is no field “{name}”.").format(name=k) for k in given if k not in FIELDS}
    if not re.fullmatch(r"#[0-9a-f]{6}", given.get("colour", "#000000"), re.IGNORECASE):
        problems["colour"] = _("Write the colour like #1f5f8b.")
    if len(given.get("tax_number", "")) > 40:
        problems["tax_number"] = _("At most 40 characters are printed.")
    if len(given.get("address", "").splitlines()) > 6 or len(given.get("address", "")) > 400:
        problems["address"] = _("At most six lines and 400 characters are printed.")
    for kind, by_language in given.get("texts", {}).items():
        if kind != EVERY and kind not in set(Kind):
            problems["texts"] = _("There is no kind of document “{name}”.").format(name=kind)
        for language, parts in by_language.items():
            problems |= text_problems(language, parts)
    return problems


def text_problems(language: str, parts: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with the texts in one language, by part."""
    problems = {p: _("There is no text “{name}”.").format(name=p) for p in parts if p not in PARTS}
    if language not in dict(settings.LANGUAGES):
        problems["texts"] = _("There is no language “{name}”.").format(name=language)
    problems |= {
        p: _("At most 2,000 characters are printed.") for p, text in parts.items() if len(text) > LONGEST
    }
    rows = sum(
        max(1, ceil(len(line) / FOOTER_WIDTH)) for line in parts.get("footer", "").strip().splitlines()
    )
    if rows > FOOTER_LINES:
        problems["footer"] = _("At most five lines of 100 characters fit at the foot of the page.")
    return problems


def merged(texts: Texts, changes: Texts) -> dict[str, dict[str, dict[str, str]]]:
    """``texts`` with those of each kind and language of ``changes`` in place of what there was; without empty ones."""
    found = {kind: {lang: dict(parts) for lang, parts in by.items()} for kind, by in texts.items()}
    for kind, by in changes.items():
        for language, parts in by.items():
            kept = {part: text.strip() for part, text in parts.items() if text.strip()}
            found.setdefault(kind, {})[language] = kept
    full = {kind: {lang: parts for lang, parts in by.items() if parts} for kind, by in found.items()}
    return {kind: by for kind, by in full.items() if by}


def text(texts: Texts, kind: str, part: str, languages: Sequence[str]) -> str:
    """The text to print: in the first of ``languages`` that has one, and in it the kind's own before that of every kind."""
    ways = ((key, language) for language in languages for key in (kind, EVERY))
    found = (texts.get(key, {}).get(language, {}).get(part, "") for key, language in ways)
    return next(filter(None, found), "")


def layout(row: Letterhead, kind: str, tag: str, company_tag: str) -> pdf.Layout:
    """How a document of ``kind`` looks to a reader of the language ``tag`` (BCP 47) at a company of ``company_tag``."""
    languages = [tag.partition("-")[0], company_tag.partition("-")[0]]
    look: pdf.Layout = {
        "colour": row.colour,
        "language": tag,
        "intro": text(row.texts, kind, "intro", languages),
        "closing": text(row.texts, kind, "closing", languages),
    }
    if footer := text(row.texts, kind, "footer", languages):
        look["footer"] = [footer]
    if row.logo:
        look["logo"] = bytes(row.logo)
    return look
