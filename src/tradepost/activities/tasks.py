"""Tasks of the activities: throw away files that no row names."""

from __future__ import annotations

from tradepost.activities import storage
from tradepost.jobs.queue import periodic

storage.named_by("activities.Attachment", "key")


@periodic("files.sweep", "41 3 * * *")
def sweep(timestamp: int) -> None:
    """Once a night."""
    storage.sweep()
