"""How an invitation reaches the one who is invited."""

from __future__ import annotations

import logging

from django.conf import settings
from django.core.mail import send_mail
from django.utils.translation import gettext as _

from tradepost.accounts.models import Invitation
from tradepost.accounts.services import INVITATION_DAYS

log = logging.getLogger(__name__)


def link_of(secret: str) -> str:
    """The address that accepts it."""
    return f"{settings.PUBLIC_URL}/join/{secret}/"


def mail(invitation: Invitation, secret: str) -> bool:
    """Mail the link where a mail server is set; whether that was done."""
    if not settings.EMAIL_BACKEND.endswith("smtp.EmailBackend"):
        return False
    company, who = invitation.organisation.name, invitation.invited_by
    text = _("{who} invites you to {company} on tradepost. The link is good for {days} days:\n\n{link}\n")
    words = text.format(who=who, company=company, days=INVITATION_DAYS, link=link_of(secret))
    try:
        send_mail(_("Join {company}").format(company=company), words, None, [invitation.email])
    except OSError as error:
        log.warning("the invitation could not be mailed: %s", error)
        return False
    return True
