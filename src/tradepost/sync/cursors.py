"""Where a stream stands in the changes of the remote: what is kept between two passes.

::

    {"token": "…", "again": ["id", …], "resting": {"app:7": [2, "2026-11-01T00:10:00+00:00"]}, "audited": "…",
     "given": "…", "busy": false}

``again``: remote ids to be read by id. ``resting``: what was refused for good, how often, and when it is tried again.
Once a day the whole list is compared, for servers that forget to tell (``audited``). ``given``: since when we know
nothing that the token does not; it is renewed after a pass that was ``busy``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from tradepost.kit import clock
from tradepost.sync.models import Binding, Stream
from tradepost.sync.sides import Changes

AUDIT = timedelta(days=1)


def after(known: Mapping[str, Any], changes: Changes, listed: datetime, *, busy: bool) -> dict[str, Any]:
    """The cursor that follows ``known``. ``listed``: when the changes were told; ``busy``: whether anything is done."""
    renewed = not busy and known.get("busy", True)
    return {
        "token": changes.cursor,
        "again": [],
        "audited": listed.isoformat() if changes.complete else known.get("audited", ""),
        "given": listed.isoformat() if renewed else known.get("given", ""),
        "busy": busy,
    }


def audit_due(cursor: Mapping[str, Any]) -> bool:
    audited: str = cursor.get("audited") or ""
    return bool(audited) and clock.now() - datetime.fromisoformat(audited) > AUDIT


def compare_next(cursor: Mapping[str, Any]) -> dict[str, Any]:
    """The cursor with which the next pass compares the whole list."""
    return {**cursor, "audited": (clock.now() - 2 * AUDIT).isoformat()}


def tells_anew(stream: Stream, changes: Changes) -> bool:
    """Whether a server that forgot our token answers with all that it has, without a word of what is gone, as DAViCal
    does. Then it names, as we hold it, what nobody has touched since we had the token; and not all that we hold. The
    whole list is asked for then, and what that lacks is read by id before it counts as gone."""
    since = stream.cursor.get("given")
    if changes.complete or not since:
        return False
    held = Binding.objects.filter(stream=stream, tombstone="")
    old = held.filter(remote_id__in=list(changes.versions), synced_at__lt=since)
    if not any(etag and changes.versions[id] == etag for id, etag in old.values_list("remote_id", "etag")):
        return False
    return held.exclude(remote_id__in=[*changes.versions, *changes.deleted]).exists()
