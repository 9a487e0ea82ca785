"""Pictures of items: several, the first of which stands for the item. The bytes lie in the storage as they were given, and
beside them those of a small version for lists."""

from __future__ import annotations

from typing import IO

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from tradepost.accounts import audit
from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.tenancy import ScopedQuerySet
from tradepost.catalog.models import Item, ItemPicture
from tradepost.catalog.thumbnails import thumbnail
from tradepost.kit import clock
from tradepost.kit.errors import Conflict, Invalid, Missing
from tradepost.kit.picture import picture
from tradepost.wire import storage

MOST, BYTES, PIXELS = 12, 3_000_000, 8000  # of an item; of one picture; of its longer side


def pictures(actor: Actor, item_id: int) -> ScopedQuerySet[ItemPicture]:
    """Those of an item, the first one first."""
    actor.require(Permission.CATALOG_VIEW)
    item = Item.objects.pick(actor, item_id)
    return ItemPicture.objects.of(actor).filter(item=item, archived_at=None).order_by("position", "pk")


def add_picture(actor: Actor, item_id: int, name: str, content: bytes) -> ItemPicture:
    """Put a picture behind the others of an item. What it is its own bytes say: a PNG or JPEG, whatever its name; all
    else, SVG above all, is refused. The same one again is the one that is there."""
    actor.require(Permission.CATALOG_EDIT)
    with transaction.atomic():
        item = Item.objects.pick_for_change(actor, item_id)
        kind, width, height = _checked(content)
        key, digest = storage.keep(actor.organisation_id, content)
        held = ItemPicture.objects.filter(item=item, sha256=digest).first()
        if held is not None and held.archived_at is None:
            return held
        if item.pictures.filter(archived_at=None).count() >= MOST:
            raise Conflict(
                _("{sku} has {n} pictures already.").format(sku=item.sku, n=MOST), cure=_("Remove one first.")
            )
        row = held or ItemPicture(organisation_id=actor.organisation_id, item=item, sha256=digest, key=key)
        row.position, row.archived_at = _behind(item), None
        row.name, row.content_type = name.strip()[:200] or "picture", kind
        row.width, row.height, row.size = width, height, len(content)
        row.small_key = small_of(row, content)
        row.save()
        audit.record(actor, "picture.add", row, {})
    return row


def make_first(actor: Actor, picture_id: int) -> ItemPicture:
    """Let a picture stand for its item."""
    actor.require(Permission.CATALOG_EDIT)
    with transaction.atomic():
        row = _locked(actor, picture_id)
        before = audit.snapshot(row)
        others = row.item.pictures.exclude(pk=row.pk).order_by("position", "pk")
        for position, one in enumerate([row, *others], 1):
            ItemPicture.objects.filter(pk=one.pk).update(position=position)
        row.refresh_from_db()
        audit.record(actor, "picture.first", row, before)
    return row


def archive_picture(actor: Actor, row: ItemPicture, *, undo: bool = False) -> ItemPicture:
    """Take a picture off its item, or put it back behind the others."""
    actor.require(Permission.CATALOG_EDIT)
    with transaction.atomic():
        row = _locked(actor, row.pk)
        if (row.archived_at is None) == undo:
            raise Conflict(_("Somebody else did that already."), cure=_("Reload the page."))
        if undo and row.item.pictures.filter(archived_at=None).count() >= MOST:
            raise Conflict(
                _("{sku} has {n} pictures already.").format(sku=row.item.sku, n=MOST),
                cure=_("Remove one first."),
            )
        before = audit.snapshot(row)
        row.archived_at = None if undo else clock.now()
        if undo:
            row.position = _behind(row.item)
        row.save(update_fields=["archived_at", "position"])
        audit.record(actor, f"picture.{'restore' if undo else 'archive'}", row, before)
    return row


def small_of(row: ItemPicture, content: bytes) -> str:
    """The key of a small version, kept in the storage; empty where the picture is its own."""
    small = thumbnail(content, row.content_type, row.width, row.height)
    return storage.keep(row.organisation_id, small)[0] if small else ""


def stream(row: ItemPicture, *, small: bool = False) -> tuple[IO[bytes], str]:
    """Its bytes and their type; ``small`` those for lists. Raises ``Missing`` where the storage has them no more."""
    key, kind = (row.small_key, "image/png") if small and row.small_key else (row.key, row.content_type)
    try:
        return storage.fetch(key), kind
    except FileNotFoundError:
        raise Missing(_("picture “{row}” in the storage").format(row=row.name)) from None


def first_of(item_ids: list[int]) -> dict[int, int]:
    """By item, the key of the picture that stands for it; items without one are left out."""
    rows = ItemPicture.objects.filter(item__in=item_ids, archived_at=None).order_by("-position", "-pk")
    return dict(rows.values_list("item", "pk"))


def _behind(item: Item) -> int:
    last = item.pictures.filter(archived_at=None).aggregate(last=Max("position"))["last"]
    return (last or 0) + 1


def _locked(actor: Actor, picture_id: int) -> ItemPicture:
    """With its item, so that two who sort them come one after the other."""
    row = ItemPicture.objects.pick(actor, picture_id)
    Item.objects.pick_for_change(actor, row.item_id)
    return ItemPicture.objects.pick_for_change(actor, picture_id)


def _checked(content: bytes) -> tuple[str, int, int]:
    found = picture(content)
    if found is None or not (found.width and found.height):
        raise Invalid(fields={"file": _("This is neither a PNG nor a JPEG picture.")})
    if len(content) > BYTES or max(found.width, found.height) > PIXELS:
        sentence = _("A picture has at most {n} MB and {pixels} pixels on a side.")
        raise Invalid(fields={"file": sentence.format(n=BYTES // 1_000_000, pixels=PIXELS)})
    return found.content_type, found.width, found.height
