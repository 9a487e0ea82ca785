"""Pictures of items."""

from __future__ import annotations

from django.http import FileResponse
from ninja import File, Router, Schema
from ninja.files import UploadedFile

from tradepost.accounts.access import Permission
from tradepost.api.call import Call, needs
from tradepost.api.schema import Id
from tradepost.catalog import pictures
from tradepost.catalog.models import ItemPicture

router = Router(tags=["Items"])


class PictureOut(Schema):
    """``width`` and ``height`` in pixels, ``size`` in bytes. The one of the lowest ``position`` stands for the item."""

    id: int
    item_id: int
    position: int
    name: str
    content_type: str
    width: int
    height: int
    size: int
    sha256: str


@router.get("items/{int:id}/pictures", response=list[PictureOut])
@needs(Permission.CATALOG_VIEW)
def list_pictures(request: Call, id: Id) -> list[ItemPicture]:
    """The pictures of an item, the first one first."""
    return list(pictures.pictures(request.actor, id))


@router.post("items/{int:id}/pictures", response={201: PictureOut})
@needs(Permission.CATALOG_EDIT)
def add_picture(request: Call, id: Id, file: File[UploadedFile]) -> ItemPicture:
    """Add a PNG or JPEG, as multipart/form-data under the name ``file``. The same one again is the one that is there."""
    return pictures.add_picture(request.actor, id, file.name or "", file.read(pictures.BYTES + 1))


@router.get("pictures/{int:id}", response={200: bytes})
@needs(Permission.CATALOG_VIEW)
def get_picture(request: Call, id: Id, small: bool = False) -> FileResponse:
    """The picture as it was given, or ``small`` for lists: at most 160 pixels on a side."""
    row = ItemPicture.objects.pick(request.actor, id)
    content, kind = pictures.stream(row, small=small)
    answer = FileResponse(content, filename=row.name, content_type=kind)
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@router.post("pictures/{int:id}/first", response=PictureOut)
@needs(Permission.CATALOG_EDIT)
def make_picture_first(request: Call, id: Id) -> ItemPicture:
    """Let it stand for its item."""
    return pictures.make_first(request.actor, id)


@router.delete("pictures/{int:id}", response={204: None})
@needs(Permission.CATALOG_EDIT)
def remove_picture(request: Call, id: Id) -> None:
    """Take it off its item; it is restored from the trash."""
    pictures.archive_picture(request.actor, ItemPicture.objects.pick(request.actor, id))
