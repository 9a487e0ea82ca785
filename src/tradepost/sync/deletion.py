"""One side of a pair is gone (defaults 2 to 4 and 17). An edit on the other side outlives it, unless the
policy lets the deleting side win; whatever a deletion overrides is listed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tradepost.sync.action import Action, Choice, Lost, Question, Step, Subject, Verb, Write, name_for
from tradepost.sync.merge import carry, changed, seen
from tradepost.sync.policy import Conflicts, Invites, LocalDelete, Mode, RemoteDelete
from tradepost.sync.reading import Case
from tradepost.sync.record import Bond, Link, Presence, Record, Side, digest
from tradepost.sync.words import _

_KEPT_THERE = _("Deleted here; kept there and no longer synced.")
_KEPT_HERE = _("Deleted there; kept here and no longer synced.")
_DELETE_TOO = {
    Side.APP: _("It was deleted here. Delete it there, too?"),
    Side.REMOTE: _("It was deleted there. Delete it here, too?"),
}
_DELETED_AND_CHANGED = {
    Side.APP: _("It was deleted here and changed there."),
    Side.REMOTE: _("It was deleted there and changed here."),
}
_A_PERSON_IS_ASKED = {
    Side.APP: _("Deleted here; a person is asked."),
    Side.REMOTE: _("Deleted there; a person is asked."),
}
_DELETE_OR_KEEP = (Choice("delete", _("Delete it")), Choice("keep", _("Keep it and stop syncing it")))


def departed(case: Case, link: Link, app: Record, remote: Record) -> Iterator[Step]:
    """A live pair of which at most one side is still present."""
    if not app.here and not remote.here:
        yield Action(_("Gone on both sides."), link.app_id, link.remote_id, before=link)
    elif remote.here:
        yield from _gone_here(case, link, app, remote)
    else:
        yield from _gone_there(case, link, app, remote)


def _gone_here(case: Case, link: Link, app: Record, remote: Record) -> Iterator[Step]:
    rule = case.local_rule(app.presence)
    foreign = remote.writable is not None and case.policy.invites is Invites.ORGANIZER_WRITES
    if rule is LocalDelete.KEEP or foreign:
        absent = app.presence is Presence.ABSENT
        why = _("No longer within reach here; kept there and no longer synced.") if absent else _KEPT_THERE
        yield _sever(case, link, app, remote, Side.APP, why)
        return
    edited = changed(case.kind, link, Side.REMOTE, remote)
    match _verdict(case, link, Side.APP, remote, edited, asks=rule is LocalDelete.ASK):
        case "delete":
            verb = Verb.DELETE if rule is LocalDelete.DELETE else Verb.TRASH
            lost = _overridden(case, remote, Side.APP) if edited else ()
            yield delete_there(remote, verb, _("Deleted here."), link, lost)
        case "edit" if case.policy.direction.writes(Side.APP):
            yield _restore_here(case, link, app, remote)
        case "edit" | "keep":
            yield _sever(case, link, app, remote, Side.APP, _KEPT_THERE)
        case _:
            yield from _ask(case, link, app, remote, Side.APP, edited)


def _gone_there(case: Case, link: Link, app: Record, remote: Record) -> Iterator[Step]:
    rule = case.remote_rule()
    if remote.presence is Presence.ABSENT or rule is RemoteDelete.STOP:
        absent = remote.presence is Presence.ABSENT
        why = _("Out of reach there; kept here and no longer synced.") if absent else _KEPT_HERE
        yield _sever(case, link, app, remote, Side.REMOTE, why)
        return
    if rule is RemoteDelete.RECREATE:
        yield create_there(app, _("Deleted there; added again."), link)
        return
    if link.app_id in case.reading.elsewhere:
        why = _("Deleted there; kept here, since it stands in another calendar, too.")
        yield _sever(case, link, app, remote, Side.REMOTE, why)
        return
    edited = changed(case.kind, link, Side.APP, app)
    match _verdict(case, link, Side.REMOTE, app, edited):
        case "delete":
            yield _remove_here(case, link, app, remote, rule, edited)
        case "edit" if case.policy.direction.writes(Side.REMOTE):
            yield create_there(app, _("Deleted there, but changed here."), link)
        case "edit":
            yield _sever(case, link, app, remote, Side.REMOTE, _KEPT_HERE)
        case _:
            yield from _ask(case, link, app, remote, Side.REMOTE, edited)


def create_there(app: Record, reason: str, link: Link | None = None) -> Action:
    """Our record, new to the remote."""
    name = name_for(app.id, link.remote_id if link else "")
    after = Link(link.key if link else "", app.id, name, app.fields, app.fields).facing(app, Record(name, ""))
    write = Write(Side.REMOTE, Verb.CREATE, name, after=app.fields, stamp=app.id, uid=app.uid)
    return Action(reason, app.id, name, remote=write, before=link, after=after, app_version=app.version)


def delete_there(
    remote: Record, verb: Verb, reason: str, link: Link | None = None, lost: tuple[Lost, ...] = ()
) -> Action:
    """A remote record of ours that has no place any more."""
    write = Write(
        Side.REMOTE,
        verb,
        remote.id,
        remote.version,
        remote.fields,
        stamp=remote.stamp,
        uid=remote.uid,
        body=remote.body,
    )
    return Action(reason, link.app_id if link else "", remote.id, remote=write, before=link, lost=lost)


def orphaned(case: Case, remote: Record, tombstone: Record | None) -> Iterator[Step]:
    """A remote record that carries the stamp of a record which is not here and has no link."""
    rule = _orphan_rule(case, remote, tombstone)
    verdict = "keep" if rule is LocalDelete.KEEP else "delete"
    if rule is LocalDelete.ASK:
        verdict = _asked(case, Subject.DELETE, None, remote)
    if verdict == "delete":
        verb = Verb.DELETE if rule is LocalDelete.DELETE else Verb.TRASH
        yield delete_there(remote, verb, _("Its record was deleted here."))
    elif verdict == "keep":
        yield Action(_("Its record is no longer here; kept there."), remote_id=remote.id)
    else:
        sentence = _("It was deleted here. Delete it there, too?")
        yield Question(
            Subject.DELETE, _key(Subject.DELETE, None, remote), sentence, _DELETE_OR_KEEP, remote_id=remote.id
        )


def _orphan_rule(case: Case, remote: Record, tombstone: Record | None) -> LocalDelete:
    """A stamp is copied along when a person copies the record: only what bears the name we gave is surely ours."""
    if case.deletes_orphans:
        return LocalDelete.DELETE
    if tombstone is None or tombstone.presence is Presence.ABSENT:
        return LocalDelete.KEEP
    rule, named = case.policy.local_delete(Mode.INCREMENTAL), remote.id == name_for(remote.stamp)
    if rule is LocalDelete.KEEP or (named and case.reading.mode is not Mode.FIRST):
        return rule
    return LocalDelete.ASK if named or case.policy.direction.writes(Side.APP) else LocalDelete.KEEP


def _verdict(case: Case, link: Link, deleter: Side, kept: Record, edited: bool, asks: bool = False) -> str:
    """``"edit"``, ``"delete"``, ``"keep"`` or, while a person has not said, ``""``."""
    wins = {Conflicts.APP_WINS: Side.APP, Conflicts.REMOTE_WINS: Side.REMOTE}.get(case.policy.conflicts)
    torn = edited and case.policy.conflicts is Conflicts.ASK
    if edited and not torn and wins is not deleter:
        return "edit"
    return _asked(case, _subject(edited), link, kept) if torn or asks else "delete"


def _subject(edited: bool) -> Subject:
    return Subject.EDIT_OR_DELETE if edited else Subject.DELETE


def _key(subject: Subject, link: Link | None, record: Record) -> str:
    return digest(subject, link.key if link else "", record.id, record.fields)


def _asked(case: Case, subject: Subject, link: Link | None, record: Record) -> str:
    return case.reading.answers.get(_key(subject, link, record), "")


def _ask(case: Case, link: Link, app: Record, remote: Record, gone: Side, edited: bool) -> Iterator[Step]:
    kept, subject = app if gone is Side.REMOTE else remote, _subject(edited)
    sentence, choices = _DELETE_TOO[gone], _DELETE_OR_KEEP
    if edited:
        sentence = _DELETED_AND_CHANGED[gone]
        choices = (Choice("edit", _("Keep the change")), Choice("delete", _("Delete it")))
    yield Question(
        subject, _key(subject, link, kept), sentence, choices, link.key, link.app_id, link.remote_id
    )
    after = replace(seen(case.kind, link, app, remote), gone=gone)
    if after != link:
        yield Action(
            _A_PERSON_IS_ASKED[gone], app.id, remote.id, before=link, after=after, app_version=app.version
        )


def _sever(case: Case, link: Link, app: Record, remote: Record, gone: Side, reason: str) -> Action:
    after = replace(seen(case.kind, link, app, remote), bond=Bond.KEPT, gone=gone)
    return Action(reason, app.id, remote.id, before=link, after=after, app_version=app.version)


def _remove_here(
    case: Case, link: Link, app: Record, remote: Record, rule: RemoteDelete, edited: bool
) -> Action:
    write = Write(Side.APP, Verb(rule.value), app.id, app.version, app.fields)
    cancelled = rule is RemoteDelete.CANCEL
    after = (
        replace(seen(case.kind, link, app, remote), bond=Bond.CANCELLED, gone=Side.REMOTE)
        if cancelled
        else None
    )
    reason = _("Deleted there; cancelled here.") if cancelled else _("Deleted there.")
    lost = _overridden(case, app, Side.REMOTE) if edited else ()
    return Action(
        reason, app.id, remote.id, write, before=link, after=after, app_version=app.version, lost=lost
    )


def _restore_here(case: Case, link: Link, app: Record, remote: Record) -> Action:
    fields = carry(case.kind, remote.fields, link)
    write = Write(Side.APP, Verb.RESTORE, app.id, app.version, link.app_base, fields)
    after = Link(link.key, app.id, remote.id, fields, remote.fields).facing(app, remote)
    reason = _("Deleted here, but changed there.")
    return Action(reason, app.id, remote.id, write, before=link, after=after, app_version=app.version)


def _overridden(case: Case, record: Record, winner: Side) -> tuple[Lost, ...]:
    """The edits of a record that is deleted all the same."""
    cells = case.kind.cells(record.fields)
    values, nothing = tuple(cells.values()), (None,) * len(cells)
    app, remote = (nothing, values) if winner is Side.APP else (values, nothing)
    return (Lost(tuple(cells), winner, app, remote),)
