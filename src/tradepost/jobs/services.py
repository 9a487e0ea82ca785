"""Verbs on what people see of background work: progress, stop, notices."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from tradepost.accounts import audit
from tradepost.accounts.access import Actor
from tradepost.jobs.models import Heartbeat, Job, JobState, Notice, NoticeLevel
from tradepost.jobs.queries import jobs, notices
from tradepost.kit import clock
from tradepost.kit.errors import Conflict


def open_job(actor: Actor, kind: str, title: str, *, total: int | None = None, link: str = "") -> Job:
    """A row to watch for work that the caller enqueues in the same transaction."""
    return Job.objects.create(
        organisation_id=actor.organisation_id,
        user_id=actor.user_id,
        kind=kind,
        title=title[:200],
        total=total,
        link=link,
    )


def progress(job_id: int, done: int, *, total: int | None = None, failures: int = 0) -> bool:
    """Report progress; False when a person asked to stop. ``done`` is absolute, so that a retried job counts right."""
    fields = {"done": done, "failures": failures, "state": JobState.RUNNING}
    if total is not None:
        fields["total"] = total
    rows = Job.objects.filter(pk=job_id)
    rows.filter(started_at=None).update(started_at=clock.now())
    rows.update(**fields)
    return not rows.filter(cancel_requested=True).exists()


def close_job(job_id: int, state: JobState, message: str = "") -> None:
    Job.objects.filter(pk=job_id).update(state=state, message=message, ended_at=clock.now())


def cancel_job(actor: Actor, job_id: int) -> Job:
    """Ask a job to stop at its next record; whoever started it or may manage syncs may call it."""
    with transaction.atomic():
        job = jobs(actor).pick_for_change(actor, job_id)
        if job.state not in (JobState.WAITING, JobState.RUNNING):
            raise Conflict(_("This job has ended already."), cure=_("Nothing is left to stop."))
        job.cancel_requested = True
        job.save(update_fields=["cancel_requested"])
        audit.record(actor, "job.cancel", job, {"cancel_requested": False}, {"cancel_requested": True})
    return job


def notify(
    organisation_id: int,
    key: str,
    title: str,
    *,
    text: str = "",
    level: NoticeLevel = NoticeLevel.INFO,
    user_id: int | None = None,
    link: str = "",
    count: int = 1,
) -> None:
    """Leave a notice at the bell of a user (None: of all who may manage). The same unread ``key`` counts up instead, by
    ``count`` matters."""
    with transaction.atomic():
        whose: dict[str, Any] = {"organisation_id": organisation_id, "user_id": user_id}
        words = {"title": title[:200], "text": text, "level": level, "link": link}
        row, made = Notice.objects.get_or_create(
            **whose, key=key, read_at=None, defaults={**words, "count": count}
        )
        if not made:
            Notice.objects.filter(pk=row.pk).update(
                count=F("count") + count, title=title[:200], text=text, level=level, last_at=clock.now()
            )


def settle(organisation_id: int, key: str) -> None:
    """The matter of a notice is settled by itself: mark it as read for everybody."""
    Notice.objects.filter(organisation_id=organisation_id, key=key, read_at=None).update(read_at=clock.now())


def read_notices(actor: Actor, notice_id: int | None = None) -> None:
    """Mark one notice, or all that the actor sees, as read."""
    rows = notices(actor).filter(read_at=None)
    if notice_id is not None:
        rows = rows.filter(pk=notice_id)
    rows.update(read_at=clock.now())


def beat(name: str, **facts: object) -> None:
    """A process says that it lives, by the clock of the database: those of several machines may differ."""
    Heartbeat.objects.update_or_create(name=name, defaults={"at": Now(), "facts": facts})


def rest(name: str) -> None:
    """A process says that it ends, so that others need not wait for its silence."""
    Heartbeat.objects.filter(name=name).delete()
