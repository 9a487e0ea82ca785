"""Is it here already? Records that share an e-mail address, or whose names are near to each other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import islice
from typing import Any

from django.contrib.postgres.search import SearchQuery

from tradepost.accounts.access import Actor
from tradepost.kit.text import fold, fold_email
from tradepost.people.models import EmailAddress, LeadStatus
from tradepost.people.queries import records

NEAR = 0.86  # of 1; "Harbour & Pine" and "Harbor Pine" are 0.96, "Harbor Pine" and "Harbor Mine" 0.91
MOST = 8
_ALSO = {"lead": ("customer", "contact")}  # who is that already is no lead
_LEGAL = frozenset(
    [
        "the",
        "and",
        "und",
        "et",
        "co",
        "company",
        "inc",
        "incorporated",
        "corp",
        "corporation",
        "ltd",
        "limited",
        "llc",
        "llp",
        "plc",
        "gmbh",
        "ag",
        "kg",
        "sa",
        "sarl",
        "srl",
        "bv",
        "nv",
        "ab",
        "oy",
        "as",
        "aps",
        "pty",
    ]
)
_WORD, _DIGITS = re.compile(r"[^\W_]+"), re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Double:
    """A record that may be the same, and why: ``email`` or ``name``."""

    kind: str
    row: Any
    why: str

    @property
    def told(self) -> dict[str, Any]:
        """For a program."""
        return {"kind": self.kind, "id": self.row.pk, "title": str(self.row), "why": self.why}


def bare(name: str) -> str:
    """A name as it is compared: folded, its words in order, without legal forms. ``"The Pine Co., Ltd."`` → ``"pine"``."""
    found = _WORD.findall(fold(name))
    return " ".join(sorted(word for word in found if word not in _LEGAL) or sorted(found))


def near(one: str, other: str) -> bool:
    """Whether two names may be one party's. Those that count differently ("Shop 12", "Shop 13") are two. Pure."""
    a, b = bare(one), bare(other)
    if not a or _DIGITS.findall(a) != _DIGITS.findall(b):
        return False
    return a == b or (len(a) > 4 and SequenceMatcher(None, a, b).ratio() >= NEAR)


def doubles(
    actor: Actor, kind: str, *, name: str = "", emails: Iterable[str] = (), but: int | None = None
) -> list[Double]:
    """Records that a new one with this name and these addresses may be; ``but`` is itself. Same address first."""
    found: dict[tuple[str, int], Double] = {}
    for double in (*_by_email(actor, emails), *_by_name(actor, kind, name)):
        if (double.kind, double.row.pk) != (kind, but):
            found.setdefault((double.kind, double.row.pk), double)
    return list(found.values())[:MOST]


def _by_email(actor: Actor, emails: Iterable[str]) -> Iterator[Double]:
    folded = {fold_email(email) for email in emails} - {""}
    rows = EmailAddress.objects.of(actor).filter(email__in=folded) if folded else EmailAddress.objects.none()
    for row in rows.select_related("contact", "customer", "vendor", "lead").order_by("id")[: MOST * 2]:
        holder: Any = row.contact or row.customer or row.vendor or row.lead
        converted = row.lead is not None and row.lead.status == LeadStatus.CONVERTED
        if holder.trashed_at is None and not converted:  # what the lead became has the address too
            yield Double(holder._meta.model_name, holder, "email")


def _by_name(actor: Actor, kind: str, name: str) -> Iterator[Double]:
    words = [word[:5] for word in bare(name).split()][:6]
    if not words:
        return iter(())
    query = SearchQuery(" | ".join(f"{word}:*" for word in words), search_type="raw", config="simple")
    found = (
        Double(one, row, "name")
        for one in (kind, *_ALSO.get(kind, ()))
        for archived in (False, True)
        for row in records(actor, one, archived=archived).filter(search=query).order_by("-id")[:300]
        if near(name, called(row))
    )
    return islice(found, MOST)


def called(row: Any) -> str:
    """The name by which a record is compared."""
    return str(row.company or row.person) if row._meta.model_name == "lead" else str(row)


def name_of(values: Mapping[str, Any]) -> str:
    """The name by which a record that is being entered is compared: of its company, else of the person. Pure."""
    person = " ".join(filter(None, (values.get("first_name"), values.get("last_name"))))
    return str(values.get("name") or values.get("company") or person)
