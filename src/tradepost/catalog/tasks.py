"""Work of the night: the small versions of pictures that came before there were any."""

from __future__ import annotations

from tradepost.catalog.models import ItemPicture
from tradepost.catalog.pictures import small_of
from tradepost.jobs.queue import periodic
from tradepost.wire import storage

AT_ONCE = 500


@periodic("catalog.thumbnails", "23 * * * *")
def make_thumbnails(timestamp: int) -> None:
    """One whose bytes are gone, or that cannot be drawn, is not tried again and never stops the rest."""
    for row in ItemPicture.objects.filter(small_key=None).order_by("pk")[:AT_ONCE]:
        try:
            key = small_of(row, storage.read(row.key))
        except FileNotFoundError:
            key = ""
        ItemPicture.objects.filter(pk=row.pk).update(small_key=key)
