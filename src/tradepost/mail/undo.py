"""Taking back what a pass over a mailbox logged: its mail leaves the timelines here, and is not logged again.

The mailbox is not touched. What a person worked with since (answered, moved, shared, filed something on) stays, as with
every undo; so does what only changed a state, such as a bounce.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Max
from django.utils.translation import gettext as _

from tradepost.accounts import audit
from tradepost.accounts.access import Actor
from tradepost.accounts.models import AuditEntry
from tradepost.activities.models import Activity, Link, Message
from tradepost.kit import clock
from tradepost.kit.errors import Conflict
from tradepost.mail.models import Mark
from tradepost.sync.models import Run, RunItem, RunState, Stream
from tradepost.sync.services import managed_run

UNDO = timedelta(days=30)
LOGGED = ("create", "append")


def may_undo(run: Run) -> bool:
    return _refusal(run) is None and run.items.filter(action__in=LOGGED, failed=False).exists()


def undo(actor: Actor, run_id: int) -> Run:
    """Take back what a run over a mailbox logged, within 30 days. ``Run.counts`` tells how much of it: ``undone``, and
    ``kept`` for what somebody worked with since."""
    with transaction.atomic():
        run = managed_run(actor, run_id)
        Stream.objects.select_for_update().get(pk=run.stream_id)  # a pass waits, or has written what it had
        if refusal := _refusal(run):
            raise refusal
        items = list(run.items.filter(action__in=LOGGED, failed=False, undone_at=None).order_by("pk"))
        kept = _worked_with(run, items)
        back = [item for item in items if item.record_id not in kept]
        _take_back(run, back)
        run.items.filter(pk__in=[item.pk for item in back]).update(undone_at=clock.now())
        run.state = RunState.UNDONE
        run.counts = {**run.counts, "undone": len(back), "kept": len(items) - len(back)}
        run.save(update_fields=["state", "counts"])
        audit.record(actor, "mail.undo", run, {}, {"undone": len(back), "kept": len(items) - len(back)})
    return run


def _refusal(run: Run) -> Conflict | None:
    if clock.now() - run.started_at > UNDO:
        return Conflict(_("This run is more than 30 days old."), cure=_("Unlink what is wrong, one by one."))
    if run.state in (RunState.UNDONE, RunState.RUNNING):
        return Conflict(_("This run was undone already, or is still under way."), cure=_("Reload the page."))
    return None


def _worked_with(run: Run, items: Sequence[RunItem]) -> set[int]:
    """The activities that a person did something with after the run had written them: every verb leaves its entry."""
    written = {item.record_id: item.at for item in items if item.record_id is not None}
    entries = AuditEntry.objects.filter(
        organisation_id=run.organisation_id, kind="activity", at__gte=run.started_at
    )
    rows = entries.filter(record_id__in=written).values_list("record_id").annotate(last=Max("at"))
    return {pk for pk, last in rows.order_by() if last > written[pk]}


def _take_back(run: Run, items: Sequence[RunItem]) -> None:
    """Messages go with their files; an activity goes with its last message, and else back to where it stood."""
    messages = Message.objects.filter(
        organisation_id=run.organisation_id, pk__in=[item.after.get("message") for item in items]
    )
    known = Mark.objects.filter(message__in=messages, key__startswith="id:")
    known.update(message=None)  # so that it is known when it is read again, and left alone
    touched = set(messages.values_list("activity_id", flat=True))
    messages.delete()
    left = Activity.objects.filter(pk__in=touched).annotate(newest=Max("messages__at"))
    made = {item.record_id for item in items if item.action == "create"}
    for activity in left:
        if activity.newest is not None:
            Activity.objects.filter(pk=activity.pk).update(at=activity.newest, version=F("version") + 1)
            Link.objects.filter(activity=activity).update(at=activity.newest)
        elif activity.pk in made:
            activity.delete()
