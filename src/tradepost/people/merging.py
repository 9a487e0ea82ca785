"""Two records that are one: what moves, the merge, and taking it back.

Everything that points at the one points at the other afterwards, whichever room it is of: rows by their foreign keys,
activities and the like by their followers. The one that is gone lies in the trash.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from tradepost.accounts import audit
from tradepost.accounts.access import Actor
from tradepost.custom.marking import Marker
from tradepost.kit import clock
from tradepost.kit.errors import Conflict, Invalid
from tradepost.people.following import Named, followers, relations
from tradepost.people.kinds import Shape, shape_of
from tradepost.people.models import Contact, Customer, Kept, Lead, Merge
from tradepost.people.rules import ancestry_is_sound
from tradepost.people.saving import empty_again, fill_up, merge_of, parents_of

KINDS = ("customer", "vendor", "contact", "lead")
_COMPANIES = ("customer", "vendor")
_CHOSEN = {
    "emails": "primary",
    "addresses": "primary",
    "belongings": "main",
}  # one of them is the first, by this column
_OWN = ("number", "status", "stage", "parent_id")  # what stays that of the one that is kept


@dataclass(frozen=True, slots=True)
class Preview:
    """What a merge would do: how many rows of what would move, and which empty columns would be filled with what."""

    kept: Kept
    gone: Kept
    moves: tuple[tuple[str, int], ...]
    fills: Mapping[str, Any]


def preview(actor: Actor, kind: str, kept_id: int, gone_id: int) -> Preview:
    """Raises ``Invalid`` where the two cannot be merged."""
    shape = _checked(actor, kind, kept_id, gone_id)
    kept, gone = (shape.model.objects.pick(actor, pk) for pk in (kept_id, gone_id))
    moves = [
        (str(relation.related_model._meta.verbose_name_plural), len(_pointing(relation, gone)))
        for relation in relations(shape.model)
    ]
    moves += [(f.label, f.count(actor.organisation_id, (kind, gone_id))) for f in followers()]
    return Preview(kept, gone, tuple((name, n) for name, n in moves if n), _fills(shape, kept, gone))


def merge(actor: Actor, kind: str, kept_id: int, gone_id: int) -> Merge:
    """Move all of ``gone`` to ``kept`` and throw the empty rest away, undoably (:func:`undo`)."""
    shape = _checked(actor, kind, kept_id, gone_id)
    with transaction.atomic():
        rows = {pk: shape.model.objects.pick_for_change(actor, pk) for pk in sorted((kept_id, gone_id))}
        kept, gone = rows[kept_id], rows[gone_id]
        if gone.trashed_at or kept.trashed_at:
            raise Conflict(_("One of them lies in the trash."), cure=_("Restore it first."))
        before = audit.snapshot(kept)
        fills = _fills(shape, kept, gone)
        marks = {many: flag for many, flag in _CHOSEN.items() if many != "belongings" or kind in _COMPANIES}
        had = {many: getattr(kept, many).filter(**{flag: True}).exists() for many, flag in marks.items()}
        row = Merge(
            organisation_id=actor.organisation_id,
            kind=kind,
            kept_id=kept_id,
            gone_id=gone_id,
            gone_name=str(gone)[:200],
            user_id=actor.user_id,
        )
        fills = {**fills, **_lifted(kept, gone)}
        row.moved = {_name(r): pks for r in relations(shape.model) if (pks := _move(r, gone, kept))}
        row.primaries = {many: _demote(kept, many, row.moved) for many, held in had.items() if held}
        row.followed = {
            f.label: f.add(actor.organisation_id, (kind, gone_id), [(kind, kept_id)]) for f in followers()
        }
        if isinstance(kept, Contact | Lead):
            words = " ".join(e.email for e in kept.emails.order_by("-primary", "id"))
            fills = {**fills, "email_words": words}
        row.filled = fill_up(kept, fills)
        Marker(actor, kind).refresh(kept)
        gone.trashed_at, gone.version, kept.version = clock.now(), gone.version + 1, kept.version + 1
        kept.save()
        gone.save(update_fields=["trashed_at", "version", "updated_at"])
        row.save()
        counts = {name: len(pks) for name, pks in {**row.moved, **row.followed}.items()}
        told = {**audit.snapshot(kept), "merged": str(gone), "merge": row.pk, "moved": counts}
        audit.record(actor, f"{kind}.merge", kept, before, told)
    return row


def undo(actor: Actor, merge_id: int) -> Merge:
    """Take a merge apart: what moved and still stands there goes back, what was filled and not changed since is emptied."""
    found = Merge.objects.pick(actor, merge_id)
    shape = shape_of(found.kind)
    actor.require(shape.edit)
    with transaction.atomic():
        row = Merge.objects.pick_for_change(actor, merge_id)
        if row.undone_at:
            raise Conflict(_("This merge was taken back already."), cure=_("Reload the page."))
        kept = shape.model.objects.pick_for_change(actor, row.kept_id)
        gone = shape.model.objects.pick_for_change(actor, row.gone_id)
        if kept.trashed_at and (since := merge_of(actor.organisation_id, row.kind, kept.pk)):
            raise Conflict(
                _("{kept} was merged itself since, into {other}.").format(
                    kept=kept, other=shape.model.objects.get(pk=since.kept_id)
                ),
                cure=_("Take that merge back first."),
            )
        before = audit.snapshot(kept)
        for name, pks in row.moved.items():
            model, column = _named(name)
            model._base_manager.filter(pk__in=pks, **{column: row.kept_id}).update(**{column: row.gone_id})
        for many, pks in row.primaries.items():
            getattr(gone, many).filter(pk__in=pks).update(**{_CHOSEN[many]: True})
        for follower in followers():
            follower.drop(actor.organisation_id, row.followed.get(follower.label, []))
        empty_again(kept, row.filled)
        _part_circle(gone)
        Marker(actor, row.kind).refresh(kept)
        gone.trashed_at, row.undone_at = None, clock.now()
        for one in (kept, gone):
            one.version += 1
            one.save()
        row.save(update_fields=["undone_at"])
        audit.record(actor, f"{row.kind}.unmerge", kept, before, {**audit.snapshot(kept), "merge": row.pk})
    return row


def merges(actor: Actor, kind: str, kept_id: int) -> list[Merge]:
    """The merges into a record that were not taken back, the newest first."""
    rows = Merge.objects.of(actor).filter(kind=kind, kept_id=kept_id, undone_at=None)
    return list(rows.select_related("user").order_by("-at"))


def survivors(organisation_id: int, records: Iterable[Named]) -> dict[Named, Named]:
    """Where all that stood on these records stands now: themselves, or what they were merged into, however often."""
    found = {}
    for kind, pk in records:
        now, row = pk, merge_of(organisation_id, kind, pk)
        while row is not None:
            now = row.kept_id
            row = merge_of(organisation_id, kind, now)
        found[kind, pk] = (kind, now)
    return found


def _checked(actor: Actor, kind: str, kept_id: int, gone_id: int) -> Shape:
    shape = shape_of(kind)
    actor.require(shape.edit)
    if kind not in KINDS:
        raise Invalid(fields={"kind": _("Only these can be merged: {known}.").format(known=", ".join(KINDS))})
    if kept_id == gone_id:
        raise Invalid(fields={"gone_id": _("These are one and the same. Choose another one.")})
    return shape


def _name(relation: Any) -> str:
    return f"{relation.related_model._meta.label_lower}.{relation.field.attname}"


def _named(name: str) -> tuple[Any, str]:
    label, _dot, column = name.rpartition(".")
    return apps.get_model(label), column


def _pointing(relation: Any, row: Kept) -> list[int]:
    rows = relation.related_model._base_manager.filter(**{relation.field.attname: row.pk})
    return list(rows.order_by("pk").values_list("pk", flat=True))


def _move(relation: Any, gone: Kept, kept: Kept) -> list[int]:
    """Point all at ``kept``; what that would double (the same address on both) stays where it is."""
    pks = [pk for pk in _pointing(relation, gone) if (relation.related_model, pk) != (type(kept), kept.pk)]
    rows = relation.related_model._base_manager
    target = {relation.field.attname: kept.pk}
    try:
        with transaction.atomic():
            rows.filter(pk__in=pks).update(**target)
        return pks
    except IntegrityError:
        return [pk for pk in pks if _moved(rows.filter(pk=pk), target)]


def _moved(row: models.QuerySet[Any], target: dict[str, int]) -> bool:
    try:
        with transaction.atomic():
            return bool(row.update(**target))
    except IntegrityError:
        return False


def _lifted(kept: Kept, gone: Kept) -> dict[str, Any]:
    """A customer that stood somewhere under the one that is gone stands in its place: what was between them comes under it."""
    if (
        isinstance(kept, Customer)
        and isinstance(gone, Customer)
        and not ancestry_is_sound(gone.pk, kept.parent_id, parents_of(kept))
    ):
        return {"parent_id": gone.parent_id}
    return {}


def _part_circle(gone: Kept) -> None:
    """Where companies came to stand under one another since the merge, the one that comes back stands alone."""
    if isinstance(gone, Customer) and not ancestry_is_sound(gone.pk, gone.parent_id, parents_of(gone)):
        gone.parent_id = None


def _demote(kept: Kept, many: str, moved: Mapping[str, list[int]]) -> list[int]:
    """The moved primaries, no longer primary beside those that ``kept`` had."""
    rows = getattr(kept, many)
    names = [
        name for name in moved if name.startswith(f"{rows.model._meta.label_lower}.{kept._meta.model_name}_")
    ]
    came = [pk for name in names for pk in moved[name]]
    chosen = rows.filter(pk__in=came, **{_CHOSEN[many]: True})
    pks = list(chosen.values_list("pk", flat=True))
    chosen.update(**{_CHOSEN[many]: False})
    return pks


def _fills(shape: Shape, kept: Kept, gone: Kept) -> dict[str, Any]:
    """The columns that ``kept`` leaves empty and ``gone`` knows. Notes are joined; a hold stays a hold."""
    names = [n for n in shape.fields if n not in _OWN and n not in shape.guarded and n != "notes"]
    found = {n: getattr(gone, n) for n in names if getattr(kept, n) in ("", None) and getattr(gone, n)}
    if gone.notes:
        found["notes"] = "\n\n".join(filter(None, [kept.notes, gone.notes]))
    if custom := {k: v for k, v in gone.custom.items() if k not in kept.custom}:
        found["custom"] = {**kept.custom, **custom}
    if tags := [tag for tag in gone.tags if tag not in kept.tags]:
        found["tags"] = [*kept.tags, *tags]
    if gone.pinned and not kept.pinned:
        found |= {"pinned": gone.pinned, "pinned_in_warehouse": gone.pinned_in_warehouse}
    if getattr(gone, "credit_hold", False) and not getattr(kept, "credit_hold", False):
        found |= {"credit_hold": True, "credit_reason": getattr(gone, "credit_reason", "")}
    return found
