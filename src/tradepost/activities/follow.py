"""How activities follow when a lead is converted or two records are merged: they stand on the other record too."""

from __future__ import annotations

from collections.abc import Sequence

from tradepost.activities.models import Link
from tradepost.people.following import Follower, Named, follow


def _links(organisation_id: int, record: Named) -> dict[int, Link]:
    kind, pk = record
    rows = Link.objects.filter(organisation_id=organisation_id, record_kind=kind, record_id=pk)
    return {link.activity_id: link for link in rows}


def count(organisation_id: int, record: Named) -> int:
    return len(_links(organisation_id, record))


def add(organisation_id: int, source: Named, targets: Sequence[Named]) -> list[int]:
    held = _links(organisation_id, source)
    there = {target: _links(organisation_id, target) for target in targets}
    fresh = [
        Link(
            organisation_id=organisation_id,
            activity_id=activity,
            record_kind=target[0],
            record_id=target[1],
            at=link.at,
            open=link.open,
        )
        for target in targets
        for activity, link in held.items()
        if activity not in there[target]
    ]
    return [link.pk for link in Link.objects.bulk_create(fresh)]


def drop(organisation_id: int, keys: Sequence[int]) -> None:
    Link.objects.filter(organisation_id=organisation_id, pk__in=keys).delete()


def install() -> None:
    follow(Follower("activities", count, add, drop, ("activities.link.record_id",)))
