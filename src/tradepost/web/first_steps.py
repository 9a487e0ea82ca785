"""What a new company does first: on its dashboard, until it has a document."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.models import Invitation, Membership
from tradepost.catalog.models import Item, Location
from tradepost.mail.models import MailAccount
from tradepost.mail.preferences import ACTIVE
from tradepost.people.models import Customer
from tradepost.sales.models import Document, Letterhead
from tradepost.web.parts import Step


def first_steps(actor: Actor) -> list[Step]:
    """The steps, done or waiting, for who sets the company up; none once there is a document."""
    if not actor.may(Permission.COMPANY_SETTINGS) or Document.objects.of(actor).exists():
        return []
    return [
        _step(
            _("Say how your papers look"),
            _("Locale, currency, address and logo."),
            "preferences-company",
            Letterhead.objects.of(actor).exists(),
        ),
        _step(
            _("Connect your mailbox"),
            _("What customers answer lands on the order it belongs to."),
            mail_page(actor),
            MailAccount.objects.of(actor).exists(),
        ),
        _step(
            _("Bring in customers and items"),
            _("From CSV or XLSX, or one by one."),
            "imports",
            Customer.objects.of(actor).exists() and Item.objects.of(actor).exists(),
        ),
        _step(
            _("Say where your stock lies"),
            _("With the first location the company keeps stock; without one nothing is counted."),
            "locations",
            Location.objects.of(actor).exists(),
        ),
        _step(
            _("Invite your colleagues"),
            _("Each with the role of their work."),
            "members",
            Membership.objects.of(actor).exclude(user_id=actor.user_id or 0).exists()
            or Invitation.objects.of(actor).exists(),
        ),
        _step(_("Take the first order"), _("Or begin with a quote."), "order-new", done=False),
    ]


def mail_page(actor: Actor) -> str:
    """Where mail is set up next: it is activated for the company, then each connects a mailbox."""
    waits = not ACTIVE.value(actor.organisation_id) and actor.may(Permission.COMPANY_ACTIVATE)
    return "preferences" if waits else "my-mail"


def _step(label: str, detail: str, page: str, done: bool) -> Step:
    return Step(label, "done" if done else "waiting", detail, url=reverse(page))
