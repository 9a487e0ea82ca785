"""How bindings follow when two records are merged: what a calendar, an address book or a shop holds of the one is from then
on what it holds of the other, so that the next pass neither doubles nor deletes it.

Where both are bound in one stream, the other side has two records for one of ours. The one that is left over is kept there
and no longer synced (``Bond.KEPT``). In a party's binding the reconciler's ``app_id`` is the id of its record.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tradepost.accounts.tenancy import ScopedQuerySet
from tradepost.kit import clock
from tradepost.people.following import Follower, Named, follow, heir
from tradepost.sync.models import Binding
from tradepost.sync.record import Bond, Side

_COLUMNS = ("record_id", "shadow", "tombstone", "tombstoned_at")


def _bound(organisation_id: int, record: Named) -> ScopedQuerySet[Binding]:
    kind, pk = record
    return Binding.objects.filter(organisation_id=organisation_id, kind=kind, record_id=pk)


def count(organisation_id: int, record: Named) -> int:
    return _bound(organisation_id, record).count()


def add(organisation_id: int, source: Named, targets: Sequence[Named]) -> list[Any]:
    pk = heir(source, targets)
    if pk is None:
        return []
    taken = set(_bound(organisation_id, (source[0], pk)).values_list("stream_id", flat=True))
    return [_move(row, pk, row.stream_id in taken) for row in _bound(organisation_id, source).order_by("pk")]


def _move(row: Binding, pk: int, left_over: bool) -> dict[str, Any]:
    """Gives what the row said, and when it was synced last."""
    key = {
        "id": row.pk,
        "record_id": row.record_id,
        "shadow": dict(row.shadow),
        "tombstone": row.tombstone,
        "tombstoned_at": row.tombstoned_at.isoformat() if row.tombstoned_at else None,
        "synced_at": row.synced_at.isoformat(),
    }
    if left_over:
        row.shadow |= {"bond": Bond.KEPT.value, "gone": Side.APP.value}
        row.tombstone, row.tombstoned_at = Side.APP.value, clock.now()
    else:  # without a version it is compared with what the other side held last, and what differs travels
        row.record_id = pk
        row.shadow |= {"app_id": str(pk), "app_version": ""}
    _store(row)
    return key


def drop(organisation_id: int, keys: Sequence[Any]) -> None:
    """Back on the record that it was of. If a pass ran meanwhile its bases stand, and what differs from them travels."""
    for key in keys:
        row = Binding.objects.filter(organisation_id=organisation_id, pk=key["id"]).first()
        if row is None:  # the other side deleted it meanwhile, too
            continue
        was, same = key["shadow"], row.synced_at.isoformat() == key["synced_at"]
        back = {name: was[name] for name in ("app_id", "bond", "gone")}
        row.shadow = was if same else {**row.shadow, **back, "app_version": ""}
        row.record_id, row.tombstone, at = key["record_id"], key["tombstone"], key["tombstoned_at"]
        row.tombstoned_at = datetime.fromisoformat(at) if at else None
        _store(row)


def _store(row: Binding) -> None:
    """Not a pass: the time of the last one stays."""
    Binding.objects.filter(pk=row.pk).update(**{name: getattr(row, name) for name in _COLUMNS})


def install() -> None:
    follow(Follower("sync bindings", count, add, drop, ("sync.binding.record_id", "sync.binding.shadow")))
