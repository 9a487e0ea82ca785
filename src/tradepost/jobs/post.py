"""Notices by e-mail: an error is mailed once, to whom it concerns, where ``TRADEPOST_SMTP`` names a server to send by.

A mail that cannot be sent makes no notice of its own, so that nothing goes round in circles.
"""

from __future__ import annotations

from smtplib import SMTPException

import structlog
from django.conf import settings
from django.core.mail import EmailMessage

from tradepost.accounts.access import Role
from tradepost.accounts.models import Membership
from tradepost.jobs.models import Notice, NoticeLevel
from tradepost.jobs.queue import periodic
from tradepost.kit import clock

AT_ONCE = 50
log = structlog.get_logger()


@periodic("jobs.post", "* * * * *")
def post(timestamp: int) -> None:
    """Mail the errors that nobody has read yet."""
    if not settings.SMTP:
        return
    waiting = Notice.objects.filter(level=NoticeLevel.ERROR, read_at=None, emailed_at=None).order_by("pk")
    for notice in waiting.select_related("user", "organisation")[:AT_ONCE]:
        mine = Notice.objects.filter(pk=notice.pk, emailed_at=None)
        if not mine.update(emailed_at=clock.now()):  # claimed before it is sent: never twice
            continue
        try:
            _mail(notice)
        except (SMTPException, OSError) as error:  # the server is away: the next minute tries again
            log.warning("jobs.post", notice=notice.pk, error=str(error))
            Notice.objects.filter(pk=notice.pk).update(emailed_at=None)
            return


def _mail(notice: Notice) -> None:
    to = recipients(notice)
    if not to:
        return
    link = f"{settings.PUBLIC_URL}{notice.link}" if notice.link else settings.PUBLIC_URL
    EmailMessage(
        subject=" ".join(notice.title.split()),
        body=f"{notice.text}\n\n{link}\n",
        to=to,
        headers={"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"},
    ).send()


def recipients(notice: Notice) -> list[str]:
    """Whom it concerns: its user, else the Master Admin."""
    members = Membership.objects.filter(organisation_id=notice.organisation_id, ended_at=None)
    mine = members.filter(user_id=notice.user_id) if notice.user_id else members.none()
    chosen = mine if mine.exists() else members.filter(role=Role.MASTER_ADMIN)
    return list(chosen.values_list("user__email", flat=True))
