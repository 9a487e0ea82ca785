"""Take back what an import did to one record. What somebody changed or used since is left alone, with the reason."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError, Q, QuerySet
from django.utils.translation import gettext as _

from tradepost.accounts import audit
from tradepost.accounts.access import Actor
from tradepost.accounts.models import AuditEntry
from tradepost.activities.models import Link
from tradepost.exchange.models import Action, ImportRow, ImportRun
from tradepost.kit.errors import Conflict, Fault, Missing
from tradepost.sales import goods
from tradepost.sales.models import Application, Document, PublicLink
from tradepost.wire.copying import store


def unchanged(actor: Actor, model: Any, record_id: int | None, version: int | None) -> Any:
    """The record as the import left it, locked. Raises ``Conflict`` where it is gone or was changed."""
    try:
        found = model.objects.pick_for_change(actor, record_id)
    except Missing:
        raise gone() from None
    if found.version != version:
        raise changed()
    return found


FOUND = "found"
STILL = "still"
"""In ``ImportRow.before`` of what was kept: the action that is still to be taken back."""


def again(run: ImportRun) -> QuerySet[ImportRow]:
    """The rows that can be taken back, those among them that were kept the last time."""
    done = Q(action__in=(Action.CREATE, Action.UPDATE))
    return run.outcomes.filter(done | Q(action=Action.KEPT, before__has_key=STILL))


def found_again(actor: Actor, put_back: Any, row: ImportRow) -> None:
    """A record that was put back is what the import before left, which may be taken back too; not where somebody changed it
    since: that stays in it."""
    if FOUND not in row.before or put_back.version - 1 != row.version:
        return
    kind = put_back._meta.model_name
    its = Q(run__kind=kind) | Q(before__of=[kind, put_back.pk])
    earlier = ImportRow.objects.of(actor).filter(its, record_id=put_back.pk, version=row.before[FOUND])
    earlier.update(version=put_back.version)


def gone() -> Conflict:
    return Conflict(_("The record is gone already."), cure=_("Nothing is left to take back."))


def changed() -> Conflict:
    return Conflict(
        _("Somebody changed the record since."), cure=_("Change it back on its page, if you want to.")
    )


def remove(actor: Actor, kind: str, found: Any) -> None:
    """Delete a record that the import created. Raises ``Conflict`` where it is in use."""
    if isinstance(found, Document):
        in_use = bool(used(actor, [found.pk]))
    else:
        in_use = Link.objects.of(actor).filter(record_kind=kind, record_id=found.pk).exists()
    if in_use:
        raise hung_on(_("Archive or cancel it on its page."))
    before = audit.snapshot(found)
    audit.record(actor, f"{kind}.take_back", found, before, {})
    if isinstance(found, Document):
        _let_go(actor, found)
    try:
        found.delete()
    except ProtectedError:
        raise hung_on(_("Archive it on its page.")) from None


def hung_on(cure: str) -> Conflict:
    return Conflict(_("Other records hang on it."), cure=cure)


def used(actor: Actor, keys: Collection[int]) -> set[int]:
    """Those of these documents on which other records hang."""
    links = Link.objects.of(actor).filter(record_kind="document", record_id__any=keys)
    named = {pk for pk in links.values_list("record_id", flat=True) if pk is not None}
    for rows, name in (
        (Document.everything.of(actor), "source_id"),
        (Application.objects.of(actor), "document_id"),
        (PublicLink.objects.of(actor), "document_id"),
    ):
        named |= {*rows.filter(**{f"{name}__in": keys}).values_list(name, flat=True)}
    return named


def remove_documents(actor: Actor, kind: str, rows: Sequence[ImportRow]) -> list[Fault | None] | None:
    """:func:`unchanged` and :func:`remove` of many documents in a few statements. None, with nothing done, where one of them is
    protected by what only a deletion finds."""
    keys = [row.record_id for row in rows if row.record_id]
    locked = Document.objects.of(actor).filter(pk__in=keys).order_by("pk").select_for_update(of=("self",))
    found = {one.pk: one for one in locked}
    in_use = used(actor, found.keys())
    faults = [_why_not(found.get(row.record_id or 0), row, in_use) for row in rows]
    gone = [found[row.record_id or 0] for row, fault in zip(rows, faults, strict=True) if fault is None]
    try:
        with transaction.atomic():
            store([_entry(actor, f"{kind}.take_back", one) for one in gone])
            if goods.usual_location(actor) is not None:  # a company without one keeps no stock
                for one in gone:
                    _let_go(actor, one)
            Document.objects.filter(pk__in=[one.pk for one in gone]).delete()
    except ProtectedError:
        return None
    return faults


def _why_not(found: Document | None, row: ImportRow, in_use: Collection[int]) -> Fault | None:
    if found is None:
        return gone()
    if found.version != row.version:
        return changed()
    return hung_on(_("Archive or cancel it on its page.")) if found.pk in in_use else None


def _let_go(actor: Actor, document: Document) -> None:
    """What it holds of the stock is free again."""
    document.status = "cancelled"
    goods.hold(actor, document)


def _entry(actor: Actor, verb: str, row: Document) -> AuditEntry:
    return AuditEntry(
        organisation_id=actor.organisation_id,
        user_id=actor.user_id,
        via=actor.via,
        verb=verb,
        kind="document",
        record_id=row.pk,
        label=str(row)[:200],
        before=audit.snapshot(row),
    )
