"""The trash: what was put away or thrown away of every kind, and giving it back."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from ninja import Query, Router, Schema
from pydantic import Field

from tradepost.accounts import trash
from tradepost.api.call import Call, anyone_signed_in
from tradepost.api.paging import key, moment, pack, unpack, word
from tradepost.api.schema import Id, In, Page, Window

router = Router(tags=["Trash"])


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
    offset: int = Field(
        0, ge=0, le=10**6, description="Take `cursor`.", json_schema_extra={"deprecated": True}
    )


class TrashOut(Page[LyingOut]):
    """``count``: how many there are on all pages."""

    count: int


@router.get("trash/kinds", response=list[ShelfOut])
@anyone_signed_in
def list_trash_kinds(request: Call) -> list[dict[str, Any]]:
    """The kinds of which something may lie there, for who may see them."""
    return [{"key": one.key, "label": str(one.label)} for one in trash.shelves(request.actor)]


@router.get("trash", response=TrashOut)
@anyone_signed_in
def list_trash(request: Call, window: Query[Window], which: Query[Which]) -> dict[str, Any]:
    """What was archived or thrown away, the last first: of one kind, or found by words."""
    lying = partial(trash.lying, request.actor, which.kind, which.q.replace("\0", ""))
    rows = lying(after=unpack(window.cursor, _place)) if window.cursor else lying()
    found = list(rows[which.offset : which.offset + window.limit + 1])
    fitting = found[: window.limit]
    last = fitting[-1] if len(found) > window.limit else None
    items = [
        {"kind": one.shelf.key, "id": one.row.pk, "title": one.title, "since": one.since, "who": one.who}
        for one in trash.shown(request.actor, fitting)
    ]
    further = last and pack(last["since"].isoformat(), last["shelf"], last["row"])
    return {"items": items, "next": further, "count": lying().count()}


def _place(since: str, shelf: object, row: object) -> trash.Place:
    return moment(since), word(shelf), key(row)


@router.post("trash/{kind}/{int:id}/restore", response={204: None})
@anyone_signed_in
def restore_from_trash(request: Call, kind: str, id: Id) -> None:
    """Give one back; needs the permission to change its kind. 409 with the reason where something stands in the way."""
    trash.restore(request.actor, kind, id)
