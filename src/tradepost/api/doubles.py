"""Doubles: what may be here already, merging two records, taking a merge apart."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from ninja import Query, Router, Schema

from tradepost.accounts.access import Permission
from tradepost.api.call import Call, asks, needs, reads
from tradepost.api.schema import Candidate, Id, In
from tradepost.people import doubles, merging
from tradepost.people.kinds import SHAPES
from tradepost.people.models import Merge

router = Router(tags=["Doubles"])

EDITS = [SHAPES[kind].edit for kind in merging.KINDS]
Mergeable = Literal["customer", "vendor", "contact", "lead"]


class Sought(Schema):
    kind: Mergeable
    name: str = ""
    email: str = ""


class MergeIn(In):
    """``gone_id`` is merged into ``kept_id`` and goes to the trash."""

    kind: Mergeable
    kept_id: Id
    gone_id: Id


class MovesOut(Schema):
    what: str
    count: int


class PreviewOut(Schema):
    moves: list[MovesOut]
    fills: list[str]


class MergeOut(Schema):
    """``moved`` counts rows by the column that pointed at them, and activities."""

    id: int
    kind: str
    kept_id: int
    gone_id: int
    at: datetime
    undone_at: datetime | None
    moved: dict[str, int]

    @staticmethod
    def resolve_moved(row: Merge) -> dict[str, int]:
        return {name: len(keys) for name, keys in {**row.moved, **row.followed}.items()}


@router.get("doubles", response=list[Candidate])
@needs(Permission.PEOPLE_VIEW)
def find_doubles(request: Call, sought: Query[Sought]) -> list[dict[str, Any]]:
    """Records that one with this name or address may be: ask before creating it."""
    emails = [sought.email.replace("\0", "")]
    found = doubles.doubles(request.actor, sought.kind, name=sought.name, emails=emails)
    return [one.told for one in found]


@router.post("merges/preview", response=PreviewOut)
@needs(Permission.PEOPLE_VIEW)
@reads
def preview_merge(request: Call, body: MergeIn) -> dict[str, Any]:
    """How many rows of what would move, and which empty fields would be filled."""
    shown = merging.preview(request.actor, body.kind, body.kept_id, body.gone_id)
    return {"moves": [{"what": what, "count": n} for what, n in shown.moves], "fills": list(shown.fills)}


@router.post("merges", response={201: MergeOut})
@asks(*EDITS, by="by the kind of record")
@needs(Permission.PEOPLE_VIEW)
def create_merge(request: Call, body: MergeIn) -> Merge:
    """Merge two records. Nothing is lost, and it can be undone."""
    return merging.merge(request.actor, body.kind, body.kept_id, body.gone_id)


@router.post("merges/{int:id}/undo", response=MergeOut)
@asks(*EDITS, by="by the kind of record")
@needs(Permission.PEOPLE_VIEW)
def undo_merge(request: Call, id: Id) -> Merge:
    """Take a merge apart; what was changed since stays changed."""
    return merging.undo(request.actor, id)
