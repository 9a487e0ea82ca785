"""The two-way reconciler: both sides as read, the links and the policy in; a plan out. No clock, no network,
no ORM.

The seam for the engine, which alone executes plans:

1. *Read* the remote after the cursor and the app's side as ``Reading`` says, and call ``reconcile``. While
   ``plan.fetch`` names ids, read them (missing → ``Presence.DELETED``, out of the window → ``ABSENT``), add
   them to ``Reading.remote`` and call again. A plan may be applied without; what it could not judge is left
   alone.
2. *Questions* become reviews by ``Question.key``; one that is no longer in the plan is closed. Answers go
   into ``Reading.answers``. If ``plan.halted``, stop there: nothing is applied and the cursor stays.
3. *Apply* the actions in order, each by itself: note on the run item what is overwritten or removed, for the
   process may die; then the conditional remote write; then ONE transaction that locks the app's record,
   compares ``action.app_version``, does the app's write, stores ``settle(…)`` as the binding and closes the
   run item. If the versions differ, skip the app's write and settle with ``app=None``: the edit is planned
   next time, and nothing is lost. A RESTORE whose record was purged creates it.
4. *A remote write that fails its precondition* changes nothing: store the binding with ``remote_version=""``.
   A CREATE whose name exists is our own earlier try: read it and settle. Any other failure: note it on the
   run item, go on.
5. *The cursor last*, when every action has been tried, together with ``plan.again`` and the ids of records
   without a link that failed: those are read by id next time. After a crash the same changes are read again,
   and planning them twice does nothing twice.

A record whose version moved but whose content did not is an echo, by comparison with the base, never by a
flag.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tradepost.sync.action import (
    Action,
    Choice,
    Fetch,
    Lost,
    Plan,
    Preview,
    Question,
    Step,
    Subject,
    Verb,
    Write,
)
from tradepost.sync.deletion import create_there, delete_there, departed, orphaned
from tradepost.sync.match import Matching, match
from tradepost.sync.merge import carry, merge, name, seen
from tradepost.sync.policy import Imports, LocalDelete, Mode, Policy, Resync
from tradepost.sync.reading import Case, Reading
from tradepost.sync.record import Bond, Kind, Link, Presence, Record, Side, digest
from tradepost.sync.settle import Written, settle
from tradepost.sync.words import _

__all__ = [
    "Action",
    "Choice",
    "Fetch",
    "Lost",
    "Plan",
    "Preview",
    "Question",
    "Reading",
    "Subject",
    "Verb",
    "Write",
    "Written",
    "reconcile",
    "settle",
]


def reconcile(kind: Kind, reading: Reading, policy: Policy) -> Plan:
    """Decide what a sync of one stream does. The same arguments give the same plan."""
    if reading.vanished:
        return Plan(questions=(_vanished(kind),), halted=True)
    case = Case(kind, policy, reading.canonical(kind))
    if reading.mode is Mode.FIRST and policy.resync_mode is Resync.PURGE_FIRST:
        return _purge(case)
    links, relinked = _relink(case)
    bulk = dict(_bulk(case, links))
    if pending := tuple(question for question in bulk.values() if question.key not in reading.answers):
        return Plan(questions=pending, halted=True)
    case = replace(case, bulk={side: reading.answers[question.key] for side, question in bulk.items()})
    return _plan([*_linked(case, links, relinked), *_newcomers(case, links)])


def _plan(steps: list[Step]) -> Plan:
    actions = sorted((step for step in steps if isinstance(step, Action)), key=_rank)
    questions = sorted(
        (s for s in steps if isinstance(s, Question)), key=lambda q: (q.link, q.remote_id, q.cells)
    )
    return Plan(tuple(actions), tuple(questions), tuple(step for step in steps if isinstance(step, Fetch)))


def _rank(action: Action) -> tuple[int, str]:
    """Removals there, then writes there, then writes here (D34), then what only touches links."""
    if action.remote:
        return (0 if action.remote.verb.removes else 1), action.key
    return (2 if action.app else 3), action.key


def _linked(case: Case, links: tuple[Link, ...], relinked: dict[str, Link]) -> Iterator[Step]:
    for link in links:
        app, remote = case.app(link), case.remote(link)
        presented = link.app_id in case.reading.app or link.remote_id in case.reading.remote
        if case.unread(link):
            yield Fetch(link.remote_id, _("Not in the list, or changed since it was read."))
        elif not (presented or link.held or link.gone):
            continue
        elif app.here and remote.here and (link.bond is Bond.LIVE or link.gone):
            yield from _pair(
                case, replace(link, bond=Bond.LIVE, gone=None), relinked.get(link.key, link), app, remote
            )
        elif link.bond is Bond.LIVE or (app.presence is remote.presence is Presence.DELETED):
            yield from departed(case, link, app, remote)
        elif (after := seen(case.kind, link, app, remote)) != link:
            reason = _("No longer synced; only noted.")
            yield Action(reason, app.id, remote.id, before=link, after=after, app_version=app.version)


def _pair(
    case: Case, link: Link | None, before: Link | None, app: Record, remote: Record, how: str = ""
) -> Iterator[Step]:
    """Two present records, linked or matched at first sight."""
    merged = merge(case.kind, link, app, remote, case.policy, case.reading.answers)
    yield from merged.questions
    after = replace(
        (link or Link("", app.id, remote.id)).facing(app, remote),
        app_base=merged.app,
        remote_base=merged.remote,
        held=merged.held,
    )
    returns = before is None or before.gone is not None
    revived = (app.cancelled and returns) or (before is not None and before.bond is Bond.CANCELLED)
    here = there = None
    if merged.to_app or revived:
        verb = Verb.RESTORE if revived else Verb.UPDATE
        here = Write(Side.APP, verb, app.id, app.version, app.fields, merged.app)
    if merged.to_remote:
        there = Write(Side.REMOTE, Verb.UPDATE, remote.id, remote.version, remote.fields, merged.remote)
    if here or there or after != before:
        reason = how or _reason(merged.to_app, merged.to_remote, merged.held)
        yield Action(reason, app.id, remote.id, here, there, before, after, app.version, merged.lost)


def _reason(to_app: tuple[tuple[str, ...], ...], to_remote: tuple[tuple[str, ...], ...], held: object) -> str:
    ours, theirs = (", ".join(map(name, units)) for units in (to_remote, to_app))
    if ours and theirs:
        both = _("{fields} changed here; {other_fields} changed there.")
        return both.format(fields=ours, other_fields=theirs).capitalize()
    if ours:
        return _("{fields} changed here.").format(fields=ours).capitalize()
    if theirs:
        return _("{fields} changed there.").format(fields=theirs).capitalize()
    return _("Changed, but must not travel.") if held else _("Nothing new.")


def _newcomers(case: Case, links: tuple[Link, ...]) -> Iterator[Step]:
    """Records without a link."""
    apps, remotes = _unlinked(case, links)
    linked_apps = {link.app_id for link in links}
    fresh: dict[str, Record] = {}
    for remote in remotes.values():
        if not remote.stamp or remote.stamp in apps:
            fresh[remote.id] = remote
        elif remote.stamp in linked_apps:  # a copy that somebody made of a linked record
            fresh[remote.id] = replace(remote, stamp="")
        elif remote.stamp in case.reading.app or case.deletes_orphans:
            yield from orphaned(case, remote, case.reading.app.get(remote.stamp))
        else:
            fresh[remote.id] = remote
    yield from _matched(case, match(case, apps, fresh), apps, fresh)


def _unlinked(case: Case, links: tuple[Link, ...]) -> tuple[dict[str, Record], dict[str, Record]]:
    app_ids, remote_ids = {link.app_id for link in links}, {link.remote_id for link in links}
    apps = {i: r for i, r in case.reading.app.items() if r.here and i not in app_ids}
    return apps, {i: r for i, r in case.reading.remote.items() if r.here and i not in remote_ids}


def _matched(
    case: Case, found: Matching, apps: dict[str, Record], remotes: dict[str, Record]
) -> Iterator[Step]:
    yield from found.questions
    for app_id, remote_id, how in found.pairs:
        yield from _pair(
            case, None, None, apps[app_id], remotes[remote_id], _("Matched by {how}.").format(how=how)
        )
    paired_here, paired_there = {a for a, _, _ in found.pairs}, {r for _, r, _ in found.pairs}
    for app in (apps[i] for i in sorted(apps.keys() - paired_here - found.asked_app)):
        if case.policy.direction.writes(Side.REMOTE):
            yield create_there(app, _("New here."))
        else:
            yield Action(_("New here, and nothing is sent there."), app.id)
    for remote in (remotes[i] for i in sorted(remotes.keys() - paired_there - found.asked_remote)):
        yield _create_here(case, remote)


def _create_here(case: Case, remote: Record) -> Action:
    imports = case.policy.import_external_events if case.kind.calendar else Imports.ALL
    if not case.policy.direction.writes(Side.APP):
        return Action(_("New there, and nothing is brought in."), remote_id=remote.id)
    if imports is Imports.NONE:
        return Action(_("Made in the calendar app; such events are not brought in."), remote_id=remote.id)
    if imports is Imports.WITH_CONTACTS and not remote.known_contact:
        return Action(_("Made in the calendar app, and nobody known takes part."), remote_id=remote.id)
    if remote.past:
        return Action(_("Older than the time window, and not brought in."), remote_id=remote.id)
    fields = carry(case.kind, remote.fields)
    write = Write(Side.APP, Verb.CREATE, after=fields, uid=remote.uid)
    after = Link("", "", remote.id, fields, remote.fields).facing(Record("", ""), remote)
    return Action(_("New there."), remote_id=remote.id, app=write, after=after)


def _relink(case: Case) -> tuple[tuple[Link, ...], dict[str, Link]]:
    """An unlinked remote record that carries our stamp, while the one that it was linked to is gone, is
    our own unfinished re-creation, or the record put back by a person under another id. Returns the links,
    mended and in order, and the former state of the mended ones by key."""
    links = {link.app_id: link for link in case.reading.links}
    known = {link.remote_id for link in case.reading.links}
    mended: dict[str, Link] = {}
    for remote in sorted(case.reading.remote.values(), key=lambda record: record.id):
        link = links.get(remote.stamp)
        if link and remote.here and remote.id not in known and _awaits_another(case, link):
            gone = link.gone if link.gone is Side.APP else None
            links[link.app_id] = replace(
                link, remote_id=remote.id, bond=Bond.LIVE, gone=gone, remote_version=""
            )
            mended[link.key] = link
    return tuple(sorted(links.values(), key=lambda link: link.key)), mended


def _awaits_another(case: Case, link: Link) -> bool:
    brought_in = case.policy.direction.writes(Side.APP)
    return case.remote(link).presence is Presence.DELETED and (link.bond is Bond.LIVE or brought_in)


_DELETED = {
    Side.APP: _("{n} of {total} records were deleted here. Is that meant?"),
    Side.REMOTE: _("{n} of {total} records were deleted there. Is that meant?"),
}
_KEEP_THEM = {
    Side.APP: _("Keep them there and stop syncing them"),
    Side.REMOTE: _("Keep them here and stop syncing them"),
}


def _bulk(case: Case, links: tuple[Link, ...]) -> Iterator[tuple[Side, Question]]:
    """Many deletions at once are more often an accident than a wish (defaults 3). Only those that are sure count: what
    a list lacks is read first."""
    live = [link for link in links if link.bond is Bond.LIVE and not link.gone]
    total = max(case.reading.population, len(live))
    for side, what in ((Side.APP, ("apply", "keep")), (Side.REMOTE, ("apply", "keep", "recreate"))):
        gone = [link.key for link in live if _is_leaving(case, link, side)]
        if case.policy.bulk_limit and case.policy.bulk_limit.exceeded(len(gone), total):
            sentence = _DELETED[side].format(n=len(gone), total=total)
            labels = {
                "apply": _("Yes, go on"),
                "keep": _KEEP_THEM[side],
                "recreate": _("No, add them there again"),
            }
            choices = tuple(Choice(answer, labels[answer]) for answer in what)
            key = digest(Subject.BULK_DELETE, side, gone)
            yield side, Question(Subject.BULK_DELETE, key, sentence, choices)


def _is_leaving(case: Case, link: Link, side: Side) -> bool:
    app, remote = case.app(link), case.remote(link)
    if side is Side.REMOTE:
        return remote.presence is Presence.DELETED and app.here and link.app_id not in case.reading.elsewhere
    return not app.here and remote.here and case.local_rule(app.presence) is not LocalDelete.KEEP


def _purge(case: Case) -> Plan:
    """D28, D31: every remote record of ours is deleted first; the next plan starts from none."""
    ours = {link.remote_id: link for link in case.reading.links}
    doomed = [r for _, r in sorted(case.reading.remote.items()) if r.here and (r.stamp or r.id in ours)]
    key = digest(Subject.PURGE, [(r.id, r.version) for r in doomed])
    if doomed and case.reading.answers.get(key) != "purge":
        sentence = _(
            "{n} records there will be deleted and made anew. What is not synced of them is lost."
        ).format(n=len(doomed))
        choices = (Choice("purge", _("Delete and start anew")),)
        return Plan(questions=(Question(Subject.PURGE, key, sentence, choices),), halted=True)
    purged = [delete_there(r, Verb.DELETE, _("Purged before a resync."), ours.get(r.id)) for r in doomed]
    gone = {r.id for r in doomed}
    remotes = {i: r for i, r in case.reading.remote.items() if i not in gone}
    rest = replace(case, reading=replace(case.reading, remote=remotes, links=()))
    return _plan([*purged, *_newcomers(rest, ())])


def _vanished(kind: Kind) -> Question:
    sentence = (
        _("The place that the {kind}s are synced with is gone.").format(kind=kind.name)
        + " "
        + _("Nothing is changed here until you choose.")
    )
    choices = (Choice("choose", _("Choose another")), Choice("stop", _("Stop syncing")))
    return Question(
        Subject.CONTAINER_VANISHED, digest(Subject.CONTAINER_VANISHED, kind.name), sentence, choices
    )
