"""Tags, custom fields and pinned memos: the shapes that every record has, and the addresses of the definitions."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.db.models import QuerySet
from django.http import HttpResponse
from ninja import Query, Router, Schema

from tradepost.accounts.access import Actor, Permission
from tradepost.api.call import Call, anyone_signed_in, expected_version, needs, tagged
from tradepost.api.paging import page
from tradepost.api.schema import Id, In, Named, Page, Window, Words
from tradepost.custom import queries, services
from tradepost.custom.models import CustomField, Tag, TagMerge
from tradepost.custom.rules import FieldType

router = Router(tags=["Tags and custom fields"])


class MarksIn(In):
    """``custom`` changes the keys that it names, null takes a value away. ``tags`` replaces all; ``add_tags`` and
    ``remove_tags`` do not. ``pinned`` stands on top of the record."""

    custom: dict[str, Any] = {}
    tags: list[str] = []
    add_tags: list[str] = []
    remove_tags: list[str] = []
    pinned: str = ""
    pinned_in_warehouse: bool = False


class MarksOut(Schema):
    custom: dict[str, Any]
    tags: list[str]
    pinned: str
    pinned_in_warehouse: bool


class MarksFilter(In):
    """``tag``: with all of these tags. ``custom``: with this value, as ``key:value``; several narrow further."""

    tag: list[str] = []
    custom: list[str] = []

    def narrow_marks(self, actor: Actor, rows: QuerySet[Any]) -> QuerySet[Any]:
        return queries.held(actor, queries.tagged(rows, self.tag), self.custom)


class FieldIn(In):
    """``key`` is made of the name where it is not sent; it and ``type`` are not changed later. ``kinds`` are kinds of
    records and of documents, such as ``customer`` and ``order``."""

    name: str = ""
    key: str = ""
    kinds: list[str] = []
    type: FieldType = FieldType.TEXT
    choices: list[str] = []
    required: bool = False
    help: str = ""
    default: Any = None
    position: int = 0
    in_list: bool = False
    on_paper: bool = False


class FieldOut(Schema):
    id: int
    key: str
    name: str
    kinds: list[str]
    type: FieldType
    choices: list[str]
    required: bool
    help: str
    default: Any
    position: int
    in_list: bool
    on_paper: bool
    archived_at: datetime | None
    version: int


class TagIn(In):
    name: str = ""
    colour: str = "blue"


class TagOut(Schema):
    id: int
    name: str
    colour: str
    version: int


class TagMergeIn(In):
    gone_id: Id


class TagMergeOut(Schema):
    id: int
    kept_id: int
    gone_name: str
    at: datetime
    undone_at: datetime | None


def _field(request: Call, id: int, response: HttpResponse) -> CustomField:
    row = CustomField.objects.pick(request.actor, id)
    tagged(response, row)
    return row


def _tag(request: Call, id: int, response: HttpResponse) -> Tag:
    row = Tag.objects.pick(request.actor, id)
    tagged(response, row)
    return row


@router.get("custom-fields", response=Page[FieldOut])
@anyone_signed_in
def list_custom_fields(
    request: Call,
    window: Query[Window],
    kind: Words = "",
    archived: bool = False,
    sort: Literal["position", "-position", "name", "-name"] = "position",
) -> dict[str, Any]:
    """Custom fields; with ``kind`` those of that kind of record."""
    rows = queries.fields(request.actor, archived=archived)
    return page(rows.filter(kinds__contains=[kind]) if kind else rows, window, sort)


@router.post("custom-fields", response={201: FieldOut})
@needs(Permission.COMPANY_SETTINGS)
def create_custom_field(request: Call, body: FieldIn, response: HttpResponse) -> CustomField:
    """Create a custom field of one or several kinds of records."""
    row = services.save_field(request.actor, body.given())
    response["Location"] = f"/api/v1/custom-fields/{row.pk}"
    return _field(request, row.pk, response)


@router.get("custom-fields/{int:id}", response=FieldOut)
@anyone_signed_in
def get_custom_field(request: Call, id: Id, response: HttpResponse) -> CustomField:
    """One custom field."""
    return _field(request, id, response)


@router.patch("custom-fields/{int:id}", response=FieldOut)
@needs(Permission.COMPANY_SETTINGS)
def change_custom_field(request: Call, id: Id, body: FieldIn, response: HttpResponse) -> CustomField:
    """Change what is sent. With If-Match, only if nobody changed it since."""
    services.save_field(request.actor, body.given(), field_id=id, version=expected_version(request))
    return _field(request, id, response)


@router.post("custom-fields/{int:id}/archive", response=FieldOut)
@needs(Permission.COMPANY_SETTINGS)
def archive_custom_field(request: Call, id: Id) -> CustomField:
    """No longer offer a custom field. What records hold of it stays."""
    return services.archive_field(request.actor, id)


@router.post("custom-fields/{int:id}/restore", response=FieldOut)
@needs(Permission.COMPANY_SETTINGS)
def restore_custom_field(request: Call, id: Id) -> CustomField:
    """Offer an archived custom field again."""
    return services.archive_field(request.actor, id, undo=True)


@router.get("tags", response=Page[TagOut])
@anyone_signed_in
def list_tags(request: Call, window: Query[Window], sort: Named = "name") -> dict[str, Any]:
    """The tags of the company. Their names are sorted whichever case."""
    return page(queries.tags(request.actor), window, {"name": "folded", "-name": "-folded"}.get(sort, sort))


@router.post("tags", response={201: TagOut})
@needs(Permission.COMPANY_SETTINGS)
def create_tag(request: Call, body: TagIn, response: HttpResponse) -> Tag:
    """Create a tag. A tag that a record is given is made without it."""
    row = services.save_tag(request.actor, body.given())
    response["Location"] = f"/api/v1/tags/{row.pk}"
    return _tag(request, row.pk, response)


@router.get("tags/{int:id}", response=TagOut)
@anyone_signed_in
def get_tag(request: Call, id: Id, response: HttpResponse) -> Tag:
    """One tag."""
    return _tag(request, id, response)


@router.patch("tags/{int:id}", response=TagOut)
@needs(Permission.COMPANY_SETTINGS)
def change_tag(request: Call, id: Id, body: TagIn, response: HttpResponse) -> Tag:
    """Change its colour, or its name on every record that has it."""
    services.save_tag(request.actor, body.given(), tag_id=id, version=expected_version(request))
    return _tag(request, id, response)


@router.delete("tags/{int:id}", response={204: None})
@needs(Permission.COMPANY_SETTINGS)
def remove_tag(request: Call, id: Id) -> None:
    """Remove a tag that stands on no record."""
    services.remove_tag(request.actor, id)


@router.post("tags/{int:id}/merge", response=TagMergeOut)
@needs(Permission.COMPANY_SETTINGS)
def merge_tag(request: Call, id: Id, body: TagMergeIn) -> TagMerge:
    """Let every record that has the tag ``gone_id`` have this one."""
    return services.merge_tags(request.actor, id, body.gone_id)


@router.post("tag-merges/{int:id}/undo", response=TagOut)
@needs(Permission.COMPANY_SETTINGS)
def undo_tag_merge(request: Call, id: Id) -> Tag:
    """Give the merged tag back to the records that had it."""
    return services.undo_merge(request.actor, id)
