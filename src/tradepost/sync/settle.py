"""The link after an action was carried out, from what the two sides answered. Pure: the engine only stores
it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tradepost.sync.action import Action, Verb, Write
from tradepost.sync.merge import Base
from tradepost.sync.record import Agreed, Fields, Kind, Link, Record, Side


@dataclass(frozen=True, slots=True)
class Written:
    """A remote write that succeeded. ``version`` is what the write itself was answered with, empty if the
    server does not say. ``read`` is the record read back, ``None`` if it was gone by then."""

    id: str
    version: str
    read: Record | None


def settle(kind: Kind, action: Action, app: Record | None, remote: Written | None = None) -> Link | None:
    """The binding to store, ``None`` to forget it.

    ``app`` is our record after the transaction, ``None`` if it had moved on from ``action.app_version``,
    so that the app's write was left out. ``remote`` is given when the action has a remote write that is no
    removal.
    """
    link = action.after
    if app is None:
        link = _left_out(kind, action)
    elif link and link.gone is not Side.APP:
        base = kind.canonical(app.fields) if action.app else link.app_base
        link = replace(link, app_id=app.id, app_base=base, app_version=app.version, app_changed=app.changed)
    if link is None or action.remote is None or remote is None:
        return link
    base, version = _read_back(kind, action.remote, remote)
    changed = remote.read.changed if remote.read else None
    return replace(
        link, remote_id=remote.id, remote_base=base, remote_version=version, remote_changed=changed
    )


def _left_out(kind: Kind, action: Action) -> Link | None:
    """The app's record moved on. What was to be written there is remembered as not agreed, so that it
    travels next time; a removal is not done, and only its cause is remembered."""
    if action.app is None:
        return action.after
    if action.app.verb.removes or action.app.verb is Verb.RESTORE:
        gone = Side.REMOTE if action.app.verb.removes else Side.APP
        return action.before and replace(action.before, gone=gone)
    if action.after is None:
        return None
    before, after = kind.cells(action.app.before), kind.cells(action.app.after)
    base = Base.of(kind, action.before)
    moved = [cell for cell in {*before, *after} if before.get(cell) != after.get(cell)]
    held = {cell: Agreed(base.app.get(cell), base.remote.get(cell)) for cell in moved}
    return replace(action.after, app_base=action.app.before, held={**action.after.held, **held})


def _read_back(kind: Kind, write: Write, written: Written) -> tuple[Fields, str]:
    """The remote's base and version. If nobody wrote in between, it is what the server made of ours. Otherwise only
    what equals ours is, and what the server never took; the rest is an edit that is still to travel, so the version
    stays unknown."""
    expected = kind.cells(kind.render(write.after))
    if written.read is None or not written.read.here:
        return kind.whole(expected), ""
    if written.version and written.version == written.read.version:
        return kind.canonical(written.read.fields), written.version
    before, read = kind.cells(write.before), kind.cells(written.read.fields)
    taken = {c: v for c, v in expected.items() if read.get(c) is not None or before.get(c) is not None}
    base = kind.whole(taken)
    return base, written.read.version if base == kind.whole(read) else ""
