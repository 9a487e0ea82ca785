"""The post that brings saved reports: each once on its day, with the rights that its owner has then."""

from __future__ import annotations

from smtplib import SMTPException
from zoneinfo import ZoneInfo

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import Q

from tradepost.accounts.access import Actor
from tradepost.accounts.models import Membership
from tradepost.accounts.services import actor_of
from tradepost.jobs.models import NoticeLevel
from tradepost.jobs.queue import periodic
from tradepost.jobs.services import notify
from tradepost.kit import clock
from tradepost.kit.errors import Fault
from tradepost.reports import engine
from tradepost.reports.models import SavedReport
from tradepost.reports.rules import Query, due

log = structlog.get_logger()
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@periodic("reports.post", "*/10 * * * *")
def post(timestamp: int) -> None:
    """Mail what is due. One report that cannot be mailed never stops the rest."""
    for row in SavedReport.objects.exclude(rhythm="").select_related("organisation", "owner").iterator():
        now = clock.now().astimezone(ZoneInfo(row.organisation.time_zone))
        last = row.posted_on
        if not due(row.rhythm, row.hour, last, now):
            continue
        unposted = Q(posted_on=last) if last else Q(posted_on=None)
        if SavedReport.objects.filter(unposted, pk=row.pk).update(
            posted_on=now.date()
        ):  # claimed: never twice
            _send(row)


def _send(row: SavedReport) -> None:
    member = Membership.objects.filter(
        organisation_id=row.organisation_id, user_id=row.owner_id, ended_at=None, user__is_active=True
    ).first()
    if member is None:
        SavedReport.objects.filter(pk=row.pk).update(rhythm="", problem="Its owner is no longer a user.")
        return
    actor = actor_of(member, "job")
    try:
        _mail(actor, row)
        SavedReport.objects.filter(pk=row.pk).update(problem="")
    except (Fault, SMTPException, OSError) as error:
        log.warning("reports.post", report=row.pk, error=str(error))
        SavedReport.objects.filter(pk=row.pk).update(problem=str(error)[:500])
        notify(
            row.organisation_id,
            f"report.{row.pk}",
            f"The report “{row.name}” could not be mailed",
            text=str(error),
            level=NoticeLevel.WARNING,
            user_id=row.owner_id,
            link=f"/reports/saved/{row.pk}/",
        )


def _mail(actor: Actor, row: SavedReport) -> None:
    result = engine.run(actor, Query.of(row.report, row.query))
    lines = [
        f"{result.report.label}: {len(result.rows)} rows.",
        *(f"{c.label}: {v} {total[-1]}" for total in result.totals for c, v in zip(result.columns, total, strict=False)
          if v is not None),
    ]  # fmt: skip
    mail = EmailMessage(
        subject=" ".join(f"{row.organisation.name}: {row.name}".split()),
        body="\n".join([*lines, "", f"{settings.PUBLIC_URL}/reports/saved/{row.pk}/", ""]),
        to=row.recipients,
        headers={"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"},
    )
    mail.attach(f"{row.report}.xlsx", engine.as_xlsx(actor, result), XLSX)
    mail.send()
