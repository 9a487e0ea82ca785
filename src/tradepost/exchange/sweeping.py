"""Every column of a company that can hold words about a person: where an erasure looks for them, and what it leaves as it is, and why.

A test fails for a column of words that stands in neither table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Q

_NOTED = ("notes", "pinned", "custom", "mark_words")
SWEPT: Mapping[str, tuple[str, ...]] = {
    "accounts.auditentry": ("label", "before", "after"),
    "exchange.importrow": ("key", "label", "cause", "cure", "before"),
    "exchange.importrun": ("sample", "message"),
    "jobs.job": ("title", "message"),
    "jobs.notice": ("title", "text"),
    "mail.outbox": ("recipients", "accepted", "last_error"),
    "people.merge": ("gone_name", "filled"),
    "people.customer": (*_NOTED, "credit_reason"),
    "people.vendor": _NOTED,
    "people.contact": _NOTED,
    "people.lead": (*_NOTED, "status_reason"),
    "people.opportunity": (*_NOTED, "name", "need", "solution", "close_reason"),
    "people.case": (*_NOTED, "subject", "description", "resolution"),
    "people.project": (*_NOTED, "name"),
    "reports.savedreport": ("recipients", "problem"),
    "reports.reportpost": ("recipients", "problem"),
    "sync.review": ("title", "reason", "facts", "options"),
    "sync.runitem": ("label", "reason", "cure", "before", "after"),
}
PAPER = "books must say what they said"
PARTY = "it is of another party, or of a record that has a page of its own"
THERE = "it mirrors what another system holds, and goes when that does"
CODE = "the company's own words for itself and its goods, codes, and words of the program"
OURS = "it is of who works here, and ends with the membership"
DONE = "those of the person are deleted or blackened by themselves"
_LEFT = {
    PAPER: "sales.document sales.line sales.revision sales.returned exchange.edimessage activities.attachment catalog.stockmove",
    PARTY: "people.emailaddress people.phone people.address people.customer people.vendor people.contact people.lead"
    " people.opportunity people.case people.project",
    THERE: "sync.connection sync.stream sync.run sync.binding sync.delivery pim.event",
    OURS: "accounts.invitation accounts.apikey mail.mailaccount mail.mailaccess pim.feed sales.publiclink",
    DONE: "activities.activity activities.message activities.link mail.mark pim.invitation",
    CODE: "accounts.customrole custom.customfield custom.tag custom.tagmerge catalog.category catalog.item catalog.itemunit"
    " catalog.barcode catalog.itempicture catalog.itemvendor catalog.pricelevel catalog.pricelist catalog.location catalog.bin"
    " sales.listentry sales.customstatus sales.terms sales.letterhead sales.exchangerate sales.taxcomponent sales.salestaxcode"
    " sales.itemsalestax sales.taxregion sales.counter mail.template reports.savedreport exchange.columnchoice"
    " accounts.auditentry exchange.importrow jobs.job jobs.notice mail.outbox people.merge sync.review sync.runitem",
    "a file that was imported is kept until the import is forgotten": "exchange.importrun",
    "sealed, and kept for a day": "accounts.idempotencykey",
}
LEFT: Mapping[str, str] = {label: why for why, labels in _LEFT.items() for label in labels.split()}
"""Table → why the columns of it that are not swept stay."""


GONE = {"pim.invitation": "email"}  # rows that are nothing without the person


def sweep(
    organisation_id: int, emails: Iterable[str], known: Iterable[str], black: Callable[[str], str]
) -> int:
    """Blacken every row of ``SWEPT`` that names the person by an address, or by one of the words ``known``; returns how many
    there were."""
    words = [word for word in (*emails, *known) if len(word) > 4]
    for label, column in GONE.items():
        held = apps.get_model(label)._default_manager.filter(organisation_id=organisation_id)
        held.filter(**{f"{column}__in": list(emails)}).delete()
    count = 0
    for label, columns in SWEPT.items():
        found = Q()
        for column in columns:
            for word in words:
                found |= Q(**{f"{column}__icontains": word})
        if found:
            rows = apps.get_model(label)._default_manager.filter(organisation_id=organisation_id)
            count += rewrite(rows.filter(found), columns, black)
    return count


def rewrite(rows: models.QuerySet[Any], columns: tuple[str, ...], black: Callable[[str], str]) -> int:
    """Put what ``black`` makes of them in the place of the words in these columns, texts and JSON."""
    count = 0
    for row in rows.only("pk", *columns).iterator(chunk_size=200):
        for name in columns:
            setattr(row, name, _in_all(getattr(row, name), black))
        row.save(update_fields=list(columns))
        count += 1
    return count


def _in_all(value: Any, black: Callable[[str], str]) -> Any:
    """Every text of a JSON value."""
    if isinstance(value, str):
        return black(value)
    if isinstance(value, list):
        return [_in_all(one, black) for one in value]
    return {k: _in_all(one, black) for k, one in value.items()} if isinstance(value, dict) else value
