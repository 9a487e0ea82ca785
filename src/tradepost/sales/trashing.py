"""Drafts of documents that were a mistake: into the trash, and back as they were. What left the house stays.

Where it lies nobody reads it: ``Document.objects`` leaves it out, and with it every list, total, report, search, statement and
link. It keeps its lines, its files and its Ref #. The number was taken when the draft was made and the counter went on, so
nobody else gets it: a number that is missing among the documents is found in the trash, and none comes twice (B26).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from tradepost.accounts import audit
from tradepost.accounts.access import Actor
from tradepost.kit import clock
from tradepost.kit.errors import Conflict
from tradepost.sales import words
from tradepost.sales.following import ancestors, descendants, overdrawn, rivals, uses
from tradepost.sales.guards import Refusal
from tradepost.sales.models import Document, Kind
from tradepost.sales.moving import lock
from tradepost.sales.state_table import DEAD, MACHINES

DRAFT = "draft"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a document that is to go. ``versions`` that left the house; ``shared``: it had a public link;
    ``made``: others were made from it, also such as were cancelled since; ``kept``: why a room above this one keeps it."""

    status: str
    versions: bool = False
    shared: bool = False
    made: bool = False
    kept: str = ""


def why_it_stays(facts: Facts) -> Refusal | None:
    """Pure: None for a draft that nobody outside has seen and nothing rests on."""
    cancel = _("Cancel it instead; it keeps its number.")
    if facts.status != DRAFT:
        return Refusal(_("It is no draft any more."), cancel)
    if facts.versions:
        return Refusal(_("It was sent before."), cancel)
    if facts.shared:
        return Refusal(_("It was given out by a public link."), cancel)
    if facts.made:
        return Refusal(_("Other documents were made from it."), cancel)
    return Refusal(facts.kept, cancel) if facts.kept else None


_keepers: list[Callable[[Document], str]] = []


def keep_where(why: Callable[[Document], str]) -> None:
    """Called by a room above when the application starts: why a draft stays, in a sentence; empty where it may go."""
    _keepers.append(why)


def refusal(row: Document) -> Refusal | None:
    """Why a document is not thrown away; None where it may be."""
    if row.status != DRAFT:
        return why_it_stays(Facts(row.status))
    lines = list(row.lines.values_list("pk", flat=True))
    return why_it_stays(
        Facts(
            row.status,
            versions=row.revisions.exists(),
            shared=row.public_links.exists(),
            made=row.followers.exists() or bool(uses(lines)),
            kept=next(filter(None, (why(row) for why in _keepers)), ""),
        )
    )


def trash(actor: Actor, document_id: int, version: int | None = None) -> Document:
    """Throw a draft into the trash. ``Conflict`` for what is no draft, was sent, or has others made from it."""
    with transaction.atomic():
        row = lock(actor, document_id, version)
        actor.require(MACHINES[Kind(row.kind)].edit)
        if stays := refusal(row):
            raise Conflict(f"{row.number}: {stays.cause}", cure=stays.cure)
        return _put(actor, row, gone=True)


def untrash(actor: Actor, document_id: int) -> Document:
    """Give one back as it was. ``Conflict`` where whom it names lies in the trash, where what it was made from is there too or
    ended since, and where the same was made anew meanwhile."""
    gone = Document.everything.filter(trashed_at__isnull=False)
    with transaction.atomic():
        row = gone.pick(actor, document_id)
        actor.require(MACHINES[Kind(row.kind)].edit)
        _check_back(row)
        above = Document.objects.filter(pk__in=ancestors(row))
        list(above.order_by("pk").select_for_update().values_list("pk"))
        row = _put(actor, gone.pick_for_change(actor, document_id), gone=False)
        if short := overdrawn(row):
            raise Conflict(
                _("{number} has not so much of “{description}” left.").format(
                    number=short[0].document.number, description=short[0].description
                ),
                cure=_("Make the rest from it anew."),
            )
    return row


def _put(actor: Actor, row: Document, *, gone: bool) -> Document:
    before = audit.snapshot(row)
    row.trashed_at = clock.now() if gone else None
    row.version += 1
    row.save(update_fields=["trashed_at", "version", "updated_at"])
    audit.record(actor, f"{row.kind}.{'trash' if gone else 'restore'}", row, before)
    return row


def _check_back(row: Document) -> None:
    for named in (row.party, row.contact, row.project):
        if named is not None and named.trashed_at:
            raise Conflict(_("{named} lies in the trash.").format(named=named), cure=_("Restore it first."))
    source = row.source
    if source is None:
        return
    if source.trashed_at:
        raise Conflict(
            _("{number}, from which it was made, lies in the trash.").format(number=source.number),
            cure=_("Restore it first."),
        )
    if source.status in DEAD:
        raise Conflict(
            _("{number}, from which it was made, is {status}.").format(
                number=source.number, status=words.state(source.status)
            ),
            cure=_("It stays here."),
        )
    if row.kind != Kind.PURCHASE_QUOTE and (since := _made_since(row)):
        raise Conflict(
            _("{number} was made from {source} since.").format(number=since.number, source=source.number),
            cure=_("Make the rest of it anew from there."),
        )


def _made_since(row: Document) -> Document | None:
    """What took the place of it: a document that is made of the same, which bears the freight and the last cents of it."""
    root = Document.objects.get(pk=ancestors(row)[-1])
    kinds = {Kind(row.kind), *rivals(Kind(root.kind), Kind(row.kind))}
    family = Document.objects.filter(pk__in=descendants(root), kind__in=kinds, created_at__gt=row.trashed_at)
    return family.exclude(status__in=DEAD).order_by("pk").first()
