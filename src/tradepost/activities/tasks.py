"""Tasks of the activities: throw away files that no row names."""

from __future__ import annotations

from tradepost.jobs.queue import periodic
from tradepost.wire import storage

storage.named_by("activities.Attachment", "key")


@periodic("files.sweep", "41 3 * * *")
def sweep(timestamp: int) -> None:
    """Once a night."""
    storage.sweep()
