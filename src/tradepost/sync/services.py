"""Verbs on connections, runs and reviews: run now, pause, resume, stop a run, answer a question.

A question is answered by the room that asked it: ``wiring.RESOLVERS`` names its resolver by the kind of the review.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from tradepost.accounts import audit
from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.settings import REGISTRY
from tradepost.accounts.tenancy import ScopedQuerySet
from tradepost.kit import clock
from tradepost.kit.errors import Conflict, Fault, Invalid, Missing
from tradepost.kit.words import gettext_noop
from tradepost.sync import registry
from tradepost.sync.action import Foreseen
from tradepost.sync.errors import Inactive
from tradepost.sync.models import Connection, Health, Review, Run, RunItem, RunState, Stream
from tradepost.sync.silence import silent
from tradepost.sync.tasks import request_run


def own(actor: Actor, prefix: str = "") -> Q:
    """Whose content an actor sees: his own connections' and the company's, never a colleague's."""
    mine = Q(**{f"{prefix}owner_id": actor.user_id, f"{prefix}owner__isnull": False})
    return mine | Q(**{f"{prefix}owner": None}) if actor.may(Permission.SYNC_VIEW) else mine


def connections(actor: Actor) -> Any:
    """Connections whose state an actor sees; who manages syncs sees all states, but no colleague's content.

    Each says by ``.silent`` whether it was not read for long although nothing seems to ail it (``sync.silence``).
    """
    quiet = Exists(Stream.objects.filter(silent(Now()), connection=OuterRef("pk")))
    rows = Connection.objects.of(actor).annotate(silent=quiet).select_related("owner").order_by("label", "pk")
    return rows if actor.may(Permission.SYNC_MANAGE) else rows.filter(own(actor))


def runs(actor: Actor) -> ScopedQuerySet[Run]:
    """Runs over one's own connections and the company's."""
    actor.require(Permission.SYNC_VIEW)
    return (
        Run.objects.of(actor).filter(own(actor, "stream__connection__")).select_related("stream__connection")
    )


def reviews(actor: Actor) -> Any:
    """What waits for the actor's decision, or was decided."""
    rows = Review.objects.of(actor).filter(own(actor)).select_related("owner", "stream", "resolved_by")
    return rows.order_by("-created_at")


def _to_manage(actor: Actor, connection_id: int) -> Connection:
    """One's own connection, or any with the permission; locked."""
    rows = Connection.objects.of(actor).select_for_update(of=("self",))
    row = rows.filter(pk=connection_id).first()
    if row is None or not (actor.may(Permission.SYNC_VIEW) or row.owner_id == actor.user_id):
        raise Missing(_("connection"))
    if row.owner_id is None or row.owner_id != actor.user_id:
        actor.require(Permission.SYNC_MANAGE)
    return row


def sync_now(actor: Actor, connection_id: int) -> int:
    """Ask for a pass of every stream of a connection; returns how many."""
    with transaction.atomic():
        streams = _to_sync(actor, connection_id)
        for stream in streams:
            request_run(stream.pk, "manual", actor.user_id)
    return len(streams)


def sync_here(actor: Actor, connection_id: int) -> Iterator[tuple[Stream, Fault | None]]:
    """A pass of every stream of a connection in this process, one after another; what stops one stops no other."""
    with transaction.atomic():
        streams = _to_sync(actor, connection_id)
    for stream in streams:
        failure = None
        try:
            registry.runner(stream.kind)(stream.pk, "manual", actor.user_id, ())
        except Fault as fault:
            failure = fault
        stream.refresh_from_db()
        yield stream, failure


def _to_sync(actor: Actor, connection_id: int) -> list[Stream]:
    row = _to_manage(actor, connection_id)
    _refuse_off(row)
    streams = list(row.streams.filter(enabled=True).order_by("pk"))
    if not streams:
        raise Conflict(_("Nothing of “{row}” is switched on.").format(row=row), cure=_("Resume it first."))
    audit.record(actor, "connection.sync_now", row, {}, {"streams": len(streams)})
    return streams


def preview(actor: Actor, stream_id: int) -> list[Foreseen]:
    """What a pass would do now, record by record. Nothing is written, there or here."""
    stream = readable(actor, stream_id)
    _refuse_off(stream.connection)
    return registry.previewer(stream.kind)(actor, stream.pk)


def readable(actor: Actor, stream_id: int) -> Stream:
    """A stream whose content the actor may see. Raises ``Missing``."""
    streams = Stream.objects.of(actor).filter(own(actor, "connection__")).select_related("connection")
    stream = streams.filter(pk=stream_id).first()
    if stream is None:
        raise Missing(_("stream"))
    return stream


def _refuse_off(row: Connection) -> None:
    if row.health == Health.OFF or not row.secrets:
        raise Conflict(_("“{row}” is disconnected.").format(row=row), cure=_("Connect it again first."))
    switch = REGISTRY.get(getattr(registry.connector(row.connector), "switch", ""))
    if switch and not switch.value(row.organisation_id):
        raise Inactive(kind=switch.label)


def pause(actor: Actor, connection_id: int) -> Connection:
    """Stop all streams until somebody resumes; cursors stay, so nothing is missed."""
    with transaction.atomic():
        row = _to_manage(actor, connection_id)
        _refuse_off(row)
        before = audit.snapshot(row)
        row.health, row.reason = Health.PAUSED, _("Somebody paused it.")
        row.cure = _("Resume it to go on from where it stopped.")
        row.save(update_fields=["health", "reason", "cure", "updated_at"])
        halt(row)
        audit.record(actor, "connection.pause", row, before)
    return row


