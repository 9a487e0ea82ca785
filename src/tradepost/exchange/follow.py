"""How what came in by files follows when two records are merged: rows of imports, and XML messages of a sender. What was
made of a message is not thrown away: its sender is answered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from tradepost.accounts.tenancy import ScopedQuerySet
from tradepost.exchange.models import EdiMessage, ImportRow
from tradepost.people.following import Follower, Named, follow, heir
from tradepost.sales.models import Document
from tradepost.sales.state_table import PURCHASES
from tradepost.sales.trashing import keep_where


def _rows(organisation_id: int, record: Named) -> ScopedQuerySet[ImportRow]:
    kind, pk = record
    return ImportRow.objects.filter(organisation_id=organisation_id, run__kind=kind, record_id=pk)


def count_rows(organisation_id: int, record: Named) -> int:
    return _rows(organisation_id, record).count()


def add_rows(organisation_id: int, source: Named, targets: Sequence[Named]) -> list[Any]:
    """The row leads to the record that is kept, and knows no version of it: it is not what the import left, so that taking
    the import back leaves it alone and says so."""
    rows, pk = _rows(organisation_id, source), heir(source, targets)
    keys = [list(one) for one in rows.values_list("pk", "record_id", "version")] if pk else []
    if keys:
        rows.update(record_id=pk, version=None)
    return keys


def drop_rows(organisation_id: int, keys: Sequence[Any]) -> None:
    for pk, record_id, version in keys:
        rows = ImportRow.objects.filter(organisation_id=organisation_id, pk=pk)
        rows.update(record_id=record_id, version=version)


def _messages(organisation_id: int, record: Named) -> ScopedQuerySet[EdiMessage]:
    kind, pk = record
    rows = EdiMessage.objects.filter(organisation_id=organisation_id, sender=pk)
    if kind == "vendor":
        return rows.filter(kind__in=PURCHASES)
    return rows.exclude(kind__in=PURCHASES) if kind == "customer" else rows.none()


def count_messages(organisation_id: int, record: Named) -> int:
    return _messages(organisation_id, record).count()


def add_messages(organisation_id: int, source: Named, targets: Sequence[Named]) -> list[Any]:
    """Both may have sent the same number, which is taken once: that message stays where it is."""
    pk = heir(source, targets)
    if pk is None:
        return []
    taken = set(_messages(organisation_id, (source[0], pk)).values_list("kind", "number"))
    rows = _messages(organisation_id, source).values_list("pk", "kind", "number")
    keys = [[one, source[1]] for one, *number in rows if tuple(number) not in taken]
    EdiMessage.objects.filter(pk__in=[one for one, _was in keys]).update(sender=pk)
    return keys


def drop_messages(organisation_id: int, keys: Sequence[Any]) -> None:
    for pk, sender in keys:
        EdiMessage.objects.filter(organisation_id=organisation_id, pk=pk).update(sender=sender)


def _taken(document: Document) -> str:
    return _("It came as an XML message.") if EdiMessage.objects.filter(document=document).exists() else ""


def install() -> None:
    keep_where(_taken)
    follow(Follower("rows of imports", count_rows, add_rows, drop_rows, ("exchange.importrow.record_id",)))
    sender = ("exchange.edimessage.sender",)
    follow(Follower("XML messages", count_messages, add_messages, drop_messages, sender))
