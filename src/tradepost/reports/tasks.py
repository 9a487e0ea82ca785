"""The post that brings saved reports: each once on its day, with the rights that its owner has then."""

from __future__ import annotations

from datetime import date, timedelta
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException, SMTPServerDisconnected
from zoneinfo import ZoneInfo

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import Q
from django.utils.translation import gettext as _

from tradepost.accounts.access import Actor
from tradepost.accounts.models import Membership
from tradepost.accounts.services import actor_of
from tradepost.jobs.models import NoticeLevel
from tradepost.jobs.queue import periodic
from tradepost.jobs.services import notify
from tradepost.kit import clock
from tradepost.kit.errors import Fault, Invalid, Temper
from tradepost.kit.words import gettext_noop
from tradepost.reports import engine
from tradepost.reports.models import ReportPost, SavedReport
from tradepost.reports.rules import Query, due

log = structlog.get_logger()
TRIES = 6
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@periodic("reports.post", "*/10 * * * *")
def post(timestamp: int) -> None:
    """Mail what is due. One report that cannot be mailed never stops the rest."""
    rows = SavedReport.objects.exclude(rhythm="").filter(paused=False)
    for row in rows.select_related("organisation", "owner").iterator():
        now = clock.now().astimezone(ZoneInfo(row.organisation.time_zone))
        last = row.posted_on
        if not due(row.rhythm, row.hour, last, now):
            continue
        unposted = Q(posted_on=last) if last else Q(posted_on=None)
        if SavedReport.objects.filter(unposted, pk=row.pk).update(
            posted_on=now.date()
        ):  # claimed: never twice
            _send(row, last)


def _send(row: SavedReport, before: date | None) -> None:
    """Mail it and keep that in its history. What may pass by itself is tried again with the next pass, an hour long."""
    member = Membership.objects.filter(
        organisation_id=row.organisation_id, user_id=row.owner_id, ended_at=None, user__is_active=True
    ).first()
    if member is None:
        problem = _("Its owner is no longer a user.")
        SavedReport.objects.filter(pk=row.pk).update(rhythm="", problem=problem)
        _note(row, problem)
        notify(
            row.organisation_id,
            f"report.{row.pk}",
            gettext_noop("The report “{name}” is not mailed any more").format(name=row.name),
            text=problem,
            level=NoticeLevel.WARNING,
        )
        return
    actor = actor_of(member, "job")
    try:
        _mail(actor, row)
        SavedReport.objects.filter(pk=row.pk).update(problem="")
        _note(row)
    except (Fault, SMTPException, OSError) as error:
        log.warning("reports.post", report=row.pk, error=str(error))
        SavedReport.objects.filter(pk=row.pk).update(problem=str(error)[:500])
        if _note(row, str(error)) < TRIES and _passes(error):
            SavedReport.objects.filter(pk=row.pk).update(posted_on=before)
        notify(
            row.organisation_id,
            f"report.{row.pk}",
            gettext_noop("The report “{name}” could not be mailed").format(name=row.name),
            text=str(error),
            level=NoticeLevel.WARNING,
            user_id=row.owner_id,
            link=f"/reports/saved/{row.pk}/",
        )


def _note(row: SavedReport, problem: str = "") -> int:
    """Keep what became of a mail; how often it has failed in these two hours."""
    now = clock.now()
    ReportPost.objects.create(
        organisation_id=row.organisation_id,
        report=row,
        at=now,
        recipients=row.recipients,
        problem=problem[:500],
    )
    failed = ReportPost.objects.filter(report=row, at__gt=now - timedelta(hours=2)).exclude(problem="")
    return failed.count()


def _passes(error: Exception) -> bool:
    """Whether another try may help: no connection, or a refusal for now (4xx, RFC 5321 section 4.2.1)."""
    if isinstance(error, Fault):
        return error.temper is Temper.RETRYABLE
    if isinstance(error, SMTPRecipientsRefused):
        return all(code < 500 for code, _said in error.recipients.values())
    if isinstance(error, SMTPResponseException):
        return error.smtp_code < 500
    return isinstance(error, SMTPServerDisconnected) or not isinstance(error, SMTPException)


def _staying(row: SavedReport) -> list[str]:
    """The recipients without colleagues who have left the company."""
    here = Membership.objects.filter(organisation_id=row.organisation_id, user__email__in=row.recipients)
    members = set(here.filter(ended_at=None, user__is_active=True).values_list("user__email", flat=True))
    gone = set(here.values_list("user__email", flat=True)) - members
    if not (staying := [one for one in row.recipients if one not in gone]):
        raise Invalid(fields={"recipients": _("Nobody whom it is mailed to is a user any more.")})
    return staying


def _mail(actor: Actor, row: SavedReport) -> None:
    row.recipients = _staying(row)
    result = engine.whole(actor, Query.of(row.report, row.query))
    lines = [
        _("{report}: {rows} rows.").format(report=result.report.label, rows=len(result.rows)),
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