def resume(actor: Actor, connection_id: int) -> Connection:
    with transaction.atomic():
        row = _to_manage(actor, connection_id)
        _refuse_off(row)
        before = audit.snapshot(row)
        row.health, row.reason, row.cure = Health.NEW, "", ""
        row.save(update_fields=["health", "reason", "cure", "updated_at"])
        for stream_id in go_on(row):
            request_run(stream_id, "manual", actor.user_id)
        audit.record(actor, "connection.resume", row, before)
    return row


def halt(connection: Connection) -> None:
    """Stop every stream; those that ran go on together with their connection."""
    connection.streams.filter(enabled=True).update(enabled=False, paused=True)
    connection.streams.update(next_run_at=None)


def go_on(connection: Connection) -> list[int]:
    """Start what ``halt`` stopped, and nothing that a person had stopped before. Returns what runs."""
    connection.streams.filter(paused=True).update(enabled=True, paused=False, next_run_at=clock.now())
    return list(connection.streams.filter(enabled=True).order_by("pk").values_list("pk", flat=True))


def switch_off(connection: Connection, reason: str, cure: str) -> None:
    """Forget the secrets and stop every pass, a running one before its next write. Callers ask permission."""
    connection.secrets = {}
    connection.health, connection.reason, connection.cure = Health.OFF, reason, cure
    connection.save(update_fields=["secrets", "health", "reason", "cure", "updated_at"])
    halt(connection)
    connection.streams.update(lease_token="")


def disconnect_all(actor: Actor, user_id: int) -> None:
    """Somebody leaves: the secrets of all his own connections are forgotten, whatever they reach. Callers ask permission."""
    for row in (
        Connection.objects.of(actor).filter(owner_id=user_id).exclude(health=Health.OFF).order_by("pk")
    ):
        before = audit.snapshot(row)
        cure = gettext_noop("Whoever needs it connects it anew.")
        switch_off(row, gettext_noop("Its owner left the company."), cure)
        audit.record(actor, "connection.owner_left", row, before)


def cancel_run(actor: Actor, run_id: int) -> Run:
    """Stop a run at its next page; what is done stays done."""
    with transaction.atomic():
        run = Run.objects.pick_for_change(actor, run_id)
        _to_manage(actor, run.stream.connection_id)
        if run.state != RunState.RUNNING:
            raise Conflict(_("This run has ended already."), cure=_("Nothing is left to stop."))
        run.cancel_requested = True
        run.save(update_fields=["cancel_requested"])
        audit.record(actor, "run.cancel", run, {}, {"cancel_requested": True})
    return run


def managed_run(actor: Actor, run_id: int) -> Run:
    """A run over one's own connection, or over a shared one with the permission; locked."""
    run = Run.objects.filter(own(actor, "stream__connection__")).pick_for_change(actor, run_id)
    _to_manage(actor, run.stream.connection_id)
    return run


def may_undo(actor: Actor, run: Run) -> bool:
    """Whether the actor may take back what a run did."""
    owner_id = run.stream.connection.owner_id
    mine = owner_id == actor.user_id or (owner_id is None and actor.may(Permission.SYNC_MANAGE))
    undoer = registry.undoer(run.stream.kind)
    return mine and undoer is not None and bool(undoer.may_undo(run))


def undo(actor: Actor, run_id: int) -> Run:
    """Take back what a run did, in the manner of its kind, within 30 days. What somebody changed since stays."""
    run = Run.objects.of(actor).filter(own(actor, "stream__connection__")).filter(pk=run_id).first()
    if run is None:
        raise Missing(_("run"))
    undoer = registry.undoer(run.stream.kind)
    if undoer is None:
        raise Conflict(
            _("What “{row}” does is not taken back.").format(row=run.stream),
            cure=_("Change the records one by one."),
        )
    done: Run = undoer.undo(actor, run.pk)
    return done


def retry_item(actor: Actor, item_id: int) -> RunItem:
    """Try one failed record again, and nothing else of its stream."""
    with transaction.atomic():
        item = RunItem.objects.pick_for_change(actor, item_id)
        stream = Stream.objects.get(pk=item.run.stream_id)
        _refuse_off(_to_manage(actor, stream.connection_id))
        if not item.failed or not item.remote_id:
            raise Conflict(_("This record did not fail."), cure=_("Nothing has to be tried again."))
        item.retried_at = clock.now()
        item.save(update_fields=["retried_at"])
        request_run(stream.pk, "retry", actor.user_id, only=[item.remote_id])
        audit.record(actor, "run_item.retry", item, {}, {"retried": True})
    return item


def resolve(actor: Actor, review_id: int, choice: str, answer: Mapping[str, Any] | None = None) -> Review:
    """Answer a question; ``answer`` is what the choice needs, such as ``{"record": Record(...)}``.

    The room's resolver and the answer itself are one transaction: neither is kept without the other.
    """
    with transaction.atomic():
        review: Review | None = (
            Review.objects.of(actor)
            .filter(own(actor))
            .select_for_update(of=("self",))
            .filter(pk=review_id)
            .first()
        )
        if review is None:
            raise Missing(_("review"))
        if review.resolved_at is not None:
            raise Conflict(_("Somebody has decided this already."), cure=_("Reload the list."))
        if choice not in review.options:
            raise Invalid(
                fields={"choice": _("Choose one of: {known}.").format(known=", ".join(review.options))}
            )
        registry.resolver(review.kind)(actor, review, choice, dict(answer or {}))
        review.resolved_at, review.resolved_by_id, review.choice = clock.now(), actor.user_id, choice
        review.save(update_fields=["resolved_at", "resolved_by", "choice"])
        audit.record(actor, "review.resolve", review, {}, {"choice": choice})
    return review
