"""Undo: the inverse of what a run did, as a plan (defaults 3, 4 and 17; 30 days).

Every inverse write expects the version that the run left behind, so what somebody changed since is refused
and set aside, never overwritten. An undo also stays undone: the link that comes after it has seen both
sides as they then are, so that the next pass finds nothing to travel; a record that was created or deleted
leaves a link that keeps the other side and syncs it no more.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from tradepost.sync.action import Action, Plan, Verb, Write
from tradepost.sync.record import Bond, Link


@dataclass(frozen=True, slots=True)
class Done:
    """One item of a run's log: the action as planned, the link as stored (``None``: forgotten), and the
    versions of both records after it; that of a tombstone for a record that it removed."""

    action: Action
    link: Link | None
    app_version: str = ""
    remote_version: str = ""


def invert(items: Iterable[Done]) -> Plan:
    """``items`` in the order in which they were done; the plan goes backwards. Unlike those of a sync, its
    actions are to be left out whole, remote write and all, when the app's record is no longer at
    ``app_version``."""
    actions = [_inverse(item) for item in items]
    return Plan(tuple(action for action in reversed(actions) if action))


def _inverse(item: Done) -> Action | None:
    action, link = item.action, _link(item)
    if link is None or not (action.app or action.remote or action.before is None):
        return None  # nothing was written: a link was only noted, or let go
    revived = _revives(action)
    return Action(
        f"Undone: {action.reason}",
        link.app_id,
        link.remote_id,
        action.app and _opposite(action.app, item.app_version, link.app_id, revived),
        action.remote and _opposite(action.remote, item.remote_version, link.remote_id, revived),
        item.link,
        link,
        item.app_version or action.app_version,
    )


def _revives(action: Action) -> bool:
    """Whether it opened what had been cancelled, since it was deleted in a calendar, or in another one."""
    revived = action.before is None or action.before.bond is not Bond.LIVE
    return action.app is not None and action.app.verb is Verb.RESTORE and revived


def _opposite(write: Write, version: str, id: str, revived: bool) -> Write:
    verb = Verb.RESTORE
    if write.verb is Verb.UPDATE:
        verb = Verb.UPDATE
    elif write.verb in (Verb.CREATE, Verb.RESTORE):
        verb = Verb.CANCEL if revived else Verb.TRASH
    return replace(
        write, verb=verb, id=write.id or id, expect=version, before=write.after, after=write.before
    )


def _link(item: Done) -> Link | None:
    """The link after the undo: it has seen both sides as they then are, and holds nothing against them."""
    action, known = item.action, item.link or item.action.before
    if known is None:
        return None
    bond, gone = known.bond, known.gone
    for write in (action.app, action.remote):
        if write and write.verb is not Verb.UPDATE:
            bond, gone = Bond.KEPT, write.side.other if write.verb.removes else write.side
    if not action.app and not action.remote:
        bond = Bond.KEPT
    if _revives(action):
        gone = None  # cancelled again, and there all the same: nothing is missing that could return
    return replace(
        known,
        app_base=action.app.before if action.app else known.app_base,
        remote_base=action.remote.before if action.remote else known.remote_base,
        held={},
        bond=bond,
        gone=gone,
    )
