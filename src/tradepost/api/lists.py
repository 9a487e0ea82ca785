"""The lists of the set-up: terms, methods, classes, types, channels, units, reasons."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.http import HttpResponse
from ninja import Query, Router, Schema
from pydantic import Field

from tradepost.accounts.access import Permission
from tradepost.api.call import Call, expected_version, needs, tagged
from tradepost.api.paging import page
from tradepost.api.schema import Id, In, Page, Window
from tradepost.custom.rules import COLOURS
from tradepost.sales import lists
from tradepost.sales.models import Terms

router = Router(tags=["Company"])


class ListOut(Schema):
    key: str
    title: str


class EntryIn(In):
    """``type`` and ``days`` are those of ``terms``; ``carrier`` and ``item_id`` (an item of the type Other charge, as which
    freight is charged) those of ``shipping-methods``; ``colour`` that of the lists ``statuses-…``."""

    name: str = ""
    position: Annotated[int, Field(ge=0, le=9999)] = 0
    is_default: bool = False
    type: Terms.Type = Terms.Type.RECEIVABLE
    days: Annotated[int, Field(ge=0, le=3650)] = 0
    carrier: str = ""
    item_id: Id | None = None
    colour: Literal[COLOURS] = "blue"  # type: ignore[valid-type]


class EntryOut(Schema):
    id: int
    name: str
    position: int
    is_default: bool
    archived: bool
    version: int
    type: str | None = None
    days: int | None = None
    carrier: str | None = None
    item_id: int | None = None
    colour: str | None = None

    @staticmethod
    def resolve_archived(row: lists.Entry) -> bool:
        return row.archived_at is not None


@router.get("lists", response=list[ListOut])
@needs(Permission.SALES_VIEW)
def list_lists(request: Call) -> list[dict[str, Any]]:
    """Which lists there are."""
    return [{"key": key, "title": str(one.title)} for key, one in lists.LISTS.items()]


@router.get("lists/{str:key}", response=Page[EntryOut])
@needs(Permission.SALES_VIEW)
def list_entries(
    request: Call,
    key: str,
    window: Query[Window],
    sort: Literal["position", "-position", "name", "-name"] = "position",
) -> dict[str, Any]:
    """The values of a list, archived ones too."""
    return page(lists.entries(request.actor, key), window, sort)


@router.post("lists/{str:key}", response={201: EntryOut})
@needs(Permission.COMPANY_SETTINGS)
def add_entry(request: Call, key: str, body: EntryIn, response: HttpResponse) -> lists.Entry:
    """Add a value; without a ``position`` it comes last."""
    row = lists.save(request.actor, key, body.given())
    response["Location"] = f"/api/v1/lists/{key}"
    tagged(response, row)
    return row


@router.patch("lists/{str:key}/{int:id}", response=EntryOut)
@needs(Permission.COMPANY_SETTINGS)
def change_entry(request: Call, key: str, id: Id, body: EntryIn, response: HttpResponse) -> lists.Entry:
    """Change the fields that are sent. Records that name the value keep what they say."""
    row = lists.save(request.actor, key, body.given(), pk=id, version=expected_version(request))
    tagged(response, row)
    return row


@router.delete("lists/{str:key}/{int:id}", response={204: None})
@needs(Permission.COMPANY_SETTINGS)
def remove_entry(request: Call, key: str, id: Id) -> None:
    """Delete a value that nothing names; one in use is archived and offered no more."""
    lists.remove(request.actor, key, id)


@router.post("lists/{str:key}/{int:id}/restore", response=EntryOut)
@needs(Permission.COMPANY_SETTINGS)
def restore_entry(request: Call, key: str, id: Id) -> lists.Entry:
    """Offer an archived value again."""
    return lists.restore(request.actor, key, id)
