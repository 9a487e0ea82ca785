"""The trash: what was put away or thrown away of every kind, and giving it back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Query, Router, Schema

from tradepost.accounts import trash
from tradepost.api.call import Call, anyone_signed_in
from tradepost.api.schema import Id, In

router = Router(tags=["Trash"])
MOST = 200


class ShelfOut(Schema):
    key: str
    label: str


class LyingOut(Schema):
    """``kind`` and ``id`` name it to ``restore``; ``who`` put it there, where that is known."""

    kind: str
    id: int
    title: str
    since: datetime
    who: str


class Which(In):
    kind: str = ""
    q: str = ""
    offset: int = 0
    limit: int = 50


class TrashOut(Schema):
    items: list[LyingOut]
    count: int


@router.get("trash/kinds", response=list[ShelfOut])
@anyone_signed_in
def list_trash_kinds(request: Call) -> list[dict[str, Any]]:
    """The kinds of which something may lie there, for who may see them."""
    return [{"key": one.key, "label": str(one.label)} for one in trash.shelves(request.actor)]


@router.get("trash", response=TrashOut)
@anyone_signed_in
def list_trash(request: Call, which: Query[Which]) -> dict[str, Any]:
    """What was archived or thrown away, the last first: of one kind, or found by words."""
    rows = trash.lying(request.actor, which.kind, which.q.replace("\0", ""))
    start = max(0, min(which.offset, 10**6))
    page = rows[start : start + max(1, min(which.limit, MOST))]
    items = [
        {"kind": one.shelf.key, "id": one.row.pk, "title": one.title, "since": one.since, "who": one.who}
        for one in trash.shown(request.actor, page)
    ]
    return {"items": items, "count": rows.count()}


@router.post("trash/{kind}/{int:id}/restore", response={204: None})
@anyone_signed_in
def restore_from_trash(request: Call, kind: str, id: Id) -> None:
    """Give one back; needs the permission to change its kind. 409 with the reason where something stands in the way."""
    trash.restore(request.actor, kind, id)
