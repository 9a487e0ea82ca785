"""Tasks of the queue itself: rescue the jobs of the dead, and throw away what nobody reads any more."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Status

from tradepost.jobs import post as post  # registers jobs.post
from tradepost.jobs.models import Heartbeat, Job, JobState, Notice
from tradepost.jobs.queue import periodic
from tradepost.kit import clock

KEPT_JOBS, KEPT_NOTICES = timedelta(days=30), timedelta(days=90)
KEPT_FAILED_HOURS = 14 * 24


@app.periodic(cron="* * * * * */5")
@app.task(name="jobs.rescue", queueing_lock="jobs.rescue", pass_context=True)
async def rescue(context: JobContext, timestamp: int) -> None:
    """Give the jobs of a killed worker to another one (single flight with takeover, C46)."""
    manager = app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=settings.JOB_STALLED_AFTER):
        try:
            await manager.retry_job(job)
        except UniqueViolation:  # one like it waits already, and may run when this one is out of its way
            await manager.finish_job(job, Status.ABORTED, delete_job=True)


@app.periodic(cron="11 3 * * *")
@app.task(name="jobs.forget", queueing_lock="jobs.forget")
async def forget(timestamp: int) -> None:
    """Once a night: jobs that failed long ago. Those that succeed leave no row."""
    await app.job_manager.delete_old_jobs(
        nb_hours=KEPT_FAILED_HOURS, include_failed=True, include_cancelled=True, include_aborted=True
    )


@periodic("jobs.prune", "17 3 * * *")
def prune(timestamp: int) -> None:
    """Once a night: ended progress rows, read notices, signs of life of the long dead, and sessions that have expired,
    which Django leaves to whoever runs it (``clearsessions`` in its reference)."""
    now = clock.now()
    ended = Job.objects.filter(ended_at__lt=now - KEPT_JOBS)
    ended.filter(state__in=[JobState.DONE, JobState.FAILED, JobState.CANCELLED]).delete()
    Notice.objects.filter(read_at__lt=now - KEPT_NOTICES).delete()
    Heartbeat.objects.filter(at__lt=now - timedelta(days=1)).delete()
    SessionStore.clear_expired()
