"""Is it here already? Records that share an e-mail address, or whose names are near to each other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import chain
from typing import Any

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db.models import F, Value
from django.db.models.functions import Abs, Coalesce, Concat, Length, NullIf

from tradepost.accounts.access import Actor
from tradepost.kit.text import fold, fold_email
from tradepost.people.models import EmailAddress, LeadStatus
from tradepost.people.queries import records

NEAR = 0.86  # of 1; "Harbour & Pine" and "Harbor Pine" are 0.96, "Harbor Pine" and "Harbor Mine" 0.91
MOST = 8
_LOOKED_AT = 300  # of those that share words: who shares most, then the nearest in length
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
    actor: Actor,
    kind: str,
    *,
    name: str = "",
    emails: Iterable[str] = (),
    but: int | None = None,
    counts: Callable[[Double], bool] = lambda _double: True,
) -> list[Double]:
    """Records that a new one with this name and these addresses may be, at most ``MOST`` of those that ``counts``; ``but`` is
    itself. Same address first."""
    found: dict[tuple[str, int], Double] = {}
    for double in chain(_by_email(actor, emails), _by_name(actor, kind, name)):
        if (double.kind, double.row.pk) != (kind, but) and counts(double):
            found.setdefault((double.kind, double.row.pk), double)
        if len(found) == MOST:
            break
    return list(found.values())


def _by_email(actor: Actor, emails: Iterable[str]) -> Iterator[Double]:
    folded = {fold_email(email) for email in emails} - {""}
    rows = EmailAddress.objects.of(actor).filter(email__in=folded) if folded else EmailAddress.objects.none()
    for row in rows.select_related("contact", "customer", "vendor", "lead").order_by("id")[:_LOOKED_AT]:
        holder: Any = row.contact or row.customer or row.vendor or row.lead
        converted = row.lead is not None and row.lead.status == LeadStatus.CONVERTED
        if holder.trashed_at is None and not converted:  # what the lead became has the address too
            yield Double(holder._meta.model_name, holder, "email")


def _by_name(actor: Actor, kind: str, name: str) -> Iterator[Double]:
    """Those with all its words first, then those with one that begins alike: a namesake is found however many share a word."""
    words = bare(name).split()[:8]
    if not words:
        return
    every = SearchQuery(" & ".join(words), search_type="raw", config="simple")
    some = SearchQuery(" | ".join(f"{_root(word)}:*" for word in words), search_type="raw", config="simple")
    for one in (kind, *_ALSO.get(kind, ())):
        far = Abs(Length(_NAMED.get(one, F("name"))) - len(name.strip()))
        for archived in (False, True):
            rows = records(actor, one, archived=archived)
            for query in (every, some):
                shared = SearchRank(F("search"), query)
                for row in rows.filter(search=query).order_by(-shared, far, "-id")[:_LOOKED_AT]:
                    if near(name, called(row)):
                        yield Double(one, row, "name")


def _root(word: str) -> str:
    """What two spellings of a word have in common at least: ``"harbour"`` → ``"harb"``, ``"olsson"`` → ``"ols"``. Pure."""
    return word[: min(5, max(3, len(word) - 3))]


_PERSON = Concat("first_name", Value(" "), "last_name")
_NAMED: Mapping[str, Any] = {  # as ``called`` calls them
    "contact": _PERSON,
    "lead": Coalesce(NullIf("company", Value("")), _PERSON),
}


def called(row: Any) -> str:
    """The name by which a record is compared."""
    return str(row.company or row.person) if row._meta.model_name == "lead" else str(row)


def name_of(values: Mapping[str, Any]) -> str:
    """The name by which a record that is being entered is compared: of its company, else of the person. Pure."""
    person = " ".join(filter(None, (values.get("first_name"), values.get("last_name"))))
    return str(values.get("name") or values.get("company") or person)
