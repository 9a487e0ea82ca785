"""The bell: notices of what happened in the background; and jobs with their progress."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from tradepost.accounts.access import Actor, Permission
from tradepost.jobs import queries, services
from tradepost.jobs.models import Job, JobState
from tradepost.kit import clock
from tradepost.web import parts
from tradepost.web.numbers import number
from tradepost.web.shell import WORK, Bell, DeskRequest, NavItem, Section

LIVE = (JobState.WAITING, JobState.RUNNING)


def unread(actor: Actor) -> QuerySet[Any]:
    return queries.notices(actor).filter(read_at=None)


def notices(request: DeskRequest) -> HttpResponse:
    """The list; ``?bell=1`` is the bell alone, which the page polls."""
    if request.GET.get("bell"):
        bell = {"url": reverse("notices"), "unread": unread(request.actor).count()}
        return render(request, "parts/bell.html", {"bell": bell})
    rows = queries.notices(request.actor).order_by("-last_at")
    context = {"unread": rows.filter(read_at=None)[:200], "read": rows.exclude(read_at=None)[:50]}
    return parts.page(request, "notices/list.html", context)


@require_POST
def read(request: DeskRequest) -> HttpResponse:
    """One notice (``pk``) or all; with ``go`` on to what the notice is about."""
    pk = request.POST.get("pk", "")
    row = queries.notices(request.actor).filter(pk=number(pk) or 0).first()
    if row is not None:
        services.read_notices(request.actor, row.pk)
    elif not pk:
        services.read_notices(request.actor)
    onward = row.link if row is not None and request.POST.get("go") else ""
    return parts.go(request, parts.local(onward, reverse("notices")))


# --- jobs -----------------------------------------------------------------------------------------------------------


def jobs(request: DeskRequest) -> HttpResponse:
    rows = queries.jobs(request.actor).select_related("user").order_by("-created_at")
    now = clock.now()
    shown = [(job, _left(job, now)) for job in rows[:100]]
    live = any(job.state in LIVE for job, _left_ in shown)
    return parts.page(request, "notices/jobs.html", {"jobs": shown, "live": live}, part="rows")


def _left(job: Job, now: Any) -> str:
    if job.state != JobState.RUNNING or job.started_at is None:
        return ""
    return parts.time_left(job.done, job.total or 0, (now - job.started_at).total_seconds())


@require_POST
def stop(request: DeskRequest, pk: int) -> HttpResponse:
    services.cancel_job(request.actor, pk)
    return parts.go(request, reverse("jobs"))


def running(actor: Actor) -> QuerySet[Any]:
    return queries.jobs(actor).filter(state__in=LIVE)


section = Section(
    urls=[
        path("notices/", notices, name="notices"),
        path("notices/read/", read, name="notices-read"),
        path("jobs/", jobs, name="jobs"),
        path("jobs/<int:pk>/stop/", stop, name="job-stop"),
    ],
    nav=(NavItem(WORK, gettext_lazy("Jobs"), "activity", "jobs", Permission.SYNC_VIEW, badge=running),),
    bell=Bell("notices", unread),
)
