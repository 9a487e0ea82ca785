"""Is it here already? Records that share an e-mail address, or whose names are near to each other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import islice
from typing import Any

from django.contrib.postgres.search import SearchQuery

from tradepost.accounts.access import Actor
from tradepost.kit.text import fold, fold_email
from tradepost.people.models import EmailAddress
from tradepost.people.queries import records

NEAR = 0.86  # of 1; "Harbour & Pine" and "Harbor Pine" are 0.96, "Harbor Pine" and "Harbor Mine" 0.91
MOST = 8
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
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Double:
    """A record that may be the same, and why: ``email`` or ``name``."""

    kind: str
    row: Any
    why: str


def bare(name: str) -> str:
    """A name as it is compared: folded, its words in order, without legal forms. ``"The Pine Co., Ltd."`` → ``"pine"``."""
    found = _WORD.findall(fold(name))
    return " ".join(sorted(word for word in found if word not in _LEGAL) or sorted(found))


def near(one: str, other: str) -> bool:
    """Whether two names may be one party's. Pure."""
    a, b = bare(one), bare(other)
    return bool(a) and (a == b or (len(a) > 4 and SequenceMatcher(None, a, b).ratio() >= NEAR))


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
        if holder.trashed_at is None:
            yield Double(holder._meta.model_name, holder, "email")


def _by_name(actor: Actor, kind: str, name: str) -> Iterator[Double]:
    words = [word[:5] for word in bare(name).split()][:6]
    if not words:
        return iter(())
    query = SearchQuery(" | ".join(f"{word}:*" for word in words), search_type="raw", config="simple")
    rows = records(actor, kind).filter(search=query).order_by("-id")[:300]
    return islice((Double(kind, row, "name") for row in rows if near(name, called(row))), MOST)


def called(row: Any) -> str:
    """The name by which a record is compared."""
    return str(row.company or row.person) if row._meta.model_name == "lead" else str(row)
